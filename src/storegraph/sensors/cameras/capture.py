"""A thread that keeps a camera's source open and hands on its pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event, Thread

import numpy as np

from storegraph.graph.newest import Newest
from storegraph.sensors.errors import SensorError
from storegraph.store.model import Camera
from storegraph.units import NANOSECONDS

from .model import CameraDevice, CameraSettings, Picture, SourceCondition, SourceState
from .source import CameraError, Clock, PictureSource, open_source
from .thinning import Thinning

LOOK_AGAIN = 0.1
"""Seconds after which a thread that waits for a stamp looks at the clock again: simulated time may run at any speed."""

SAMPLED = 8
"""Every so many pixels across and down are compared with the picture before: the noise of a camera's sensor is
everywhere."""

STOPPED_WITHIN = 1.0
"""Seconds until `stop` gives up waiting for a source that hangs; its thread ends by itself when the source lets go."""


class Capture:
    """Opens a camera's source and reads it in a thread of its own, and opens it again when it is lost.

    Args:
        device: What stands behind the camera.
        camera: As the store file has it.
        settings: Of the camera node.
        now: Tells the time, nanoseconds since the Unix epoch.
        pictures: Where pictures go, under the camera's id.
        told: Is told of every change of the source's state, with the reason where it was lost; the same reason is told
            once. Called in the thread.
    """

    def __init__(
        self,
        device: CameraDevice,
        camera: Camera,
        settings: CameraSettings,
        now: Clock,
        pictures: Newest[Picture],
        told: Callable[[SourceState, str], None],
    ) -> None:
        self._device = device
        self._camera = camera
        self._settings = settings
        self._now = now
        self._pictures = pictures
        self._told = told
        self._stopped = Event()
        self._thinning = Thinning(settings.max_rate)
        self._condition = SourceCondition()
        self._sample = np.empty(0, np.uint8)
        self._following = 0
        self._thread = Thread(target=self._run, name=f"capture {camera.id}", daemon=True)

    def start(self) -> None:
        """Begins; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ends, and gives the source back."""
        self._stopped.set()
        self._pictures.close()
        self._thread.join(STOPPED_WITHIN)

    def limit(self, max_rate: float) -> None:
        """From now on takes so many pictures a second at most, Hz."""
        self._thinning = Thinning(max_rate)

    @property
    def condition(self) -> SourceCondition:
        """How the source is now."""
        return replace(self._condition, dropped=self._pictures.dropped.get(self._camera.id, 0))

    def _run(self) -> None:
        while self._now() == 0 and not self._stopped.wait(LOOK_AGAIN):
            pass  # simulated time has not begun
        pause = self._settings.retry_after
        while not self._stopped.is_set():
            before = self._condition.pictures
            try:
                self._show()
            except Exception as error:  # OpenCV raises whatever the bytes of a source led it to
                reason = str(error) if isinstance(error, SensorError) else f"{self._device.source}: {error!r}"
                lost = self._condition
                self._becomes(replace(lost, state=SourceState.LOST, reason=reason, failures=lost.failures + 1))
                pause = self._settings.retry_after if lost.pictures > before else pause
                self._stopped.wait(pause / NANOSECONDS)
                pause = min(2 * pause, self._settings.retry_at_most)
            else:
                if not (self._device.loop or self._stopped.is_set()):
                    self._becomes(replace(self._condition, state=SourceState.ENDED))
                    return

    def _show(self) -> None:
        """Opens the source and hands its pictures on, until it ends or this is stopped.

        Raises:
            SensorError: The source is not there, has died, or gives pictures that cannot be used.
        """
        source = open_source(self._device, self._camera, self._now, max(self._now(), self._following))
        empty = True
        try:
            while not self._stopped.is_set() and (stamp := source.grab()) is not None:
                empty = False
                self._following = stamp + source.period
                if self._thinning.takes(stamp):
                    self._hand_on(stamp, source)
        finally:
            source.close()
        if empty and not self._stopped.is_set():
            raise CameraError(f"{self._device.source}: holds no pictures")

    def _hand_on(self, stamp: int, source: PictureSource) -> None:
        pixels = source.picture()
        height, width, _ = pixels.shape
        if (width, height) != (self._camera.width, self._camera.height):
            raise CameraError(
                f"{self._device.source}: gives pictures of {width}x{height} pixels, camera {self._camera.id} of the "
                f"store file has {self._camera.width}x{self._camera.height}; set the camera so, or calibrate it anew"
            )
        if source.recorded:
            self._keep_pace(stamp)
        self._pictures.put(self._camera.id, Picture(stamp, pixels))
        sample = pixels[::SAMPLED, ::SAMPLED].copy()
        is_same, self._sample = np.array_equal(sample, self._sample), sample
        before = self._condition
        self._becomes(
            replace(
                before,
                state=SourceState.RUNNING,
                reason="",
                pictures=before.pictures + 1,
                newest=stamp,
                changed=before.changed if is_same else stamp,
                recorded=source.recorded,
            )
        )

    def _keep_pace(self, stamp: int) -> None:
        """Waits until a recorded picture is due."""
        if self._device.pace == "fastest":
            self._pictures.wait_until_taken()
            return
        while (early := stamp - self._now()) > 0 and not self._stopped.is_set():
            self._stopped.wait(min(early / NANOSECONDS, LOOK_AGAIN))

    def _becomes(self, condition: SourceCondition) -> None:
        before, self._condition = self._condition, condition
        if (condition.state, condition.reason) != (before.state, before.reason):
            self._told(condition.state, condition.reason)
