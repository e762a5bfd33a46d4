"""Over DDS: what transmitters measure arrives on the topics of the fixtures, and what ails them on /diagnostics."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

rclpy = pytest.importorskip("rclpy", reason="needs ROS 2; `make env` installs it")
messages = pytest.importorskip("storegraph_msgs.msg", reason="needs the built messages; `make env` builds them")
if not hasattr(messages, "ScaleSamples"):  # the definitions' own folder, as seen from the checkout
    pytest.skip("needs the built messages; `make env` builds them", allow_module_level=True)

from corner_nodes import corner_node  # noqa: E402
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus  # noqa: E402
from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from rclpy.lifecycle import TransitionCallbackReturn  # noqa: E402
from rclpy.node import Node  # noqa: E402

from storegraph.graph.messages import scale_samples_from_message  # noqa: E402
from storegraph.graph.operator import Promise  # noqa: E402
from storegraph.graph.qos import profile_of, watermark_profile  # noqa: E402
from storegraph.graph.topics import SCALE_SAMPLES  # noqa: E402
from storegraph.graph.watermarks import promise_from_message, watermark_name  # noqa: E402
from storegraph.observations import ScaleSamples  # noqa: E402
from storegraph.sensors.scales.node import ScaleNode  # noqa: E402

from transmitters import Transmitters, serving, words  # noqa: E402 isort:skip

PATIENCE = 20.0
"""Seconds until a node that says nothing has failed."""


SENSORS = """\
scales:
  - name: cabinet
    driver: modbus
    address: {url}
    rate: 20
    batch: 4
    timeout: 0.1
    units:
      - unit: 1
        type: int32
        factor: 0.1
        scales: [{{scale: G1.1.1, first_register: 0}}, {{scale: F1.1.1, first_register: 2}}]
      - unit: 2
        type: float32
        scales: [{{scale: G1.1.2, first_register: 0}}]
"""


class Listener(Node):  # type: ignore[misc]
    """Takes what the scales show, and what the node says of itself."""

    def __init__(self) -> None:
        super().__init__("listener", namespace="corner")
        self.samples: dict[str, list[ScaleSamples]] = {"G1": [], "F1": []}
        self.promises: dict[str, list[Promise]] = {"G1": [], "F1": []}
        self.statuses: dict[str, DiagnosticStatus] = {}
        for fixture in self.samples:
            self.create_subscription(
                messages.ScaleSamples,
                f"scales/{fixture}/samples",
                partial(self._take, fixture),
                profile_of(SCALE_SAMPLES.delivery),
            )
            watermarks = watermark_name(f"scales/{fixture}/samples")
            self.create_subscription(
                messages.Watermark, watermarks, partial(self._promise, fixture), watermark_profile()
            )
        self.create_subscription(DiagnosticArray, "/diagnostics", self._note, 10)

    def _take(self, fixture: str, message: object) -> None:
        self.samples[fixture].append(scale_samples_from_message(message))

    def _promise(self, fixture: str, message: object) -> None:
        self.promises[fixture].append(promise_from_message(message))

    def _note(self, array: DiagnosticArray) -> None:
        self.statuses |= {status.name.partition(": ")[2]: status for status in array.status}


class Graph:
    """A listener and a scale node in one executor."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.listener = Listener()
        self._executor = SingleThreadedExecutor()
        self._nodes: list[Node] = []
        self._add(self.listener)

    def scales(self, url: str, device: str = "cabinet", another: str = "") -> ScaleNode:
        """The node of the transmitters at an address."""
        path = self._folder / "sensors.yaml"
        path.write_text(SENSORS.format(url=url) + another)
        return self._add(corner_node(f"scales:{device}", sensors=str(path), retry_after=0.1))

    def _add(self, node):
        self._nodes.append(node)
        self._executor.add_node(node)
        return node

    def until(self, holds: Callable[[], bool]) -> bool:
        """Spins until something holds, or patience ends."""
        deadline = time.monotonic() + PATIENCE
        while not holds() and time.monotonic() < deadline:
            self._executor.spin_once(timeout_sec=0.05)
        return holds()

    def level(self, name: str) -> int:
        """Of a status that the node gave last; STALE before it gave one."""
        status = self.listener.statuses.get(name)
        return status.level[0] if status else DiagnosticStatus.STALE[0]

    def close(self) -> None:
        self._executor.shutdown()
        for node in self._nodes:
            node.destroy_node()


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[Graph]:
    with rclpy.init(args=[]):
        beside = Graph(tmp_path)
        yield beside
        beside.close()


@pytest.fixture
def transmitters() -> Iterator[Transmitters]:
    with serving({1: words("i", 12345, -50), 2: words("f", 250.5)}) as served:
        yield served


OK, ERROR = DiagnosticStatus.OK[0], DiagnosticStatus.ERROR[0]


def test_readings_arrive_on_the_topics_of_their_fixtures(graph: Graph, transmitters: Transmitters) -> None:
    before = time.time_ns()
    graph.scales(transmitters.url)
    heard = graph.listener.samples
    assert graph.until(lambda: len(heard["G1"]) > 3 and len(heard["F1"]) > 3)
    assert {samples.scales for samples in heard["G1"]} == {("G1.1.1", "G1.1.2")}
    assert [1234.5, 250.5] in heard["G1"][1].grams.tolist()
    assert [-5.0] in heard["F1"][1].grams.tolist()
    assert (heard["G1"][0].fixture, heard["G1"][0].rate) == ("G1", 20.0)
    stamps = [samples.stamp for samples in heard["G1"]]
    assert before <= stamps[0] and stamps == sorted(stamps) and stamps[-1] <= time.time_ns()
    assert graph.until(lambda: graph.level("unit 1") == graph.level(transmitters.url) == OK)
    values = {entry.key: entry.value for entry in graph.listener.statuses["unit 2"].values}
    assert int(values["answers"]) > 0
    assert values["state"] == "answering"


def test_the_node_promises_how_far_a_fixture_has_come_that_no_other_device_reads(
    graph: Graph, transmitters: Transmitters
) -> None:
    unit = "{unit: 1, type: int16, scales: [{scale: F1.1.2, first_register: 0}]}"
    another = f"  - {{name: other, driver: modbus, address: tcp://10.0.0.1, rate: 20, units: [{unit}]}}\n"
    graph.scales(transmitters.url, another=another)
    heard, promised = graph.listener.samples, graph.listener.promises
    assert graph.until(lambda: len(promised["G1"]) > 3 and len(heard["G1"]) > 3 and len(heard["F1"]) > 3)
    ends = {samples.stamp: samples.stamp + 150_000_000 for samples in heard["G1"]}  # four samples at 20 Hz
    for promise in promised["G1"][:-1]:
        assert promise.newest is not None
        stamp, key = promise.newest
        assert (promise.watermark, key) == (ends[stamp], "G1.1.1")
    assert promised["F1"] == []


def test_what_does_not_answer_is_an_error_with_its_reason_and_comes_back(
    graph: Graph, transmitters: Transmitters
) -> None:
    graph.scales(transmitters.url)
    assert graph.until(lambda: graph.level("unit 2") == OK)
    transmitters.muted.add(2)
    assert graph.until(lambda: graph.level("unit 2") == ERROR)
    assert "nothing came within 0.1 s; check its power" in graph.listener.statuses["unit 2"].message
    transmitters.stop()
    assert graph.until(lambda: graph.level(transmitters.url) == ERROR)
    assert "Connection refused; check the address" in graph.listener.statuses[transmitters.url].message
    transmitters.muted.clear()
    transmitters.start()
    assert graph.until(lambda: graph.level(transmitters.url) == graph.level("unit 2") == OK)


def test_a_node_that_is_deactivated_gives_the_bus_back_and_takes_it_again(
    graph: Graph, transmitters: Transmitters
) -> None:
    node = graph.scales(transmitters.url)
    assert graph.until(lambda: len(graph.listener.samples["G1"]) > 1)
    begun = time.monotonic()
    assert node.trigger_deactivate() == TransitionCallbackReturn.SUCCESS
    assert time.monotonic() - begun < 1.0
    asked = len(transmitters.requests)
    time.sleep(0.3)  # six samples at 20 Hz
    assert len(transmitters.requests) == asked
    assert node.trigger_activate() == TransitionCallbackReturn.SUCCESS
    assert graph.until(lambda: len(transmitters.requests) > asked)


def test_a_device_that_the_file_does_not_have_leaves_the_node_unconfigured(graph: Graph) -> None:
    node = graph.scales("tcp://127.0.0.1", device="cabinets")
    assert graph.until(lambda: graph.level("state") == ERROR)
    assert 'scales has no "cabinets" (did you mean cabinet?)' in graph.listener.statuses["state"].message
    assert node.trigger_configure() == TransitionCallbackReturn.FAILURE
