"""Who stands at a gate: how a controller asks, until when it waits, and what it is told."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("amqtt", reason="needs an MQTT broker; `make env` installs amqtt")

from gate_broker import ADMISSION, PASSWORD, TOPIC, Controller, connected_controller, running_broker
from waiting import wait_until

from storegraph.sensors.gates.admission import EntryAnswer, EntryRequest, Waiting, answer_payload, entry_request
from storegraph.sensors.gates.model import GateSettings, MqttGate
from storegraph.sensors.gates.mqtt import MqttDriver
from storegraph.sensors.gates.report import ReportError
from storegraph.store.file import load_store
from storegraph.units import NANOSECONDS

ROOT = Path(__file__).resolve().parents[2]
STORE = load_store(ROOT / "config" / "stores" / "corner.yaml")
NINE = 1_790_000_000 * NANOSECONDS
ANNA = EntryRequest(NINE, "front", "7", "tok_a")
SETTINGS = GateSettings()


def test_a_request_is_read_as_it_was_told() -> None:
    told = {"id": "7", "time": "2026-09-21T15:33:20+01:00", "credential": "tok_a"}
    request = entry_request(json.dumps(told).encode(), "front")
    assert (request.gate, request.request, request.token) == ("front", "7", "tok_a")
    assert request.stamp == entry_request(json.dumps({**told, "time": request.stamp}).encode(), "front").stamp


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"credential": ""}, "credential: "),
        ({"credential": "4242424242424242"}, "looks like a card number; the controller must send a token"),
        ({"id": ""}, "id: "),
        ({"time": "noon"}, "time: is no time of ISO 8601"),
        ({"passage": "entry"}, "has a key that is not known; keys are id, time, credential"),
    ],
)
def test_a_wrong_request_is_refused_without_its_content(wrong: dict[str, str], why: str) -> None:
    told = {"id": "7", "time": NINE, "credential": "tok_a"} | wrong
    with pytest.raises(ReportError) as error:
        entry_request(json.dumps(told).encode(), "front")
    assert why in str(error.value)
    assert "4242" not in str(error.value)


def test_a_gate_is_not_told_why() -> None:
    assert json.loads(answer_payload(ANNA, EntryAnswer(False, "250 are owed from before"))) == {
        "id": "7",
        "open": False,
        "code": "",
    }


def test_the_ledger_is_asked_again_until_it_has_decided_but_not_twice_at_once() -> None:
    waiting = Waiting(SETTINGS)
    waiting.take(ANNA, NINE)
    assert waiting.to_ask() == [ANNA]
    waiting.asked(ANNA)
    assert waiting.to_ask() == []
    waiting.undecided(ANNA)
    assert waiting.to_ask() == [ANNA]
    assert waiting.decided(ANNA)
    assert waiting.to_ask() == []


def test_who_waits_too_long_is_answered_by_the_setting_and_a_late_decision_is_not_told() -> None:
    waiting = Waiting(SETTINGS)
    waiting.take(ANNA, NINE)
    waiting.take(ANNA, NINE + NANOSECONDS)  # the controller asks again; it waits since the first time
    waiting.asked(ANNA)
    assert list(waiting.overdue(NINE + SETTINGS.answer_within - 1)) == []
    late = list(waiting.overdue(NINE + SETTINGS.answer_within))
    assert late == [(ANNA, EntryAnswer(False, "the ledger does not answer"))]
    assert not waiting.decided(ANNA)


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[MqttDriver, Controller]]:
    monkeypatch.setenv("GATE_PASSWORD", PASSWORD)
    with running_broker() as broker, connected_controller(broker) as controller:
        address = f"mqtt://store:${{GATE_PASSWORD}}@127.0.0.1:{broker.port}"
        device = {"gate": "front", "driver": "mqtt", "address": address, "topic": TOPIC, "admission": ADMISSION}
        driver = MqttDriver(MqttGate.model_validate(device), STORE, SETTINGS, ROOT)
        driver.open()
        wait_until(lambda: driver.condition.connected)
        yield driver, controller
        driver.close()


def test_a_controller_asks_over_mqtt_and_is_told(connected: tuple[MqttDriver, Controller]) -> None:
    driver, controller = connected
    asked: list[EntryRequest] = []
    now = time.time_ns()
    controller.ask(id="7", time=now, credential="tok_a")
    wait_until(lambda: asked.extend(driver.requests(time.time_ns())) or asked)
    assert asked == [EntryRequest(now, "front", "7", "tok_a")]
    assert list(driver.events(time.time_ns())) == []
    driver.answer(asked[0], EntryAnswer(True, code="0815"))
    wait_until(lambda: controller.answers)
    assert controller.answers == [{"id": "7", "open": True, "code": "0815"}]


def test_a_request_that_comes_too_late_is_dropped_for_nobody_stands_there(
    connected: tuple[MqttDriver, Controller],
) -> None:
    driver, controller = connected
    controller.ask(id="7", time=time.time_ns() - 2 * SETTINGS.answer_within, credential="tok_a")
    wait_until(lambda: list(driver.requests(time.time_ns())) or driver.condition.refused)
    assert "time of a request for entry is not now" in driver.condition.last_refusal
