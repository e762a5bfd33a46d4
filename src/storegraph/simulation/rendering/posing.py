"""Brings a body at rest into the pose that joints say, so that the mesh's own joints are those joints.

A part of the body (`template.Part`) is moved by an affine map: it is turned as its bone, and stretched along it from
joint to joint. What bends between two parts is blended (linear blend skinning). The joints that Anny's regressor finds
in a blended mesh are linear in these maps; so they are had without the mesh, and what they miss is made up for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import COCO_17

from .template import Part

Floats = NDArray[np.float64]

CORRECTIONS = 3
"""How often what the joints miss is made up for: then all are within a millimetre but the face, which is rigid."""

FACE = slice(0, 5)
"""Nose, eyes, ears of `COCO_17`."""

_JOINT = {name: index for index, name in enumerate(COCO_17)}
_SHOULDERS, _ELBOWS, _WRISTS, _HIPS, _KNEES, _ANKLES = (
    (_JOINT[f"left_{name}"], _JOINT[f"right_{name}"]) for name in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
)
_SPINE = ((Part.LOINS, 0.2), (Part.WAIST, 0.45), (Part.RIBS, 0.75))
_NECK = ((Part.NAPE, 0.2), (Part.NECK, 0.5), (Part.THROAT, 0.8))
_ARMS = (Part.LEFT_UPPER_ARM, Part.RIGHT_UPPER_ARM)
_LEGS = (Part.LEFT_THIGH, Part.RIGHT_THIGH)

_UP = np.array([0.0, 0.0, 1.0])
_BACK = np.array([0.0, 1.0, 0.0])

_FLAT_FOOT = 0.02
"""Metres by which an ankle moves up before the heel leaves the floor."""


@dataclass(frozen=True, slots=True, eq=False)
class Rig:
    """A body at rest, as far as posing needs it.

    Attributes:
        joints: At rest, metres, shape [17, 3].
        regressed: The regressor's joints as a linear function of the parts' maps, shape [17, len(Part), 4].
        ankle_height: Of an ankle when the foot stands flat, metres.
        foot: From the ankle to the ball of the foot, metres.
    """

    joints: Floats
    regressed: Floats
    ankle_height: float
    foot: float

    @classmethod
    def of(cls, vertices: Floats, carried: Floats, regressor: Floats, ankle_height: float) -> Rig:
        """The rig of a mesh at rest.

        Args:
            vertices: Metres, x to the left, y backwards, z up, shape [V, 3].
            carried: Shares of the parts in the vertices, shape [V, len(Part)].
            regressor: Weights of the vertices in the joints, shape [17, V].
            ankle_height: Of an ankle when the foot stands flat, metres.
        """
        homogeneous = np.column_stack([vertices, np.ones(len(vertices))])
        regressed = np.einsum("kv,vp,vi->kpi", regressor, carried, homogeneous, optimize=True)
        joints = regressor @ vertices
        return cls(joints, regressed, ankle_height, foot=0.09 * float(np.ptp(vertices[:, 2])))

    def maps(self, joints: Floats) -> Floats:
        """The maps of all parts, shape [F, len(Part), 3, 4], so that the mesh's joints are these, shape [F, 17, 3]."""
        aims = joints
        for _ in range(CORRECTIONS):
            missed = joints - self.joints_by(self._towards(aims))
            missed[:, FACE] = missed[:, FACE].mean(axis=1, keepdims=True)
            aims = aims + missed
        return self._towards(aims)

    def joints_by(self, maps: Floats) -> Floats:
        """What Anny's regressor finds in the mesh moved by these maps, shape [F, 17, 3]."""
        found: Floats = np.einsum("kpi,fpji->fkj", self.regressed, maps, optimize=True)
        return found

    def _towards(self, joints: Floats) -> Floats:
        maps = np.empty((len(joints), len(Part), 3, 4))
        pelvis, chest = self._trunk(joints)
        maps[:, Part.PELVIS], maps[:, Part.CHEST] = pelvis, chest
        maps[:, Part.HEAD] = self._head(joints)
        for part, share in _SPINE:
            maps[:, part] = (1 - share) * pelvis + share * chest
        for part, share in _NECK:
            maps[:, part] = (1 - share) * chest + share * maps[:, Part.HEAD]
        for side in (0, 1):
            self._arm(maps, joints, side)
            self._leg(maps, joints, side)
        return maps

    def _trunk(self, joints: Floats) -> tuple[Floats, Floats]:
        """Pelvis and chest: both stretch along the trunk, and each to its own breadth."""
        rest = self.joints[None]
        hips, shoulders = _middle(joints, _HIPS), _middle(joints, _SHOULDERS)
        rest_hips, rest_shoulders = _middle(rest, _HIPS), _middle(rest, _SHOULDERS)
        up, rest_up = shoulders - hips, rest_shoulders - rest_hips
        stretch = _length(up) / _length(rest_up)
        maps = []
        for pair, at, rest_at in ((_HIPS, hips, rest_hips), (_SHOULDERS, shoulders, rest_shoulders)):
            across, rest_across = _across(joints, pair), _across(rest, pair)
            breadth = _length(across) / _length(rest_across)
            scales = np.stack((stretch, breadth, np.ones_like(breadth)), axis=-1)
            maps.append(_affine(_frame(up, across), scales, _frame(rest_up, rest_across), rest_at, at))
        return maps[0], maps[1]

    def _head(self, joints: Floats) -> Floats:
        """The rotation that fits the face best (Kabsch), at its mean."""
        face, rest = joints[:, FACE], self.joints[FACE]
        centre, rest_centre = face.mean(axis=1), rest.mean(axis=0)
        covariance = np.einsum("fkj,ki->fji", face - centre[:, None], rest - rest_centre)
        u, _, vt = np.linalg.svd(covariance)
        u[..., 2] *= np.linalg.det(u @ vt)[:, None]
        turn = u @ vt
        return np.concatenate((turn, (centre - turn @ rest_centre)[..., None]), axis=-1)

    def _arm(self, maps: Floats, joints: Floats, side: int) -> None:
        shoulder, elbow, wrist = _SHOULDERS[side], _ELBOWS[side], _WRISTS[side]
        upper, lower = joints[:, elbow] - joints[:, shoulder], joints[:, wrist] - joints[:, elbow]
        rest_upper = (self.joints[elbow] - self.joints[shoulder])[None]
        rest_lower = (self.joints[wrist] - self.joints[elbow])[None]
        rest_hinge = _unit(np.cross(rest_upper, rest_lower))
        hung = maps[:, Part.CHEST, :, :3]
        fallback = _carry(_unit(hung @ rest_upper[0]), _unit(upper), _unit(hung @ rest_hinge[0]))
        hinge = _hinge(upper, lower, fallback)
        part = _ARMS[side]
        maps[:, part] = self._bone(joints, shoulder, elbow, hinge, rest_hinge)
        maps[:, part + 1] = self._bone(joints, elbow, wrist, hinge, rest_hinge)
        hand = _affine(_frame(lower, hinge), np.ones((len(joints), 3)), _frame(rest_lower, rest_hinge))
        maps[:, part + 2] = _moved(hand, self.joints[wrist], joints[:, wrist])

    def _leg(self, maps: Floats, joints: Floats, side: int) -> None:
        hip, knee, ankle = _HIPS[side], _KNEES[side], _ANKLES[side]
        thigh, shin = joints[:, knee] - joints[:, hip], joints[:, ankle] - joints[:, knee]
        left = _unit(_across(joints, _HIPS))
        rest_left = np.array([[1.0, 0.0, 0.0]])
        # A knee bends backwards only, about an axis that points left: thigh x shin does then too.
        hinge = _hinge(thigh, shin, left)
        part = _LEGS[side]
        maps[:, part] = self._bone(joints, hip, knee, hinge, rest_left)
        maps[:, part + 1] = self._bone(joints, knee, ankle, hinge, rest_left)
        maps[:, part + 2] = self._foot(joints[:, ankle], shin, hinge, self.joints[ankle])

    def _bone(self, joints: Floats, near: int, far: int, hinge: Floats, rest_hinge: Floats) -> Floats:
        along, rest_along = joints[:, far] - joints[:, near], (self.joints[far] - self.joints[near])[None]
        scales = np.ones((len(joints), 3))
        scales[:, 0] = _length(along) / _length(rest_along)
        return _affine(
            _frame(along, hinge), scales, _frame(rest_along, rest_hinge), self.joints[[near]], joints[:, near]
        )

    def _foot(self, ankle: Floats, shin: Floats, hinge: Floats, rest_ankle: Floats) -> Floats:
        """Points where the knee bends to; its heel comes up with the ankle, its toes when the shin leans back."""
        ahead = np.cross(hinge, _UP)
        ahead = _unit(ahead * (1.0, 1.0, 0.0))
        lifted = np.clip((ankle[:, 2] - self.ankle_height - _FLAT_FOOT) / self.foot, 0.0, 0.8)
        leaning = np.clip((ahead * _unit(shin)).sum(axis=-1), 0.0, 0.5)  # the ankle is before the knee
        pitch = np.arcsin(lifted) * np.clip(1 - 2 * leaning, 0.0, 1.0) - 0.7 * leaning
        toes = np.cos(pitch)[:, None] * ahead - np.sin(pitch)[:, None] * _UP
        left = np.cross(_UP, ahead)
        turn = _frame(toes, left) @ np.swapaxes(_frame(-_BACK[None], np.array([[1.0, 0.0, 0.0]])), -1, -2)
        return _moved(turn, rest_ankle, ankle)


def _middle(joints: Floats, pair: tuple[int, int]) -> Floats:
    middle: Floats = joints[:, list(pair)].mean(axis=1)
    return middle


def _across(joints: Floats, pair: tuple[int, int]) -> Floats:
    """From right to left."""
    return joints[:, pair[0]] - joints[:, pair[1]]


def _length(vectors: Floats) -> Floats:
    length: Floats = np.linalg.norm(vectors, axis=-1)
    return length


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return unit


def _frame(along: Floats, beside: Floats) -> Floats:
    """Rotations whose columns are a direction, the part of another across it, and their cross product, [..., 3, 3]."""
    first = _unit(along)
    second = _unit(beside - (beside * first).sum(axis=-1, keepdims=True) * first)
    return np.stack((first, second, np.cross(first, second)), axis=-1)


def _hinge(near: Floats, far: Floats, fallback: Floats) -> Floats:
    """The axis about which two bones bend; that of the body where they are nearly straight."""
    bend = np.cross(_unit(near), _unit(far))
    bend = bend * np.sign((bend * fallback).sum(axis=-1, keepdims=True) + 1e-12)
    return _unit(bend + 0.15 * _unit(fallback))


def _carry(source: Floats, target: Floats, vectors: Floats) -> Floats:
    """Vectors turned by the smallest rotation that takes one unit vector to another (Rodrigues)."""
    axis = np.cross(source, target)
    cosine = (source * target).sum(axis=-1, keepdims=True)
    turned: Floats = (
        cosine * vectors
        + np.cross(axis, vectors)
        + axis * (axis * vectors).sum(axis=-1, keepdims=True) / np.maximum(1 + cosine, 1e-3)
    )
    return turned


def _affine(
    frame: Floats, scales: Floats, rest_frame: Floats, rest_at: Floats | None = None, at: Floats | None = None
) -> Floats:
    """Turns from a rest frame to a frame, stretched along its axes; with points given, takes one to the other."""
    linear: Floats = (frame * scales[:, None, :]) @ np.swapaxes(rest_frame, -1, -2)
    if rest_at is None or at is None:
        return linear
    return _moved(linear, rest_at, at)


def _moved(linear: Floats, rest_at: Floats, at: Floats) -> Floats:
    rest_at = np.broadcast_to(rest_at, at.shape)
    shift = at - (linear @ rest_at[..., None])[..., 0]
    return np.concatenate((linear, shift[..., None]), axis=-1)
