"""The bodies of people as far as they hide things: capsules about the lines between joints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from storegraph.observations import COCO_17

from ..performance import Floats
from ..script import Body

MEAN_STATURE = 1.70
"""Metres, of those whose breadths `_CAPSULES` holds."""

_MIDDLES = ("shoulders", "hips", "ears")

_CAPSULES = (
    ("left_shoulder", "left_hip", 0.10),
    ("right_shoulder", "right_hip", 0.10),
    ("shoulders", "hips", 0.12),
    ("ears", "ears", 0.10),
    *((f"{side}_shoulder", f"{side}_elbow", 0.048) for side in ("left", "right")),
    *((f"{side}_elbow", f"{side}_wrist", 0.04) for side in ("left", "right")),
    *((f"{side}_hip", f"{side}_knee", 0.08) for side in ("left", "right")),
    *((f"{side}_knee", f"{side}_ankle", 0.05) for side in ("left", "right")),
)
"""The ends of each capsule, and its radius, metres. The trunk's is half the depth of a chest, the head's between half
its breadth and half its height, those of limbs go with about nine tenths of their largest girths, as they taper.
Rounded from the means of men and women of the 2012 Anthropometric Survey of U.S. Army Personnel (Gordon et al.,
NATICK/TR-15/007)."""

TRUNK, HEAD = slice(0, 3), slice(3, 4)
"""Of the capsules."""

_POINTS = (*COCO_17, *_MIDDLES)
_STARTS = [_POINTS.index(capsule[0]) for capsule in _CAPSULES]
_ENDS = [_POINTS.index(capsule[1]) for capsule in _CAPSULES]


def capsules(joints: Floats) -> tuple[Floats, Floats]:
    """Where the capsules of bodies begin and end.

    Args:
        joints: COCO-17 in `map`, metres, shape [..., 17, 3].

    Returns:
        Both of shape [..., 12, 3].
    """
    middles = [
        (joints[..., COCO_17.index(f"left_{kind[:-1]}"), :] + joints[..., COCO_17.index(f"right_{kind[:-1]}"), :]) / 2
        for kind in _MIDDLES
    ]
    points = np.concatenate((joints, np.stack(middles, axis=-2)), axis=-2)
    return points[..., _STARTS, :], points[..., _ENDS, :]


def radii(bodies: Sequence[Body]) -> Floats:
    """Of the capsules of P bodies, metres, shape [P, 12].

    They grow with the stature and, but for the head, with the build.
    """
    statures = np.array([[body.stature] for body in bodies]).reshape(-1, 1)
    builds = np.array([[body.build] for body in bodies]).reshape(-1, 1)
    grown: Floats = np.tile([capsule[2] for capsule in _CAPSULES], (len(bodies), 1)) * statures / MEAN_STATURE
    grown[:, : HEAD.start] *= builds
    grown[:, HEAD.stop :] *= builds
    return grown
