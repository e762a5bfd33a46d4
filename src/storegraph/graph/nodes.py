"""The nodes of the graph: the one list that the replay, the launch files and the docs are made from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from storegraph.attribution.model import AttributionSettings
from storegraph.attribution.stage import AttributionStage
from storegraph.ledger.model import ArchiveSettings, LedgerSettings
from storegraph.ledger.stage import LedgerStage
from storegraph.store.model import Store
from storegraph.viz.settings import VizSettings
from storegraph.weighing.model import WeighingSettings
from storegraph.weighing.stage import WeighingStage

from .diagnostics import DiagnosticsSettings
from .merge import MergeSettings, Punctuality
from .parameters import NodeSettings, SensorSettings, StageSettings
from .stage import Stage
from .topics import (
    CARTS,
    GATE_EVENTS,
    INTERACTIONS,
    RECEIPTS,
    SCALE_FAULTS,
    SCALE_SAMPLES,
    SHOPPERS,
    WEIGHT_EVENTS,
    Topic,
)


class Kind(Enum):
    """What a node is."""

    SENSOR = "reads devices of the sensors file"
    STAGE = "runs a stage behind an event-time merge"
    VIEW = "shows what the others publish"


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One node.

    Attributes:
        name: Of the node. One that is started for each device has the device's name behind it.
        summary: What it does, in a line.
        kind: What it is.
        settings: The class of its own settings; a stage is made with them.
        inputs: Topics it needs, in the order in which observations of equal stamp are processed. A topic that another
            node of the same process gives is always punctual: that node announces its watermark.
        outputs: Topics it gives.
        stage: Makes its stage; None where it has none.
        shell: Where its class is, as `module:class`, so that this list can be read without ROS.
        shell_settings: Classes of settings that its shell has beside the stage's.
    """

    name: str
    summary: str
    kind: Kind
    settings: type
    inputs: tuple[tuple[Topic, Punctuality], ...]
    outputs: tuple[Topic, ...]
    stage: Callable[[Store, Any], Stage] | None = None
    shell: str = "storegraph.graph.node:StageNode"
    shell_settings: tuple[type, ...] = ()


NODES = (
    NodeSpec(
        name="weighing",
        summary="scale samples -> weight events",
        kind=Kind.STAGE,
        settings=WeighingSettings,
        stage=WeighingStage,
        inputs=((SCALE_SAMPLES, Punctuality.MEASURED),),
        outputs=(WEIGHT_EVENTS, SCALE_FAULTS),
        shell="storegraph.weighing.node:WeighingNode",
    ),
    NodeSpec(
        name="attribution",
        summary="weight events and shoppers -> who took or put back what",
        kind=Kind.STAGE,
        settings=AttributionSettings,
        stage=AttributionStage,
        inputs=(
            (SHOPPERS, Punctuality.MEASURED),
            (WEIGHT_EVENTS, Punctuality.SPARSE),
            (GATE_EVENTS, Punctuality.SPARSE),
        ),
        outputs=(INTERACTIONS,),
    ),
    NodeSpec(
        name="ledger",
        summary="interactions and gate events -> carts and receipts",
        kind=Kind.STAGE,
        settings=LedgerSettings,
        stage=LedgerStage,
        inputs=((INTERACTIONS, Punctuality.SPARSE), (GATE_EVENTS, Punctuality.SPARSE)),
        outputs=(CARTS, RECEIPTS),
        shell="storegraph.ledger.node:LedgerNode",
        shell_settings=(ArchiveSettings,),
    ),
    NodeSpec(
        name="viz",
        summary="what the graph publishes -> markers for RViz",
        kind=Kind.VIEW,
        settings=VizSettings,
        inputs=(),
        outputs=(),
        shell="storegraph.viz.node:VizNode",
    ),
)
"""In the order in which observations flow."""


STAGE_NODES = tuple(node for node in NODES if node.kind is Kind.STAGE)
"""The nodes that a replay runs."""

COMPUTED = frozenset(topic for node in STAGE_NODES for topic in node.outputs)
"""Topics that stages give: they come with promises of their givers."""


def settings_of(node: NodeSpec) -> tuple[type, ...]:
    """The classes of all settings of a node: its own, and those of its kind."""
    of_kind: dict[Kind, tuple[type, ...]] = {
        Kind.SENSOR: (SensorSettings,),
        Kind.STAGE: (StageSettings, MergeSettings),
        Kind.VIEW: (),
    }
    return (NodeSettings, *of_kind[node.kind], node.settings, *node.shell_settings, DiagnosticsSettings)


def nodes_for(recorded: Collection[Topic], taken: Topic | None = None) -> tuple[NodeSpec, ...]:
    """The stages that a recording can be told to: those that find something of what they need in it.

    Args:
        recorded: Topics that it holds.
        taken: A topic to take from the recording instead of computing it. What is then needed no more is left out.

    Returns:
        In the order of the graph; all of them where the recording has nothing for any.
    """
    nodes: list[NodeSpec] = []
    available = set(recorded)
    for node in STAGE_NODES:
        if taken not in node.outputs and not available.isdisjoint(topic for topic, _ in node.inputs):
            nodes.append(node)
            available.update(node.outputs)
    if taken is not None:
        nodes = _serving(nodes, _following(nodes, taken))
    return tuple(nodes) or STAGE_NODES


def _following(nodes: Sequence[NodeSpec], topic: Topic) -> list[NodeSpec]:
    """The nodes that depend on a topic."""
    reached = {topic}
    following = []
    for node in nodes:
        if not reached.isdisjoint(name for name, _ in node.inputs):
            following.append(node)
            reached.update(node.outputs)
    return following


def _serving(nodes: Sequence[NodeSpec], served: Sequence[NodeSpec]) -> list[NodeSpec]:
    """These nodes and those that they need."""
    needed: set[Topic] = set()
    serving: list[NodeSpec] = []
    for node in reversed(nodes):
        if node in served or not needed.isdisjoint(node.outputs):
            serving.insert(0, node)
            needed.update(topic for topic, _ in node.inputs)
    return serving


def recorded_inputs(nodes: tuple[NodeSpec, ...]) -> tuple[Topic, ...]:
    """The topics that some nodes need and none of them gives."""
    given = {topic for node in nodes for topic in node.outputs}
    needed = (topic for node in nodes for topic, _ in node.inputs)
    return tuple(dict.fromkeys(topic for topic in needed if topic not in given))
