"""Who does not answer is asked ever more seldom, and each change is news once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storegraph.graph.diagnostics import Level
from storegraph.sensors.scales.contact import LOST_ANSWERS, Contact
from storegraph.sensors.scales.model import ContactReport, ContactState, ScaleSettings
from storegraph.sensors.scales.status import contact_status

SECOND = 1_000_000_000
SETTINGS = ScaleSettings(retry_after=SECOND, retry_at_most=5 * SECOND)


def test_a_single_lost_answer_is_no_silence_and_it_is_asked_on():
    contact = Contact("unit 1", SETTINGS)
    contact.answered()
    assert not contact.failed("no answer", now=0)
    assert contact.due(0)
    assert contact.report == ContactReport("unit 1", ContactState.ANSWERING, 1, 1, 0, "no answer")


def test_after_lost_answers_in_a_row_the_pauses_double_up_to_the_longest():
    contact, now, pauses = Contact("unit 1", SETTINGS), 0, []
    for _ in range(LOST_ANSWERS + 4):
        contact.failed("no answer", now)
        begun = now
        while not contact.due(now):
            now += SECOND
        pauses.append((now - begun) // SECOND)
    assert pauses == [0] * (LOST_ANSWERS - 1) + [1, 2, 4, 5, 5]


@given(st.lists(st.booleans()))
def test_a_change_of_state_is_news_and_nothing_else_is(answers: list[bool]):
    contact = Contact("unit 1", SETTINGS)
    state = contact.report.state
    for answer in answers:
        news = contact.answered() if answer else contact.failed("no answer", now=0)
        assert news == (contact.report.state is not state)
        state = contact.report.state
    assert contact.report.answers + contact.report.failures == len(answers)


def report(state: ContactState, answers: int = 0, refused: int = 0, reason: str = "") -> ContactReport:
    return ContactReport("unit 1", state, answers, 0, refused, reason, 20.0)


def test_silence_is_an_error_with_its_reason():
    silent = report(ContactState.SILENT, reason="no answer within 0.3 s; check its power")
    status = contact_status(silent, report(ContactState.ANSWERING), 1.0)
    assert (status.level, status.name) == (Level.ERROR, "unit 1")
    assert status.message == "does not answer; no answer within 0.3 s; check its power"


def test_the_measured_rate_is_told_and_a_bus_that_is_too_slow_is_a_warning():
    before = report(ContactState.ANSWERING, answers=100)
    in_time = contact_status(report(ContactState.ANSWERING, answers=140), before, 2.0)
    one_missing = contact_status(report(ContactState.ANSWERING, answers=109), report(ContactState.ANSWERING, 100), 0.5)
    late = contact_status(report(ContactState.ANSWERING, answers=130), before, 2.0)
    assert (in_time.level, in_time.values["rate [Hz]"]) == (Level.OK, "20.00")
    assert one_missing.level == Level.OK
    assert late.level == Level.WARN
    assert "15.0 instead of 20 samples a second: lower the rate" in late.message


def test_readings_that_were_no_weight_are_a_warning_while_they_come():
    before = report(ContactState.ANSWERING, answers=20, refused=3)
    assert contact_status(report(ContactState.ANSWERING, 40, 3), before, 1.0).level == Level.OK
    refused = contact_status(report(ContactState.ANSWERING, 40, 23), before, 1.0)
    assert refused.level == Level.WARN
    assert "20 readings were no weight" in refused.message
