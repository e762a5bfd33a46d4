"""Waits in a test until something has happened in another thread."""

from __future__ import annotations

import time
from collections.abc import Callable

TURN = 0.02
"""Seconds between two looks."""

PATIENCE = 60.0
"""Seconds, on a busy machine."""


def wait_until(holds: Callable[[], object], told: Callable[[], object] = lambda: "") -> None:
    """Waits until something holds.

    Args:
        holds: What is waited for.
        told: What the error says beside, at its moment.

    Raises:
        AssertionError: It did not hold within `PATIENCE`.
    """
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, told() or f"did not happen within {PATIENCE:.0f} s"
        time.sleep(TURN)
