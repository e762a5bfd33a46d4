"""Over DDS, with a real broker: passages and promises arrive; of a gate that cannot be heard nothing is promised."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

rclpy = pytest.importorskip("rclpy", reason="needs ROS 2; `make env` installs it")
pytest.importorskip("storegraph_msgs.msg._gate_event", reason="needs the built messages; `make env` builds them")
pytest.importorskip("amqtt", reason="needs an MQTT broker; `make env` installs amqtt")

from corner_nodes import corner_node  # noqa: E402
from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402
from rclpy.executors import SingleThreadedExecutor  # noqa: E402
from rclpy.lifecycle import TransitionCallbackReturn  # noqa: E402
from rclpy.node import Node  # noqa: E402
from storegraph_msgs.srv import AskEntry  # noqa: E402

from storegraph.graph.bag import BagMessage, BagReader, BagWriter  # noqa: E402
from storegraph.graph.decoding import decode  # noqa: E402
from storegraph.graph.diagnostics import Level  # noqa: E402
from storegraph.graph.interfaces import interfaces  # noqa: E402
from storegraph.graph.merge import BEGINNING, END  # noqa: E402
from storegraph.graph.messages import CONVERSIONS  # noqa: E402
from storegraph.graph.operator import Promise  # noqa: E402
from storegraph.graph.qos import profile_of, watermark_profile  # noqa: E402
from storegraph.graph.rosidl import message_class  # noqa: E402
from storegraph.graph.topics import GATE_EVENTS  # noqa: E402
from storegraph.graph.watermarks import WATERMARK, promise_from_message, watermark_name  # noqa: E402
from storegraph.observations import GateEvent, Passage  # noqa: E402

from gate_broker import (  # noqa: E402 isort:skip
    ADMISSION,
    CLIENT_ID,
    PASSWORD,
    PATIENCE,
    TOPIC,
    Controller,
    GateBroker,
    connected_controller,
    running_broker,
)

ROOT = Path(__file__).resolve().parents[2]
CORNER = ROOT / "config" / "stores" / "corner.yaml"


class Listener(Node):  # type: ignore[misc]
    """Takes down passages, promises, and what is said of the gates."""

    def __init__(self) -> None:
        super().__init__("listener", namespace="corner")
        self.passages: list[GateEvent] = []
        self.promise = Promise(BEGINNING)
        self.status: tuple[int, str] = (Level.STALE, "")
        message_type = CONVERSIONS[GateEvent].message_type
        self.create_subscription(
            message_class(message_type), GATE_EVENTS.name, self._pass, profile_of(GATE_EVENTS.delivery), raw=True
        )
        name = watermark_name(GATE_EVENTS.name)
        self.create_subscription(message_class(WATERMARK), name, self._take_promise, watermark_profile(), raw=True)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._diagnose, 10)

    def _pass(self, data: bytes) -> None:
        event = decode(BagMessage(GATE_EVENTS.name, 0, CONVERSIONS[GateEvent].message_type, bytes(data)))
        assert isinstance(event, GateEvent)
        self.passages.append(event)

    def _take_promise(self, data: bytes) -> None:
        promise = promise_from_message(interfaces().deserialize_cdr(bytes(data), WATERMARK))
        assert promise.watermark > self.promise.watermark
        self.promise = promise

    def _diagnose(self, array: DiagnosticArray) -> None:
        for status in array.status:
            self.status = (status.level[0], status.message)


class Graph:
    """A gate node and a listener in this process."""

    def __init__(self, sensors: Path, **settings: object) -> None:
        self.node = corner_node("gate", **{"sensors": str(sensors), "autostart": False, **settings})
        self.listener = Listener()
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        self.executor.add_node(self.listener)

    def until(self, true: Callable[[], object]) -> None:
        """Runs until something is so."""
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end
            self.executor.spin_once(0.05)

    def run_for(self, seconds: float) -> None:
        """Runs for a time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.executor.spin_once(0.01)


@contextmanager
def graph(sensors: Path, **settings: object) -> Iterator[Graph]:
    with rclpy.init(args=[]):
        running = Graph(sensors, **settings)
        yield running
        running.executor.shutdown()
        running.node.destroy_node()
        running.listener.destroy_node()


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the sensors file asks the environment for."""
    monkeypatch.setenv("GATE_PASSWORD", PASSWORD)


@pytest.fixture
def broker() -> Iterator[GateBroker]:
    with running_broker() as running:
        yield running


@pytest.fixture
def controller(broker: GateBroker) -> Iterator[Controller]:
    with connected_controller(broker) as connected:
        yield connected


def sensors_file(folder: Path, gate: str) -> Path:
    path = folder / "sensors.yaml"
    path.write_text(f"gates:\n  - {gate}\n", encoding="utf-8")
    return path


def test_what_passes_the_gate_is_published_and_promised(
    tmp_path: Path, broker: GateBroker, controller: Controller
) -> None:
    address = f"mqtt://store:${{GATE_PASSWORD}}@127.0.0.1:{broker.port}"
    sensors = sensors_file(tmp_path, f'{{gate: front, driver: mqtt, address: "{address}", topic: {TOPIC}}}')
    with graph(sensors) as running:
        listener = running.listener
        assert running.node.trigger_configure() == TransitionCallbackReturn.SUCCESS
        assert running.node.trigger_activate() == TransitionCallbackReturn.SUCCESS
        running.until(lambda: listener.promise.watermark > BEGINNING)

        entered = time.time_ns()
        controller.report(id="in", time=entered, passage="entry", credential="tok_a")
        running.until(lambda: listener.passages and listener.promise.watermark > entered + 1_000_000)
        assert [event.credential for event in listener.passages] == ["tok_a"]
        assert listener.promise.newest == (listener.passages[0].stamp, listener.passages[0].key)
        running.until(lambda: listener.status[0] == Level.OK)

        broker.cut()
        running.until(lambda: listener.status[0] == Level.ERROR and str(broker.port) in listener.status[1])
        assert PASSWORD not in listener.status[1]
        running.until(lambda: broker.misses(CLIENT_ID))
        promised = listener.promise.watermark
        running.run_for(0.2)
        assert listener.promise.watermark == promised
        left = time.time_ns()
        controller.report(id="out", time=left, passage="exit").wait_for_publish(PATIENCE)

        broker.mend()
        running.until(lambda: listener.passages[1:] and listener.promise.watermark > left + 1_000_000)
        assert [event.passage.name for event in listener.passages] == ["ENTRY", "EXIT"]
        running.until(lambda: listener.status[0] == Level.OK)


def asking_gate(folder: Path, broker: GateBroker) -> Path:
    """A sensors file with a gate that asks before it opens."""
    address = f"mqtt://store:${{GATE_PASSWORD}}@127.0.0.1:{broker.port}"
    gate = f'{{gate: front, driver: mqtt, address: "{address}", topic: {TOPIC}, admission: {ADMISSION}}}'
    return sensors_file(folder, gate)


def test_the_ledger_is_asked_until_it_has_decided_and_the_gate_is_told(
    tmp_path: Path, broker: GateBroker, controller: Controller
) -> None:
    asked: list[AskEntry.Request] = []

    def decide(request: AskEntry.Request, response: AskEntry.Response) -> AskEntry.Response:
        asked.append(request)
        response.decided = len(asked) >= 3
        response.allowed, response.code = response.decided, "0815"
        return response

    with graph(asking_gate(tmp_path, broker)) as running:
        running.listener.create_service(AskEntry, "ledger/ask_entry", decide)
        running.node.trigger_configure()
        running.node.trigger_activate()
        running.until(lambda: running.listener.status[0] == Level.OK)
        controller.ask(id="7", time=time.time_ns(), credential="tok_a")
        running.until(lambda: controller.answers)
        assert controller.answers == [{"id": "7", "open": True, "code": "0815"}]
        assert {(each.gate, each.request, each.token) for each in asked} == {("front", "7", "tok_a")}
        running.run_for(0.3)
        assert len(asked) == 3


def test_from_the_turnstile_to_the_books_and_back(tmp_path: Path, broker: GateBroker, controller: Controller) -> None:
    with graph(asking_gate(tmp_path, broker)) as running:
        ledger = corner_node("ledger", books=str(tmp_path / "books.sqlite"), provider="sandbox")
        running.executor.add_node(ledger)
        running.node.trigger_configure()
        running.node.trigger_activate()
        running.until(lambda: running.node.count_services("/corner/ledger/ask_entry"))
        running.until(lambda: next(running.node.statuses()).level == Level.OK)
        for number, token in enumerate(("tok_a", "tok_declined", "crew-1")):
            controller.ask(id=str(number), time=time.time_ns(), credential=token)
        running.until(lambda: len(controller.answers) == 3)
        told = {answer["id"]: (answer["open"], bool(answer["code"])) for answer in controller.answers}
        assert told == {"0": (True, True), "1": (False, False), "2": (True, True)}
        ledger.destroy_node()


def test_no_card_number_gets_from_a_gate_into_a_bag_or_a_log(
    tmp_path: Path, broker: GateBroker, controller: Controller, capfd: pytest.CaptureFixture[str]
) -> None:
    pan = "4242424242424242"
    bag = tmp_path / "bag"
    command = [sys.executable, "-m", "storegraph.cli", "record", str(CORNER), "--out", str(bag), "--all"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as recorder:
        with graph(asking_gate(tmp_path, broker)) as running:
            running.node.trigger_configure()
            running.node.trigger_activate()
            running.until(lambda: running.listener.status[0] == Level.OK)
            running.until(lambda: running.node.count_subscribers("/corner/gate/events") == 2)
            controller.report(id="1", time=time.time_ns(), passage="entry", credential=pan)
            controller.report(id=pan, time=time.time_ns(), passage="entry", credential="tok_a")
            controller.report(**{"id": "3", "time": time.time_ns(), "passage": "entry", pan: pan})
            controller.say(pan)
            controller.ask(id=pan, time=time.time_ns(), credential=pan)
            controller.report(id="4", time=time.time_ns(), passage="entry", credential="tok_last")
            running.until(lambda: len(running.listener.passages) == 2)
            running.until(
                lambda: running.listener.status[0] == Level.WARN and "4 reports refused" in running.listener.status[1]
            )
            running.run_for(1.0)
        recorder.send_signal(signal.SIGINT)
        recorder.wait(PATIENCE)
    recorded = b"".join(path.read_bytes() for path in bag.iterdir())
    with BagReader(bag, "corner") as reader:
        told = b"".join(message.data for message in reader.messages({"gate/events"}))
    assert (b"tok_last" in told, pan.encode() in told, pan.encode() in recorded) == (True, False, False)
    assert pan not in "".join(capfd.readouterr())
    assert pan not in running.listener.status[1]


@pytest.mark.parametrize(("setting", "opened"), [("deny", False), ("admit", True)])
def test_a_gate_is_told_what_its_setting_says_when_there_is_no_ledger(
    tmp_path: Path, broker: GateBroker, controller: Controller, setting: str, opened: bool
) -> None:
    with graph(asking_gate(tmp_path, broker), answer_within=0.5, when_unanswered=setting) as running:
        running.node.trigger_configure()
        running.node.trigger_activate()
        running.until(lambda: running.listener.status[0] == Level.OK)
        controller.ask(id="7", time=time.time_ns(), credential="tok_a")
        running.until(lambda: controller.answers)
        assert controller.answers == [{"id": "7", "open": opened, "code": ""}]


def test_a_setting_that_is_none_is_told(tmp_path: Path, broker: GateBroker) -> None:
    with graph(asking_gate(tmp_path, broker), when_unanswered="perhaps") as running:
        assert running.node.trigger_configure() == TransitionCallbackReturn.FAILURE
        running.until(
            lambda: 'when_unanswered: "perhaps" is none; it takes admit or deny' in running.listener.status[1]
        )


def test_a_recording_is_played_to_its_end(tmp_path: Path) -> None:
    start = 1_700_000_000_000_000_000
    with BagWriter(tmp_path / "bag", "corner", durable=False) as bag:
        for stamp in (start, start + 300_000_000):
            bag.write(GATE_EVENTS.name, GateEvent(stamp, "front", Passage.EXIT, "", "", "", derived=False), stamp)
    with graph(sensors_file(tmp_path, "{gate: front, driver: recorded, bag: bag}")) as running:
        running.node.trigger_configure()
        running.node.trigger_activate()
        running.until(lambda: running.listener.promise.watermark == END)
        first, second = (event.stamp for event in running.listener.passages)
        assert second - first == 300_000_000
        assert 0 <= time.time_ns() - second < PATIENCE * 1_000_000_000


def test_what_cannot_work_leaves_the_node_unconfigured_with_the_reason(tmp_path: Path) -> None:
    with graph(sensors_file(tmp_path, "{gate: front, driver: recorded, bag: missing}")) as running:
        assert running.node.trigger_configure() == TransitionCallbackReturn.FAILURE
        running.until(lambda: "missing: is not a bag" in running.listener.status[1])
        assert running.listener.status[0] == Level.ERROR
