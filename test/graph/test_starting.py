"""What is started, and with which parameters, is settled before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from storegraph.graph.nodes import NODES, STAGE_NODES, Kind
from storegraph.graph.starting import (
    Start,
    StartError,
    chosen_nodes,
    namespace_of,
    nodes_to_start,
    rviz_layout,
    stage_settings,
    write_parameters,
)
from storegraph.ledger.model import LedgerSettings
from storegraph.store.file import load_store
from storegraph.tracking.model import TrackingSettings

ROOT = Path(__file__).resolve().parents[2]
CORNER = ROOT / "config" / "stores" / "corner.yaml"
SENSORS = ROOT / "config" / "sensors" / "corner.yaml"
NAMES = [node.name for node in NODES]


def parameters(node: str, **start: object) -> dict[str, object]:
    """The parameters that a node of the corner store is started with."""
    (found,) = nodes_to_start(Start(CORNER, parts=(node,), **start))  # type: ignore[arg-type]
    return found.parameters


def params_file(folder: Path, text: str) -> Path:
    path = folder / "params.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_part_means_all_and_parts_keep_the_order_of_the_graph() -> None:
    assert chosen_nodes(()) == NODES
    assert [node.name for node in chosen_nodes(NAMES[::-1])] == NAMES


def test_an_unknown_part_names_those_that_there_are() -> None:
    with pytest.raises(StartError, match=r"barista.*weighing, attribution, ledger"):
        chosen_nodes(["ledger", "barista"])


def test_without_a_sensors_file_no_sensor_is_started() -> None:
    assert Kind.SENSOR not in {node.spec.kind for node in nodes_to_start(Start(CORNER))}


def test_with_a_sensors_file_every_device_has_a_node_and_cameras_bring_what_looks_at_pictures() -> None:
    nodes = nodes_to_start(Start(CORNER, sensors_file=SENSORS))
    names = [node.name for node in nodes]
    assert [name for name in names if name.startswith("camera_")] == [
        f"camera_{camera.id}" for camera in load_store(CORNER).cameras
    ]
    assert {"gate", "vision", "tracking", "overlay", "ledger"} <= set(names)
    assert "bridge" not in names  # it opens a port
    devices = {node.name: node.parameters.get("device") for node in nodes if node.spec.kind is Kind.SENSOR}
    assert devices["camera_south_west"] == "south_west"
    assert devices["gate"] == ""
    assert all(node.parameters["sensors"] == str(SENSORS) for node in nodes if node.spec.kind is Kind.SENSOR)


def test_the_node_for_the_retailers_systems_is_started_where_a_file_says_what_it_does_or_by_name(
    tmp_path: Path,
) -> None:
    file = params_file(tmp_path, "retail: {ros__parameters: {retail: retail.yaml}}")
    assert "retail" not in {node.name for node in nodes_to_start(Start(CORNER, settings={"books": "books.sqlite"}))}
    for start in (Start(CORNER, params_file=file), Start(CORNER, settings={"retail": "retail.yaml"})):
        (found,) = (node for node in nodes_to_start(start) if node.name == "retail")
        assert found.parameters["retail"] == "retail.yaml"
    assert "retail" not in parameters("retail")


def test_a_section_for_a_kind_of_sensor_goes_to_all_of_them_and_one_for_a_device_comes_before(tmp_path: Path) -> None:
    text = "camera_south_west: {ros__parameters: {quality: 90}}\ncamera: {ros__parameters: {quality: 50}}"
    nodes = nodes_to_start(Start(CORNER, sensors_file=SENSORS, params_file=params_file(tmp_path, text)))
    quality = {node.name: node.parameters["quality"] for node in nodes if node.spec.name == "camera"}
    assert quality.pop("camera_south_west") == 90
    assert set(quality.values()) == {50}


def test_a_sensor_that_is_asked_for_by_name_needs_a_device() -> None:
    with pytest.raises(StartError, match="node gate: no sensors file is given"):
        nodes_to_start(Start(CORNER, parts=("gate",)))


def test_settings_get_the_types_that_they_are_declared_with() -> None:
    settings = {"idle_after": "120", "autostart": "false", "journal": "12", "use_sim_time": "true"}
    given = parameters("ledger", settings=settings)
    del given["store"]
    assert given == {"idle_after": 120.0, "autostart": False, "journal": "12", "use_sim_time": True}


def test_a_setting_goes_to_the_nodes_that_have_it() -> None:
    assert parameters("ledger", settings={"sure": "0.8"})["sure"] == 0.8
    assert "sure" not in parameters("weighing", settings={"sure": "0.8"})


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("idle", "1", r"no parameter is called idle; there are"),
        ("idle_aftr", "1", r"idle_aftr \(did you mean idle_after\?\)"),
        ("idle_after", "soon", "'soon' is not a double"),
        ("idle_after", "-1", "-1.0 is not within 0.1 to 3600 s"),
        ("autostart", "maybe", "'maybe' is not a bool"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(name: str, value: str, told: str) -> None:
    with pytest.raises(StartError, match=told):
        parameters("ledger", settings={name: value})


@pytest.mark.parametrize("pattern", ["ledger", "/**/ledger", "/corner/ledger", "/*/ledger", "/corner/**"])
def test_a_section_of_a_parameter_file_is_for_the_nodes_that_rcl_would_give_it_to(tmp_path: Path, pattern: str) -> None:
    path = params_file(tmp_path, yaml.safe_dump({pattern: {"ros__parameters": {"sure": 0.7}}}))
    assert parameters("ledger", params_file=path)["sure"] == 0.7


def test_a_section_for_all_nodes_goes_to_those_that_know_the_parameter(tmp_path: Path) -> None:
    path = params_file(tmp_path, "/**: {ros__parameters: {sure: 0.7, hands: {room: 2.0}}}")
    assert parameters("ledger", params_file=path)["sure"] == 0.7
    assert parameters("attribution", params_file=path)["hands.room"] == 2.0
    assert "sure" not in parameters("weighing", params_file=path)


def test_what_only_one_node_is_said_to_know_is_left_to_that_node_to_refuse(tmp_path: Path) -> None:
    path = params_file(tmp_path, "ledger: {ros__parameters: {sured: 0.7}}")
    assert parameters("ledger", params_file=path)["sured"] == 0.7


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[", "cannot be read"),
        ("ledger: {sure: 0.7}", "'ledger' has no ros__parameters"),
        ("/**: {ros__parameters: {sured: 1}}", "no node has a parameter sured"),
        ("ledger: {ros__parameters: {sure: [1]}}", r"sure: \[1\]"),
    ],
)
def test_a_parameter_file_that_cannot_be_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(StartError, match=told):
        parameters("ledger", params_file=params_file(tmp_path, text))


def test_the_parameters_are_written_as_ros_reads_them(tmp_path: Path) -> None:
    nodes = nodes_to_start(Start(CORNER, parts=("ledger",), settings={"sure": "0.8"}))
    written = yaml.safe_load(write_parameters(nodes, tmp_path / "parameters.yaml").read_text())
    assert written == {"/**/ledger": {"ros__parameters": {"store": str(CORNER), "sure": 0.8}}}


@pytest.mark.parametrize(("asked", "namespace"), [(None, "corner"), ("", "corner"), ("/a/b", "a/b")])
def test_the_namespace_is_the_one_asked_for_or_the_id_of_the_store(asked: str | None, namespace: str) -> None:
    assert namespace_of(load_store(CORNER), asked) == namespace


@pytest.mark.parametrize("name", ["a b", "1st", "a//b", "a/", "a-b"])
def test_a_namespace_that_ros_does_not_allow_is_refused(name: str) -> None:
    with pytest.raises(StartError, match="cannot be a ROS namespace"):
        namespace_of(load_store(CORNER), name)


def test_the_layout_for_rviz_is_moved_to_the_namespace() -> None:
    layout = rviz_layout("kiosk_7")
    assert "/kiosk_7/" in layout
    assert "/corner/" not in layout


def test_a_replay_sets_its_stages_as_their_nodes_are_set(tmp_path: Path) -> None:
    file = params_file(tmp_path, "tracking: {ros__parameters: {period: 0.5, joint_sigma: 0.05}}")
    settings = stage_settings(Start(CORNER, params_file=file, settings={"period": "0.0", "sure": "0.75"}))
    assert settings["tracking"] == TrackingSettings(period=0, joint_sigma=0.05)
    assert settings["ledger"] == LedgerSettings(sure=0.75)
    assert settings.keys() == {node.name for node in STAGE_NODES}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ledger: {ros__parameters: {shure: 0.5}}", "ledger: no parameter is called shure.*sure"),
        ("ledger: {ros__parameters: {sure: 2.0}}", "ledger: parameter sure: 2.0 is not within 0 to 1"),
    ],
)
def test_a_replay_refuses_what_a_node_would(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(StartError, match=told):
        stage_settings(Start(CORNER, params_file=params_file(tmp_path, text)))
