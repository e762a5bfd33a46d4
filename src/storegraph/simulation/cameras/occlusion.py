"""What hides joints from a camera: fixtures and walls, other people, the own trunk and head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import COCO_17

from ..performance import Floats
from .bodies import HEAD, TRUNK, Capsules
from .furniture import SOFT, Furniture

CLEAR = 0.05
"""Metres that something must be before a joint to hide it: a joint that lies in or on a body is not hidden by that."""

BREADTH = 0.2
"""Metres by which a body reaches beyond its joints, at most: the top of the head, a hand."""

_BEHIND_TRUNK = [i for i, joint in enumerate(COCO_17) if joint.split("_")[-1] in ("elbow", "wrist", "hip", "knee")] + [
    COCO_17.index("left_shoulder"),
    COCO_17.index("right_shoulder"),
]
_BEHIND_HEAD = [i for i, joint in enumerate(COCO_17) if joint.split("_")[-1] in ("nose", "eye", "ear")]


def both(of_axes: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether x and y hold, of [..., 2]: `all` takes ten times as long over an axis of two."""
    held: NDArray[np.bool_] = of_axes[..., 0] & of_axes[..., 1]
    return held


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """M pairs of people who share some of a picture, each both ways round: perhaps the other one is before the one.

    Attributes:
        picture: Indices, shape [M].
        person: Indices of the one, shape [M].
        other: Indices of the other, shape [M].
        low: The least x and y that the body of the other one takes up, pixels, shape [M, 2].
        high: The greatest.
        nearest: Pixels a metre at the nearest joint of the other one, shape [M].
    """

    picture: NDArray[np.intp]
    person: NDArray[np.intp]
    other: NDArray[np.intp]
    low: Floats
    high: Floats
    nearest: Floats

    @classmethod
    def of(cls, pixels: Floats, scale: Floats) -> Pairs:
        """The pairs among people.

        Args:
            pixels: Of joints, shape [K, P, 17, 2]; NaN where not projected.
            scale: Pixels a metre, shape [K, P, 17].
        """
        around = BREADTH * scale[..., None]
        low, high = np.fmin.reduce(pixels - around, axis=2), np.fmax.reduce(pixels + around, axis=2)
        touching = both((low[:, :, None] <= high[:, None]) & (low[:, None] <= high[:, :, None]))
        touching[:, range(touching.shape[1]), range(touching.shape[1])] = False
        picture, person, other = np.nonzero(touching)
        nearest = np.fmax.reduce(scale, axis=2)[picture, other]
        return cls(picture, person, other, low[picture, other], high[picture, other], nearest)


def hidden_by_others(
    eye: Floats, joints: Floats, pixels: Floats, scale: Floats, capsules: Capsules, pairs: Pairs, furniture: Furniture
) -> Floats:
    """By what share joints are hidden by fixtures, walls and other people.

    Args:
        eye: Centre of the camera in `map`, metres, shape [3].
        joints: COCO-17 in `map`, metres, shape [3, 17, K, P]: of P people in K pictures.
        pixels: Where they are projected, shape [K, P, 17, 2]; NaN where they are not, and nothing is said of them.
        scale: Pixels a metre, shape [K, P, 17].
        capsules: Of the people.
        pairs: Of people who share some of a picture.
        furniture: Of the store.

    Returns:
        0 in full view to 1 hidden, shape [K, P, 17].
    """
    by_joint = np.zeros(joints.shape[1:])
    projected = np.moveaxis(np.isfinite(pixels[..., 0]), 2, 0)
    by_joint[projected] = furniture.hide(eye, joints[:, projected])
    hidden = np.ascontiguousarray(np.moveaxis(by_joint, 0, 2))

    there = pixels[pairs.picture, pairs.person]
    before = both((there >= pairs.low[:, None]) & (there <= pairs.high[:, None]))
    before &= scale[pairs.picture, pairs.person] < pairs.nearest[:, None]
    pair, joint = np.nonzero(before)
    picture, person, other = pairs.picture[pair], pairs.person[pair], pairs.other[pair]
    towards, hides = joints[:, joint, picture, person] - eye[:, None], np.zeros(len(pair))
    body = picture * joints.shape[3] + other
    for starts, ends, radii in capsules.each():  # of all at once, arrays would outgrow the processor's caches
        start, end = ((points.reshape(3, -1) - eye[:, None]).take(body, axis=1) for points in (starts, ends))
        np.maximum(hides, hidden_by_capsules(towards, start, end, radii[0].take(other)), out=hides)
    np.maximum.at(hidden, (picture, person, joint), hides)
    return hidden


def hidden_by_oneself(eye: Floats, joints: Floats, capsules: Capsules) -> Floats:
    """By what share joints are hidden by the own trunk and head; arguments and result as of `hidden_by_others`."""
    here = eye[:, None, None, None, None]
    hidden = np.zeros((*joints.shape[2:], joints.shape[1]))
    for behind, part in ((_BEHIND_TRUNK, TRUNK), (_BEHIND_HEAD, HEAD)):
        starts, ends = capsules.starts[:, None, part] - here, capsules.ends[:, None, part] - here
        shares = hidden_by_capsules(joints[:, behind, None] - here, starts, ends, capsules.radii[part])
        hidden[..., behind] = np.moveaxis(shares.max(axis=1), 0, 2)
    return hidden


def hidden_by_capsules(towards: Floats, starts: Floats, ends: Floats, radii: Floats) -> Floats:
    """By what share capsules hide joints.

    The nearest points of a line of sight and of a capsule's line are those of two segments (Ericson, Real-time
    collision detection, 2005, section 5.1.9).

    Args:
        towards: Joints as seen from the eye, metres, shape [3, ...].
        starts: One end of the capsules as seen from the eye, shape [3, ...].
        ends: The other.
        radii: Of the capsules, shape [...].

    Returns:
        Of the shape to which all but the first axes broadcast; NaN only where a point is NaN.
    """
    along = ends - starts
    a, e = _dot(towards, towards), np.maximum(_dot(along, along), 1e-12)
    b, c, f = _dot(towards, along), -_dot(towards, starts), -_dot(along, starts)
    sight = np.clip((b * f - c * e) / np.maximum(a * e - b * b, 1e-12), 0.0, 1.0)
    axis = np.clip((b * sight + f) / e, 0.0, 1.0)
    sight = np.clip((b * axis - c) / a, 0.0, 1.0)
    distance = np.sqrt(
        sum((start + axis * way - sight * aim) ** 2 for start, way, aim in zip(starts, along, towards, strict=True))
    )
    share = np.clip(0.5 + (radii - distance) / (2 * SOFT), 0.0, 1.0)
    hidden: Floats = np.where((1 - sight) * np.sqrt(a) > CLEAR, share, 0.0)
    return hidden


def _dot(one: Floats, other: Floats) -> Floats:
    dot: Floats = one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
    return dot
