"""Every named scenario, with twenty seeds: what happens could happen."""

from __future__ import annotations

import traceback
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations, repeat
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from storegraph.observations import COCO_17, Action
from storegraph.simulation.acting.acting import act
from storegraph.simulation.acting.world import Place, places_of
from storegraph.simulation.performance import FRAME_RATE, Actor, Change, Item, Performance
from storegraph.simulation.scenarios.casting import cast
from storegraph.simulation.scenarios.scenario import load_scenario, scenario_names
from storegraph.simulation.script import Credential
from storegraph.store.file import load_store

Floats = NDArray[np.float64]

CONFIG = Path(__file__).resolve().parents[2] / "config"
STORE = load_store(CONFIG / "stores" / "corner.yaml")
PLACES = places_of(STORE)
SEEDS = range(20)

BODY = [COCO_17.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("hip", "ankle")]
NEAREST = 0.2
"""Metres between the means of hips and ankles of two people: middles keep 0.285 m apart (test_crowd), and with a stride
or a squat that mean is up to 0.11 m off the middle."""

WRISTS = {hand: COCO_17.index(f"{hand}_wrist") for hand in ("left", "right")}
FASTEST_WRIST, FASTEST_JOINT = 6.0, 5.0
"""Metres a second; a foot swings at up to three times the speed of the body."""


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """One for each core: this is a minute and a half of work for two."""
    # Not forked: other tests may have left threads of the middleware.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("name", scenario_names())
def test_what_happens_in_a_named_scenario_could_happen(name: str, processes: ProcessPoolExecutor) -> None:
    problems = dict(zip(SEEDS, processes.map(problem_in, repeat(name), SEEDS), strict=True))
    assert not any(problems.values()), problems


def problem_in(name: str, seed: int) -> str:
    """What cannot happen, of all that happens in a scenario; empty where all of it can."""
    performance = act(cast(load_scenario(name), STORE, seed), STORE)
    try:
        bodies_do_not_jump(performance)
        people_keep_clear_of_each_other_and_of_fixtures(performance)
        hands_are_at_the_shelf_when_goods_move(performance)
        every_item_is_in_one_place(performance)
        everybody_comes_and_goes(performance)
    except AssertionError:
        return traceback.format_exc(limit=-1)
    return ""


@pytest.mark.parametrize("store", ["corner", "kiosk"])
def test_who_waits_for_goods_in_a_corner_is_gone_to(store: str) -> None:
    small = load_store(CONFIG / "stores" / f"{store}.yaml")
    performance = act(cast(load_scenario("hand_over_within_group"), small, 1001), small)
    assert [transfer.change for transfer in performance.transfers] == [Change.HANDED_OVER]


@pytest.mark.parametrize("name", ["demo", "shopping"])
def test_equal_seeds_give_equal_performances_and_others_do_not(name: str) -> None:
    scenario = load_scenario(name)
    first, again, other = (act(cast(scenario, STORE, seed), STORE) for seed in (3, 3, 4))
    assert fingerprint(first) == fingerprint(again)
    assert fingerprint(first) != fingerprint(other)


def bodies_do_not_jump(performance: Performance) -> None:
    for actor in performance.actors:
        speed = np.linalg.norm(np.diff(actor.joints, axis=0), axis=2) * FRAME_RATE
        assert speed.max() < FASTEST_JOINT
        assert speed[:, list(WRISTS.values())].max() < FASTEST_WRIST


def people_keep_clear_of_each_other_and_of_fixtures(performance: Performance) -> None:
    middles = {actor.name: middles_of(actor, performance.frames) for actor in performance.actors}
    for first, second in combinations(middles, 2):
        apart = np.linalg.norm(middles[first] - middles[second], axis=1)
        assert not np.any(apart < NEAREST), f"{first} and {second}: {np.nanmin(apart):.3f} m"
    for name, middle in middles.items():
        for fixture in STORE.fixtures:
            cosine, sine = np.cos(fixture.yaw), np.sin(fixture.yaw)
            x, y = (middle - fixture.position[:2]).T
            along, inwards = cosine * x + sine * y, cosine * y - sine * x
            inside = (along > 0) & (along < fixture.size[0]) & (inwards > 0) & (inwards < fixture.size[1])
            assert not inside.any(), f"{name} is inside {fixture.id}"


def hands_are_at_the_shelf_when_goods_move(performance: Performance) -> None:
    actors = {actor.name: actor for actor in performance.actors}
    for movement in performance.movements:
        wrists = during(actors[movement.actor], WRISTS[movement.hand], movement.begin, movement.end)
        places = {PLACES[standing.facing] for _, standing in movement.items}
        far = np.min([from_front(wrists, place) for place in places], axis=0)
        assert far.max() < 0.25, f"{movement.actor} at {movement.begin:.2f} s: {far.max():.2f} m"
    for push in performance.pushes:
        wrists = during(actors[push.actor], WRISTS[push.hand], push.begin, push.end)
        assert from_front(wrists, PLACES[push.facing]).max() < 0.25


def every_item_is_in_one_place(performance: Performance) -> None:
    where = {item.item_id: f"facing {standing.facing}" for item, standing in performance.standing}
    assert len(where) == len(performance.standing)
    weights = {item.item_id: item.weight for item, _ in performance.standing}
    staff = {actor.name for actor in performance.actors if actor.credential is Credential.CREW}
    for _, what in sorted(happenings(performance), key=lambda happening: happening[0]):
        item, left, came, change = what
        if change is None and item.item_id not in where:
            assert left in staff, f"{left} puts down {item.item_id}, which nobody took"
            weights[item.item_id] = item.weight
        else:
            assert where[item.item_id] == left
        if change is Change.CONSUMED:
            assert item.weight < weights[item.item_id]
            weights[item.item_id] = item.weight
        assert item.weight == weights[item.item_id]
        where[item.item_id] = came
    for movement in performance.movements:
        loads: dict[str, float] = defaultdict(float)
        sign = -1 if movement.action is Action.TAKE else 1
        for item, standing in movement.items:
            assert sum(standing.shares.values()) == pytest.approx(1)
            assert standing.shares.keys() <= set(STORE.facings[standing.facing].scales)
            for scale, share in standing.shares.items():
                loads[scale] += sign * share * item.weight
        assert dict(movement.loads) == pytest.approx(dict(loads))


def everybody_comes_and_goes(performance: Performance) -> None:
    for actor in performance.actors:
        entry, exit_ = (crossing for crossing in performance.crossings if crossing.actor == actor.name)
        assert actor.first / FRAME_RATE < entry.time < exit_.time < actor.last / FRAME_RATE


def happenings(performance: Performance) -> list[tuple[float, tuple[Item, str, str, Change | None]]]:
    """When an item went from where to where."""
    moved = [
        (
            movement.end,
            (item, f"facing {standing.facing}", movement.actor, None)
            if movement.action is Action.TAKE
            else (item, movement.actor, f"facing {standing.facing}", None),
        )
        for movement in performance.movements
        for item, standing in movement.items
    ]
    return moved + [
        (transfer.time, (transfer.item, transfer.giver or "floor", transfer.taker or "floor", transfer.change))
        for transfer in performance.transfers
    ]


def middles_of(actor: Actor, frames: int) -> Floats:
    """About the middle of the body in every frame; NaN where they are not there."""
    middle = np.full((frames, 2), np.nan)
    middle[actor.first : actor.last + 1] = actor.joints[:, BODY, :2].mean(axis=1)
    return middle


def during(actor: Actor, joint: int, begin: float, end: float) -> Floats:
    """Where a joint is in the frames of a time, and at least in one."""
    first, last = round(begin * FRAME_RATE), round(end * FRAME_RATE)
    return actor.joints[first - actor.first : last - actor.first + 1, joint].astype(np.float64)


def from_front(points: Floats, place: Place) -> Floats:
    """How far points are from the front opening of a place of goods."""
    x, y = np.array([place.from_map(*point[:2]) for point in points]).T
    aside = np.maximum(np.maximum(-x, x - place.size[0]), 0.0)
    height = points[:, 2] - place.origin[2]
    above = np.maximum(np.maximum(-height, height - place.size[2]), 0.0)
    return np.sqrt(aside**2 + y**2 + above**2)


def fingerprint(performance: Performance) -> tuple[object, ...]:
    joints = tuple(actor.joints.tobytes() for actor in performance.actors)
    moved = tuple((movement.begin, movement.end, *movement.loads.items()) for movement in performance.movements)
    return joints, moved, performance.crossings, performance.transfers
