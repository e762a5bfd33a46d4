"""When the next message of a bag is due: by its pace, unless keys say otherwise."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from threading import Event

from .keyboard import Key
from .pace import Pace

CLOCK_PERIOD = 0.025
"""Seconds of the machine between two ticks, as `ros2 bag play` has it; keys are read as often."""

RATE_STEP = 0.1
"""By which a key changes the rate, as with `ros2 bag play`; also the least rate."""


class Controls:
    """Waits until messages are due, and meanwhile has bag time tick and does what keys ask for.

    Args:
        pace: Of bag time.
        stop: When it is set, there is no more waiting.
        tick: Told bag time, nanoseconds since the Unix epoch, at a steady period of the machine's time, but not while
            playing is paused. It is never ahead of a message that is waited for.
        keys: Gives the keys pressed since it was last asked.
        say: Told in words what a key has done.
    """

    def __init__(
        self,
        pace: Pace,
        stop: Event,
        tick: Callable[[int], None],
        keys: Callable[[], Iterable[Key]],
        say: Callable[[str], None],
    ) -> None:
        self._pace = pace
        self._stop = stop
        self._tick = tick
        self._keys = keys
        self._say = say
        self._pressed: deque[Key] = deque()
        self._tick_due = 0.0

    def due(self, log_time: int) -> bool:
        """Waits for a moment of the bag, nanoseconds since the Unix epoch; false when there is to be no more."""
        while not self._stop.is_set():
            now = time.monotonic()
            if now >= self._tick_due:
                self._tick_due = now + CLOCK_PERIOD
                self._pressed.extend(self._keys())
                if not self._pace.paused:
                    self._tick(min(self._pace.position(now), log_time))
            while self._pressed:
                if self._stepped(self._pressed.popleft(), now):
                    self._pace.move_to(log_time, now)
                    self._tick(log_time)
                    return True
            wait = self._pace.wait(log_time, now)
            if wait <= 0.0:
                return True
            time.sleep(min(wait, self._tick_due - now))
        return False

    def _stepped(self, key: Key, now: float) -> bool:
        """Does what a key asks for; whether that is to play the next message at once."""
        match key:
            case Key.PAUSE if self._pace.paused:
                self._pace.go_on(now)
                self._say("playing")
            case Key.PAUSE:
                self._pace.pause(now)
                self._say("paused: space to go on, right arrow or s for the next message")
            case Key.STEP:
                self._pace.pause(now)
                return True
            case Key.FASTER | Key.SLOWER:
                step = RATE_STEP if key is Key.FASTER else -RATE_STEP
                self._pace.change(max(RATE_STEP, round(self._pace.rate + step, 3)), now)
                self._say(f"rate {self._pace.rate:g}")
            case Key.QUIT:
                self._stop.set()
        return False
