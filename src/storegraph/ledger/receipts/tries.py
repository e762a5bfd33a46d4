"""How often somebody may be wrong before they have to wait."""

from __future__ import annotations

from collections import deque


class Tries:
    """Counts what was wrong lately.

    Args:
        most: Wrong tries within the time, after which none is taken.
        within: Nanoseconds.
    """

    def __init__(self, most: int, within: int) -> None:
        self._within = within
        self._wrong: deque[int] = deque(maxlen=most)

    def used_up(self, now: int) -> bool:
        """Whether none is taken at a moment, nanoseconds since the Unix epoch."""
        return len(self._wrong) == self._wrong.maxlen and now - self._wrong[0] < self._within

    def note_wrong(self, now: int) -> None:
        """One was wrong."""
        self._wrong.append(now)

    def over(self, now: int) -> bool:
        """Whether all that was wrong is so long ago that it counts no more."""
        return not self._wrong or now - self._wrong[-1] >= self._within
