"""Every named scenario ends as its summary says: who owes what, once it has been acted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from storegraph.observations import Passage
from storegraph.simulation.acting.acting import act
from storegraph.simulation.outcome import receipts_of
from storegraph.simulation.performance import Change, Performance
from storegraph.simulation.scenarios.casting import cast
from storegraph.simulation.scenarios.scenario import load_scenario, scenario_names
from storegraph.simulation.script import Script, Take
from storegraph.store.file import load_store

CORNER = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")

OWED = {
    "single_pick": {"ann": ["ann 0"]},
    "several_of_one": {"ann": ["ann 0"] * 3},
    "two_kinds_in_one_grab": {"ann": ["ann 0", "ann 1"]},
    "slow_pick": {"ann": ["ann 0"]},
    "long_hold": {"ann": []},
    "put_back": {"ann": []},
    "put_back_elsewhere": {"ann": []},
    "taken_from_elsewhere": {"ann": [], "bob": ["bob 0", "ann 0"]},
    "same_facing_at_once": {"ann": ["ann 0"], "bob": ["ann 0"]},
    "crossed_arms": {"ann": ["ann 0"], "bob": ["bob 0"]},
    "pressed_together": {"ann": ["ann 0"], "bob": ["bob 0"]},
    "swapping_places": {"ann": ["ann 0", "bob 0"], "bob": ["ann 0", "bob 0"]},
    "hand_over_between_strangers": {"ann": ["ann 0"], "bob": ["bob 0"]},
    "hand_over_within_group": {"ann": ["ann 0"] * 2, "bob": ["bob 0"]},
    "left_on_the_floor": {"ann": ["ann 0", "ann 1"]},
    "eaten_wrapper_returned": {"ann": ["ann 0"]},
    "swapped_between_facings": {"ann": []},
    "restocking": {"ann": ["ann 0"], "bob": ["bob 0", "ann 0"]},
    "child_takes": {"ann": ["ann 0"], "tim": ["tim 0"]},
    "leaving_by_the_entrance": {"ann": ["ann 0"]},
    "dead_plate": {"ann": ["ann 0", "ann 1"]},
    "camera_lost": {"ann": ["ann 0", "bob 0"], "bob": ["bob 0"]},
    "cameras_lost": {"ann": ["ann 0"], "bob": ["bob 0"]},
    "scale_drift": {"ann": ["ann 0", "ann 1"]},
    "clock_skew": {"ann": ["ann 0"], "bob": ["bob 0"]},
    "turning_back": {"ann": [], "bob": ["bob 0"]},
    "tailgater": {"ann": ["ann 0"], "bob": ["bob 0"]},
    "group_on_one_token": {"ann": ["ann 0"], "bob": ["bob 0"], "eve": ["eve 0"]},
    "kiosk_email": {"ann": ["ann 0"]},
    "demo": {
        "ann": ["ann 1", "ann 1", "ann 2"],
        "bob": ["bob 1"],
        "eve": ["ann 1"],
        "dan": ["dan 0", "bob 0", "ann 2"],
    },
}
"""What everybody owes in the end; `bob 0` is what belongs where bob takes something first."""


@pytest.fixture(scope="module", params=OWED)
def played(request: pytest.FixtureRequest) -> Performance:
    return act(cast(load_scenario(request.param), CORNER, 1), CORNER)


def products(script: Script) -> dict[str, str]:
    """What belongs where people take something, by person and number."""
    found: dict[str, str] = {}
    for role in script.roles:
        facings = [facing for step in role.steps if isinstance(step, Take) for facing, _ in step.goods]
        found |= {f"{role.name} {number}": CORNER.facings[facing].gtin or "" for number, facing in enumerate(facings)}
    return found


def test_everybody_owes_what_the_story_says(played: Performance) -> None:
    names = products(played.script)
    expected = {who: Counter(names[name] for name in goods) for who, goods in OWED[played.script.scenario].items()}
    assert receipts_of(played) == expected


def test_it_is_told_in_a_minute_or_so(played: Performance) -> None:
    assert played.duration < (80 if played.script.scenario == "demo" else 70)


def test_every_scenario_has_a_story() -> None:
    assert {"crowd", "shopping"} | set(OWED) == set(scenario_names())


def test_two_grab_at_one_moment() -> None:
    for name in ("same_facing_at_once", "crossed_arms", "pressed_together"):
        one, other = act(cast(load_scenario(name), CORNER, 3), CORNER).movements
        assert {one.actor, other.actor} == {"ann", "bob"}
        assert abs(one.begin - other.begin) < 0.5


def test_all_cameras_are_lost_while_things_are_taken() -> None:
    played = act(cast(load_scenario("cameras_lost"), CORNER, 3), CORNER)
    (lost,) = played.script.faults
    assert lost.end - lost.begin == 10
    assert all(lost.begin < movement.begin < lost.end for movement in played.movements)


def test_the_crowd_is_inside_at_once() -> None:
    played = act(cast(load_scenario("crowd"), CORNER, 1), CORNER)
    inside = [(crossing.time, 1 if crossing.passage is Passage.ENTRY else -1) for crossing in played.crossings]
    counts = [sum(step for time, step in inside if time <= moment) for moment, _ in inside]
    assert len(played.actors) == 20
    assert max(counts) >= 15


def test_a_hand_over_and_a_drop_happen_away_from_the_shelves() -> None:
    for name, change in (("hand_over_between_strangers", Change.HANDED_OVER), ("left_on_the_floor", Change.DROPPED)):
        (transfer,) = act(cast(load_scenario(name), CORNER, 3), CORNER).transfers
        assert transfer.change is change
