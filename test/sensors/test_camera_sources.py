"""Video files and folders of pictures give what was written; what cannot be opened says why."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from threading import Thread

import pytest

cv2 = pytest.importorskip("cv2", reason='needs OpenCV; install the extra "cameras"')

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from pydantic import ValidationError  # noqa: E402

from storegraph.sensors.cameras.model import CameraDevice  # noqa: E402
from storegraph.sensors.cameras.source import (  # noqa: E402
    OLDEST_EXPOSURE,
    CameraError,
    PictureSource,
    exposure_age,
    open_source,
)
from storegraph.sensors.errors import SensorError  # noqa: E402
from storegraph.store.model import Camera  # noqa: E402

from recorded_pictures import HEIGHT, WIDTH, number_in, write_pictures, write_video  # noqa: E402 isort:skip

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
CAMERA = Camera(
    id="ceiling",
    width=WIDTH,
    height=HEIGHT,
    focal_length=(50.0, 50.0),
    principal_point=(32.0, 24.0),
    position=(0.0, 0.0, 3.0),
    orientation=(1.0, 0.0, 0.0, 0.0),
)


def opened(source: Path | str, **options: object) -> PictureSource:
    device = CameraDevice.model_validate({"camera": "ceiling", "source": str(source), **options})
    return open_source(device, CAMERA, time.time_ns, START)


def everything(source: PictureSource) -> list[tuple[int, int]]:
    """The number and the stamp of each picture, until the source ends."""
    read = []
    while (stamp := source.grab()) is not None:
        read.append((number_in(source.picture()), stamp))
    source.close()
    return read


def refusal(source: Path | str) -> str:
    with pytest.raises(SensorError) as raised:
        opened(source)
    return str(raised.value)


def test_a_video_file_gives_its_pictures_at_the_times_that_stand_in_it(tmp_path: Path) -> None:
    video = opened(write_video(tmp_path / "video.avi", 12, rate=20.0))
    assert everything(video) == [(number, START + number * SECOND // 20) for number in range(12)]


def test_a_folder_gives_its_pictures_in_the_order_of_their_names_at_its_rate(tmp_path: Path) -> None:
    folder = opened(write_pictures(tmp_path / "pictures", 12), rate=5.0)
    assert everything(folder) == [(number, START + number * SECOND // 5) for number in range(12)]


def test_a_grey_picture_becomes_one_of_three_channels(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "pictures", 0)
    assert cv2.imwrite(str(folder / "grey.png"), cv2.UMat(HEIGHT, WIDTH, cv2.CV_8UC1).get())
    source = opened(folder)
    source.grab()
    assert source.picture().shape == (HEIGHT, WIDTH, 3)


def test_a_source_that_is_not_there_says_so(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.avi").startswith(f"{tmp_path}/none.avi: No such file or directory; ")
    assert refusal("/dev/video250").startswith("/dev/video250: No such file or directory; plug the camera in")


def test_a_file_that_is_no_video_a_device_that_is_no_camera_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.avi").write_text("not a video")
    assert "is no video that FFmpeg can read" in refusal(tmp_path / "text.avi")
    assert "cannot be opened as a V4L2 camera" in refusal("/dev/null")
    assert "holds no pictures" in refusal(write_pictures(tmp_path / "pictures", 0))


def test_a_broken_picture_in_a_folder_is_named(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "pictures", 0)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8 not a picture")
    source = opened(folder)
    source.grab()
    with pytest.raises(CameraError, match=r"broken\.jpg: is no picture that OpenCV can read"):
        source.picture()


def test_an_address_where_nobody_answers_says_so_and_a_password_is_never_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        address = f"rtsp://shop:${{CAMERA_PASSWORD}}@127.0.0.1:{taken.getsockname()[1]}/stream"
        monkeypatch.delenv("CAMERA_PASSWORD", raising=False)
        assert "CAMERA_PASSWORD is not set" in refusal(address)
        monkeypatch.setenv("CAMERA_PASSWORD", "t0psecret")
        said = refusal(address)
    assert said.startswith(f"{address}: Connection refused; ")
    assert "t0psecret" not in said


@pytest.mark.parametrize(
    "rest", ["[::1/stream", "camera:port/stream", "camera:99999/stream", "\u2100camera/stream", "/stream"]
)
def test_an_address_that_cannot_be_read_does_not_give_its_password_away(
    rest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMERA_PASSWORD", "t0psecret")
    said = refusal(f"rtsp://shop:${{CAMERA_PASSWORD}}@{rest}")
    assert said.startswith(f"rtsp://shop:${{CAMERA_PASSWORD}}@{rest}: ")
    assert "t0psecret" not in said


def test_an_address_that_answers_and_gives_no_video_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/stream"

        def hang_up() -> None:
            for _ in range(2):  # whether anybody answers is tried first
                connection, _ = server.accept()
                connection.close()

        Thread(target=hang_up, daemon=True).start()
        assert "answers, but gives no video" in refusal(address)


@pytest.mark.parametrize("source", ["ftp://camera/stream", "  ", "rtsp://user:secret@camera/stream"])
def test_what_is_no_address_of_a_camera_or_holds_a_password_is_refused(source: str) -> None:
    with pytest.raises(ValidationError):
        CameraDevice.model_validate({"camera": "ceiling", "source": source})


@settings(deadline=None)
@given(st.integers(0, OLDEST_EXPOSURE // 1000 - 1), st.integers(OLDEST_EXPOSURE, 10**15))
def test_a_drivers_time_is_believed_when_it_lies_shortly_before(microseconds: int, now: int) -> None:
    age = microseconds * 1000
    believed = exposure_age((now - age) / 1e6, now)
    assert believed is not None and abs(believed - age) <= 1000


@pytest.mark.parametrize("driver_time", [0.0, -1.0, 2e9])
def test_a_drivers_time_of_another_clock_is_not_believed(driver_time: float) -> None:
    assert exposure_age(driver_time, 10**15) is None
