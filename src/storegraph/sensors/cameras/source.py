"""Where pictures come from: cameras in the network, V4L2 devices, video files and folders of pictures.

All are read through OpenCV. Opening and reading wait, so they belong into a thread of their own (`capture.py`).
"""

from __future__ import annotations

import os
import socket
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.sensors.address import expanded
from storegraph.sensors.errors import SensorError
from storegraph.store.model import Camera
from storegraph.units import NANOSECONDS

from .model import CameraDevice

Clock = Callable[[], int]
"""Tells the time, nanoseconds since the Unix epoch."""

PICTURE_SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
"""Files in a folder that are pictures; others are passed over."""

CONNECTION_TIMEOUT = 5.0
"""Seconds until an address that does not answer, or says nothing more, counts as lost: a stream has a key picture
every second or two, and TCP sends a lost packet again after 1 s and then 2 s (RFC 6298)."""

PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
"""Where an address without a port is reached (IANA)."""

UNKNOWN_RATE = 25.0
"""Of a video file that does not say how many pictures a second it has, Hz: television's. It only counts when looped."""

OLDEST_EXPOSURE = NANOSECONDS
"""A driver's time stamp further back than this is not believed; a camera's own buffers hold a few pictures."""


class CameraError(SensorError):
    """A camera's source cannot be opened, has died, or gives pictures that do not fit the store file."""


class PictureSource(Protocol):
    """A source that is open. It is used by one thread.

    Attributes:
        recorded: Whether its pictures are there at once, so that somebody else has to keep the pace.
        period: From one picture of a recording to the next, nanoseconds; 0 of a camera.
    """

    recorded: bool
    period: int

    def grab(self) -> int | None:
        """Waits for the next picture and goes to it.

        Returns:
            Its stamp: start of exposure, nanoseconds since the Unix epoch; None at the end of a recording.

        Raises:
            CameraError: There are no more pictures, and should be.
        """
        ...

    def picture(self) -> NDArray[np.uint8]:
        """The picture it is at, decoded: BGR, shape [height, width, 3].

        Raises:
            CameraError: It cannot be decoded.
        """
        ...

    def close(self) -> None:
        """Gives the device or the file back."""
        ...


def open_source(device: CameraDevice, camera: Camera, now: Clock, start: int) -> PictureSource:
    """Opens what stands behind a camera.

    Args:
        device: What to open.
        camera: As the store file has it; a V4L2 device is asked for pictures of this size.
        now: Tells the time.
        start: Stamp of the first picture of a recording, nanoseconds since the Unix epoch.

    Raises:
        CameraError: It is not there, does not answer, or is of no kind that can be read.
        SensorError: The address names a variable that the environment does not have.
    """
    _hush()
    delay = round(device.delay * NANOSECONDS)
    if device.is_stream:
        return Stream(device.source, delay, now)
    path = Path(device.source)
    if path.is_dir():
        return PictureFolder(path, device.rate, start)
    try:
        kind = path.stat().st_mode
    except OSError as error:
        raise CameraError(f"{path}: {error.strerror}; plug the camera in, or correct `source`") from None
    if stat.S_ISCHR(kind):
        return Device(path, camera, delay, now)
    return VideoFile(path, start)


class VideoFile:
    """A video file, through FFmpeg; its pictures have the times that stand in it."""

    recorded = True

    def __init__(self, path: Path, start: int) -> None:
        self._path = path
        self._start = start
        self._video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        if not self._video.isOpened():
            raise CameraError(f"{path}: is no video that FFmpeg can read; `ffprobe` says more")
        self.period = round(NANOSECONDS / (self._video.get(cv2.CAP_PROP_FPS) or UNKNOWN_RATE))

    def grab(self) -> int | None:
        """Goes to the next picture."""
        if not self._video.grab():
            return None
        return self._start + round(self._video.get(cv2.CAP_PROP_POS_MSEC) * 1e6)

    def picture(self) -> NDArray[np.uint8]:
        """The picture it is at."""
        return _retrieved(self._video, str(self._path))

    def close(self) -> None:
        """Closes the file."""
        self._video.release()


class PictureFolder:
    """A folder of pictures in the order of their names, at an even rate; they are those there when it is opened."""

    recorded = True

    def __init__(self, path: Path, rate: float, start: int) -> None:
        self.period = round(NANOSECONDS / rate)
        self._rate = rate
        self._start = start
        self._pictures = sorted(each for each in path.iterdir() if each.suffix.lower() in PICTURE_SUFFIXES)
        self._place = -1
        if not self._pictures:
            raise CameraError(f"{path}: holds no pictures; they are files named {', '.join(sorted(PICTURE_SUFFIXES))}")

    def grab(self) -> int | None:
        """Goes to the next picture."""
        self._place += 1
        if self._place >= len(self._pictures):
            return None
        return self._start + round(self._place / self._rate * NANOSECONDS)

    def picture(self) -> NDArray[np.uint8]:
        """The picture it is at, as three channels whatever the file has."""
        path = self._pictures[self._place]
        pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if pixels is None:
            raise CameraError(f"{path}: is no picture that OpenCV can read; take it out of the folder")
        return np.asarray(pixels, np.uint8)

    def close(self) -> None:
        """Nothing is kept open."""


class Stream:
    """A camera in the network. Its stream has no absolute time: a stamp is the arrival less a known delay."""

    recorded = False
    period = 0

    def __init__(self, address: str, delay: int, now: Clock) -> None:
        self._address = address
        self._delay = delay
        self._now = now
        secret = expanded(address)
        _reach(address, secret)
        timeout = round(CONNECTION_TIMEOUT * 1000)
        timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, timeout, cv2.CAP_PROP_READ_TIMEOUT_MSEC, timeout]
        self._stream = cv2.VideoCapture(secret, cv2.CAP_FFMPEG, timeouts)
        if not self._stream.isOpened():
            raise CameraError(f"{address}: answers, but gives no video; check the path, the user and the password")

    def grab(self) -> int | None:
        """Waits for the next picture."""
        if not self._stream.grab():
            raise CameraError(f"{self._address}: the stream has broken off, or said nothing for {CONNECTION_TIMEOUT} s")
        return self._now() - self._delay

    def picture(self) -> NDArray[np.uint8]:
        """The picture it is at."""
        return _retrieved(self._stream, self._address)

    def close(self) -> None:
        """Leaves the camera."""
        self._stream.release()


class Device:
    """A V4L2 device. A picture's stamp is the driver's where it is plausible, otherwise its arrival less a known delay.

    The driver takes the time at the start of exposure or at the end of the picture (V4L2_BUF_FLAG_TSTAMP_SRC_SOE, _EOF
    in the V4L2 documentation); USB cameras mostly at the start.
    """

    recorded = False
    period = 0

    def __init__(self, path: Path, camera: Camera, delay: int, now: Clock) -> None:
        self._path = path
        self._delay = delay
        self._now = now
        size = [cv2.CAP_PROP_FRAME_WIDTH, camera.width, cv2.CAP_PROP_FRAME_HEIGHT, camera.height]
        self._device = cv2.VideoCapture(str(path), cv2.CAP_V4L2, size)
        if not self._device.isOpened():
            raise CameraError(
                f"{path}: cannot be opened as a V4L2 camera; another program may hold it, or this user may not"
            )

    def grab(self) -> int | None:
        """Waits for the next picture."""
        if not self._device.grab():
            raise CameraError(f"{self._path}: gives no more pictures; look whether it is still plugged in")
        age = exposure_age(self._device.get(cv2.CAP_PROP_POS_MSEC), time.monotonic_ns())
        return self._now() - (self._delay if age is None else age)

    def picture(self) -> NDArray[np.uint8]:
        """The picture it is at."""
        return _retrieved(self._device, str(self._path))

    def close(self) -> None:
        """Gives the device back."""
        self._device.release()


def exposure_age(driver_time: float, now: int) -> int | None:
    """How long ago a V4L2 driver stamped a picture, nanoseconds; None where its time cannot be that of this clock.

    Args:
        driver_time: As OpenCV gives it, milliseconds of CLOCK_MONOTONIC.
        now: CLOCK_MONOTONIC, nanoseconds.
    """
    age = now - round(driver_time * 1e6)
    return age if 0 <= age <= OLDEST_EXPOSURE else None


@cache
def _hush() -> None:
    """OpenCV and FFmpeg print every failure to open; a camera that is away is told once, by its node."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET; read when FFmpeg is first used
    with suppress(AttributeError):  # older versions of OpenCV do not offer it
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)


def _reach(address: str, secret: str) -> None:
    """Makes a connection to an address and closes it, because FFmpeg does not tell why it has none.

    Raises:
        CameraError: It cannot be read, there is no such host, or nobody answers.
    """
    try:
        parts = urlsplit(secret)
        host, port = parts.hostname, parts.port or PORTS[parts.scheme]
    except ValueError:  # whose text has the password
        raise CameraError(f"{address}: is no address; expected is scheme://user:password@host:port/path") from None
    if not host:
        raise CameraError(f"{address}: names no host")
    try:
        socket.create_connection((host, port), CONNECTION_TIMEOUT).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise CameraError(f"{address}: {reason}; check the address, the network and the camera's power") from None


def _retrieved(video: cv2.VideoCapture, name: str) -> NDArray[np.uint8]:
    found, pixels = video.retrieve()
    if not found:
        raise CameraError(f"{name}: a picture cannot be decoded")
    return np.asarray(pixels, np.uint8)
