"""Takes pictures at a lower rate than they come."""

from __future__ import annotations

from storegraph.units import NANOSECONDS


class Thinning:
    """Decides by their stamps which pictures are taken.

    In a time *t* they are at most *t* x rate + 2. Those of a source that is no faster are all taken, if each is within
    an eighth of a period of its place: a picture may come a quarter of a period before it is due.

    Args:
        rate: Pictures a second at most, Hz.
    """

    def __init__(self, rate: float) -> None:
        self._period = round(NANOSECONDS / rate)
        self._due: int | None = None

    def takes(self, stamp: int) -> bool:
        """Whether the next picture, of this stamp, is taken."""
        if self._due is None or stamp < self._due - 2 * self._period:  # the first, or the clock was set back
            self._due = stamp
        if stamp < self._due - self._period // 4:
            return False
        self._due = max(self._due + self._period, stamp + self._period // 2)
        return True
