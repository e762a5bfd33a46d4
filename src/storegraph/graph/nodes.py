"""The nodes of the graph: the one list that the replay, the launch files and the docs are made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from storegraph.attribution.stage import AttributionStage
from storegraph.ledger.stage import LedgerStage
from storegraph.store.model import Store
from storegraph.weighing.stage import WeighingStage

from .merge import Punctuality
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


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One node.

    Attributes:
        name: Of the node.
        summary: What it does, in a line.
        stage: Makes its stage.
        inputs: Topics it needs, in the order in which observations of equal stamp are processed. A topic that another
            node of the same process gives is always punctual: that node announces its watermark.
        outputs: Topics it gives.
    """

    name: str
    summary: str
    stage: Callable[[Store], Stage]
    inputs: tuple[tuple[Topic, Punctuality], ...]
    outputs: tuple[Topic, ...]


NODES = (
    NodeSpec(
        name="weighing",
        summary="scale samples -> weight events",
        stage=WeighingStage,
        inputs=((SCALE_SAMPLES, Punctuality.MEASURED),),
        outputs=(WEIGHT_EVENTS, SCALE_FAULTS),
    ),
    NodeSpec(
        name="attribution",
        summary="weight events and shoppers -> who took or put back what",
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
        stage=LedgerStage,
        inputs=((INTERACTIONS, Punctuality.SPARSE), (GATE_EVENTS, Punctuality.SPARSE)),
        outputs=(CARTS, RECEIPTS),
    ),
)
"""In the order in which observations flow."""


def nodes_from(topic: Topic) -> tuple[NodeSpec, ...]:
    """The nodes that remain when a topic is taken from a recording instead of being computed."""
    first = next(index for index, node in enumerate(NODES) if topic in (name for name, _ in node.inputs))
    return NODES[first:]


def recorded_inputs(nodes: tuple[NodeSpec, ...]) -> tuple[Topic, ...]:
    """The topics that some nodes need and none of them gives."""
    given = {topic for node in nodes for topic in node.outputs}
    needed = (topic for node in nodes for topic, _ in node.inputs)
    return tuple(dict.fromkeys(topic for topic in needed if topic not in given))
