"""What really happens in a simulated store: the truth, from which sensors are simulated.

Times are seconds since the beginning; points are in `map`, metres.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import Action, Passage
from storegraph.store.model import Store

from .script import Body, Credential, Hand, Script

Floats = NDArray[np.float64]

START = 1_773_478_800_000_000_000
"""When a performance begins: 2026-03-14, 10:00 in Berlin, nanoseconds since the Unix epoch."""

FRAME_RATE = 30.0
"""Frames a second at which bodies are known; between them they move evenly."""


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of goods.

    Attributes:
        item_id: Unique in the performance.
        gtin: Of its product.
        weight: Grams, of this very item.
        size: Width, depth, height, metres.
    """

    item_id: str
    gtin: str
    weight: float
    size: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an item stands on a shelf.

    Attributes:
        facing: Index of the facing.
        point: Middle of its base.
        yaw: Turn about z, radians.
        shares: Scale id to the part of the weight that rests on it; they sum to one.
    """

    facing: int
    point: tuple[float, float, float]
    yaw: float
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """Goods leave a shelf or come onto it, by one grab of one hand.

    Attributes:
        begin: When the load on the scales begins to change.
        end: When it has changed.
        actor: Who.
        hand: With which.
        action: `TAKE` or `PUT_BACK`; restocking is a put-back.
        items: What, and where each stood or stands then.
        loads: Scale id to change of load, grams; the sum over `items`.
        press: Force of the hand on the same scales, before a take and after a put-back, grams.
        restocking: By staff, with goods that nobody took.
    """

    begin: float
    end: float
    actor: str
    hand: Hand
    action: Action
    items: tuple[tuple[Item, Standing], ...]
    loads: Mapping[str, float]
    press: float
    restocking: bool = False


@dataclass(frozen=True, slots=True)
class Push:
    """A hand on goods that moves nothing.

    Attributes:
        begin: When the hand touches.
        end: When it lets go.
        actor: Who.
        hand: With which.
        facing: Index of the facing.
        shares: Scale id to the part of the force on it; they sum to one.
        force: Mean, grams; negative where it lifts.
    """

    begin: float
    end: float
    actor: str
    hand: Hand
    facing: int
    shares: Mapping[str, float]
    force: float


class Change(Enum):
    """What happens to goods away from the shelves."""

    HANDED_OVER = "handed over"
    DROPPED = "dropped"
    PICKED_UP = "picked up"
    CONSUMED = "consumed"


@dataclass(frozen=True, slots=True)
class Transfer:
    """Goods change hands, fall, or are eaten.

    Attributes:
        time: When.
        change: How.
        item: What; of a consumed one its weight after.
        giver: Who had it; empty where it lay on the floor.
        taker: Who has it then; empty where it lies on the floor.
        point: Where.
    """

    time: float
    change: Change
    item: Item
    giver: str
    taker: str
    point: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Crossing:
    """Somebody goes through a gate.

    Attributes:
        time: When the middle of the body crosses its line.
        gate: Gate id.
        passage: Which way.
        actor: Who.
    """

    time: float
    gate: str
    passage: Passage
    actor: str


@dataclass(frozen=True, slots=True)
class KioskEntry:
    """Somebody leaves an e-mail address at the kiosk."""

    time: float
    actor: str
    email: str


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """Somebody in the store.

    Attributes:
        name: As in the script.
        body: How they are built.
        credential: What they present.
        token: Opaque; empty with none.
        party: Who pays together.
        first: Index of the frame in which they appear, before the gate.
        joints: COCO-17 (`observations.COCO_17`) in `map`, metres, shape [F, 17, 3], from frame `first` on.
        footfalls: Time and x, y of every footfall, shape [K, 3].
    """

    name: str
    body: Body
    credential: Credential
    token: str
    party: str
    first: int
    joints: NDArray[np.float32]
    footfalls: Floats

    @property
    def last(self) -> int:
        """Index of the frame in which they are seen last."""
        return self.first + len(self.joints) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """A script, acted out.

    Attributes:
        store: Where.
        script: What was to happen.
        frames: How many frames there are, `FRAME_RATE` a second, from time 0.
        actors: Everybody, in the order of the script.
        standing: What stands where at the beginning.
        movements: By `begin`.
        pushes: By `begin`.
        transfers: By `time`.
        crossings: By `time`.
        kiosk: By `time`.
    """

    store: Store
    script: Script
    frames: int
    actors: tuple[Actor, ...]
    standing: tuple[tuple[Item, Standing], ...]
    movements: tuple[Movement, ...]
    pushes: tuple[Push, ...]
    transfers: tuple[Transfer, ...]
    crossings: tuple[Crossing, ...]
    kiosk: tuple[KioskEntry, ...]

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.frames / FRAME_RATE


def stamp_at(seconds: float) -> int:
    """Seconds since the beginning as nanoseconds since the Unix epoch."""
    return START + round(seconds * 1e9)
