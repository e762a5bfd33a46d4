"""WHO: from hands, or what is seen of the body, to the goods."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import Shoppers, WeightEvent
from storegraph.store.geometry import ScaleGeometry
from storegraph.units import NANOSECONDS

from .model import HandSettings, Presence


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the grasp may be from a joint.

    Attributes:
        length: Up to here it is as likely as at the joint, metres.
        sigma: Beyond, it falls off with this standard deviation, metres.
    """

    length: float
    sigma: float


LEFT_ARM = ("left_wrist", "left_elbow", "left_shoulder")
RIGHT_ARM = ("right_wrist", "right_elbow", "right_shoulder")
BODY = ("head", "nose", "neck", "left_shoulder", "right_shoulder")
"""Joints by their usefulness: the first that is seen speaks for the limb."""

REACH = {
    "wrist": Reach(0.10, 0.10),
    "elbow": Reach(0.35, 0.12),
    "shoulder": Reach(0.65, 0.15),
    "neck": Reach(0.75, 0.20),
    "nose": Reach(0.80, 0.20),
    "head": Reach(0.80, 0.20),
}
"""Palm, forearm and arm of an adult (segment lengths of Winter, Biomechanics and Motor Control of Human Movement, 4th
ed., table 4.1, for a stature of 1.75 m: hand 0.19, forearm 0.26, upper arm 0.33 m), with the spread between people
and postures."""


class HandEvidence:
    """Judges by how close each shopper's hands were to the scales that changed.

    Someone who did it had a hand within reach for as long as it lasted; the distances of someone who did not say
    nothing, and are spread evenly over the surroundings. Where no hand is seen, elbow and shoulder speak for it, with
    less certainty.

    Args:
        geometry: Where the scales' goods are.
        settings: What is assumed.
    """

    def __init__(self, geometry: ScaleGeometry, settings: HandSettings) -> None:
        self._geometry = geometry
        self._settings = settings

    def presences(self, event: WeightEvent, history: Sequence[Shoppers]) -> tuple[Presence, ...]:
        """How well everybody fits, and last the possibility that nobody seen did it.

        Args:
            event: The weight event.
            history: Snapshots in the order of time, around the event at least.
        """
        frames = self._frames(event, history)
        goods = self._geometry.select({change.scale for change in event.changes})
        people = tuple(self._presence(shopper_id, frames[shopper_id], goods) for shopper_id in sorted(frames))
        return (*people, Presence("", self._settings.untracked, math.nan))

    def _frames(self, event: WeightEvent, history: Sequence[Shoppers]) -> dict[str, list[_Frame]]:
        """Each shopper's frames during the event; where there are none, the nearest one within memory."""
        during: dict[str, list[_Frame]] = {}
        nearest: dict[str, _Frame] = {}
        begin, end = event.begin - self._settings.margin, event.end + self._settings.margin
        for snapshot in history:
            gap = max(begin - snapshot.stamp, snapshot.stamp - end, 0)
            if gap > self._settings.memory:
                continue
            for shopper in snapshot.shoppers:
                frame = _Frame(
                    snapshot.joints, shopper.positions, shopper.covariance, shopper.confidence, gap / NANOSECONDS
                )
                if gap == 0:
                    during.setdefault(shopper.shopper_id, []).append(frame)
                elif shopper.shopper_id not in nearest or frame.gap < nearest[shopper.shopper_id].gap:
                    nearest[shopper.shopper_id] = frame
        return {shopper_id: [frame] for shopper_id, frame in nearest.items()} | during

    def _presence(self, shopper_id: str, frames: list[_Frame], goods: ScaleGeometry) -> Presence:
        joints = [self._joints(frame, goods) for frame in frames]
        hands = [max(self._fit(LEFT_ARM, each), self._fit(RIGHT_ARM, each)) for each in joints]
        bodies = [self._fit(BODY, each) for each in joints]
        share = self._settings.misseen
        density = sum((1 - share) * hand + share * body for hand, body in zip(hands, bodies, strict=True)) / len(frames)
        nearer = [distance for each in joints if not math.isnan(distance := _nearer_hand(each))]
        return Presence(shopper_id, density * self._settings.room, sum(nearer) / len(nearer) if nearer else math.nan)

    def _joints(self, frame: _Frame, goods: ScaleGeometry) -> dict[str, tuple[float, float]]:
        """Distance to the goods, and standard deviation of the joint, metres, of every joint that is seen."""
        seen = np.isfinite(frame.positions).all(axis=1) & (frame.confidence >= self._settings.min_confidence)
        indices = np.flatnonzero(seen)
        if not indices.size:
            return {}
        distances = goods.distance_to_volumes(frame.positions[indices].astype(np.float64)).min(axis=1)
        variances = self._variances(frame)[indices] + (self._settings.speed * frame.gap) ** 2
        return {
            frame.joints[index]: (float(distance), math.sqrt(variance))
            for index, distance, variance in zip(indices.tolist(), distances.tolist(), variances.tolist(), strict=True)
        }

    def _variances(self, frame: _Frame) -> NDArray[np.float64]:
        """Mean variance over the three axes of each joint, square metres."""
        if not frame.covariance.size:
            return np.full(len(frame.joints), self._settings.joint_sigma**2)
        diagonal = frame.covariance[:, [0, 3, 5]].astype(np.float64).mean(axis=1)
        return np.where(np.isfinite(diagonal), diagonal, self._settings.joint_sigma**2)

    def _fit(self, limb: tuple[str, ...], joints: dict[str, tuple[float, float]]) -> float:
        """Density, per metre, of the best joint's distance, were it this limb's hand that moved the goods.

        The fall-off beyond the reach is a half-normal; within the reach the density is that of its top.
        """
        for name in limb:
            if name in joints:
                distance, sigma = joints[name]
                reach = REACH[name.rpartition("_")[2]]
                spread = math.hypot(reach.sigma, sigma)
                beyond = max(distance - reach.length, 0.0) / spread
                return math.exp(-0.5 * beyond * beyond) / (reach.length + spread * math.sqrt(math.pi / 2))
        return 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """One shopper in one snapshot; `gap` is the time to the event, seconds."""

    joints: tuple[str, ...]
    positions: NDArray[np.float32]
    covariance: NDArray[np.float32]
    confidence: NDArray[np.float32]
    gap: float


def _nearer_hand(joints: dict[str, tuple[float, float]]) -> float:
    """Distance of the nearer wrist, metres; NaN where neither is seen."""
    return min((joints[name][0] for name in ("left_wrist", "right_wrist") if name in joints), default=math.nan)
