"""The `gates` of a sensors file: what is read, what is refused and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from storegraph.sensors.errors import SensorsFileError
from storegraph.sensors.file import load_sensors
from storegraph.sensors.gates.model import MqttGate, RecordedGate
from storegraph.store.file import load_store

ROOT = Path(__file__).resolve().parents[2]
STORE = load_store(ROOT / "config" / "stores" / "corner.yaml")

MQTT = '{gate: front, driver: mqtt, address: "mqtt://broker", topic: entrance/passages}'


def problem_of(gate: str, folder: Path) -> str:
    """What is wrong with a sensors file of this gate, without the place."""
    path = folder / "sensors.yaml"
    path.write_text(f"gates:\n  - {gate}\n", encoding="utf-8")
    with pytest.raises(SensorsFileError) as error:
        load_sensors(path, STORE)
    (problem,) = error.value.problems
    return problem.removeprefix(f"{path}:2: gates[0].")


def test_the_shipped_file_has_every_gate_of_the_shipped_store() -> None:
    sensors = load_sensors(ROOT / "config" / "sensors" / "corner.yaml", STORE)
    assert [device.gate for device in sensors.gates] == [gate.id for gate in STORE.gates]


@pytest.mark.parametrize(
    "address",
    ["mqtt://broker", "mqtts://broker:8884", "mqtt://${USER}:${KEY}@${HOST}:1883/", "mqtt://[fd00::5]:1883"],
)
def test_a_broker_may_have_any_of_these_addresses(address: str) -> None:
    device = MqttGate.model_validate({"gate": "front", "driver": "mqtt", "address": address, "topic": "passages"})
    assert device.address == address


def test_a_recording_is_shifted_to_now_unless_its_stamps_are_to_be_kept() -> None:
    assert RecordedGate(gate="front", driver="recorded", bag="demo").stamps == "shifted"


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("gate: front", "gate: frnt", 'gate "frnt" is no gate of the store (did you mean front?); there are front'),
        ("driver: mqtt", "driver: http", 'driver "http" is no driver; drivers are mqtt, recorded'),
        ("topic: entrance/passages", "topic: entrance/+", 'topic "entrance/+" is no topic of MQTT; it takes a name'),
        (", topic: entrance/passages", "", "topic is missing; needed are gate, driver, address, topic"),
        ("mqtt://broker", "tcp://broker", 'address "tcp://broker" is no address of an MQTT broker, such as mqtt://'),
        ("mqtt://broker", "mqtt://broker/entrance", "address"),
        ("mqtt://broker", "mqtt://store:sesame@broker", "address"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    assert right in MQTT
    assert problem_of(MQTT.replace(right, wrong), tmp_path).startswith(said)


def test_one_gate_is_read_once(tmp_path: Path) -> None:
    said = problem_of(f"{MQTT}\n  - {MQTT}", tmp_path)
    assert 'gate "front" is taken by gates[0].gate; one device has it' in said
