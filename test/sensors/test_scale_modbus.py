"""Load-cell transmitters over Modbus: what arrives from a real server, and what happens when it does not."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from transmitters import serial_line, serving, words

from storegraph.observations import ScaleSamples
from storegraph.sensors.scales.modbus import ModbusDriver
from storegraph.sensors.scales.model import ContactReport, ContactState, ModbusScales, ScaleSettings
from storegraph.store.file import load_store

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
QUICK = ScaleSettings(retry_after=100_000_000, retry_at_most=200_000_000)
PATIENCE = 10.0
"""Seconds until something that does not happen has failed."""

UNITS = (
    {
        "unit": 1,
        "type": "int32",
        "factor": 0.1,
        "scales": ({"scale": "G1.1.2", "first_register": 0}, {"scale": "F1.1.1", "first_register": 2}),
    },
    {
        "unit": 2,
        "type": "float32",
        "registers": "input",
        "scales": ({"scale": "G1.1.1", "first_register": 0}, {"scale": "G1.1.3", "first_register": 2}),
    },
)


def readings() -> dict[int, list[int]]:
    """What the units have in their registers."""
    return {1: words("i", 12345, -50), 2: words("f", 1.5, 2000.25)}


class Reading:
    """A driver that reads in a thread, and what it has said."""

    def __init__(self, driver: ModbusDriver) -> None:
        self.driver = driver
        self.states: list[tuple[str, ContactState, str]] = []
        self._said: queue.Queue[ScaleSamples | ContactReport] = queue.Queue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for said in self.driver.run(self._stop):
            self._said.put(said)

    def until(self, found: Callable[[ScaleSamples], bool]) -> ScaleSamples:
        """The next message that is like this."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            said = self._said.get(timeout=PATIENCE)
            if isinstance(said, ContactReport):
                self.states.append((said.name, said.state, said.reason))
            elif found(said):
                return said
        raise AssertionError("it did not happen")

    def stop(self) -> float:
        """Stops; gives the seconds that took."""
        begun = time.monotonic()
        self._stop.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        return time.monotonic() - begun


@contextmanager
def reading(address: str, **options: Any) -> Iterator[Reading]:
    settings = {"rate": 50, "batch": 5, "timeout": 0.1, "units": UNITS} | options
    device = {"name": "cabinet", "driver": "modbus", "address": address, **settings}
    read = Reading(ModbusDriver(ModbusScales.model_validate(device, strict=True), STORE, QUICK))
    try:
        yield read
    finally:
        read.stop()


def of(fixture: str) -> Callable[[ScaleSamples], bool]:
    return lambda samples: samples.fixture == fixture


def whole(fixture: str) -> Callable[[ScaleSamples], bool]:
    """Messages without gaps: a busy machine may leave samples out."""
    return lambda samples: samples.fixture == fixture and bool(np.isfinite(samples.grams).all())


def last_of_unit_2(answers: bool) -> Callable[[ScaleSamples], bool]:
    """Messages at whose end unit 1 gives readings, and unit 2 as said."""

    def found(samples: ScaleSamples) -> bool:
        if samples.fixture != "G1":
            return False
        return np.isfinite(samples.grams[-1]).tolist() == [answers, True, answers]

    return found


@pytest.mark.parametrize("address", ["tcp", "rtu+tcp"])
def test_readings_arrive_in_grams_one_message_a_fixture(address: str):
    with serving(readings(), address) as transmitters, reading(transmitters.url) as read:
        dry_goods, fridge = read.until(whole("G1")), read.until(whole("F1"))
        assert (dry_goods.scales, fridge.scales) == (("G1.1.1", "G1.1.2", "G1.1.3"), ("F1.1.1",))
        assert dry_goods.grams.tolist() == [[1.5, 1234.5, 2000.25]] * 5
        assert fridge.grams.tolist() == [[-5.0]] * 5
        assert dry_goods.grams.dtype == np.float32
        assert [state for _, state, _ in read.states] == [ContactState.ANSWERING] * 3


def test_readings_arrive_over_a_serial_line():
    with (
        serial_line() as (ours, theirs),
        serving(readings(), theirs),
        reading(f"rtu://{ours}", parity="none", rate=10) as read,
    ):
        assert read.until(whole("G1")).grams.tolist() == [[1.5, 1234.5, 2000.25]] * 5


def test_the_stamp_is_the_time_of_the_first_sample_and_messages_follow_without_gaps():
    with serving(readings()) as transmitters:
        before = time.time_ns()
        with reading(transmitters.url) as read:
            stamps = [read.until(of("G1")).stamp for _ in range(10)]
        after = time.time_ns()
    assert before <= stamps[0] and stamps[-1] <= after
    assert np.median(np.diff(stamps)) == pytest.approx(100_000_000, abs=20_000_000)  # five samples at 50 Hz


def test_a_unit_that_stops_answering_is_nan_and_comes_back():
    with serving(readings()) as transmitters, reading(transmitters.url) as read:
        read.until(last_of_unit_2(answers=True))
        transmitters.muted.add(2)
        read.until(last_of_unit_2(answers=False))
        while read.driver.reports[2].state is not ContactState.SILENT:
            read.until(of("G1"))
        transmitters.muted.clear()
        read.until(last_of_unit_2(answers=True))
        told = [(state, reason) for name, state, reason in read.states if name == "unit 2"]
        assert [state for state, _ in told] == [ContactState.ANSWERING, ContactState.SILENT, ContactState.ANSWERING]
        assert told[1][1].startswith("nothing came within 0.1 s; check its power")
        assert ContactState.SILENT not in [state for name, state, _ in read.states if name != "unit 2"]


def test_a_server_that_is_stopped_and_started_again_is_found_again():
    with serving(readings()) as transmitters, reading(transmitters.url) as read:
        read.until(last_of_unit_2(answers=True))
        transmitters.stop()
        read.until(lambda samples: bool(np.isnan(samples.grams).all()))
        while read.driver.reports[0].state is not ContactState.SILENT:
            read.until(of("G1"))
        assert [report.state for report in read.driver.reports] == [ContactState.SILENT] * 3
        transmitters.start()
        read.until(last_of_unit_2(answers=True))
        assert [report.state for report in read.driver.reports] == [ContactState.ANSWERING] * 3
        connection = [state for name, state, _ in read.states if name == transmitters.url]
        assert connection == [ContactState.ANSWERING, ContactState.SILENT, ContactState.ANSWERING]


def test_a_reading_that_is_no_weight_is_nan_and_counted():
    registers = {1: words("i", 2**31 - 1, -50), 2: words("f", float("nan"), float("inf"))}
    with serving(registers) as transmitters, reading(transmitters.url) as read:
        assert np.isnan(read.until(of("G1")).grams).all()
        assert read.until(whole("F1")).grams[0, 0] == -5
        counted = [report.refused / report.answers for report in read.driver.reports[1:]]
        assert counted == pytest.approx([1, 2], rel=0.3)  # the reader goes on while the counters are looked at


def test_without_anybody_at_the_address_there_are_only_nans_and_the_reason_is_told_once():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with reading(address) as read:
            for _ in range(10):
                assert np.isnan(read.until(of("G1")).grams).all()
            ((name, state, reason),) = read.states
    assert (name, state) == (address, ContactState.SILENT)
    assert reason.startswith("Connection refused; check the address and the network")


def test_a_serial_port_that_is_not_there_or_taken_is_told_with_what_to_do():
    with reading("rtu:///dev/ttyNONE") as read:
        read.until(of("F1"))
        assert read.states == [("rtu:///dev/ttyNONE", ContactState.SILENT, read.driver.reports[0].reason)]
        assert read.driver.reports[0].reason.startswith("No such file or directory; plug the adapter in")
    with serial_line() as (ours, theirs), serving(readings(), theirs), reading(f"rtu://{ours}", parity="none") as first:
        first.until(of("G1"))
        with reading(f"rtu://{ours}", parity="none") as second:
            second.until(of("F1"))
            assert "another program has it" in second.driver.reports[0].reason


def test_registers_that_a_unit_does_not_have_are_told_as_such():
    units = ({"unit": 1, "type": "int16", "scales": ({"scale": "G1.1.1", "first_register": 900},)},)
    with serving(readings()) as transmitters, reading(transmitters.url, units=units) as read:
        while read.driver.reports[1].state is not ContactState.SILENT:
            read.until(of("G1"))
        assert read.driver.reports[1].reason.startswith("asked for holding registers 900 to 900: it has no such")


def test_noise_on_the_line_is_no_answer_and_reading_goes_on():
    random = Random(1)
    with socket.create_server(("127.0.0.1", 0)) as noise:

        def babble() -> None:
            with suppress(OSError):
                while True:
                    with noise.accept()[0] as line, suppress(OSError):
                        while line.recv(300):
                            line.sendall(random.randbytes(random.randrange(1, 40)))

        threading.Thread(target=babble, daemon=True).start()
        with reading(f"rtu+tcp://127.0.0.1:{noise.getsockname()[1]}", timeout=0.02) as read:
            for _ in range(20):
                assert np.isnan(read.until(of("G1")).grams).all()
            assert read.driver.reports[1].state is ContactState.SILENT
        noise.shutdown(socket.SHUT_RDWR)


def test_neighbouring_registers_are_asked_for_at_once():
    with serving(readings()) as transmitters, reading(transmitters.url) as read:
        read.until(of("F1"))
        assert set(transmitters.requests) == {(1, 0, 4), (2, 0, 4)}


@pytest.mark.parametrize("answering", [True, False])
def test_reading_stops_within_a_second(answering: bool):
    with serving(readings()) as transmitters:
        if not answering:
            transmitters.muted |= {1, 2}
        with reading(transmitters.url, timeout=0.5) as read:
            time.sleep(0.3)
            assert read.stop() < 1.0


def test_a_bus_that_is_slower_than_the_rate_leaves_samples_out_and_keeps_the_time():
    with serving(readings()) as transmitters, reading(transmitters.url, rate=1000, batch=500) as read:
        read.until(of("G1"))
        slow = read.until(of("G1"))
        given = np.isfinite(slow.grams).all(axis=1)
        assert 0 < given.sum() < 500
        assert (np.isfinite(slow.grams).any(axis=1) == given).all()
