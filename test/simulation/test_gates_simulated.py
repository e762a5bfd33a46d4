"""The gates tell of everybody who crosses their lines, and no more of them than a reader knows."""

from __future__ import annotations

import numpy as np
import pytest

from storegraph.observations import GateEvent, Passage
from storegraph.simulation.gates import gate_events
from storegraph.simulation.performance import Actor, Crossing, Performance, stamp_at
from storegraph.simulation.script import Body, Credential, Script
from storegraph.store.model import Fixture, Store

STORE = Store(
    id="tiny",
    name="Tiny",
    currency="EUR",
    time_zone="Europe/Berlin",
    fixtures=(Fixture(id="G1", position=(0.0, 0.0, 0.0), size=(1.0, 0.5, 1.8)),),
)


def somebody(name: str, credential: Credential, token: str, party: str) -> Actor:
    joints = np.zeros((300, 17, 3), dtype=np.float32)
    return Actor(name, Body(1.7, 1.0, 30.0, 1), credential, token, party, 0, joints, np.empty((0, 3)))


ANNA = somebody("anna", Credential.CARD, "tok-1", "anna")
BEN = somebody("ben", Credential.CARD, "tok-1", "anna")
CREW = somebody("crew", Credential.CREW, "crew-7", "crew")
TAIL = somebody("tail", Credential.NONE, "", "tail")


def performance(*crossings: Crossing, seed: int = 3) -> Performance:
    script = Script("hand-made", seed, (), (), (), 0.0)
    return Performance(STORE, script, 300, (ANNA, BEN, CREW, TAIL), (), (), (), (), crossings, ())


def coming(*names: str) -> tuple[Crossing, ...]:
    return tuple(Crossing(1.0 + 0.4 * i, "front", Passage.ENTRY, name) for i, name in enumerate(names))


def events(what: Performance, bound: bool = False) -> dict[str, GateEvent]:
    """By the actor's name."""
    told = [recorded.observation for recorded in gate_events(what, bound)]
    assert all(isinstance(event, GateEvent) for event in told)
    return {crossing.actor: event for crossing, event in zip(what.crossings, told, strict=True)}  # type: ignore[misc]


def test_a_passage_is_stamped_when_the_line_is_crossed_and_heard_a_little_later() -> None:
    (told,) = gate_events(performance(Crossing(2.5, "front", Passage.ENTRY, "anna")))
    assert told.topic == "gate/events"
    assert told.observation.stamp == stamp_at(2.5)
    assert 5_000_000 <= told.log_time - stamp_at(2.5) < 50_000_000
    assert told.observation == GateEvent(stamp_at(2.5), "front", Passage.ENTRY, "tok-1", "anna", "", False)


def test_who_comes_on_one_credential_is_one_party() -> None:
    told = events(performance(*coming("anna", "ben")))
    assert told["anna"].party == told["ben"].party == "anna"
    assert told["anna"].credential == told["ben"].credential == "tok-1"


def test_staff_show_their_own_credential() -> None:
    assert events(performance(*coming("crew")))["crew"].credential == "crew-7"


@pytest.mark.parametrize("bound", [False, True])
def test_who_walks_in_behind_somebody_has_no_credential_and_is_of_no_party(bound: bool) -> None:
    told = events(performance(*coming("anna", "tail")), bound)["tail"]
    assert (told.credential, told.party) == ("", "")


def test_at_an_exit_a_reader_knows_nobody() -> None:
    told = events(performance(Crossing(9.0, "front", Passage.EXIT, "anna")))["anna"]
    assert (told.passage, told.credential, told.party, told.shopper_id) == (Passage.EXIT, "", "", "")


def test_bound_events_tell_who_passed() -> None:
    told = events(performance(*coming("anna", "tail"), Crossing(9.0, "front", Passage.EXIT, "anna")), bound=True)
    assert told["tail"].shopper_id == "tail"
    assert (told["anna"].passage, told["anna"].shopper_id, told["anna"].party) == (Passage.EXIT, "anna", "anna")
    assert told["anna"].credential == ""
    assert {each.topic for each in gate_events(performance(*coming("anna")), bound=True)} == {"passages"}


def test_a_reader_speaks_on_its_topic_and_who_is_known_stands_on_passages() -> None:
    what = performance(*coming("anna"))
    assert [[recorded.topic for recorded in gate_events(what, bound)] for bound in (False, True)] == [
        ["gate/events"],
        ["passages"],
    ]


def test_events_do_not_overtake_one_another() -> None:
    close = tuple(Crossing(1.0 + 0.0001 * i, "front", Passage.ENTRY, "anna") for i in range(200))
    heard = [recorded.log_time for recorded in gate_events(performance(*close))]
    assert heard == sorted(heard)
    assert len({late - stamp_at(each.time) for late, each in zip(heard, close, strict=True)}) > 50


def test_equal_seeds_tell_the_same_and_others_other_latencies() -> None:
    here, again = (list(gate_events(performance(*coming("anna", "ben")))) for _ in range(2))
    other = list(gate_events(performance(*coming("anna", "ben"), seed=4)))
    assert here == again
    assert [each.log_time for each in here] != [each.log_time for each in other]
    assert [each.observation for each in here] == [each.observation for each in other]
