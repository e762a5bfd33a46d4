"""How a camera's source is told to operators."""

from __future__ import annotations

from storegraph.graph.diagnostics import Level, Status
from storegraph.units import NANOSECONDS

from .model import CameraDevice, SourceCondition, SourceState

FROZEN_AFTER = 60.0
"""Seconds in which a camera gives one picture again and again until it is told. Sensors have noise, but an encoder may
repeat a quiet picture until the next whole one, which is mostly seconds away."""


def source_status(
    device: CameraDevice, condition: SourceCondition, before: SourceCondition, now: int, silent_after: float
) -> Status:
    """How the source is, and how many pictures were dropped since it was last told.

    Args:
        device: What stands behind the camera.
        condition: How it is now.
        before: How it was when it was last told.
        now: Nanoseconds since the Unix epoch.
        silent_after: Seconds without a picture that are told.
    """
    age = (now - condition.newest) / NANOSECONDS if condition.newest is not None else None
    dropped = condition.dropped - before.dropped
    frozen = _frozen(condition)
    level, message = Level.OK, condition.state.value
    if condition.state is SourceState.LOST:
        level, message = Level.ERROR, condition.reason
    elif condition.state is not SourceState.RUNNING:
        level = Level.WARN
    elif age is not None and age > silent_after:
        level, message = Level.WARN, f"no picture for {age:.0f} s"
    elif frozen > FROZEN_AFTER:
        level, message = Level.WARN, f"has shown the same picture for {frozen:.0f} s; it may hang: switch it off and on"
    elif dropped:
        level, message = Level.WARN, f"{dropped} pictures dropped: this machine is too slow for the rate"
    values: dict[str, object] = {
        "source": device.source,
        "state": condition.state.name.lower(),
        "pictures": condition.pictures,
        "dropped": condition.dropped,
        "failures": condition.failures,
    }
    if age is not None:
        values["age of the last picture [s]"] = f"{age:.3f}"
    return Status(level, "source", message, values)


def _frozen(condition: SourceCondition) -> float:
    """For how long a camera has given one picture again and again, seconds."""
    if condition.recorded or condition.newest is None or condition.changed is None:
        return 0.0
    return (condition.newest - condition.changed) / NANOSECONDS
