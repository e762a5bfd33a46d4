"""How a bag's time goes on beside that of the machine."""

from __future__ import annotations

from storegraph.units import NANOSECONDS


class Pace:
    """Bag time as a function of the machine's: faster, slower, or standing still.

    Args:
        begin: Bag time to begin with, nanoseconds since the Unix epoch.
        rate: Times real time, above zero.
        now: The machine's time, seconds of a clock that never goes back; so in all calls.
    """

    def __init__(self, begin: int, rate: float, now: float) -> None:
        self._reached = begin
        self._since = now
        self._rate = rate
        self._paused = False

    @property
    def rate(self) -> float:
        """Times real time, while not paused."""
        return self._rate

    @property
    def paused(self) -> bool:
        """Whether bag time stands still."""
        return self._paused

    def position(self, now: float) -> int:
        """Bag time, nanoseconds since the Unix epoch."""
        if self._paused:
            return self._reached
        return self._reached + round((now - self._since) * self._rate * NANOSECONDS)

    def wait(self, until: int, now: float) -> float:
        """Seconds until a bag time is reached, below zero when it has been; infinite while paused."""
        if self._paused:
            return float("inf")
        return (until - self.position(now)) / NANOSECONDS / self._rate

    def pause(self, now: float) -> None:
        """Bag time stands still."""
        self.move_to(self.position(now), now)
        self._paused = True

    def go_on(self, now: float) -> None:
        """Bag time goes on from where it stands."""
        self.move_to(self.position(now), now)
        self._paused = False

    def change(self, rate: float, now: float) -> None:
        """Bag time goes on at another rate, above zero."""
        self.move_to(self.position(now), now)
        self._rate = rate

    def move_to(self, position: int, now: float) -> None:
        """Bag time goes on, or stands still, from here."""
        self._reached, self._since = position, now
