"""A camera is read in a thread: the newest picture wins, and a source that is lost is told once and tried again."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise, repeat, takewhile
from pathlib import Path

import pytest

cv2 = pytest.importorskip("cv2", reason='needs OpenCV; install the extra "cameras"')

from waiting import wait_until  # noqa: E402

from storegraph.graph.newest import Newest  # noqa: E402
from storegraph.sensors.cameras.capture import STOPPED_WITHIN, Capture  # noqa: E402
from storegraph.sensors.cameras.model import CameraDevice, CameraSettings, Picture, SourceState  # noqa: E402
from storegraph.sensors.cameras.source import Clock  # noqa: E402
from storegraph.store.model import Camera  # noqa: E402

from network_cameras import NetworkCamera, http_camera, rtsp_camera  # noqa: E402 isort:skip
from recorded_pictures import HEIGHT, WIDTH, number_in, write_pictures, write_video  # noqa: E402 isort:skip

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
PATIENCE = 20.0
"""Seconds until a source that says nothing has failed."""

SETTINGS = CameraSettings(max_rate=100.0, retry_after=SECOND // 10, retry_at_most=SECOND // 5)
CAMERA = Camera(
    id="ceiling",
    width=WIDTH,
    height=HEIGHT,
    focal_length=(50.0, 50.0),
    principal_point=(32.0, 24.0),
    position=(0.0, 0.0, 3.0),
    orientation=(1.0, 0.0, 0.0, 0.0),
)


@dataclass
class Run:
    """A capture at work, and what it told."""

    pictures: Newest[Picture] = field(default_factory=Newest)
    told: list[tuple[SourceState, str]] = field(default_factory=list)
    capture: Capture = field(init=False)

    def take(self) -> Picture:
        return self.pictures.take(1)["ceiling"]

    def has_told(self, state: SourceState, times: int) -> bool:
        return [each for each, _ in self.told].count(state) >= times


def capture_of(
    source: Path | str, settings: CameraSettings = SETTINGS, now: Clock = time.time_ns, **options: object
) -> Run:
    run = Run()
    device = CameraDevice.model_validate({"camera": "ceiling", "source": str(source), **options})
    run.capture = Capture(
        device, CAMERA, settings, now, run.pictures, lambda state, reason: run.told.append((state, reason))
    )
    run.capture.start()
    return run


@contextmanager
def capturing(
    source: Path | str, settings: CameraSettings = SETTINGS, now: Clock = time.time_ns, **options: object
) -> Iterator[Run]:
    run = capture_of(source, settings, now, **options)
    try:
        yield run
    finally:
        began = time.monotonic()
        run.capture.stop()
        assert time.monotonic() - began < STOPPED_WITHIN, "the source did not let go"


def test_a_video_at_its_pace_gives_each_picture_when_it_is_due(tmp_path: Path) -> None:
    with capturing(write_video(tmp_path / "video.avi", 10, rate=20.0)) as run:
        taken = [(run.take(), time.time_ns()) for _ in range(10)]
        wait_until(lambda: run.has_told(SourceState.ENDED, 1))
    assert [number_in(picture.pixels) for picture, _ in taken] == list(range(10))
    assert all(arrival >= picture.stamp for picture, arrival in taken)
    stamps = [picture.stamp for picture, _ in taken]
    assert [later - stamp for stamp, later in pairwise(stamps)] == [SECOND // 20] * 9
    assert [state for state, _ in run.told] == [SourceState.RUNNING, SourceState.ENDED]


def test_with_simulated_time_the_pace_is_that_of_its_clock_and_nothing_is_shown_before_it_begins(
    tmp_path: Path,
) -> None:
    simulated = [0]
    folder = write_pictures(tmp_path / "pictures", 3)
    with capturing(folder, now=lambda: simulated[0], rate=1.0) as run:
        time.sleep(0.3)
        assert run.told == []
        for number in range(3):
            simulated[0] = START + number * SECOND
            picture = run.take()
            assert (number_in(picture.pixels), picture.stamp) == (number, START + number * SECOND)


def test_as_fast_as_taken_loses_no_picture_however_slow_the_taker(tmp_path: Path) -> None:
    with capturing(write_pictures(tmp_path / "pictures", 12), rate=50.0, pace="fastest") as run:
        taken = []
        for _ in range(12):
            time.sleep(0.01)
            taken.append(number_in(run.take().pixels))
        assert run.capture.condition.dropped == 0
    assert taken == list(range(12))


def test_a_slow_taker_gets_the_newest_picture_and_the_others_are_counted(tmp_path: Path) -> None:
    with capturing(write_pictures(tmp_path / "pictures", 12), rate=100.0) as run:
        wait_until(lambda: run.has_told(SourceState.ENDED, 1))
        assert number_in(run.take().pixels) == 11
        condition = run.capture.condition
    assert (condition.pictures, condition.dropped) == (12, 11)


def test_a_loop_begins_again_and_its_stamps_go_on_evenly(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "pictures", 3)
    with capturing(folder, rate=20.0, pace="fastest", loop=True) as run:
        taken = [run.take() for _ in range(8)]
    assert [number_in(picture.pixels) for picture in taken] == [0, 1, 2, 0, 1, 2, 0, 1]
    steps = [later.stamp - earlier.stamp for earlier, later in pairwise(taken)]
    assert steps == [SECOND // 20] * 7


def test_more_pictures_than_the_rate_are_left_out(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "pictures", 13)
    settings = CameraSettings(max_rate=10.0)
    with capturing(folder, settings, rate=30.0, pace="fastest") as run:
        assert [number_in(run.take().pixels) for _ in range(5)] == [0, 3, 6, 9, 12]


def test_a_source_that_vanishes_is_told_once_and_read_again_when_it_is_back(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "pictures", 3)
    with capturing(folder, rate=50.0, loop=True) as run:
        run.take()
        folder.rename(tmp_path / "away")
        wait_until(lambda: run.capture.condition.failures >= 3)
        lost = run.capture.condition
        (tmp_path / "away").rename(folder)
        wait_until(lambda: run.capture.condition.state is SourceState.RUNNING)
    assert lost.state is SourceState.LOST and f"{folder}: No such file" in lost.reason
    reasons = [reason for state, reason in run.told if state is SourceState.LOST]
    assert len(reasons) == len(set(reasons)) < lost.failures, "the same was told again and again"
    assert run.told[-1][0] is SourceState.RUNNING


def test_a_source_that_stays_away_is_tried_less_and_less_often(tmp_path: Path) -> None:
    began = time.monotonic()
    with capturing(tmp_path / "none.avi") as run:
        wait_until(lambda: run.capture.condition.failures >= 4)
        failures, elapsed = run.capture.condition.failures, time.monotonic() - began
    pauses = accumulate(chain([0.1], repeat(0.2)))
    assert failures <= 1 + sum(1 for _ in takewhile(lambda pause: pause <= elapsed, pauses))


def test_a_source_that_is_missing_from_the_beginning_is_read_when_it_comes(tmp_path: Path) -> None:
    video = tmp_path / "video.avi"
    with capturing(video) as run:
        wait_until(lambda: run.has_told(SourceState.LOST, 1))
        write_video(tmp_path / "being_written.avi", 3).rename(video)
        assert number_in(run.take().pixels) == 0


def test_pictures_of_another_size_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with capturing(write_video(tmp_path / "video.avi", 3, width=80, height=60)) as run:
        wait_until(lambda: run.capture.condition.failures >= 2)
        condition = run.capture.condition
    assert condition.pictures == 0
    assert len(run.told) == 1
    assert condition.reason == (
        f"{tmp_path}/video.avi: gives pictures of 80x60 pixels, camera ceiling of the store file has 64x48; "
        "set the camera so, or calibrate it anew"
    )


def test_a_loop_of_one_picture_shows_it_at_the_rate(tmp_path: Path) -> None:
    with capturing(write_pictures(tmp_path / "pictures", 1), rate=20.0, loop=True) as run:
        stamps = [run.take().stamp for _ in range(4)]
    assert [later - earlier for earlier, later in pairwise(stamps)] == [SECOND // 20] * 3


def test_stopping_is_not_told_as_an_end(tmp_path: Path) -> None:
    with capturing(write_pictures(tmp_path / "pictures", 30), rate=1.0) as run:
        run.take()
    assert [state for state, _ in run.told] == [SourceState.RUNNING]


def test_a_video_without_pictures_is_no_endless_loop(tmp_path: Path) -> None:
    with capturing(write_video(tmp_path / "video.avi", 0), loop=True) as run:
        wait_until(lambda: run.has_told(SourceState.LOST, 1))
    assert run.capture.condition.failures < 5


@pytest.mark.parametrize(("scheme", "camera"), [("rtsp", rtsp_camera), ("http", http_camera)])
def test_a_camera_in_the_network_that_is_switched_off_and_on_comes_back(scheme: str, camera: NetworkCamera) -> None:
    with ExitStack() as switch:
        port = switch.enter_context(camera(42, 0))
        address = f"{scheme}://127.0.0.1:{port}/stream"
        with capturing(address, delay=3.0) as run:
            picture = run.take()
            assert number_in(picture.pixels) == 42
            assert 3 * SECOND <= time.time_ns() - picture.stamp < 8 * SECOND
            switch.close()
            wait_until(lambda: run.has_told(SourceState.LOST, 1))
            assert run.capture.condition.reason.startswith(address)
            with camera(21, port):
                wait_until(lambda: run.has_told(SourceState.RUNNING, 2))
                wait_until(lambda: number_in(run.take().pixels) == 21)


def test_a_camera_that_shows_one_picture_again_and_again_is_noticed() -> None:
    with http_camera(42, 0) as port, capturing(f"http://127.0.0.1:{port}/stream") as run:
        first = run.take()
        wait_until(lambda: run.capture.condition.pictures > 5)
        condition = run.capture.condition
    assert condition.changed == first.stamp
    assert condition.newest is not None and condition.newest > first.stamp
    assert not condition.recorded


def test_a_camera_that_answers_and_then_says_nothing_keeps_nobody_from_stopping() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"rtsp://127.0.0.1:{server.getsockname()[1]}/stream"
        run = capture_of(address)
        server.accept()  # whether anybody answers
        server.accept()  # FFmpeg, which now waits
        began = time.monotonic()
        run.capture.stop()
        assert time.monotonic() - began < STOPPED_WITHIN + 0.5
