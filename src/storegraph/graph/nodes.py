"""The nodes of the graph: the one list that the replay, the launch files and the docs are made from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from importlib import import_module
from typing import Any

from storegraph.attribution.model import AttributionSettings
from storegraph.ledger.model import LedgerSettings
from storegraph.ledger.receipts.parameters import KioskNodeSettings
from storegraph.ledger.retail.parameters import RetailNodeSettings
from storegraph.ledger.settings import BooksSettings
from storegraph.sensors.cameras.model import CameraSettings
from storegraph.sensors.gates.model import GateSettings
from storegraph.sensors.scales.model import ScaleSettings
from storegraph.store.model import Store
from storegraph.tracking.model import TrackingSettings
from storegraph.vision.model import VisionSettings
from storegraph.vision.ring import ReviewSettings
from storegraph.viz.settings import BridgeSettings, OverlaySettings, VizSettings
from storegraph.weighing.model import WeighingSettings

from .diagnostics import DiagnosticsSettings
from .merge import MergeSettings, Punctuality
from .parameters import NodeSettings, SensorSettings, StageSettings
from .stage import Stage
from .topics import (
    CARTS,
    GATE_EVENTS,
    INTERACTIONS,
    KEYPOINTS,
    PASSAGES,
    RECEIPTS,
    SCALE_FAULTS,
    SCALE_SAMPLES,
    SHOPPERS,
    STOCK,
    VERDICTS,
    WEIGHT_EVENTS,
    Topic,
)


class Kind(Enum):
    """What a node is."""

    SENSOR = "reads devices of the sensors file"
    VISION = "finds something in pictures"
    STAGE = "runs a stage behind an event-time merge"
    VIEW = "shows what the others publish"
    SERVICE = "tells other systems what the books say"


class Started(Enum):
    """When a node is started without being asked for by name."""

    ALWAYS = "in every store"
    PER_DEVICE = "once for each device that the sensors file names"
    WITH_DEVICES = "once where the sensors file names devices of its kind"
    WITH_CAMERAS = "where the sensors file names cameras"
    WHEN_SET = "where its parameter of the same name is set"
    WHEN_ASKED = "only when asked for by name"


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
        tells: Topics that its shell gives beside them: they come from people, so nothing is promised of them, and a
            replay takes them from the recording.
        about: The inputs that its outputs are about: where a recording has none of them, it has nothing to say. None:
            any input but who goes through the gates.
        shell: Where its class is, as `module:class`, so that this list can be read without ROS.
        stage: Makes its stage from a store and its settings; None where it has none.
        shell_settings: Classes of settings that its shell has beside the stage's.
        started: When it is started without being asked for.
    """

    name: str
    summary: str
    kind: Kind
    settings: type
    inputs: tuple[tuple[Topic, Punctuality], ...] = ()
    outputs: tuple[Topic, ...] = ()
    tells: tuple[Topic, ...] = ()
    about: tuple[Topic, ...] | None = None
    shell: str = "storegraph.graph.node:StageNode"
    stage: Callable[[Store, Any], Stage] | None = None
    shell_settings: tuple[type, ...] = ()
    started: Started = Started.ALWAYS


def named_object(name: str) -> Any:
    """What `module:object` names."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def _made(name: str, store: Store, settings: object) -> Stage:
    stage: Stage = named_object(name)(store, settings)
    return stage


def _stage(name: str) -> Callable[[Store, Any], Stage]:
    """A stage by its name: a process loads the stages that it runs, and no other."""
    return partial(_made, name)


NODES = (
    NodeSpec(
        name="camera",
        summary="a camera, video or folder of pictures -> `cameras/<id>/image`, `image/compressed` and `camera_info`",
        kind=Kind.SENSOR,
        settings=CameraSettings,
        shell="storegraph.sensors.cameras.node:CameraNode",
        started=Started.PER_DEVICE,
    ),
    NodeSpec(
        name="scales",
        summary="load cells -> scale samples",
        kind=Kind.SENSOR,
        settings=ScaleSettings,
        outputs=(SCALE_SAMPLES,),
        shell="storegraph.sensors.scales.node:ScaleNode",
        started=Started.PER_DEVICE,
    ),
    NodeSpec(
        name="gate",
        summary="all gates -> gate events",
        kind=Kind.SENSOR,
        settings=GateSettings,
        outputs=(GATE_EVENTS,),
        shell="storegraph.sensors.gates.node:GateNode",
        started=Started.WITH_DEVICES,
    ),
    NodeSpec(
        name="vision",
        summary="pictures of all cameras -> people's keypoints",
        kind=Kind.VISION,
        settings=VisionSettings,
        outputs=(KEYPOINTS,),
        shell="storegraph.vision.node:VisionNode",
        shell_settings=(ReviewSettings,),
        started=Started.WITH_CAMERAS,
    ),
    NodeSpec(
        name="tracking",
        summary="keypoints of all cameras and gate events -> shoppers, and who went through a gate",
        kind=Kind.STAGE,
        settings=TrackingSettings,
        inputs=((KEYPOINTS, Punctuality.MEASURED), (GATE_EVENTS, Punctuality.SPARSE)),
        outputs=(SHOPPERS, PASSAGES),
        shell="storegraph.tracking.node:TrackingNode",
        stage=_stage("storegraph.tracking.stage:TrackingStage"),
        started=Started.WITH_CAMERAS,
    ),
    NodeSpec(
        name="weighing",
        summary="scale samples -> weight events",
        kind=Kind.STAGE,
        settings=WeighingSettings,
        inputs=((SCALE_SAMPLES, Punctuality.MEASURED),),
        outputs=(WEIGHT_EVENTS, SCALE_FAULTS),
        shell="storegraph.weighing.node:WeighingNode",
        stage=_stage("storegraph.weighing.stage:WeighingStage"),
    ),
    NodeSpec(
        name="attribution",
        summary="weight events and shoppers -> who took or put back what, and what lies on the shelves",
        kind=Kind.STAGE,
        settings=AttributionSettings,
        inputs=(
            (SHOPPERS, Punctuality.MEASURED),
            (WEIGHT_EVENTS, Punctuality.SPARSE),
            (SCALE_FAULTS, Punctuality.SPARSE),
            (PASSAGES, Punctuality.SPARSE),
            (VERDICTS, Punctuality.OCCASIONAL),
        ),
        outputs=(INTERACTIONS, STOCK),
        about=(WEIGHT_EVENTS,),
        stage=_stage("storegraph.attribution.stage:AttributionStage"),
    ),
    NodeSpec(
        name="ledger",
        summary="interactions and passages -> carts and receipts",
        kind=Kind.STAGE,
        settings=LedgerSettings,
        inputs=((INTERACTIONS, Punctuality.SPARSE), (PASSAGES, Punctuality.SPARSE)),
        outputs=(CARTS, RECEIPTS),
        tells=(VERDICTS,),
        shell="storegraph.ledger.node:LedgerNode",
        stage=_stage("storegraph.ledger.stage:LedgerStage"),
        shell_settings=(BooksSettings,),
    ),
    NodeSpec(
        name="retail",
        summary="the ledger's books -> webhooks and an HTTP API for the retailer's systems",
        kind=Kind.SERVICE,
        settings=RetailNodeSettings,
        shell="storegraph.ledger.retail.node:RetailNode",
        started=Started.WHEN_SET,
    ),
    NodeSpec(
        name="kiosk",
        summary="a page on which customers leave an address for their receipt -> the ledger's books",
        kind=Kind.SERVICE,
        settings=KioskNodeSettings,
        shell="storegraph.ledger.receipts.node:KioskNode",
        started=Started.WHEN_SET,
    ),
    NodeSpec(
        name="viz",
        summary="what the graph publishes -> markers and transforms for RViz",
        kind=Kind.VIEW,
        settings=VizSettings,
        shell="storegraph.viz.node:VizNode",
    ),
    NodeSpec(
        name="overlay",
        summary="pictures and keypoints -> pictures with the people drawn in",
        kind=Kind.VIEW,
        settings=OverlaySettings,
        shell="storegraph.viz.overlay.node:OverlayNode",
        started=Started.WITH_CAMERAS,
    ),
    NodeSpec(
        name="bridge",
        summary="all topics -> viewers in a browser",
        kind=Kind.VIEW,
        settings=BridgeSettings,
        shell="storegraph.viz.bridge.node:BridgeNode",
        started=Started.WHEN_ASKED,
    ),
)
"""In the order in which observations flow."""

STAGE_NODES = tuple(node for node in NODES if node.kind is Kind.STAGE)
"""The nodes that a replay runs."""

RARE = frozenset({SCALE_FAULTS, VERDICTS})
"""Topics on which nothing comes while all is well and nobody decides: a recording may be without."""

COMPUTED = frozenset(topic for node in STAGE_NODES for topic in node.outputs)
"""Topics that stages give: they come with promises of their givers."""


def settings_of(node: NodeSpec) -> tuple[type, ...]:
    """The classes of all settings of a node: its own, and those of its kind."""
    of_kind: dict[Kind, tuple[type, ...]] = {
        Kind.SENSOR: (SensorSettings,),
        Kind.STAGE: (StageSettings, MergeSettings),
        Kind.VISION: (),
        Kind.VIEW: (),
        Kind.SERVICE: (),
    }
    return (NodeSettings, *of_kind[node.kind], node.settings, *node.shell_settings, DiagnosticsSettings)


def nodes_for(recorded: Collection[Topic], taken: Topic | None = None) -> tuple[NodeSpec, ...]:
    """The stages that a recording can be told to: those that find something of what they need in it.

    Who goes through the gates is not enough: it says nothing without what is seen or weighed.

    Args:
        recorded: Topics that it holds.
        taken: A topic to take from the recording instead of computing it. What is then needed no more is left out.

    Returns:
        In the order of the graph; all of them where the recording has nothing for any.
    """
    nodes: list[NodeSpec] = []
    available = set(recorded)
    for node in STAGE_NODES:
        needed = set(node.about or (topic for topic, _ in node.inputs)) - {GATE_EVENTS, PASSAGES}
        if taken not in node.outputs and needed & available:
            nodes.append(node)
            available.update(node.outputs)
    if taken is not None:
        nodes = _serving(nodes, _following(nodes, taken), {PASSAGES} & set(recorded) | RARE)
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


def _serving(nodes: Sequence[NodeSpec], served: Sequence[NodeSpec], at_hand: Collection[Topic]) -> list[NodeSpec]:
    """These nodes and those that they need for more than what is at hand."""
    needed: set[Topic] = set()
    serving: list[NodeSpec] = []
    for node in reversed(nodes):
        if node in served or not needed.isdisjoint(node.outputs):
            serving.insert(0, node)
            needed.update(topic for topic, _ in node.inputs if topic not in at_hand)
    return serving


def recorded_inputs(nodes: tuple[NodeSpec, ...]) -> tuple[Topic, ...]:
    """The topics that some nodes need and none of them gives."""
    given = {topic for node in nodes for topic in node.outputs}
    needed = (topic for node in nodes for topic, _ in node.inputs)
    return tuple(dict.fromkeys(topic for topic in needed if topic not in given))
