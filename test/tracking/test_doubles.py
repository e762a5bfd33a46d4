"""One body that is followed as two people is one again."""

from __future__ import annotations

import numpy as np
import pytest
from walkers import SECOND, START, STORE

from storegraph.observations import GateEvent, Passage
from storegraph.tracking.doubles import Doubles
from storegraph.tracking.entrances import Entrances
from storegraph.tracking.model import DEFAULTS
from storegraph.tracking.tracks import Track
from storegraph.tracking.visits import Visits


def track(name: str, born: float) -> Track:
    stamp = START + round(born * SECOND)
    return Track(name, stamp, at_gate=False, seen={"north": stamp}, in_two_views=stamp, confirmed=True)


TRACKS = [track("older", 0.0), track("younger", 1.0), track("somebody", 2.0)]


def found(apart: list[float]) -> list[list[tuple[int, int]]]:
    """What is found in pictures ten times a second, while the younger is so far from the older, metres."""
    doubles = Doubles()
    return [
        doubles.found(
            TRACKS,
            np.array([[1.0, 1.0, 1.1], [1.0 + metres, 1.0, 1.1], [4.0, 1.0, 1.1]]),
            START + picture * SECOND // 10,
        )
        for picture, metres in enumerate(apart)
    ]


def test_two_in_one_place_for_most_of_a_second_are_one():
    assert found([0.05] * 10) == [[]] * 7 + [[(0, 1)]] * 3


def test_who_squeezes_past_another_is_somebody_else():
    assert found([0.3, 0.14, 0.05, 0.05, 0.14, 0.3, 0.14, 0.05, 0.05, 0.14, 0.3]) == [[]] * 11


def test_two_who_stand_close_together_stay_two():
    assert found([0.2] * 20) == [[]] * 20


def test_a_picture_in_which_they_seem_apart_does_not_make_them_two():
    assert found([0.05, 0.1, 0.2, 0.2, 0.1, 0.05, 0.2, 0.05])[-1] == [(0, 1)]


def test_nothing_is_said_of_who_is_not_seen():
    assert found([0.05, 0.05, 0.05, np.nan, 0.05, 0.05, 0.05, 0.05, 0.05]) == [[]] * 9


@pytest.mark.parametrize(
    ("told_of", "goes_on"),
    [((), [0, 2]), (("older",), [0, 2]), (("younger",), [1, 2]), (("older", "younger"), [0, 1, 2])],
)
def test_who_has_been_told_of_as_coming_in_goes_on(told_of: tuple[str, ...], goes_on: list[int]):
    visits = Visits(Entrances(STORE.gates, DEFAULTS.gate_reach), DEFAULTS)
    for name in told_of:
        visits._passages.come_in(name, "front", START)
    list(visits._passages.bind(START + 10 * SECOND))
    assert visits.part([(0, 1)], TRACKS).tolist() == goes_on


def test_an_entry_is_not_bound_to_somebody_who_is_nobody():
    visits = Visits(Entrances(STORE.gates, DEFAULTS.gate_reach), DEFAULTS)
    visits._passages.tell(GateEvent(START, "front", Passage.ENTRY, "token", "party", "", derived=False))
    visits._passages.come_in("younger", "front", START)
    visits._passages.come_in("older", "front", START + SECOND)
    visits.part([(0, 1)], TRACKS)
    (event,) = visits._passages.bind(START + 10 * SECOND)
    assert (event.shopper_id, event.credential) == ("older", "token")
