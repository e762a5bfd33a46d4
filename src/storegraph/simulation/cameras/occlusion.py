"""What hides joints from a camera: fixtures and walls, other people, the own trunk and head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import COCO_17

from ..performance import Floats
from .bodies import HEAD, TRUNK, capsules
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


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """M pairs of people who are near each other in a picture, one of them perhaps before the other.

    Attributes:
        picture: Indices, shape [M].
        person: Indices of the one, shape [M].
        other: Indices of the other, shape [M].
    """

    picture: NDArray[np.intp]
    person: NDArray[np.intp]
    other: NDArray[np.intp]

    @classmethod
    def near(cls, pixels: Floats, scale: Floats) -> Pairs:
        """Pairs whose bodies share some of a picture; each comes both ways round.

        Args:
            pixels: Of joints, shape [K, P, 17, 2]; NaN where not projected.
            scale: Pixels a metre, shape [K, P, 17].
        """
        low, high = _frame(pixels, scale)
        touching = (low[:, :, None] <= high[:, None]) & (low[:, None] <= high[:, :, None])
        picture, person, other = np.nonzero(touching.all(axis=3))
        different = person != other
        return cls(picture[different], person[different], other[different])


def hidden_by_others(
    eye: Floats, joints: Floats, pixels: Floats, scale: Floats, radii: Floats, pairs: Pairs, furniture: Furniture
) -> Floats:
    """By what share joints are hidden by fixtures, walls and other people.

    Args:
        eye: Centre of the camera in `map`, metres, shape [3].
        joints: In `map`, metres, shape [K, P, 17, 3]: pictures, people, joints of COCO-17.
        pixels: Where they are projected, shape [K, P, 17, 2]; NaN where they are not, and nothing is said of them.
        scale: Pixels a metre, shape [K, P, 17].
        radii: Of the capsules of each person, metres, shape [P, 12].
        pairs: Of people near each other.
        furniture: Of the store.

    Returns:
        0 in full view to 1 hidden, shape [K, P, 17].
    """
    hidden = np.zeros(scale.shape)
    projected = np.isfinite(pixels[..., 0])
    hidden[projected] = furniture.hide(eye, np.ascontiguousarray(joints[projected].T))

    low, high = _frame(pixels, scale)
    nearest = scale.max(axis=2, initial=0.0, where=projected)
    there = pixels[pairs.picture, pairs.person]
    within = (there >= low[pairs.picture, pairs.other, None]) & (there <= high[pairs.picture, pairs.other, None])
    farther = scale[pairs.picture, pairs.person] < nearest[pairs.picture, pairs.other, None]
    pair, joint = np.nonzero(within.all(axis=2) & farther)
    picture, person, other = pairs.picture[pair], pairs.person[pair], pairs.other[pair]
    starts, ends = (np.moveaxis(points, -1, 0) for points in capsules(joints[picture, other]))
    towards = (joints[picture, person, joint] - eye).T[:, :, None]
    shares = hidden_by_capsules(towards, starts - eye[:, None, None], ends - eye[:, None, None], radii[other])
    np.maximum.at(hidden, (picture, person, joint), shares.max(axis=1, initial=0.0))
    return hidden


def hidden_by_oneself(eye: Floats, joints: Floats, radii: Floats) -> Floats:
    """By what share joints are hidden by the own trunk and head; arguments and result as of `hidden_by_others`."""
    starts, ends = (
        np.moveaxis(points, -1, 0)[:, :, :, None] - eye[:, None, None, None, None] for points in capsules(joints)
    )
    towards = np.moveaxis(joints - eye, -1, 0)[..., None]
    hidden = np.zeros(joints.shape[:3])
    for behind, part in ((_BEHIND_TRUNK, TRUNK), (_BEHIND_HEAD, HEAD)):
        shares = hidden_by_capsules(towards[:, :, :, behind], starts[..., part], ends[..., part], radii[:, None, part])
        hidden[:, :, behind] = shares.max(axis=-1)
    return hidden


def _frame(pixels: Floats, scale: Floats) -> tuple[Floats, Floats]:
    """The least and the greatest x and y that bodies take up in pictures, shape [K, P, 2] each; inf where none."""
    projected = np.isfinite(pixels)
    around = BREADTH * scale[..., None]
    low = (pixels - around).min(axis=2, initial=np.inf, where=projected)
    high = (pixels + around).max(axis=2, initial=-np.inf, where=projected)
    return low, high


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
