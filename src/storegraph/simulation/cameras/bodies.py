"""The bodies of people as far as they hide things: capsules about the lines between joints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from storegraph.observations import COCO_17

from ..performance import Floats
from ..script import Body

MEAN_STATURE = 1.70
"""Metres, of those whose breadths `_CAPSULES` holds."""

_MIDDLES = {
    f"{kind}s": (COCO_17.index(f"left_{kind}"), COCO_17.index(f"right_{kind}")) for kind in ("shoulder", "hip", "ear")
}
"""Between the joints of two sides."""

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
its breadth and half its height, those of limbs are of about nine tenths of their largest girths, as they taper. First
values for adults, whose chests are about 25 cm deep and whose thighs are about 60 cm around."""

TRUNK, HEAD = slice(0, 3), slice(3, 4)
"""Of the capsules."""

_POINTS = (*COCO_17, *_MIDDLES)
_STARTS = [_POINTS.index(capsule[0]) for capsule in _CAPSULES]
_ENDS = [_POINTS.index(capsule[1]) for capsule in _CAPSULES]


@dataclass(frozen=True, slots=True, eq=False)
class Capsules:
    """The capsules of P people at K moments, laid out as they are computed with: long axes last.

    Attributes:
        starts: In `map`, metres, shape [3, 12, K, P].
        ends: The same of their other ends.
        radii: Metres, shape [12, 1, P]; they grow with the stature and, but for the head, with the build.
    """

    starts: Floats
    ends: Floats
    radii: Floats

    @classmethod
    def of(cls, joints: Floats, bodies: Sequence[Body]) -> Capsules:
        """The capsules of people.

        Args:
            joints: COCO-17 in `map`, metres, shape [3, 17, K, P].
            bodies: How they are built, shape [P].
        """
        middles = [(joints[:, left] + joints[:, right]) / 2 for left, right in _MIDDLES.values()]
        points = np.concatenate((joints, np.stack(middles, axis=1)), axis=1)
        statures = np.array([body.stature for body in bodies], dtype=np.float64)
        builds = np.array([body.build for body in bodies], dtype=np.float64)
        radii = np.array([[radius] for _, _, radius in _CAPSULES]) * statures / MEAN_STATURE
        radii[: HEAD.start] *= builds
        radii[HEAD.stop :] *= builds
        return cls(points[:, _STARTS], points[:, _ENDS], radii[:, None])

    def each(self) -> Iterator[tuple[Floats, Floats, Floats]]:
        """Starts [3, K, P], ends [3, K, P] and radii [1, P] of one capsule after the other."""
        return zip(np.moveaxis(self.starts, 1, 0), np.moveaxis(self.ends, 1, 0), self.radii, strict=True)
