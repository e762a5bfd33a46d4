"""Sensors files: what is read, what is refused and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from storegraph.sensors.address import expanded
from storegraph.sensors.errors import SensorError, SensorsFileError
from storegraph.sensors.file import load_sensors
from storegraph.sensors.scales.model import ModbusScales, RecordedScales
from storegraph.store.file import load_store

ROOT = Path(__file__).resolve().parents[2]
STORE = load_store(ROOT / "config" / "stores" / "corner.yaml")

GOOD = """\
scales:
  - name: cabinet
    driver: modbus
    address: tcp://10.0.0.21
    rate: 20
    units:
      - unit: 1
        type: int32
        factor: 0.1
        scales:
          - {scale: G1.1.1, first_register: 0}
          - {scale: G1.1.2, first_register: 2}
  - {name: fridge, driver: recorded, bag: fridge, fixtures: [F1]}
cameras:
  - {camera: north_west, source: /dev/video0}
"""


def problems_of(text: str, folder: Path) -> list[str]:
    """What is wrong with a sensors file of this text, without the folder's name."""
    path = folder / "sensors.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SensorsFileError) as error:
        load_sensors(path, STORE)
    return [problem.removeprefix(f"{folder}/") for problem in error.value.problems]


def test_a_sensors_file_gives_the_devices(tmp_path: Path):
    (tmp_path / "sensors.yaml").write_text(GOOD)
    sensors = load_sensors(tmp_path / "sensors.yaml", STORE)
    cabinet, fridge = sensors.scales
    assert isinstance(cabinet, ModbusScales) and isinstance(fridge, RecordedScales)
    assert cabinet.units[0].scales[1].first_register == 2
    assert sensors.scale_device("fridge") is fridge
    assert sensors.camera_device("north_west").source == "/dev/video0"


def test_the_shipped_file_has_every_camera_and_every_scale_of_the_shipped_store():
    store = STORE
    sensors = load_sensors(ROOT / "config" / "sensors" / "corner.yaml", store)
    assert [device.camera for device in sensors.cameras] == [camera.id for camera in store.cameras]
    read = [claim.name for device in sensors.scales for claim in device.claims(store) if claim.kind == "scale"]
    assert read == [scale.id for fixture in store.fixtures for shelf in fixture.shelves for scale in shelf.scales]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "camera: north_west",
            "camera: north",
            '15: cameras[0].camera "north" is no camera of the store (did you mean',
        ),
        (
            "camera: north_west",
            "cam: 1, camera: north_west",
            "15: cameras[0].cam is no key here (did you mean camera?)",
        ),
        ("scales:\n  - name", "scale:\n  - name", "1: scale is no key here (did you mean scales?); keys are"),
        ("driver: modbus", "driver: modbuss", '3: scales[0].driver "modbuss" is no driver (did you mean modbus?)'),
        ("driver: modbus", "driver: 5", "3: scales[0].driver 5 is no driver; drivers are modbus, recorded"),
        ("    driver: modbus\n", "", "2: scales[0].driver is missing; it is one of modbus, recorded"),
        ("{name: fridge, driver: recorded, bag: fridge, fixtures: [F1]}", "F1", '13: scales[1] "F1" must be a mapping'),
        ("    rate: 20\n", "", "2: scales[0].rate is missing; needed are name, driver, address, rate, units"),
        (
            "rate: 20",
            "rate: 20\n    rates: 20",
            "6: scales[0].rates is no key here (did you mean rate?); keys are name",
        ),
        ("rate: 20", "rate: 0", "5: scales[0].rate 0 must not be less than 0.1"),
        (
            "first_register: 2}",
            "first_register: 2, unit: g}",
            "12: scales[0].units[0].scales[1].unit is no key here; keys are",
        ),
        (
            "first_register: 2",
            "first_register: 65536",
            "12: scales[0].units[0].scales[1].first_register 65536 must not be greater than",
        ),
        ("first_register: 2", "first_register: 1", "10: scales[0].units[0].scales a list of 2 has G1.1.1 from 0"),
        (
            "type: int32",
            "type: int24",
            "8: scales[0].units[0].type \"int24\" is not allowed; it takes 'int16', 'uint16'",
        ),
        ("factor: 0.1", "factor: 0", "9: scales[0].units[0].factor 0 must be greater than 0"),
        ("factor: 0.1", "least: 5\n        most: 5", "10: scales[0].units[0].most 5 is not more than least, 5"),
        ("tcp://10.0.0.21", "10.0.0.21", '4: scales[0].address "10.0.0.21" is not allowed; it takes tcp://HOST[:PORT]'),
        ("scale: G1.1.2", "scale: G1.1.9", '12: scales[0].units[0].scales[1].scale "G1.1.9" is no scale of the store'),
        ("scale: G1.1.2", "scale: G1.1.1", '12: scales[0].units[0].scales[1].scale scale "G1.1.1" is taken by scales'),
        ("scale: G1.1.2", "scale: F1.1.2", '13: scales[1].fixtures[0] scale "F1.1.2" is taken by scales[0].units[0]'),
        ("[F1]", "[F2]", '13: scales[1].fixtures[0] "F2" is no fixture of the store; there are G1, G2, F1'),
        ("name: fridge", "name: cabinet", '13: scales[1].name name "cabinet" is taken by scales[0].name; one device'),
        ("name: fridge", "name: F1.1", '13: scales[1].name "F1.1" is not allowed; it takes a letter, then letters'),
    ],
)
def test_a_mistake_is_told_with_line_key_value_and_what_is_allowed(tmp_path: Path, old: str, new: str, problem: str):
    assert old in GOOD
    (told,) = problems_of(GOOD.replace(old, new), tmp_path)
    assert told.startswith(f"sensors.yaml:{problem}"), told


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path):
    wrong = GOOD.replace("rate: 20", "rate: fast").replace("[F1]", "[F2]").replace("type: int32", "type: text")
    assert [problem.split(":")[1] for problem in problems_of(wrong, tmp_path)] == ["5", "8", "13"]


@pytest.mark.parametrize(
    ("content", "problem"), [("", "is empty"), ("- 1", "1: [1] must be a mapping"), ("a: [", "2: is no YAML")]
)
def test_a_file_that_is_no_sensors_file_is_told(tmp_path: Path, content: str, problem: str):
    (told,) = problems_of(content, tmp_path)
    assert told.removeprefix("sensors.yaml:").strip().startswith(problem)


def test_a_missing_file_is_told(tmp_path: Path):
    with pytest.raises(SensorsFileError, match=r"none\.yaml: there is no such file"):
        load_sensors(tmp_path / "none.yaml", STORE)


def test_a_device_that_is_not_there_is_told_with_the_nearest_name(tmp_path: Path):
    (tmp_path / "sensors.yaml").write_text(GOOD)
    sensors = load_sensors(tmp_path / "sensors.yaml", STORE)
    with pytest.raises(SensorError, match=r'scales has no "cabinets" \(did you mean cabinet\?\)'):
        sensors.scale_device("cabinets")


def test_an_address_takes_its_secrets_from_the_environment_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET", "p@ss")
    assert expanded("mqtt://gate:${SECRET}@10.0.0.5") == "mqtt://gate:p@ss@10.0.0.5"
    monkeypatch.delenv("SECRET")
    with pytest.raises(SensorError, match="SECRET is not set"):
        expanded("mqtt://gate:${SECRET}@10.0.0.5")
    (told,) = problems_of(GOOD.replace("tcp://10", "tcp://me:word@10"), tmp_path)
    assert "holds a password; write ${NAME}" in told
