"""One body that is followed as two people.

Where people hide each other while they come in, a newcomer may be put together of views of two of them, and settle on
one who is followed already. The two then share the views of one body until one of them starves, is waited for as
somebody whom nothing shows, and is taken for the next one found again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from storegraph.units import NANOSECONDS

from .filtering import Floats
from .tracks import Track

NEAR = 0.15
"""Metres between the middles of two trunks: less than a chest is deep, so that no two people stand like that."""

APART = 0.25
"""Metres from which on they are two, once they were near."""

LONG = NANOSECONDS * 7 // 10
"""For which they have to stay near, walking or not: who squeezes past another is not so near for so long."""


class Doubles:
    """Notes for how long which of those followed have been in one place."""

    def __init__(self) -> None:
        self._since: dict[tuple[str, str], int] = {}

    def found(self, tracks: Sequence[Track], middles: Floats, now: int) -> list[tuple[int, int]]:
        """Pairs of tracks that follow one body, by index, the older one first.

        Args:
            tracks: Everybody, in the order of their birth.
            middles: Of their trunks, metres, shape [T, 3]; NaN where not known, and nothing is said of them.
            now: Nanoseconds since the Unix epoch.
        """
        apart = np.linalg.norm(middles[:, None] - middles, axis=2)
        older, younger = np.nonzero(np.triu(apart <= APART, 1))
        before, self._since = self._since, {}
        pairs = []
        for one, other in zip(older.tolist(), younger.tolist(), strict=True):
            names = tracks[one].shopper_id, tracks[other].shopper_id
            if names in before or apart[one, other] <= NEAR:
                self._since[names] = before.get(names, now)
                if now - self._since[names] >= LONG:
                    pairs.append((one, other))
        return pairs
