"""Gates over MQTT, with a real broker: what passes a gate arrives, whatever happens to the link and the broker."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("amqtt", reason="needs an MQTT broker; `make env` installs amqtt")

from gate_broker import (
    CLIENT_ID,
    PASSWORD,
    PATIENCE,
    TOPIC,
    Controller,
    GateBroker,
    connected_controller,
    running_broker,
)
from waiting import wait_until

from storegraph.graph.merge import BEGINNING
from storegraph.observations import GateEvent, Passage
from storegraph.sensors.errors import SensorError
from storegraph.sensors.gates.model import GateSettings, MqttGate
from storegraph.sensors.gates.mqtt import KEEPALIVE, MqttDriver
from storegraph.store.file import load_store

ROOT = Path(__file__).resolve().parents[2]
STORE = load_store(ROOT / "config" / "stores" / "corner.yaml")
SETTINGS = GateSettings()


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[GateBroker]:
    monkeypatch.setenv("GATE_PASSWORD", PASSWORD)
    with running_broker() as running:
        yield running


@pytest.fixture
def controller(broker: GateBroker) -> Iterator[Controller]:
    with connected_controller(broker) as connected:
        yield connected


@pytest.fixture
def driver(broker: GateBroker) -> Iterator[MqttDriver]:
    made = driver_at(broker.port)
    made.open()
    wait_until(lambda: made.condition.connected)
    yield made
    made.close()


def driver_at(port: int, scheme: str = "mqtt", authority: Path | None = None) -> MqttDriver:
    address = f"{scheme}://store:${{GATE_PASSWORD}}@127.0.0.1:{port}"
    device = {"gate": "front", "driver": "mqtt", "address": address, "topic": TOPIC}
    device |= {"authority": str(authority)} if authority else {}
    return MqttDriver(MqttGate.model_validate(device), STORE, SETTINGS, ROOT)


def taken(driver: MqttDriver, count: int) -> list[GateEvent]:
    """The next events; no more than these come."""
    events: list[GateEvent] = []
    wait_until(lambda: events.extend(driver.events(time.time_ns())) or len(events) >= count)
    time.sleep(0.1)
    assert list(driver.events(time.time_ns())) == []
    assert len(events) == count
    return events


def test_a_passage_arrives(driver: MqttDriver, controller: Controller) -> None:
    moment = time.time_ns()
    controller.report(id="1", time=moment, passage="entry", credential="tok_a")
    (event,) = taken(driver, 1)
    assert (event.gate, event.passage, event.credential) == ("front", Passage.ENTRY, "tok_a")
    assert abs(event.stamp - moment) < 1_000_000


def test_what_is_sent_twice_has_the_same_stamp_and_key(driver: MqttDriver, controller: Controller) -> None:
    for _ in range(2):
        controller.report(id="1", time="2026-03-01T10:15:30Z", passage="entry", credential="tok_a")
    first, second = taken(driver, 2)
    assert (first.stamp, first.key) == (second.stamp, second.key)


def test_what_passes_while_the_link_is_cut_arrives_before_anything_is_promised_again(
    driver: MqttDriver, controller: Controller, broker: GateBroker
) -> None:
    broker.cut()
    wait_until(lambda: not driver.condition.connected and broker.misses(CLIENT_ID))
    for number in range(30):
        controller.report(id=str(number), time=time.time_ns(), passage="exit").wait_for_publish(PATIENCE)
    assert list(driver.events(time.time_ns())) == []
    assert driver.watermark(time.time_ns()) == BEGINNING
    broker.mend()
    events: list[GateEvent] = []
    watermark = BEGINNING
    while watermark == BEGINNING:
        now = time.time_ns()
        events += driver.events(now)
        watermark = driver.watermark(now)
    assert watermark == now - SETTINGS.promise_lag
    assert len({event.stamp for event in events}) == len(events) == 30


def test_what_passes_while_the_broker_is_gone_arrives_when_it_is_back(driver: MqttDriver, broker: GateBroker) -> None:
    broker.stop()
    wait_until(lambda: driver.condition.text.endswith("cannot be reached: [Errno 111] Connection refused"))
    controller = Controller()
    for number in range(5):
        controller.report(id=str(number), time=time.time_ns(), passage="exit")
    broker.start()
    wait_until(lambda: driver.condition.connected)
    controller.connect(broker.broker_port)
    assert len(taken(driver, 5)) == 5
    controller.disconnect()


def test_what_passes_while_the_node_is_down_arrives_when_it_is_up_again(
    driver: MqttDriver, controller: Controller, broker: GateBroker
) -> None:
    for number, up_again in enumerate((driver, driver_at(broker.port))):
        driver.close()
        wait_until(lambda: broker.misses(CLIENT_ID))
        controller.report(id=str(number), time=time.time_ns(), passage="exit").wait_for_publish(PATIENCE)
        up_again.open()
        assert len(taken(up_again, 1)) == 1
        up_again.close()


def test_a_report_is_acknowledged_once_all_its_events_have_been_passed_on(
    driver: MqttDriver, controller: Controller, broker: GateBroker
) -> None:
    controller.report(id="1", time=time.time_ns(), passage="entry", people=2)
    attempts: list[Iterator[GateEvent]] = []
    wait_until(lambda: attempts.append(driver.events(time.time_ns())) or next(attempts[-1], None))
    time.sleep(0.1)
    assert len([next(attempts[-1])]) == 1
    time.sleep(0.1)
    assert broker.acknowledged == 0  # so the broker sends it again to a node that dies now
    assert list(attempts[-1]) == []
    wait_until(lambda: broker.acknowledged == 1)


def test_what_cannot_be_used_is_refused_and_told_without_its_content(
    driver: MqttDriver, controller: Controller
) -> None:
    good = {"id": "1", "time": time.time_ns(), "passage": "entry"}
    controller.say(b"\xff\x00 no json")
    controller.report(**good, credential="0000-0000-0000-0000")
    controller.report(**good, card="0000000000000000")
    controller.report(**good)
    assert [event.credential for event in taken(driver, 1)] == [""]
    assert driver.condition.refused == 3
    assert "0000" not in driver.condition.last_refusal


def test_a_passage_in_the_future_is_refused(driver: MqttDriver, controller: Controller) -> None:
    controller.report(id="1", time=time.time_ns() + SETTINGS.clock_tolerance + 10**9, passage="exit")
    wait_until(lambda: list(driver.events(time.time_ns())) or driver.condition.refused)
    assert driver.condition.last_refusal.endswith("s in the future; set the gate's clock")


def test_a_link_that_died_silently_is_noticed(driver: MqttDriver, broker: GateBroker) -> None:
    broker.freeze()
    frozen = time.monotonic()
    wait_until(lambda: not driver.condition.connected)
    assert time.monotonic() - frozen < 2 * KEEPALIVE + 1.5


def test_a_wrong_password_is_told_but_not_shown(monkeypatch: pytest.MonkeyPatch, broker: GateBroker) -> None:
    monkeypatch.setenv("GATE_PASSWORD", "open sesame")
    driver = driver_at(broker.port)
    driver.open()
    wait_until(lambda: "refuses the connection" in driver.condition.text)
    assert "sesame" not in driver.condition.text
    driver.close()


def test_a_password_that_the_environment_lacks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATE_PASSWORD", raising=False)
    with pytest.raises(SensorError, match="GATE_PASSWORD is not set"):
        driver_at(1883)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl, to make a certificate")
def test_over_tls_only_a_broker_with_a_certificate_of_the_authority_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATE_PASSWORD", PASSWORD)
    certificate = self_signed(tmp_path)
    with running_broker(certificate) as broker:
        trusting = driver_at(broker.port, "mqtts", authority=certificate)
        doubting = driver_at(broker.port, "mqtts")
        for driver in (trusting, doubting):
            driver.open()
        wait_until(lambda: trusting.condition.connected and "CERTIFICATE_VERIFY_FAILED" in doubting.condition.text)
        for driver in (trusting, doubting):
            driver.close()


def self_signed(folder: Path) -> Path:
    """A certificate for this machine and its key, in one file."""
    made = folder / "broker.pem"
    names = ["-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    command = ["openssl", "req", "-x509", *kind, *names, "-keyout", str(made), "-out", str(folder / "certificate.pem")]
    subprocess.run(command, check=True, capture_output=True)
    made.write_text(made.read_text() + (folder / "certificate.pem").read_text())
    return made


def test_certificates_that_are_not_there_are_told() -> None:
    device = {"gate": "front", "driver": "mqtt", "address": "mqtts://h", "topic": TOPIC, "authority": "missing.pem"}
    with pytest.raises(SensorError, match=r"gate front: authority missing\.pem cannot be used"):
        MqttDriver(MqttGate.model_validate(device), STORE, SETTINGS, ROOT)
