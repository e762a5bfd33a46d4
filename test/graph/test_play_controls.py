"""Keys pause, step, change the rate and end; the terminal is afterwards what it was before."""

from __future__ import annotations

import os
import pty
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

import pytest

from storegraph.graph.controls import CLOCK_PERIOD, Controls
from storegraph.graph.keyboard import Key, Keyboard
from storegraph.graph.pace import Pace

SECOND = 1_000_000_000
KEYS = {"space": b" ", "right": b"\x1b[C", "up": b"\x1b[A", "down": b"\x1b[B"}


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A terminal as standard input; gives the side at which somebody types."""
    typing, read = pty.openpty()
    with os.fdopen(read) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        yield typing
    os.close(typing)


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        (b" ", [Key.PAUSE]),
        (b"s\x1b[C", [Key.STEP, Key.STEP]),
        (b"\x1b[A\x1b[B", [Key.FASTER, Key.SLOWER]),
        (b"q", [Key.QUIT]),
        (b"xyz\x1b[D", []),
    ],
)
def test_keys_are_known_without_enter(monkeypatch: pytest.MonkeyPatch, typed: bytes, keys: list[Key]) -> None:
    with terminal(monkeypatch) as typing, Keyboard() as keyboard:
        assert keyboard.pressed() == []
        os.write(typing, typed)
        time.sleep(0.05)
        assert keyboard.pressed() == keys


@pytest.mark.parametrize("error", [None, RuntimeError, KeyboardInterrupt])
def test_the_terminal_is_restored(monkeypatch: pytest.MonkeyPatch, error: type[BaseException] | None) -> None:
    with terminal(monkeypatch):
        before = termios.tcgetattr(sys.stdin)
        try:
            with Keyboard():
                assert termios.tcgetattr(sys.stdin) != before
                if error is not None:
                    raise error
        except (RuntimeError, KeyboardInterrupt):
            pass
        assert termios.tcgetattr(sys.stdin) == before


def test_without_a_terminal_there_are_no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "input").write_text("qqq")
    with (tmp_path / "input").open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        with Keyboard() as keyboard:
            assert keyboard.pressed() == []


LISTENS = "from storegraph.graph.keyboard import Keyboard; print(Keyboard()._file is not None)"


@pytest.mark.parametrize(("place", "listens"), [("& wait", b"False"), ("; true", b"True")])
def test_keys_are_heard_in_the_foreground_of_a_terminal_only(place: str, listens: bytes) -> None:
    child, terminal = pty.fork()
    if child == 0:
        os.execvp("bash", ["bash", "-mc", f"{sys.executable} -c '{LISTENS}' {place}"])
    said = b""
    with suppress(OSError):  # how a terminal says that the other side has closed it
        while part := os.read(terminal, 1024):
            said += part
    os.waitpid(child, 0)
    os.close(terminal)
    assert listens in said


class Bag:
    """A hundred messages, 10 ms from each other, played in a thread of its own; keys are pressed by the test."""

    def __init__(self) -> None:
        self.pressed: list[Key] = []
        self.played: list[int] = []
        self.ticks: list[tuple[float, int]] = []
        self.said: list[str] = []
        self.stop = Event()
        pace = Pace(0, 1.0, time.monotonic())
        self._controls = Controls(pace, self.stop, self._tick, self._keys, self.said.append)
        self._thread = threading.Thread(target=self._play)

    def __enter__(self) -> Bag:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._thread.join(5)
        assert not self._thread.is_alive()

    def press(self, *keys: Key) -> int:
        """Presses keys, and waits until they have been heard; gives how many messages have been played then."""
        self.pressed.extend(keys)
        while self.pressed:
            time.sleep(0.001)
        time.sleep(2 * CLOCK_PERIOD)
        return len(self.played)

    def _play(self) -> None:
        for number in range(100):
            if not self._controls.due(number * SECOND // 100):
                return
            self.played.append(number)

    def _keys(self) -> list[Key]:
        keys, self.pressed = self.pressed, []
        return keys

    def _tick(self, bag_time: int) -> None:
        self.ticks.append((time.monotonic(), bag_time))


def test_space_pauses_and_goes_on() -> None:
    with Bag() as bag:
        time.sleep(0.1)
        paused = bag.press(Key.PAUSE)
        ticks = len(bag.ticks)
        time.sleep(0.2)
        assert (len(bag.played), len(bag.ticks)) == (paused, ticks), "neither messages nor time"
        bag.press(Key.PAUSE)
        time.sleep(0.1)
        assert len(bag.played) > paused
    times = [bag_time for _, bag_time in bag.ticks]
    assert times == sorted(times)


def test_every_step_plays_one_message() -> None:
    with Bag() as bag:
        paused = bag.press(Key.PAUSE)
        assert bag.press(Key.STEP) == paused + 1
        assert bag.press(Key.STEP, Key.STEP, Key.STEP) == paused + 4
        assert bag.ticks[-1][1] == bag.played[-1] * SECOND // 100, "bag time is that of the message"


def test_a_step_while_playing_pauses() -> None:
    with Bag() as bag:
        played = bag.press(Key.STEP)
        time.sleep(0.1)
        assert len(bag.played) == played


def test_the_rate_is_changed_by_a_tenth_and_never_to_nothing() -> None:
    with Bag() as bag:
        bag.press(Key.FASTER, *[Key.SLOWER] * 15)
    assert bag.said[0] == "rate 1.1"
    assert bag.said[-1] == "rate 0.1"


def test_q_ends() -> None:
    with Bag() as bag:
        bag.press(Key.QUIT)
        assert bag.stop.is_set()
        assert len(bag.played) < 100


def test_time_ticks_at_a_steady_period_and_never_ahead_of_a_message() -> None:
    with Bag() as bag:
        time.sleep(0.5)
    moments = [moment for moment, _ in bag.ticks]
    assert len(moments) == pytest.approx(0.5 / CLOCK_PERIOD, rel=0.3)
    for moment, bag_time in bag.ticks:
        assert bag_time <= (moment - moments[0]) * SECOND + SECOND // 100
