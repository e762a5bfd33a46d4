"""The topics of the graph, relative to the store's namespace: what travels on each, and how reliably."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache

from storegraph.observations import (
    Cart,
    FacingStock,
    GateEvent,
    Interaction,
    Keypoints,
    Receipt,
    ScaleFault,
    ScaleSamples,
    Shoppers,
    Verdict,
    WeightEvent,
)


@dataclass(frozen=True, slots=True)
class Quality:
    """How reliably a topic is delivered.

    Attributes:
        depth: The newest messages that are kept for whoever has not taken them yet.
        reliable: Sent again until it has been taken; else sent once.
        transient_local: Kept for who joins late; else gone once it has been sent.
    """

    depth: int
    reliable: bool
    transient_local: bool

    def __str__(self) -> str:
        reliability = "reliable" if self.reliable else "best effort"
        durability = "transient local" if self.transient_local else "volatile"
        return f"{reliability}, {durability}, keep last {self.depth}"


class Delivery(Enum):
    """Quality of service by kind of data (REP-2003).

    Whatever decides about money is reliable, and kept for a node that starts late or again; only pictures and what is
    seen in them may be lost.
    """

    PICTURE = Quality(5, reliable=False, transient_local=False)
    MEASUREMENT = Quality(1000, reliable=True, transient_local=True)
    EVENT = Quality(100, reliable=True, transient_local=True)


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic, or a family of them.

    Attributes:
        name: Relative to the namespace; `{}` stands for a fixture or camera id, dots written as underscores.
        carries: The observation.
        delivery: Quality of service.
    """

    name: str
    carries: type
    delivery: Delivery

    def of(self, identifier: str) -> str:
        """The name for one fixture or camera."""
        return self.name.format(identifier.replace(".", "_"))

    def matches(self, name: str) -> bool:
        """Whether a relative topic name is this one, or of this family."""
        return re.fullmatch(re.escape(self.name).replace(r"\{\}", r"[A-Za-z0-9_]+"), name) is not None


KEYPOINTS = Topic("cameras/{}/keypoints", Keypoints, Delivery.MEASUREMENT)
SCALE_SAMPLES = Topic("scales/{}/samples", ScaleSamples, Delivery.MEASUREMENT)
SCALE_FAULTS = Topic("scale_faults", ScaleFault, Delivery.EVENT)
SHOPPERS = Topic("shoppers", Shoppers, Delivery.MEASUREMENT)
GATE_EVENTS = Topic("gate/events", GateEvent, Delivery.EVENT)
PASSAGES = Topic("passages", GateEvent, Delivery.EVENT)
WEIGHT_EVENTS = Topic("weight_events", WeightEvent, Delivery.EVENT)
INTERACTIONS = Topic("interactions", Interaction, Delivery.EVENT)
STOCK = Topic("stock", FacingStock, Delivery.EVENT)
CARTS = Topic("carts", Cart, Delivery.EVENT)
RECEIPTS = Topic("receipts", Receipt, Delivery.EVENT)
VERDICTS = Topic("verdicts", Verdict, Delivery.EVENT)

TOPICS = (
    KEYPOINTS,
    SCALE_SAMPLES,
    SCALE_FAULTS,
    SHOPPERS,
    GATE_EVENTS,
    PASSAGES,
    WEIGHT_EVENTS,
    INTERACTIONS,
    STOCK,
    CARTS,
    RECEIPTS,
    VERDICTS,
)
"""Every topic that carries an observation."""


@cache
def topic_of(name: str) -> Topic | None:
    """The topic that a relative name belongs to; None where the graph has no such topic."""
    return next((topic for topic in TOPICS if topic.matches(name)), None)
