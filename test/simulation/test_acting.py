"""Scripts, acted out: each kind of step does what it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from storegraph.observations import COCO_17, Action, Passage
from storegraph.simulation.acting.acting import act
from storegraph.simulation.acting.world import capacities
from storegraph.simulation.errors import SimulationError
from storegraph.simulation.performance import FRAME_RATE, Actor, Change, Performance
from storegraph.simulation.script import (
    AnyStep,
    Body,
    Consume,
    Credential,
    Drop,
    HandOver,
    Meet,
    PickUp,
    PutBack,
    Receive,
    Restock,
    Role,
    Script,
    SwapPlaces,
    Take,
    Touch,
    VisitKiosk,
    Wait,
    Walk,
)
from storegraph.store.file import load_store
from storegraph.store.model import Store

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
OATS, COFFEE, PASTA = 5, 6, 7
GTIN = {facing: STORE.facings[facing].gtin or "" for facing in (OATS, COFFEE, PASTA)}

ANKLES = [COCO_17.index("left_ankle"), COCO_17.index("right_ankle")]
RIGHT_WRIST = COCO_17.index("right_wrist")


def role(name: str, *steps: AnyStep, enters: float = 1.0, follows: str = "", turns_back: bool = False) -> Role:
    body = Body(stature=1.72, build=1.0, age=40.0, looks=1)
    credential = Credential.NONE if follows else Credential.CARD
    token = "" if follows else f"token {name}"
    return Role(name, body, credential, token, name, enters, follows, "front", "front", 1.3, turns_back, steps)


def take(
    facing: int, count: int = 1, *, lasts: float = 0.4, at: float = 0.0, sync: str = "", side: float = 0.0
) -> Take:
    return Take(goods=((facing, count),), hand="right", lasts=lasts, press=80.0, at=at, sync=sync, side=side)


def put_back(gtin: str, facing: int) -> PutBack:
    return PutBack(gtin=gtin, count=1, facing=facing, hand="right", lasts=0.4, press=80.0)


def acted(*roles: Role, store: Store = STORE) -> Performance:
    return act(Script("test", 1, roles, capacities(store), (), 1.0), store)


def of(performance: Performance, name: str) -> Actor:
    return next(actor for actor in performance.actors if actor.name == name)


def middle(actor: Actor, time: float) -> NDArray[np.float32]:
    return actor.joints[round(time * FRAME_RATE) - actor.first, ANKLES, :2].mean(axis=0)


def test_somebody_takes_two_of_one_kind_slowly_and_leaves_with_them() -> None:
    performance = acted(role("ann", take(OATS, 2, lasts=3.0)))
    (movement,) = performance.movements
    assert movement.end - movement.begin == pytest.approx(3.0)
    assert movement.action is Action.TAKE
    assert [item.gtin for item, _ in movement.items] == [GTIN[OATS]] * 2
    assert [crossing.passage for crossing in performance.crossings] == [Passage.ENTRY, Passage.EXIT]


def test_hands_of_synchronous_steps_arrive_at_one_moment() -> None:
    performance = acted(
        role("ann", take(OATS, sync="grab", side=-1.0)), role("bob", take(OATS, sync="grab", side=1.0), enters=4.0)
    )
    first, second = performance.movements
    assert {first.actor, second.actor} == {"ann", "bob"}
    assert abs(first.begin - second.begin) < 0.2  # one grips a little faster than the other
    assert not {item.item_id for item, _ in first.items} & {item.item_id for item, _ in second.items}


def test_a_step_does_not_begin_before_its_time() -> None:
    (movement,) = acted(role("ann", take(OATS, at=20.0))).movements
    assert 20.0 < movement.begin < 22.5


def test_what_was_put_elsewhere_is_taken_from_there_by_the_next_one() -> None:
    performance = acted(
        role("ann", take(OATS), put_back(GTIN[OATS], PASTA), Wait(seconds=0.0, sync="put")),
        role("bob", Wait(seconds=0.0, sync="put"), take(PASTA), enters=3.0),
    )
    taken, put, again = (movement.items[0] for movement in performance.movements)
    assert taken[0] == put[0] == again[0]
    assert put[1] == again[1]
    assert put[1].facing == PASTA


def test_two_kinds_are_taken_with_one_movement() -> None:
    goods = ((OATS, 1), (COFFEE, 1))
    performance = acted(role("ann", Take(goods=goods, hand="left", lasts=0.5, press=0.0)))
    (movement,) = performance.movements
    assert {item.gtin for item, _ in movement.items} == {GTIN[OATS], GTIN[COFFEE]}


def test_goods_are_handed_over_where_both_hands_meet() -> None:
    performance = acted(
        role("ann", take(OATS), HandOver(gtin=GTIN[OATS], count=1, to="bob")),
        role("bob", Receive(giver="ann"), put_back(GTIN[OATS], OATS), enters=3.0),
    )
    (transfer,) = performance.transfers
    assert (transfer.change, transfer.giver, transfer.taker) == (Change.HANDED_OVER, "ann", "bob")
    for name in ("ann", "bob"):
        actor = of(performance, name)
        wrist = actor.joints[int(transfer.time * FRAME_RATE) - actor.first, RIGHT_WRIST]
        assert np.linalg.norm(wrist - transfer.point) < 0.1
    assert performance.movements[-1].actor == "bob"


def test_people_who_meet_stand_pressed_together() -> None:
    performance = acted(
        role("ann", Meet(other="bob", seconds=4.0)), role("bob", Meet(other="ann", seconds=4.0), enters=2.5)
    )
    ann, bob = of(performance, "ann"), of(performance, "bob")
    times = np.arange(bob.first + 30, min(ann.last, bob.last) - 30) / FRAME_RATE
    apart = np.array([np.linalg.norm(middle(ann, time) - middle(bob, time)) for time in times])
    assert np.count_nonzero(apart < 0.35) >= 3.9 * FRAME_RATE
    assert apart.min() > 0.25


def test_people_who_swap_places_stand_where_the_other_stood() -> None:
    performance = acted(
        role("ann", Walk(to=(2.0, 2.5)), SwapPlaces(other="bob"), Wait(seconds=2.0)),
        role("bob", Walk(to=(4.0, 2.5)), SwapPlaces(other="ann"), Wait(seconds=2.0), enters=2.5),
    )
    ann = of(performance, "ann").joints[:, ANKLES, :2].mean(axis=1)
    first = int(np.argmin(np.linalg.norm(ann - (2.0, 2.5), axis=1)))
    assert np.linalg.norm(ann[first] - (2.0, 2.5)) < 0.3
    assert np.linalg.norm(ann[first:] - (4.0, 2.5), axis=1).min() < 0.3


def test_what_lies_on_the_floor_is_picked_up_by_who_waits_for_it() -> None:
    performance = acted(
        role("ann", take(OATS), Drop(gtin=GTIN[OATS], count=1)),
        role("bob", PickUp(gtin=GTIN[OATS], count=1), enters=4.0),
    )
    dropped, picked = performance.transfers
    assert (dropped.change, dropped.giver, dropped.taker) == (Change.DROPPED, "ann", "")
    assert (picked.change, picked.giver, picked.taker) == (Change.PICKED_UP, "", "bob")
    assert dropped.item == picked.item
    assert dropped.point[2] < 0.2


def test_a_wrapper_is_put_back_lighter() -> None:
    performance = acted(
        role("ann", take(OATS), Consume(gtin=GTIN[OATS], seconds=3.0, wrapper=0.05), put_back(GTIN[OATS], OATS))
    )
    taken, put = (movement.items[0][0] for movement in performance.movements)
    assert taken.item_id == put.item_id
    assert put.weight == pytest.approx(0.05 * taken.weight)


def test_a_hand_on_goods_moves_nothing() -> None:
    touch = Touch(facing=OATS, hand="right", seconds=2.0, force=300.0)
    performance = acted(role("ann", touch))
    (push,) = performance.pushes
    assert push.end - push.begin == pytest.approx(2.0)
    assert performance.movements == ()


def test_staff_put_down_new_goods_one_by_one_or_together() -> None:
    stock = tuple(count // 2 for count in capacities(STORE))
    roles = (role("cas", Restock(facing=OATS, count=3), Restock(facing=COFFEE, count=2, at_once=True)),)
    performance = act(Script("test", 1, roles, stock, (), 1.0), STORE)
    assert [len(movement.items) for movement in performance.movements] == [1, 1, 1, 2]
    assert all(movement.restocking and movement.action is Action.PUT_BACK for movement in performance.movements)


def test_a_tailgater_comes_in_close_behind() -> None:
    performance = acted(role("ann", take(OATS), enters=2.0), role("bob", take(PASTA), enters=2.0, follows="ann"))
    ann, bob = (crossing for crossing in performance.crossings if crossing.passage is Passage.ENTRY)
    assert (ann.actor, bob.actor) == ("ann", "bob")
    gap = np.linalg.norm(middle(of(performance, "ann"), bob.time) - middle(of(performance, "bob"), bob.time))
    assert gap < 0.7


def test_who_turns_back_takes_nothing() -> None:
    performance = acted(role("ann", take(OATS), turns_back=True))
    assert performance.movements == ()
    assert [crossing.passage for crossing in performance.crossings] == [Passage.ENTRY, Passage.EXIT]


def test_an_address_is_left_at_the_kiosk() -> None:
    performance = acted(role("ann", VisitKiosk(email="ann@example.org")))
    (entry,) = performance.kiosk
    assert (entry.actor, entry.email) == ("ann", "ann@example.org")
    near = middle(of(performance, "ann"), entry.time)
    assert STORE.kiosk is not None
    assert np.linalg.norm(near - STORE.kiosk.position) < 0.8


def test_in_a_store_without_gates_nobody_crosses_one() -> None:
    store = STORE.model_copy(update={"gates": ()})
    somebody = role("ann", take(OATS))
    somebody = Role(**{key: getattr(somebody, key) for key in Role.__slots__} | {"entrance": "", "exit": ""})
    performance = acted(somebody, store=store)
    assert performance.crossings == ()
    assert len(performance.movements) == 1


def test_who_waits_for_somebody_who_never_comes_is_told_with_their_name() -> None:
    with pytest.raises(SimulationError, match="bob is at step 1, Receive"):
        acted(role("bob", Receive(giver="ann")))


def test_a_child_draws_goods_forward_that_lie_too_deep() -> None:
    market = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "market.yaml")
    deep = 68  # 0.65 m high, with room for three rows, before a shelf that leaves no room to stand closer
    child = replace(
        role("tim", *(take(deep) for _ in range(capacities(market)[deep]))), entrance="entrance", exit="exit"
    )
    child = replace(child, body=Body(stature=1.127, build=1.0, age=5.3, looks=1))
    assert len(acted(child, store=market).movements) == capacities(market)[deep]


def test_goods_that_a_child_cannot_reach_are_told() -> None:
    high = next(index for index, facing in enumerate(STORE.facings) if facing.scales[0].startswith("G1.4"))
    child = Role(
        "tim", Body(1.0, 1.0, 4.0, 1), Credential.CARD, "t", "tim", 1.0, "", "front", "front", 1.0, False, (take(high),)
    )
    with pytest.raises(SimulationError, match=r"tim, 1\.00 m tall, cannot reach 1\.37 m high"):
        acted(child)
