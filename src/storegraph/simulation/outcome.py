"""What a performance comes to: what everybody owes, what is left on the shelves, where everybody was; its truth."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

from storegraph import __version__
from storegraph.atomic import whole_directory
from storegraph.observations import COCO_17, Action, Passage

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
from .script import Credential
from .truth import (
    HAPPENED,
    JOINTS,
    Frames,
    Goods,
    Happened,
    TrueKioskEntry,
    TrueMovement,
    TruePerson,
    TruePush,
    TrueTransfer,
)


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


def frames_of(performance: Performance) -> Frames:
    """Everybody's joints, frame by frame."""
    actors = performance.actors
    joints = np.full((performance.frames, len(actors), len(COCO_17), 3), np.nan, np.float32)
    for place, actor in enumerate(actors):
        joints[actor.first : actor.last + 1, place] = actor.joints
    stamps = np.array([stamp_at(frame / FRAME_RATE) for frame in range(performance.frames)], np.int64)
    return Frames(stamps, tuple(actor.name for actor in actors), joints)
