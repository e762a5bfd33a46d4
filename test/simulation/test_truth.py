"""The truth tells what happened and what is owed for it, and is written whole, byte for byte alike, or not at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.atomic import OutputError
from storegraph.observations import Action, Passage
from storegraph.simulation.errors import SimulationError
from storegraph.simulation.faults.model import Fault
from storegraph.simulation.outcome import frames_of, happened_in, receipts_of, write_truth
from storegraph.simulation.performance import (
    START,
    Actor,
    Change,
    Crossing,
    Item,
    KioskEntry,
    Movement,
    Performance,
    Push,
    Standing,
    Transfer,
    stamp_at,
)
from storegraph.simulation.script import Body, Credential, Script
from storegraph.simulation.truth import read_truth, truth_beside
from storegraph.store.file import load_store

CORNER = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
FRAMES = 90
MILK, BREAD = 0, 1
"""Two facings of the store, and what we call the goods there."""


def goods(name: str, facing: int = MILK) -> Item:
    gtin = CORNER.facings[facing].gtin
    assert gtin is not None
    return Item(name, gtin, 500.0, (0.08, 0.08, 0.2))


def standing(facing: int = MILK) -> Standing:
    return Standing(facing, (1.0, 1.0, 0.5), 0.0, {CORNER.facings[facing].scales[0]: 1.0})


def moved(
    at: float, actor: str, action: Action, *items: Item, facing: int = MILK, restocking: bool = False
) -> Movement:
    scale = CORNER.facings[facing].scales[0]
    weight = sum(item.weight for item in items) * (-1 if action is Action.TAKE else 1)
    held = tuple((item, standing(facing)) for item in items)
    return Movement(at, at + 0.4, actor, "right", action, held, {scale: weight}, 30.0, restocking)


def take(at: float, actor: str, *items: Item, facing: int = MILK) -> Movement:
    return moved(at, actor, Action.TAKE, *items, facing=facing)


def put_back(at: float, actor: str, *items: Item, facing: int = MILK) -> Movement:
    return moved(at, actor, Action.PUT_BACK, *items, facing=facing)


def change(at: float, what: Change, item: Item, giver: str, taker: str) -> Transfer:
    return Transfer(at, what, item, giver, taker, (1.0, 1.0, 1.0))


def actor(name: str, party: str = "", credential: Credential = Credential.CARD, first: int = 0) -> Actor:
    joints = np.full((FRAMES - first - 10, 17, 3), len(name), np.float32)
    body = Body(1.7, 1.0, 30.0, 1)
    return Actor(name, body, credential, f"token-{name}", party or f"party-{name}", first, joints, np.zeros((0, 3)))


ANN, BEN, CY = actor("ann", "couple"), actor("ben", "couple", first=20), actor("cy")
STAFF = actor("staff", credential=Credential.CREW)


def performance(*movements: Movement, transfers: tuple[Transfer, ...] = (), stock: int = 5) -> Performance:
    facings = (MILK, BREAD)
    stands = tuple((goods(f"{facing}-{n}", facing), standing(facing)) for facing in facings for n in range(stock))
    script = Script("by hand", 3, (), (), (Fault(kind="drop", stream="shoppers", share=0.5),), 2.0)
    crossings = (
        Crossing(0.5, "front", Passage.ENTRY, "ann"),
        Crossing(0.6, "front", Passage.ENTRY, "ben"),
        Crossing(2.5, "front", Passage.EXIT, "ann"),
    )
    return Performance(
        store=CORNER,
        script=script,
        frames=FRAMES,
        actors=(ANN, BEN, CY, STAFF),
        standing=stands,
        movements=movements,
        pushes=(Push(1.0, 1.5, "cy", "left", MILK, {CORNER.facings[MILK].scales[0]: 1.0}, 200.0),),
        transfers=transfers,
        crossings=crossings,
        kiosk=(KioskEntry(2.0, "ann", "ann@example.org"),),
    )


ONE, TWO = goods("0-0"), goods("0-1")
LOAF = goods("1-0", BREAD)


def owed(*movements: Movement, transfers: tuple[Transfer, ...] = ()) -> dict[str, dict[str, int]]:
    """What people owe, those left out who owe nothing."""
    return {name: due for name, due in receipts_of(performance(*movements, transfers=transfers)).items() if due}


# ---- What is owed ----------------------------------------------------------------------------------------------------


def test_who_takes_owes_and_staff_are_not_asked() -> None:
    receipts = receipts_of(performance(take(1, "ann", ONE, TWO), take(2, "ben", LOAF, facing=BREAD)))
    assert receipts == {"ann": {ONE.gtin: 2}, "ben": {LOAF.gtin: 1}, "cy": {}}


def test_two_kinds_in_one_grab_are_two_lines() -> None:
    assert owed(take(1, "ann", ONE, LOAF)) == {"ann": {ONE.gtin: 1, LOAF.gtin: 1}}


@pytest.mark.parametrize("facing", [MILK, BREAD])
def test_what_is_put_back_is_not_owed_wherever_it_stands(facing: int) -> None:
    assert owed(take(1, "ann", ONE), put_back(2, "ann", ONE, facing=facing)) == {}


def test_a_misplaced_item_is_owed_by_who_takes_it_from_there() -> None:
    movements = take(1, "ann", ONE), put_back(2, "ann", ONE, facing=BREAD), take(3, "cy", ONE, facing=BREAD)
    assert owed(*movements) == {"cy": {ONE.gtin: 1}}


def test_what_is_handed_over_is_owed_by_who_took_it() -> None:
    handed = change(1.5, Change.HANDED_OVER, ONE, "ann", "cy")
    assert owed(take(1, "ann", ONE), transfers=(handed,)) == {"ann": {ONE.gtin: 1}}
    assert owed(take(1, "ann", ONE), put_back(2, "cy", ONE), transfers=(handed,)) == {}


def test_what_lies_on_the_floor_is_owed_by_who_took_it_also_when_another_picks_it_up() -> None:
    dropped, found = change(1.5, Change.DROPPED, ONE, "ann", ""), change(2, Change.PICKED_UP, ONE, "", "cy")
    assert owed(take(1, "ann", ONE), transfers=(dropped,)) == {"ann": {ONE.gtin: 1}}
    assert owed(take(1, "ann", ONE), transfers=(dropped, found)) == {"ann": {ONE.gtin: 1}}


def test_what_is_eaten_is_owed_whatever_becomes_of_the_wrapper() -> None:
    wrapper = replace(ONE, weight=20.0)
    eaten = change(1.5, Change.CONSUMED, wrapper, "ann", "ann")
    movements = take(1, "ann", ONE), put_back(2, "ann", wrapper), take(2.5, "cy", wrapper)
    for count in (1, 2, 3):
        assert owed(*movements[:count], transfers=(eaten,)) == {"ann": {ONE.gtin: 1}}
    stock = happened_in(performance(*movements[:2], transfers=(eaten,))).stock_end
    assert stock[MILK] == 4


def test_restocked_goods_are_owed_only_when_they_are_taken() -> None:
    fresh = goods("fresh")
    restocked = moved(1, "staff", Action.PUT_BACK, fresh, restocking=True)
    assert owed(restocked) == {}
    assert owed(restocked, take(2, "cy", fresh)) == {"cy": {fresh.gtin: 1}}


def test_what_staff_carry_off_nobody_owes() -> None:
    assert owed(take(1, "ann", ONE), put_back(2, "ann", ONE), take(3, "staff", ONE)) == {}


def test_a_party_owes_what_its_people_owe() -> None:
    happened = happened_in(performance(take(1, "ann", ONE), take(1.2, "ben", TWO), take(2, "cy", LOAF)))
    assert happened.parties == {"couple": {ONE.gtin: 2}, "party-cy": {LOAF.gtin: 1}}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["ann", "ben", "cy"])), max_size=30))
def test_every_item_either_stands_on_a_shelf_or_is_owed(grabs: list[tuple[int, str]]) -> None:
    """Of each item, people take it where it stands, and whoever is asked next brings it back."""
    stands = [goods(f"{facing}-{n}", facing) for facing in (MILK, BREAD) for n in range(5)]
    on_shelf, movements = set(range(10)), []
    for at, (number, name) in enumerate(grabs):
        facing = number // 5
        if number in on_shelf:
            movements.append(take(at, name, stands[number], facing=facing))
        else:
            movements.append(put_back(at, name, stands[number], facing=facing))
        on_shelf ^= {number}
    happened = happened_in(performance(*movements))
    due = sum((Counter(receipt) for receipt in happened.receipts.values()), Counter[str]())
    for facing in (MILK, BREAD):
        gtin = CORNER.facings[facing].gtin
        assert gtin is not None
        assert happened.stock_begin[facing] == 5 == happened.stock_end[facing] + due[gtin]


# ---- What is told ----------------------------------------------------------------------------------------------------


def test_times_are_those_of_the_stamps_in_the_bag(tmp_path: Path) -> None:
    write_truth(performance(take(1, "ann", ONE, LOAF)), tmp_path / "truth")
    happened = read_truth(tmp_path / "truth").happened
    assert (happened.begin, happened.end) == (START, stamp_at(3.0))
    ann, ben, cy, _ = happened.people
    assert (ann.entered, ann.left) == (stamp_at(0.5), stamp_at(2.5))
    assert (ben.entered, ben.left) == (stamp_at(0.6), None)
    assert (cy.entered, cy.left) == (None, None)
    (movement,) = happened.movements
    assert (movement.begin, movement.end) == (stamp_at(1), stamp_at(1.4))
    assert (movement.actor, movement.action, movement.items) == ("ann", "take", ("0-0", "1-0"))
    assert movement.goods == {ONE.gtin: 1, LOAF.gtin: 1}
    assert movement.loads == {CORNER.facings[MILK].scales[0]: -1000.0}
    assert happened.pushes[0].end == stamp_at(1.5)
    assert happened.kiosk[0].stamp == stamp_at(2.0)
    assert happened.faults == (Fault(kind="drop", stream="shoppers", share=0.5),)


def test_who_is_not_there_has_no_joints(tmp_path: Path) -> None:
    write_truth(performance(), tmp_path / "truth")
    frames = read_truth(tmp_path / "truth").frames
    assert frames.names == ("ann", "ben", "cy", "staff")
    assert frames.joints.shape == (FRAMES, 4, 17, 3)
    assert [stamp_at(0.0), stamp_at(1.0)] == [frames.stamps[0], frames.stamps[30]]
    there = np.isfinite(frames.joints).all(axis=(2, 3))
    assert [int(seen.sum()) for seen in there.T] == [80, 60, 80, 80]
    assert not there[:20, 1].any()
    assert there[20:80, 1].all()


def test_equal_performances_give_the_same_bytes_and_are_read_as_they_were_written(tmp_path: Path) -> None:
    acted = performance(take(1, "ann", ONE), transfers=(change(1.5, Change.HANDED_OVER, ONE, "ann", "cy"),))
    for name in ("one", "two"):
        write_truth(acted, tmp_path / name)
    for file in ("truth.json", "joints.npz"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    truth = read_truth(tmp_path / "one")
    assert truth.happened == happened_in(acted)
    np.testing.assert_array_equal(truth.frames.joints, frames_of(acted).joints)


def test_the_truth_of_another_bag_is_not_overwritten(tmp_path: Path) -> None:
    folder = truth_beside(tmp_path / "bag")
    assert folder == tmp_path / "bag-truth"
    write_truth(performance(), folder)
    before = (folder / "truth.json").read_bytes()
    with pytest.raises(OutputError, match="exists already"):
        write_truth(performance(take(1, "ann", ONE)), folder)
    assert (folder / "truth.json").read_bytes() == before


@pytest.mark.parametrize("file", ["truth.json", "joints.npz"])
def test_what_is_no_truth_is_refused_with_its_name(tmp_path: Path, file: str) -> None:
    write_truth(performance(), tmp_path / "truth")
    (tmp_path / "truth" / file).write_text("{}")
    with pytest.raises(SimulationError, match=f"{file}: is not the truth"):
        read_truth(tmp_path / "truth")
    (tmp_path / "truth" / file).unlink()
    with pytest.raises(SimulationError, match=f"{file}: cannot be read"):
        read_truth(tmp_path / "truth")
