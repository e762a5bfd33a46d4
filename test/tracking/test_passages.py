"""What is told of people who come in and go out."""

from __future__ import annotations

import numpy as np
from following import pictures
from hypothesis import given
from hypothesis import strategies as st
from test_tracking_stage import keypoints, told
from walkers import SECOND, START, STORE, USUAL, Cameras, Walker

from storegraph.observations import GateEvent, Keypoints, Passage
from storegraph.tracking.entrances import Entrances
from storegraph.tracking.model import DEFAULTS
from storegraph.tracking.passages import Passages
from storegraph.tracking.stage import TrackingStage
from storegraph.tracking.tracks import Track
from storegraph.tracking.visits import Visits

WINDOW = 2 * SECOND


def entry(seconds: float, party: str) -> GateEvent:
    return GateEvent(
        START + round(seconds * SECOND), "front", Passage.ENTRY, f"token-{party}", party, "", derived=False
    )


def exit_at(seconds: float) -> GateEvent:
    return GateEvent(START + round(seconds * SECOND), "front", Passage.EXIT, "", "", "", derived=False)


def passed(
    walkers: tuple[Walker, ...], gate: list[GateEvent], seconds: float, hidden: tuple[float, float] = (0.0, 0.0)
) -> list[GateEvent]:
    """What the stage tells of the gate, of walkers who set out at the beginning and are gone at their end.

    Nobody is seen in the seconds in which they are hidden, from the first to before the second.
    """
    observations: list[Keypoints | GateEvent] = [*gate]
    ends = [len(walker.places) / 20 for walker in walkers]
    for moment, found in pictures(Cameras(walkers, USUAL), seconds):
        for camera, people in found.items():
            shown = people if moment < min(ends) and not hidden[0] <= moment < hidden[1] else people[:0]
            observations.append(keypoints(START + round(moment * SECOND), camera, shown))
    observations.sort(key=lambda observation: observation.stamp)
    return [event for event in told(TrackingStage(STORE), observations) if isinstance(event, GateEvent)]


def test_who_comes_in_behind_somebody_gets_the_credential_of_their_own_entry():
    pace, ahead = 0.8, 1.0
    first = Walker.to((2.9, -0.2), (1.0, 2.6), (1.6, 3.8), (4.0, 3.8), pace=pace)
    second = Walker.to((3.1, -0.2 - ahead), (3.1, -0.2), (5.0, 2.4), (4.6, 1.4), (1.6, 1.4), pace=pace, stature=1.6)
    events = passed((first, second), [entry(0.25, "a"), entry(0.25 + ahead / pace, "b")], 6.0)
    assert [(event.passage, event.credential, event.derived) for event in events] == [
        (Passage.ENTRY, "token-a", False),
        (Passage.ENTRY, "token-b", False),
    ]
    assert len({event.shopper_id for event in events}) == 2
    assert all(event.shopper_id for event in events)


def test_who_is_hidden_as_they_come_in_is_who_came_in():
    walker = Walker.to((3.0, -0.6), (3.0, 2.2), (1.6, 2.2), pace=0.9)
    (came,) = passed((walker,), [entry(0.7, "a")], 4.5, hidden=(0.5, 1.9))
    assert (came.passage, came.party, came.derived) == (Passage.ENTRY, "a", False)


def test_who_is_hidden_longest_is_still_who_came_in_first():
    visits = Visits(Entrances(STORE.gates, DEFAULTS.gate_reach), DEFAULTS)
    tracks = [Track(name, START, at_gate=True, seen={}, in_two_views=START, confirmed=True) for name in ("one", "two")]
    for party, seconds in (("a", 0.7), ("b", 1.4)):
        visits.pass_gate(entry(seconds, party), tracks, np.zeros((2, 2)))
    for moment in range(40):
        seconds = moment / 10
        places = np.array([[2.8, seconds - 0.65], [3.2, seconds - 1.25]])
        for track, hidden in zip(tracks, ((0.3, 2.0), (2.0, 2.0)), strict=True):
            if not hidden[0] <= seconds < hidden[1]:
                track.seen["one"] = START + round(seconds * SECOND)
        visits.conclude(tracks, places, START + round(seconds * SECOND))
    assert {event.party: event.shopper_id for event in visits.passages()} == {"a": "one", "b": "two"}


def test_who_turns_round_unseen_before_a_gate_has_not_come_in():
    walker = Walker.to((3.0, -0.8), (3.0, -0.1), (3.0, -0.8), pace=0.9)
    assert not passed((walker,), [], 4.0, hidden=(0.7, 4.0))


def test_who_goes_out_is_told_with_the_party_they_came_in_with():
    walker = Walker.to((3.0, -0.2), (3.0, 2.2), (3.0, -0.2), pace=0.9)
    lasts = len(walker.places) / 20
    came, went = passed((walker,), [entry(0.2, "a"), exit_at(lasts - 0.2)], lasts + 1.0)
    assert (came.passage, went.passage) == (Passage.ENTRY, Passage.EXIT)
    assert (went.party, went.shopper_id, went.derived) == ("a", came.shopper_id, False)


def test_a_gate_that_tells_nothing_is_made_up_for():
    walker = Walker.to((3.0, -0.2), (3.0, 2.2), (3.0, -0.2), pace=0.9)
    came, went = passed((walker,), [], len(walker.places) / 20 + 3.0)
    assert (came.credential, came.derived, came.gate) == ("", True, "front")
    assert (went.passage, went.derived, went.gate) == (Passage.EXIT, True, "front")


def test_who_comes_in_and_goes_out_and_is_not_seen_is_told_of_as_nobody():
    walker = Walker.to((3.0, -0.2), (3.0, 2.2), (4.5, 2.2), (4.5, 3.8), (1.6, 3.8), pace=0.5)
    unseen = [entry(0.1, "a"), entry(0.3, "b"), exit_at(7.0)]
    events = passed((walker,), unseen, 9.0)
    assert sorted((event.passage, bool(event.shopper_id), event.derived) for event in events) == [
        (Passage.ENTRY, False, False),
        (Passage.ENTRY, True, False),
        (Passage.EXIT, False, False),
    ]
    assert {event.party for event in events if event.passage is Passage.ENTRY} == {"a", "b"}


def test_who_turns_back_at_once_has_come_in_before_going_out():
    passages = Passages(WINDOW)
    passages.tell(entry(0.0, "a"))
    passages.come_in("one", "front", START)
    events = list(passages.leave("one", "front", START + SECOND, derived=False))
    assert [(event.passage, event.party) for event in events] == [(Passage.ENTRY, "a"), (Passage.EXIT, "a")]


@given(st.lists(st.floats(0.0, 20.0), min_size=1, max_size=6, unique=True), st.randoms())
def test_everybody_who_comes_in_is_told_once_and_every_entry_is_given_once(moments, random):
    """The gate tells up to half a second early or late, and sometimes nothing."""
    passages = Passages(WINDOW)
    happening = []
    for number, moment in enumerate(sorted(moments)):
        came = START + round(moment * SECOND)
        happening.append((came, "seen", str(number)))
        if random.random() < 0.8:
            happening.append((came + random.randint(-SECOND // 2, SECOND // 2), "told", str(number)))
    given_out = []
    for stamp, what, number in sorted(happening):
        given_out += passages.bind(stamp)
        if what == "seen":
            passages.come_in(number, "front", stamp)
        else:
            passages.tell(GateEvent(stamp, "front", Passage.ENTRY, f"t{number}", f"p{number}", "", derived=False))
    given_out += passages.bind(START + 60 * SECOND)
    assert sorted(event.shopper_id for event in given_out) == sorted(str(number) for number in range(len(moments)))
    credentials = [event.credential for event in given_out if event.credential]
    assert len(credentials) == len(set(credentials)) == sum(what == "told" for _, what, _ in happening)
    assert all(event.derived == (not event.credential) for event in given_out)


def test_who_comes_in_where_somebody_has_just_gone_out_is_somebody_else():
    """One is lost to sight outside the gate when the other appears half a metre beside."""
    pace = 0.9
    goes = Walker.to((3.0, 0.9), (3.0, 2.2), (2.8, -0.8), pace=pace)
    lasts = len(goes.places) / 20
    comes = Walker.to((3.2, -0.8), (4.8, 2.6), (1.2, 2.6), pace=pace, stature=1.6)
    observations: list[Keypoints | GateEvent] = [exit_at(lasts - 0.8 / pace), entry(lasts + 0.95, "b")]
    for moment, found in pictures(Cameras((goes,), USUAL), lasts):
        observations += [keypoints(START + round(moment * SECOND), camera, each) for camera, each in found.items()]
    for moment, found in pictures(Cameras((comes,), USUAL), 5.0):
        stamp = START + round((lasts + moment) * SECOND)
        observations += [keypoints(stamp, camera, each) for camera, each in found.items()]
    observations.sort(key=lambda observation: observation.stamp)
    events = [event for event in told(TrackingStage(STORE), observations) if isinstance(event, GateEvent)]
    assert [(event.passage, event.party) for event in events] == [
        (Passage.ENTRY, ""),
        (Passage.EXIT, ""),
        (Passage.ENTRY, "b"),
    ]
    assert events[0].shopper_id == events[1].shopper_id != events[2].shopper_id


def test_an_exit_that_was_concluded_is_not_told_again_when_the_gate_is_late():
    passages = Passages(WINDOW)
    list(passages.leave("one", "front", START, derived=True))
    assert passages.is_known(exit_at(1.0))
    assert not passages.is_known(exit_at(1.1)), "one conclusion stands for one exit"
    list(passages.leave("two", "front", START + 2 * SECOND, derived=True))
    assert not passages.is_known(exit_at(4.5))
