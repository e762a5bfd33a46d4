"""The truth beside a simulated bag: who did what, what they owe, and where they were. No stage reads it.

`truth.json` holds what happened, `joints.npz` where everybody was. Times are nanoseconds since the Unix epoch, as the
stamps in the bag are; points are in `map`, metres.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError, field_serializer

from storegraph.store.model import Part, Point3D

from .errors import SimulationError
from .faults.model import Fault
from .performance import Change
from .script import Credential, Hand

HAPPENED = "truth.json"
JOINTS = "joints.npz"

Goods = dict[str, int]
"""How many of each product, by GTIN."""


class TruePerson(Part):
    """Somebody who was there.

    Attributes:
        name: Unique.
        party: Who pays together.
        credential: What they presented.
        token: Opaque, of the credential; empty with none.
        stature: Metres.
        age: Years.
        entered: When they first came in through a gate; None where they did not.
        left: When they last went out through one; None where they did not.
    """

    name: str
    party: str
    credential: Credential
    token: str
    stature: float
    age: float
    entered: int | None
    left: int | None


class TrueMovement(Part):
    """Goods left a shelf or came onto it, by one grab of one hand.

    Attributes:
        begin: When the load on the scales began to change.
        end: When it had changed.
        actor: Name of who did it.
        hand: With which.
        action: Restocking is a put-back.
        goods: What.
        items: Their ids; `product_of` tells the GTIN.
        facings: Where each of them stood or stands then: indices of the store's facings.
        loads: Scale id to change of load, grams.
        restocking: By staff, with goods that nobody took.
    """

    begin: int
    end: int
    actor: str
    hand: Hand
    action: Literal["take", "put_back"]
    goods: Goods
    items: tuple[str, ...]
    facings: tuple[int, ...]
    loads: dict[str, float]
    restocking: bool


def product_of(item_id: str) -> str:
    """GTIN of an item: its id is that, a hyphen and a number."""
    return item_id.rpartition("-")[0]


class TruePush(Part):
    """A hand was on goods and moved nothing.

    Attributes:
        begin: When it touched them.
        end: When it let go.
        actor: Name of whose it was.
        hand: Which.
        facing: Index of the store's facing.
        scales: Those that felt it.
        force: Mean, grams; negative where it lifted.
    """

    begin: int
    end: int
    actor: str
    hand: Hand
    facing: int
    scales: tuple[str, ...]
    force: float


class TrueTransfer(Part):
    """Goods changed hands, fell, or were eaten.

    Attributes:
        stamp: When.
        change: How.
        item: Its id.
        gtin: Of its product.
        giver: Who had it; empty where it lay on the floor.
        taker: Who had it then; empty where it lay on the floor.
        point: Where.
    """

    stamp: int
    change: Change
    item: str
    gtin: str
    giver: str
    taker: str
    point: Point3D


class TrueKioskEntry(Part):
    """Somebody left an e-mail address at the kiosk."""

    stamp: int
    actor: str
    email: str


class Happened(Part):
    """All that happened: what `truth.json` holds.

    Attributes:
        scenario: Name.
        seed: Of the casting.
        store: Id.
        versions: Of the programs that made it; the same ones make the same bytes of it.
        begin: Of the performance.
        end: Of the performance.
        people: In the order in which they came.
        movements: By begin.
        pushes: By begin.
        transfers: By stamp.
        kiosk: By stamp.
        faults: Of the sensors; their times are seconds since `begin`.
        stock_begin: Items in each facing of the store when it began.
        stock_end: Items in each facing of the store when it ended.
        receipts: What everybody owes, by name; staff owe nothing and are not among them.
        parties: The same for those who pay together.
    """

    scenario: str
    seed: int
    store: str
    versions: dict[str, str]
    begin: int
    end: int
    people: tuple[TruePerson, ...]
    movements: tuple[TrueMovement, ...]
    pushes: tuple[TruePush, ...]
    transfers: tuple[TrueTransfer, ...]
    kiosk: tuple[TrueKioskEntry, ...]
    faults: tuple[Fault, ...]
    stock_begin: tuple[int, ...]
    stock_end: tuple[int, ...]
    receipts: dict[str, Goods]
    parties: dict[str, Goods]

    @field_serializer("faults")
    def _as_given(self, faults: tuple[Fault, ...]) -> list[dict[str, Any]]:
        """Without the keys that have their default: JSON has no form for a fault that never ends."""
        return [fault.model_dump(exclude_defaults=True) for fault in faults]


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Where everybody was: what `joints.npz` holds.

    Attributes:
        stamps: Of the frames, 30 a second, nanoseconds since the Unix epoch, shape [T].
        names: Of the people, P in the order of `Happened.people`.
        joints: COCO-17 (`observations.COCO_17`) in `map`, metres, shape [T, P, 17, 3]; NaN where somebody is not there.
    """

    stamps: NDArray[np.int64]
    names: tuple[str, ...]
    joints: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What happened, and where everybody was."""

    happened: Happened
    frames: Frames


def truth_beside(bag: Path) -> Path:
    """The folder with the truth of a simulated bag."""
    return bag.with_name(f"{bag.name}-truth")


def read_truth(folder: Path) -> Truth:
    """Reads the truth.

    Raises:
        SimulationError: It is not there, or is none.
    """
    path = folder / HAPPENED
    try:
        happened = Happened.model_validate_json(path.read_bytes())
        path = folder / JOINTS
        with np.load(path) as held:
            frames = Frames(held["stamps"], tuple(map(str, held["names"])), held["joints"])
    except OSError as error:
        raise SimulationError(f"{path}: cannot be read: {error.strerror}; `storegraph simulate` writes it") from error
    except (ValidationError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise SimulationError(f"{path}: is not the truth of a simulation: {error}") from error
    return Truth(happened, frames)
