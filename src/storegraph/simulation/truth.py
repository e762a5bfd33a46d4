"""The truth beside a simulated bag: who did what, what they owe, and where they were. No stage reads it.

`truth.json` holds what happened, `joints.npz` where everybody was. Times are nanoseconds since the Unix epoch, as the
stamps in the bag are; points are in `map`, metres.
"""

from __future__ import annotations

import math
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError, field_serializer

from storegraph import __version__
from storegraph.atomic import whole_directory
from storegraph.observations import COCO_17, Action, Passage
from storegraph.store.model import Part, Point3D

from .errors import SimulationError
from .faults.model import Fault
from .performance import (
    FRAME_RATE,
    START,
    Actor,
    Change,
    Crossing,
    Item,
    Movement,
    Performance,
    Push,
    Standing,
    Transfer,
    stamp_at,
)
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


def write_truth(performance: Performance, folder: Path, *, replace: bool = False) -> None:
    """Writes the truth, whole or not at all; of equal performances the same bytes.

    Raises:
        OutputError: The folder exists and `replace` is false, or it cannot be written.
    """
    with whole_directory(folder, replace=replace, durable=False) as fresh:
        put_truth(performance, fresh)


def put_truth(performance: Performance, folder: Path) -> None:
    """Writes the truth into a folder that is there."""
    happened, frames = happened_in(performance), frames_of(performance)
    (folder / HAPPENED).write_text(happened.model_dump_json(indent=2) + "\n", encoding="utf-8")
    np.savez(folder / JOINTS, stamps=frames.stamps, names=np.array(frames.names, str), joints=frames.joints)


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


# ---- What happened ---------------------------------------------------------------------------------------------------


def happened_in(performance: Performance) -> Happened:
    """What happened in a performance, and what follows for the receipts."""
    script = performance.script
    begin, end = stock_of(performance)
    receipts = receipts_of(performance)
    return Happened(
        scenario=script.scenario,
        seed=script.seed,
        store=performance.store.id,
        versions={"storegraph": __version__, "numpy": version("numpy"), "scipy": version("scipy")},
        begin=START,
        end=stamp_at(performance.duration),
        people=tuple(_person(actor, performance.crossings) for actor in performance.actors),
        movements=tuple(map(_movement, performance.movements)),
        pushes=tuple(map(_push, performance.pushes)),
        transfers=tuple(map(_transfer, performance.transfers)),
        kiosk=tuple(
            TrueKioskEntry(stamp=stamp_at(entry.time), actor=entry.actor, email=entry.email)
            for entry in performance.kiosk
        ),
        faults=script.faults,
        stock_begin=begin,
        stock_end=end,
        receipts=receipts,
        parties=_by_party(receipts, performance.actors),
    )


def receipts_of(performance: Performance) -> dict[str, Goods]:
    """What everybody owes, by name; staff are not among them.

    An item is owed by who last took it from a shelf, unless it stands on one at the end. So it stays with who took it
    when it is handed over, left on the floor or eaten; what is put back of an eaten item is its wrapper.
    """
    owed: dict[str, tuple[str, str]] = {}
    for movement, item, _ in _goods_moved(performance):
        owed.pop(item.item_id, None)
        if movement.action is Action.TAKE:
            owed[item.item_id] = movement.actor, item.gtin
    shoppers = [actor.name for actor in performance.actors if actor.credential is not Credential.CREW]
    count = Counter(owed.values())
    return {name: {gtin: count[who, gtin] for who, gtin in sorted(count) if who == name} for name in shoppers}


def stock_of(performance: Performance) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """How many items stand in each facing at the beginning and at the end; a wrapper is none."""
    begin = Counter(standing.facing for _, standing in performance.standing)
    end = begin.copy()
    for movement, _, standing in _goods_moved(performance):
        end[standing.facing] += -1 if movement.action is Action.TAKE else 1
    facings = range(len(performance.store.facings))
    return tuple(begin[facing] for facing in facings), tuple(end[facing] for facing in facings)


def _goods_moved(performance: Performance) -> Iterator[tuple[Movement, Item, Standing]]:
    """Every item that leaves a shelf or comes onto it, but not the wrappers of what has been eaten."""
    eaten = {entry.item.item_id: entry.time for entry in performance.transfers if entry.change is Change.CONSUMED}
    for movement in performance.movements:
        for item, standing in movement.items:
            if movement.begin < eaten.get(item.item_id, math.inf):
                yield movement, item, standing


def _by_party(receipts: Mapping[str, Goods], actors: Iterable[Actor]) -> dict[str, Goods]:
    parties: dict[str, Counter[str]] = {}
    for actor in actors:
        if actor.name in receipts:
            parties.setdefault(actor.party, Counter()).update(receipts[actor.name])
    return {party: dict(sorted(goods.items())) for party, goods in parties.items()}


def _person(actor: Actor, crossings: Sequence[Crossing]) -> TruePerson:
    passed = [(crossing.passage, stamp_at(crossing.time)) for crossing in crossings if crossing.actor == actor.name]
    return TruePerson(
        name=actor.name,
        party=actor.party,
        credential=actor.credential,
        token=actor.token,
        stature=actor.body.stature,
        age=actor.body.age,
        entered=next((stamp for passage, stamp in passed if passage is Passage.ENTRY), None),
        left=next((stamp for passage, stamp in reversed(passed) if passage is Passage.EXIT), None),
    )


def _movement(movement: Movement) -> TrueMovement:
    return TrueMovement(
        begin=stamp_at(movement.begin),
        end=stamp_at(movement.end),
        actor=movement.actor,
        hand=movement.hand,
        action="take" if movement.action is Action.TAKE else "put_back",
        goods=dict(sorted(Counter(item.gtin for item, _ in movement.items).items())),
        items=tuple(item.item_id for item, _ in movement.items),
        facings=tuple(standing.facing for _, standing in movement.items),
        loads={scale: round(grams, 3) for scale, grams in movement.loads.items()},
        restocking=movement.restocking,
    )


def _push(push: Push) -> TruePush:
    return TruePush(
        begin=stamp_at(push.begin),
        end=stamp_at(push.end),
        actor=push.actor,
        hand=push.hand,
        facing=push.facing,
        scales=tuple(push.shares),
        force=push.force,
    )


def _transfer(transfer: Transfer) -> TrueTransfer:
    return TrueTransfer(
        stamp=stamp_at(transfer.time),
        change=transfer.change,
        item=transfer.item.item_id,
        gtin=transfer.item.gtin,
        giver=transfer.giver,
        taker=transfer.taker,
        point=transfer.point,
    )


# ---- Where everybody was ---------------------------------------------------------------------------------------------


def frames_of(performance: Performance) -> Frames:
    """Everybody's joints, frame by frame."""
    actors = performance.actors
    joints = np.full((performance.frames, len(actors), len(COCO_17), 3), np.nan, np.float32)
    for place, actor in enumerate(actors):
        joints[actor.first : actor.last + 1, place] = actor.joints
    stamps = np.array([stamp_at(frame / FRAME_RATE) for frame in range(performance.frames)], np.int64)
    return Frames(stamps, tuple(actor.name for actor in actors), joints)
