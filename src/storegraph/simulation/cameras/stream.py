"""What the cameras of a simulated store publish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from storegraph.graph.topics import KEYPOINTS
from storegraph.observations import COCO_17, Keypoints, PersonKeypoints
from storegraph.store.model import Camera
from storegraph.tracking.cameras import CameraGroup

from ..chance import chance
from ..performance import FRAME_RATE, Actor, Floats, Performance
from ..stream import Recorded, in_order
from .bodies import Capsules
from .detection import Found, Views, found, moods
from .furniture import Furniture
from .lasting import Moods
from .lookalikes import Lookalikes
from .model import DEFAULTS, CameraSettings
from .occlusion import Pairs, hidden_by_oneself, hidden_by_others
from .shutter import exposures

TOGETHER = 128
"""Pictures of a camera that are computed together: more are no faster, and take more memory (100 MB for 20 people)."""

_LEFT, _RIGHT = COCO_17.index("left_shoulder"), COCO_17.index("right_shoulder")
_TRUNK = [COCO_17.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("shoulder", "hip")]


def keypoints(performance: Performance, settings: CameraSettings = DEFAULTS) -> Iterator[Recorded]:
    """What every camera of the store sees, by log time.

    Cameras are not synchronised, and each has errors of its own, drawn for each person by themselves: what one makes of
    somebody changes with nothing but what there is to be seen.
    """
    furniture = Furniture.of(performance.store)
    return in_order([_camera(performance, camera, furniture, settings) for camera in performance.store.cameras])


def _camera(
    performance: Performance, camera: Camera, furniture: Furniture, settings: CameraSettings
) -> Iterator[Recorded]:
    seed, shutter, detection = performance.script.seed, settings.shutter, settings.detection
    model = CameraGroup.of([camera])
    mistakes = moods(seed, camera.id, shutter.rate, detection)
    lookalikes = Lookalikes(seed, camera.id, model.sizes[0], shutter.rate, detection)
    taken = exposures(performance.duration, shutter, chance(seed, "cameras", camera.id, "shutter"))
    order = chance(seed, "cameras", camera.id, "order")
    topic = KEYPOINTS.of(camera.id)
    for begin in range(0, len(taken.middles), TOGETHER):
        some = slice(begin, begin + TOGETHER)
        people = _shown(performance.actors, taken.middles[some], model, furniture, mistakes, settings)
        people = _shuffled([people, lookalikes.next(len(taken.middles[some]))], order)
        pictures = zip(taken.stamps[some].tolist(), taken.log_times[some].tolist(), _reported(people), strict=True)
        for stamp, log_time, reported in pictures:
            seen = Keypoints(stamp, camera.id, camera.width, camera.height, COCO_17, reported)
            yield Recorded(log_time, topic, seen)


def _shown(
    actors: Sequence[Actor],
    moments: Floats,
    camera: CameraGroup,
    furniture: Furniture,
    mistakes: Moods,
    settings: CameraSettings,
) -> Found:
    """What the network finds of the actors in the pictures of some moments (seconds since the beginning, rising)."""
    there = [each for each in actors if each.first <= moments[-1] * FRAME_RATE and moments[0] * FRAME_RATE <= each.last]
    drawn = mistakes.next(len(moments), [actor.name for actor in there])
    joints, speeds = _moving(there, moments)
    pixels, scale = (each[0] for each in camera.project(joints[None]))
    pairs = Pairs.of(pixels, scale)
    eye = camera.centres[0]
    by_axis = np.ascontiguousarray(np.moveaxis(joints, (3, 2), (0, 1)))
    capsules = Capsules.of(by_axis, [actor.body for actor in there])
    views = Views(
        pixels=pixels,
        scale=scale,
        smear=speeds * settings.shutter.exposure * scale,
        by_others=hidden_by_others(eye, by_axis, pixels, scale, capsules, pairs, furniture),
        by_oneself=hidden_by_oneself(eye, by_axis, capsules),
        facing=_facing(eye, joints),
        statures=np.array([actor.body.stature for actor in there]),
        size=camera.sizes[0],
    )
    return found(views, pairs, drawn, settings.detection)


def _moving(actors: Sequence[Actor], moments: Floats) -> tuple[Floats, Floats]:
    """Joints in `map` [K, P, 17, 3], metres, and their speeds [K, P, 17], metres per second; NaN where not there."""
    joints = np.full((len(moments), len(actors), len(COCO_17), 3), np.nan)
    speeds = np.full(joints.shape[:3], np.nan)
    for person, actor in enumerate(actors):
        frames = moments * FRAME_RATE - actor.first
        there = np.flatnonzero((frames >= 0) & (frames < len(actor.joints) - 1))
        before = frames[there].astype(np.intp)
        start = actor.joints[before].astype(np.float64)
        step = actor.joints[before + 1] - start
        joints[there, person] = start + (frames[there] - before)[:, None, None] * step
        speeds[there, person] = np.linalg.norm(step, axis=2) * FRAME_RATE
    return joints, speeds


def _facing(eye: Floats, joints: Floats) -> Floats:
    """Cosine of the angle between where somebody faces and where the camera is, as seen from above, shape [K, P]."""
    left = joints[:, :, _LEFT, :2] - joints[:, :, _RIGHT, :2]
    ahead = np.stack((left[..., 1], -left[..., 0]), axis=-1)
    towards = eye[:2] - joints[:, :, _TRUNK, :2].mean(axis=2)
    lengths = np.linalg.norm(ahead, axis=-1) * np.linalg.norm(towards, axis=-1)
    facing: Floats = (ahead * towards).sum(axis=-1) / np.maximum(lengths, 1e-9)
    return facing


def _shuffled(parts: Sequence[Found], random: np.random.Generator) -> Found:
    """All together, in an order that says nothing."""
    together = [np.concatenate(arrays, axis=1) for arrays in zip(*(part.arrays() for part in parts), strict=True)]
    order = random.random(together[0].shape).argsort(axis=1)
    return Found(
        *(
            np.take_along_axis(array, order.reshape(*order.shape, *(1,) * (array.ndim - 2)), axis=1)
            for array in together
        )
    )


def _reported(found: Found) -> Iterator[tuple[PersonKeypoints, ...]]:
    """The people of each picture."""
    arrays = [array.astype(np.float32) for array in (found.scores, found.boxes, found.points, found.joint_scores)]
    for people, scores, boxes, points, joint_scores in zip(found.people.tolist(), *arrays, strict=True):
        yield tuple(
            PersonKeypoints(float(scores[person]), boxes[person], points[person], joint_scores[person])
            for person, there in enumerate(people)
            if there
        )
