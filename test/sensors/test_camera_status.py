"""What operators are told of a camera's source."""

from __future__ import annotations

from dataclasses import replace

from storegraph.graph.diagnostics import Level, Status
from storegraph.sensors.cameras.model import CameraDevice, SourceCondition, SourceState
from storegraph.sensors.cameras.status import FROZEN_AFTER, source_status

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND
SILENT_AFTER = 5.0
DEVICE = CameraDevice(camera="ceiling", source="rtsp://10.0.0.11/stream")
RUNNING = SourceCondition(
    state=SourceState.RUNNING,
    pictures=100,
    dropped=3,
    newest=NOW - SECOND // 10,
    changed=NOW - SECOND // 10,
)


def told(condition: SourceCondition, before: SourceCondition = RUNNING) -> Status:
    return source_status(DEVICE, condition, before, NOW, SILENT_AFTER)


def test_a_source_that_gives_pictures_is_well_and_its_figures_are_told() -> None:
    status = told(RUNNING)
    assert (status.level, status.message) == (Level.OK, "gives pictures")
    assert status.values == {
        "source": "rtsp://10.0.0.11/stream",
        "state": "running",
        "pictures": 100,
        "dropped": 3,
        "failures": 0,
        "age of the last picture [s]": "0.100",
    }


def test_a_lost_source_is_an_error_with_its_reason() -> None:
    status = told(replace(RUNNING, state=SourceState.LOST, reason="rtsp://10.0.0.11/stream: Connection refused"))
    assert (status.level, status.message) == (Level.ERROR, "rtsp://10.0.0.11/stream: Connection refused")


def test_a_source_that_is_opened_or_has_ended_is_told() -> None:
    opening = told(replace(RUNNING, state=SourceState.OPENING, newest=None, changed=None))
    assert (opening.level, opening.message) == (Level.WARN, "is being opened")
    assert told(replace(RUNNING, state=SourceState.ENDED)).message == "has come to its end"


def test_a_source_that_is_silent_is_told() -> None:
    status = told(replace(RUNNING, newest=NOW - 7 * SECOND))
    assert (status.level, status.message) == (Level.WARN, "no picture for 7 s")


def test_pictures_dropped_since_the_last_time_are_told() -> None:
    status = told(replace(RUNNING, dropped=5))
    assert (status.level, status.message) == (
        Level.WARN,
        "2 pictures dropped: this machine is too slow for the rate",
    )


def test_a_camera_that_hangs_on_a_picture_is_told_and_a_still_recording_is_not() -> None:
    still = replace(RUNNING, changed=NOW - round((FROZEN_AFTER + 1) * SECOND))
    assert "has shown the same picture for 61 s" in told(still).message
    assert told(replace(still, recorded=True)).level == Level.OK
