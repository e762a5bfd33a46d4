"""What is known of a body beforehand: its joints, how they hang together, how fast they move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import COCO_17

BODY_25 = (
    "nose",
    "neck",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "hip",
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_eye",
    "left_eye",
    "right_ear",
    "left_ear",
    "left_big_toe",
    "left_small_toe",
    "left_heel",
    "right_big_toe",
    "right_small_toe",
    "right_heel",
)
"""Joints in OpenPose's order (Cao et al., TPAMI 2021); its `MidHip` is `hip`."""

HALPE_26 = (
    *COCO_17,
    "head",
    "neck",
    "hip",
    "left_big_toe",
    "right_big_toe",
    "left_small_toe",
    "right_small_toe",
    "left_heel",
    "right_heel",
)
"""Joints in the order of Halpe full body (Li et al., CVPR 2020), without hands and face."""

TALLEST = 2.1
"""Metres; limits of length are those of a body of this stature."""

_BONES = (
    ("left_hip", "right_hip", 0.24),
    ("left_shoulder", "right_shoulder", 0.30),
    ("left_shoulder", "left_hip", 0.36),
    ("right_shoulder", "right_hip", 0.36),
    ("neck", "left_shoulder", 0.18),
    ("neck", "right_shoulder", 0.18),
    ("hip", "left_hip", 0.14),
    ("hip", "right_hip", 0.14),
    ("left_elbow", "left_shoulder", 0.22),
    ("right_elbow", "right_shoulder", 0.22),
    ("left_wrist", "left_elbow", 0.18),
    ("right_wrist", "right_elbow", 0.18),
    ("left_knee", "left_hip", 0.29),
    ("right_knee", "right_hip", 0.29),
    ("left_ankle", "left_knee", 0.29),
    ("right_ankle", "right_knee", 0.29),
    ("nose", "left_shoulder", 0.28),
    ("nose", "right_shoulder", 0.28),
    ("left_ear", "left_shoulder", 0.26),
    ("right_ear", "right_shoulder", 0.26),
    ("left_eye", "nose", 0.08),
    ("right_eye", "nose", 0.08),
    ("head", "nose", 0.20),
    ("left_heel", "left_ankle", 0.08),
    ("right_heel", "right_ankle", 0.08),
    ("left_big_toe", "left_ankle", 0.17),
    ("right_big_toe", "right_ankle", 0.17),
    ("left_small_toe", "left_ankle", 0.17),
    ("right_small_toe", "right_ankle", 0.17),
)
"""The farther joint, the nearer one, and the longest distance between them as a share of the stature, from the trunk
outwards. Segment lengths of Winter, Biomechanics and Motor Control of Human Movement, 4th ed., figure 4.1 (upper arm
0.186, forearm 0.146, thigh 0.245, shank 0.246, biacromial breadth 0.259, hips 0.191, trunk 0.288), and a fifth more for
the spread between people and for where networks see a joint."""


@dataclass(frozen=True, slots=True)
class _Mobility:
    """How a joint moves: a velocity that forgets itself (an Ornstein-Uhlenbeck process); of limbs, beside the trunk's.

    Attributes:
        speed: Its standard deviation along an axis, metres per second.
        memory: Its time constant, seconds.
    """

    speed: float
    memory: float


_TRUNK = _Mobility(0.7, 1.0)
_LIMB = _Mobility(0.6, 0.35)
_END = _Mobility(0.8, 0.25)
"""A trunk walks at 1 to 1.5 m/s and turns within a second; limbs move about the trunk. Feet and hands are faster at
times (Winter, as above, table 3.1 of a walking step), and are followed all the same, as they keep it up for a quarter
of a second only. With 2 m/s, what a detector gets wrong is taken for motion: wrists near shelves were 75 mm off, with
0.6 m/s 57 mm and with 0.45 m/s 55 mm (median; `storegraph simulate shopping --people 5 --arrivals 20 --seed 2`, the
first 25 s); in a crowd they were 78, 75 and 79 mm off. Below 0.8 m/s a hand that reaches lags: of people who stroll and
swing their arms (`pytest test/tracking/test_multi_view_tracker.py -k wrists`) the wrists' error has a long tail."""

_MOBILITY = {"elbow": _LIMB, "knee": _LIMB, "wrist": _END, "ankle": _END, "toe": _END, "heel": _END}

_LIMBS = ("elbow", "wrist", "knee", "ankle")
"""The farther ends of upper and lower arms and legs."""

_SIGMAS = {
    "eye": 0.025,
    "nose": 0.026,
    "ear": 0.035,
    "head": 0.035,
    "wrist": 0.062,
    "elbow": 0.072,
    "shoulder": 0.079,
    "neck": 0.079,
    "knee": 0.087,
    "ankle": 0.089,
    "heel": 0.089,
    "toe": 0.089,
    "hip": 0.107,
}
"""By how much people who mark the same joint differ, as a share of the root of a person's outline: the constants of
COCO's object keypoint similarity (https://cocodataset.org/#keypoints-eval). Joints that COCO does not have are given
those of the nearest one."""

_GROUPS = ({"eye", "ear"}, {"shoulder", "elbow", "wrist"}, {"hip", "knee", "ankle", "toe", "heel"})
"""Joints whose left and right are mistaken together."""


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """What is known of the joints of one detector; J of them, B bones, G groups.

    Attributes:
        joints: Names.
        mirror: Index of the same joint of the other side, itself where there is none; shape [J].
        groups: 1 where a joint belongs to a group that is mistaken together, shape [J, G]; the last group holds the
            joints without a side.
        bones: Indices of the farther and the nearer joint, from the trunk outwards, shape [B, 2].
        longest: Of each bone, metres, shape [B].
        limbs: Indices of those bones that are upper and lower arms and legs, shape [L]; no two of them begin or end at
            the same joint.
        hands: Indices of the wrists, shape [K].
        trunk: Indices of the joints whose mean is where the person is: hips and shoulders.
        speed: Standard deviation of each joint's velocity along an axis, beside the trunk's, metres per second, shape
            [J].
        memory: Time constant of that velocity, seconds, shape [J].
        blur: How much less exactly each joint is seen than those of COCO-17 on the whole, a ratio, shape [J]: 0.35 of
            an eye, 1.5 of a hip; 1 of a joint that nothing is known of.
    """

    joints: tuple[str, ...]
    mirror: NDArray[np.intp]
    groups: NDArray[np.float64]
    bones: NDArray[np.intp]
    longest: NDArray[np.float64]
    limbs: NDArray[np.intp]
    hands: NDArray[np.intp]
    trunk: NDArray[np.intp]
    speed: NDArray[np.float64]
    memory: NDArray[np.float64]
    blur: NDArray[np.float64]

    @classmethod
    def of(cls, joints: tuple[str, ...]) -> Skeleton:
        """The skeleton of the joints with these names; a joint of another name hangs on nothing."""
        index = {joint: position for position, joint in enumerate(joints)}
        kinds = [_kind(joint) for joint in joints]
        sided = [joint.startswith(("left_", "right_")) for joint in joints]
        bones = [(index[far], index[near], share) for far, near, share in _BONES if far in index and near in index]
        groups = [
            [float(side and kind in group) for group in _GROUPS] + [float(not side)]
            for side, kind in zip(sided, kinds, strict=True)
        ]
        moving = [_MOBILITY.get(kind, _TRUNK) for kind in kinds]
        return cls(
            joints=joints,
            mirror=np.array([index.get(_other_side(joint), index[joint]) for joint in joints], dtype=np.intp),
            groups=np.array(groups),
            bones=np.array([bone[:2] for bone in bones], dtype=np.intp).reshape(-1, 2),
            longest=np.array([TALLEST * bone[2] for bone in bones]),
            limbs=np.array([i for i, (far, _, _) in enumerate(bones) if kinds[far] in _LIMBS], dtype=np.intp),
            hands=np.array([i for i, kind in enumerate(kinds) if kind == "wrist"], dtype=np.intp),
            trunk=np.array([i for i, kind in enumerate(kinds) if kind in ("hip", "shoulder")], dtype=np.intp),
            speed=np.array([mobility.speed for mobility in moving]),
            memory=np.array([mobility.memory for mobility in moving]),
            blur=np.array([_SIGMAS.get(kind, _USUAL_SIGMA) for kind in kinds]) / _USUAL_SIGMA,
        )


def _kind(joint: str) -> str:
    """A joint's name without its side."""
    return joint.rpartition("_")[2]


_USUAL_SIGMA = float(np.sqrt(np.mean([_SIGMAS[_kind(joint)] ** 2 for joint in COCO_17])))
"""Of COCO-17 on the whole, a root mean square: 0.072."""


def _other_side(joint: str) -> str:
    side, _, kind = joint.partition("_")
    return {"left": f"right_{kind}", "right": f"left_{kind}"}.get(side, joint)
