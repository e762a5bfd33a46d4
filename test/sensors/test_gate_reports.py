"""Reports of gate controllers: what becomes a gate event, what is refused, and that no card number comes in."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storegraph.card_number import looks_like_card_number
from storegraph.observations import GateEvent, Passage
from storegraph.sensors.gates.admission import EntryAnswer, answer_payload, entry_request
from storegraph.sensors.gates.report import LONGEST, MILLISECOND, MOST_PEOPLE, ReportError, gate_events

ZONE = ZoneInfo("Europe/Berlin")
MOMENT = 1_772_356_530_250_000_000
"""2026-03-01 10:15:30.250 in Berlin, nanoseconds."""

GOOD = {"id": "7f3c9a", "time": MOMENT, "passage": "entry", "credential": "tok_a"}
TIMES = st.integers(10**18, 2 * 10**18)
IDS = st.text(min_size=1, max_size=20)
NUMBER = "0" * 16
"""Has a right check digit, and is nobody's."""


def events_of(**changed: object) -> tuple[GateEvent, ...]:
    return gate_events(json.dumps(GOOD | changed).encode(), "front", ZONE)


def refusal(payload: bytes) -> str:
    with pytest.raises(ReportError) as error:
        gate_events(payload, "front", ZONE)
    return str(error.value)


def with_check_digit(digits: str) -> str:
    """The digits and the one that ISO/IEC 7812-1 puts behind them."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(digits[::-1], start=1)]
    return digits + str(-sum(digit // 10 + digit % 10 for digit in doubled) % 10)


def test_what_the_documentation_shows_of_a_gate_is_what_gates_say_and_are_told() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "sensors.md").read_text(encoding="utf-8")
    report, question, answer = re.findall(r"```json\n(.*?)\n```", page, re.DOTALL)
    assert len(gate_events(report.encode(), "front", ZONE)) == 2
    asked = entry_request(question.encode(), "front")
    assert answer_payload(asked, EntryAnswer(allowed=True, code=json.loads(answer)["code"])).decode() == answer


@pytest.mark.parametrize("time", ["2026-03-01T10:15:30.250+01:00", "2026-03-01T09:15:30.25Z", MOMENT])
def test_time_is_iso_8601_or_nanoseconds(time: str | int) -> None:
    (event,) = events_of(time=time)
    assert event.stamp // MILLISECOND == MOMENT // MILLISECOND


@given(TIMES)
def test_both_ways_of_writing_a_time_mean_the_same(time: int) -> None:
    written = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time // 1000)).isoformat()
    assert events_of(time=written) == events_of(time=time // 1000 * 1000)


@given(TIMES, IDS, st.integers(1, MOST_PEOPLE))
def test_a_report_sent_again_gives_the_same_events(time: int, name: str, people: int) -> None:
    report = {"time": time, "id": name, "people": people}
    assert events_of(**report) == events_of(**report)


@given(TIMES, st.lists(IDS, min_size=2, max_size=20, unique=True), st.integers(1, MOST_PEOPLE))
def test_passages_of_one_moment_stay_apart(time: int, names: list[str], people: int) -> None:
    events = [event for name in names for event in events_of(time=time, id=name, people=people, passage="exit")]
    stamps = {name: {event.stamp for event in events_of(time=time, id=name, people=people)} for name in names}
    assert all(len(each) == people for each in stamps.values())
    assert {event.stamp // MILLISECOND for event in events} == {time // MILLISECOND}
    assert len({min(each) for each in stamps.values()}) == len(names)


def test_everybody_who_enters_on_one_credential_is_an_event_and_they_are_one_party() -> None:
    first, second = events_of(people=2)
    (later,) = events_of(id="other", time=MOMENT + 60 * 1_000_000_000)
    assert first.party == second.party == later.party != ""
    assert first.key == second.key and first.stamp != second.stamp
    assert (first.credential, first.shopper_id, first.derived) == ("tok_a", "", False)


def test_parties_are_others_for_another_credential_and_on_another_day_of_the_store() -> None:
    before_midnight, after_midnight = "2026-03-01T22:59:59Z", "2026-03-01T23:00:00Z"
    parties = {
        events_of(time=time, credential=credential)[0].party
        for time in (before_midnight, after_midnight)
        for credential in ("tok_a", "tok_b")
    }
    assert len(parties) == 4


def test_a_party_does_not_show_the_credential() -> None:
    assert "tok_a" not in events_of()[0].party


def test_without_a_credential_there_is_no_party() -> None:
    assert events_of(credential="")[0].party == ""


def test_an_exit_carries_no_credential() -> None:
    (event,) = events_of(passage="exit")
    assert (event.passage, event.credential) == (Passage.EXIT, "")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"time": "2026-03-01T10:15:30"}, "time: has no offset from UTC, such as Z or +01:00"),
        ({"time": "yesterday"}, "time: is no time of ISO 8601"),
        ({"time": MOMENT // 1_000_000_000}, "time: lies before 2001"),
        ({"time": 2**63}, "time: lies before 2001 or after 2038"),
        ({"time": True}, "time: must be a text of ISO 8601, or a whole number"),
        ({"time": 1.7e18}, "time: must be a text of ISO 8601, or a whole number"),
        ({"passage": "inside"}, "passage: Input should be 'entry' or 'exit'"),
        ({"people": 0}, "people: Input should be greater than or equal to 1"),
        ({"id": ""}, "id: String should have at least 1 character"),
        ({"credential": "a b"}, "credential: String should match pattern"),
        ({"surname": "x"}, "has a key that is not known; keys are id, time, passage, credential, people"),
        ({"credential": NUMBER}, "credential: looks like a card number; the controller must send a token in its place"),
    ],
)
def test_what_is_wrong_is_said(changed: dict[str, object], said: str) -> None:
    assert refusal(json.dumps(GOOD | changed).encode()).startswith(said)


@pytest.mark.parametrize("payload", [b"", b"\xff", b"{", b"[]", b"null", b" " * (LONGEST + 1)])
def test_what_is_no_report_is_refused(payload: bytes) -> None:
    assert refusal(payload)


def test_a_missing_key_is_named() -> None:
    assert refusal(b'{"id": "a", "passage": "exit"}') == "time is missing"


@given(st.binary(max_size=40) | st.lists(st.none() | st.text()).map(lambda content: json.dumps(content).encode()))
def test_nothing_but_a_report_gets_through_and_nothing_else_is_raised(payload: bytes) -> None:
    assert refusal(payload)


@given(st.sampled_from(["id", "time", "passage", "people"]), st.text("0123456789-x", min_size=12, max_size=24))
def test_a_refusal_does_not_repeat_the_content(key: str, value: str) -> None:
    assert value not in refusal(json.dumps(GOOD | {key: value, value: value}).encode())


@given(st.text("0123456789", min_size=11, max_size=18), st.sampled_from(["", " ", "-", "."]))
def test_whatever_has_the_digits_of_a_card_number_looks_like_one(digits: str, between: str) -> None:
    number = with_check_digit(digits)
    grouped = between.join(number[place : place + 4] for place in range(0, len(number), 4))
    for text in (grouped, f"card:{grouped}", f"PAN{grouped}", f";{number}=2612101000000000?", f"a_{number}/{number}"):
        assert looks_like_card_number(text)


@given(st.text("0123456789", min_size=11, max_size=18), st.integers(1, 9))
def test_digits_with_a_wrong_check_digit_are_no_card_number(digits: str, off: int) -> None:
    right = with_check_digit(digits)
    assert not looks_like_card_number(digits + str((int(right[-1]) + off) % 10))


@given(st.uuids())
@example("550e8400-e29b-41d4-a716-" + with_check_digit("44665544000"))
def test_a_uuid_is_no_card_number(token: object) -> None:
    assert not looks_like_card_number(str(token))


@given(st.text("abcdefghijkmnpqrstuvwxyz", min_size=1), st.text("0123456789", max_size=11))
def test_fewer_digits_are_no_card_number(letters: str, digits: str) -> None:
    assert not looks_like_card_number(f"{letters}{digits}")
