"""The tracking stage: what cameras and gates tell in, everybody in the store and who went through a gate out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np

from storegraph.observations import GateEvent, Keypoints, Shoppers
from storegraph.store.model import Store

from .filtering import Floats
from .health import CameraHealth
from .model import DEFAULTS, TrackingSettings
from .tracker import MultiViewTracker

JITTER = 2_000_000
"""Nanoseconds by which a snapshot may follow the last one sooner than the period: cameras are not exact, and a camera
whose pictures come once a period would otherwise be seen every other time."""


class TrackingStage:
    """Follows everybody in a store.

    A snapshot has the stamp of a picture. It is given when all pictures until the settings' lag after that have been
    taken in.

    The joints are those of the first picture, and of the shoppers.

    Attributes:
        unusable: Ids of cameras of which something was ignored: those that the store does not have, and those with
            joints of other names than the first picture's.
        delay: By so much at most a snapshot's stamp is before what the stage was last told, nanoseconds.
    """

    def __init__(self, store: Store, settings: TrackingSettings = DEFAULTS) -> None:
        self._store = store
        self._settings = settings
        self._cameras = {camera.id for camera in store.cameras}
        self._joints: tuple[str, ...] = ()
        self._tracker: MultiViewTracker | None = None
        self._newest: int | None = None
        self._given: int | None = None
        self._held: deque[Shoppers] = deque()
        self.delay = settings.lag
        self.unusable: set[str] = set()

    def process(self, observation: Keypoints | GateEvent) -> Iterator[Shoppers | GateEvent]:
        """Takes in a picture's people or a gate event, in the order of their stamps."""
        yield from self.advance(observation.stamp)
        if isinstance(observation, GateEvent):
            if self._tracker is not None:
                self._tracker.pass_gate(observation)
                yield from self._tracker.passages()
        else:
            self._observe(observation)

    def advance(self, stamp: int) -> Iterator[Shoppers | GateEvent]:
        """Concludes what all pictures before a stamp (nanoseconds since the Unix epoch) show."""
        if self._newest is not None and stamp > self._newest:
            yield from self._conclude()
        yield from self._due(stamp - self._settings.lag)

    def finish(self) -> Iterator[Shoppers | GateEvent]:
        """Concludes what the last pictures show."""
        yield from self._conclude()
        yield from self._due(None)

    def _conclude(self) -> Iterator[GateEvent]:
        """Concludes what the pictures of the newest moment show, and holds a snapshot if one is due."""
        if self._tracker is None or self._newest is None:
            return
        self._tracker.conclude()
        yield from self._tracker.passages()
        if self._given is None or self._newest >= self._given + self._settings.period - JITTER:
            self._given = self._newest
            self._held.append(self._tracker.shoppers())
        self._newest = None

    def _due(self, stamp: int | None) -> Iterator[Shoppers]:
        """Gives the snapshots before a stamp; all of them without one."""
        while self._held and self._tracker is not None and (stamp is None or self._held[0].stamp < stamp):
            yield self._tracker.smoothed(self._held.popleft())

    def camera_health(self) -> tuple[CameraHealth, ...]:
        """Which cameras look where the store file says; nothing before the first picture."""
        return () if self._tracker is None else self._tracker.camera_health()

    def _observe(self, keypoints: Keypoints) -> None:
        if self._tracker is None:
            self._joints = keypoints.joints
            self._tracker = MultiViewTracker(self._store.cameras, self._joints, self._settings, self._store.gates)
        if keypoints.camera not in self._cameras or keypoints.joints != self._joints:
            self.unusable.add(keypoints.camera)
            return
        self._newest = keypoints.stamp
        self._tracker.observe(keypoints.stamp, keypoints.camera, _detections(keypoints))


def _detections(keypoints: Keypoints) -> Floats:
    """Joints x, y and score of a picture's people, shape [N, J, 3]."""
    rows = [np.column_stack((person.points, person.scores)) for person in keypoints.people]
    return np.array(rows, dtype=np.float64).reshape(-1, len(keypoints.joints), 3)
