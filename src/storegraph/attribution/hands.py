"""WHO: from hands, or what is seen of the body, to the goods."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import Shopper, Shoppers
from storegraph.store.geometry import ScaleGeometry
from storegraph.units import NANOSECONDS

from .model import HandSettings, Presence
from .sightings import Sightings

Floats = NDArray[np.float64]


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
    "elbow": Reach(0.35, 0.12),
    "shoulder": Reach(0.65, 0.15),
    "neck": Reach(0.75, 0.20),
    "nose": Reach(0.80, 0.20),
    "head": Reach(0.80, 0.20),
}
"""Forearm and arm of an adult (segment lengths of Winter, Biomechanics and Motor Control of Human Movement, 4th ed.,
table 4.1, for a stature of 1.75 m: hand 0.19, forearm 0.26, upper arm 0.33 m), with the spread between people and
postures."""

FARTHEST_LEARNT = 0.3
"""Metres; a wrist that is further away than one and a half hands teaches nothing of how hands reach."""

CLOSEST_LEARNT = 0.02
"""Metres; no wrist is known better than that (tracking.md)."""

MOST_LEARNT = 200
"""Movements after which what was learnt first begins to be forgotten: cameras get moved."""

LONGEST_STAYS = 5
"""Times `HandSettings.stays`; who was last seen before that is hardly there any more (0.7 %)."""

IMPOSSIBLE = 1e-9
"""Per metre: no distance is less likely than that, as a tracker may err by any amount."""


class HandEvidence:
    """Judges by how close each shopper's hands were to the scales that changed.

    Someone who did it had a hand within reach at the moment in which the goods moved; the distances of someone who did
    not say nothing, and are spread evenly over the surroundings. Which moment of the event that was is not known, and
    any may have been it: what each frame says is averaged. Where no hand is seen, elbow and shoulder speak for it, with
    less certainty. A frame in which nothing is known of somebody says nothing: trackers lose sight of those above all
    who bend into a shelf.

    How far wrists are from the goods that they move depends on a store's shelves and on its tracker, so it is learnt.
    The tracker's errors are part of what is learnt, so a joint's own covariance counts where it says more than that,
    and is not added to it.

    Args:
        geometry: Where the scales' goods are.
        settings: What is assumed.
    """

    def __init__(self, geometry: ScaleGeometry, settings: HandSettings) -> None:
        self._geometry = geometry
        self._settings = settings
        self._learnt = float(settings.learning)
        self._squares = settings.learning * settings.wrist**2

    def learn(self, hand_distance: float) -> None:
        """Takes in how far the nearer wrist was in a movement that leaves no doubt who made it, metres."""
        if hand_distance <= FARTHEST_LEARNT:
            self._learnt += 1
            self._squares += hand_distance**2
            if self._learnt > MOST_LEARNT:
                self._squares *= MOST_LEARNT / self._learnt
                self._learnt = MOST_LEARNT

    def presences(
        self,
        scales: Collection[str],
        begin: int,
        end: int,
        sightings: Sightings,
        inside: Set[str],
        *,
        counted: bool = False,
    ) -> tuple[Presence, ...]:
        """How well everybody fits, and last the possibility that nobody seen did it.

        Args:
            scales: That changed.
            begin: Of the change, nanoseconds.
            end: Of the change, nanoseconds.
            sightings: Of the time around it at least.
            inside: Shoppers who are in the store, seen or not.
            counted: Whether these are all, by what gates tell.
        """
        frames = self._frames(begin, end, sightings)
        goods = self._geometry.select(scales)
        people = [self._presence(shopper_id, frames[shopper_id], goods) for shopper_id in sorted(frames)]
        lost = [
            Presence(shopper_id, self._unseen(shopper_id, begin, sightings, goods), math.nan)
            for shopper_id in sorted(inside - frames.keys())
            if begin - (sightings.last_seen(shopper_id) or begin) <= self._settings.hidden
        ]
        untracked = self._settings.untracked
        if counted and inside <= frames.keys():
            untracked *= self._settings.uncounted
        return (*people, *lost, Presence("", untracked, math.nan))

    def _frames(self, begin: int, end: int, sightings: Sightings) -> dict[str, list[_Frame]]:
        """Each shopper's frames during the event; where nothing is known of them then, the nearest one known."""
        during: dict[str, list[_Frame]] = {}
        begin, end = begin - self._settings.margin, end + self._settings.margin
        for snapshot, shopper in sightings.between(begin, end):
            if self._known(snapshot, shopper):
                during.setdefault(shopper.shopper_id, []).append(_Frame(snapshot, shopper, 0.0))
        nearest: dict[str, _Frame] = {}
        memory = self._settings.memory
        for snapshot, shopper in sightings.between(begin - memory, end + memory):
            if shopper.shopper_id in during or not self._known(snapshot, shopper):
                continue
            gap = max(begin - snapshot.stamp, snapshot.stamp - end) / NANOSECONDS
            if shopper.shopper_id not in nearest or gap < nearest[shopper.shopper_id].gap:
                nearest[shopper.shopper_id] = _Frame(snapshot, shopper, gap)
        return {shopper_id: [frame] for shopper_id, frame in nearest.items()} | during

    def _unseen(self, shopper_id: str, begin: int, sightings: Sightings, goods: ScaleGeometry) -> float:
        """How well somebody fits who has not been seen for some time.

        They have stayed where they were, or may be anywhere: then nothing speaks for them, and nothing against.
        """
        stays = self._settings.stays
        lately = sightings.between(begin - LONGEST_STAYS * stays, begin)
        known = [pair for pair in lately if pair[1].shopper_id == shopper_id and self._known(*pair)]
        if not known:
            return 1.0
        snapshot, shopper = known[-1]
        stayed = math.exp((snapshot.stamp - begin) / stays)
        where = self._distances([_Frame(snapshot, shopper, 0.0)], goods)
        return stayed * self._settings.room * float(self._fit(BODY, where)[0]) + 1 - stayed

    def _known(self, snapshot: Shoppers, shopper: Shopper) -> bool:
        """Whether anything is known of where somebody's hands may be."""
        columns = [column for _, column in _joints_that_speak(snapshot.joints)]
        seen = shopper.confidence[columns] >= self._settings.min_confidence
        return bool((seen & ~np.isnan(shopper.positions[columns, 0])).any())

    def _presence(self, shopper_id: str, frames: list[_Frame], goods: ScaleGeometry) -> Presence:
        settings = self._settings
        if not settings.trajectories:
            frames = frames[-1:]
        seen = self._distances(frames, goods)
        density = settings.misseen * self._fit(BODY, seen)
        if settings.trajectories:
            density += (1 - settings.misseen) * np.maximum(self._fit(LEFT_ARM, seen), self._fit(RIGHT_ARM, seen))
        ratio = settings.room * max(float(density.mean()), IMPOSSIBLE)
        wrists = [seen.names.index(name) for name in ("left_wrist", "right_wrist") if name in seen.names]
        nearer = np.fmin.reduce(seen.metres[:, wrists], axis=1) if wrists else np.array([math.nan])
        nearer = nearer[~np.isnan(nearer)]
        return Presence(shopper_id, ratio, float(nearer.mean()) if nearer.size else math.nan)

    def _distances(self, frames: Sequence[_Frame], goods: ScaleGeometry) -> _Distances:
        """How far the joints that speak are from the goods, in the frames that have the joints of the first."""
        joints = frames[0].snapshot.joints
        frames = [frame for frame in frames if frame.snapshot.joints == joints]
        speaking = _joints_that_speak(joints)
        names, columns = [name for name, _ in speaking], [column for _, column in speaking]
        positions = np.array([frame.shopper.positions[columns] for frame in frames], np.float64)
        metres = goods.distance_to_volumes(positions.reshape(-1, 3)).min(axis=1).reshape(positions.shape[:2])
        confident = np.array([frame.shopper.confidence[columns] for frame in frames]) >= self._settings.min_confidence
        return _Distances(names, np.where(confident, metres, np.nan), self._variances(frames)[:, columns])

    def _variances(self, frames: Sequence[_Frame]) -> Floats:
        """Variance of each joint along an axis, with what it may have moved since, square metres, shape [frame, J]."""
        assumed = self._settings.joint_sigma**2
        moved = np.array([[(self._settings.speed * frame.gap) ** 2] for frame in frames])
        known = np.full((len(frames), len(frames[0].snapshot.joints)), assumed)
        if all(frame.shopper.covariance.size for frame in frames):
            covariances = np.array([frame.shopper.covariance for frame in frames], np.float64)
            diagonal = covariances[..., [0, 3, 5]].mean(axis=-1)
            known = np.where(np.isfinite(diagonal), diagonal, assumed)
        variances: Floats = known + moved
        return variances

    def _fit(self, limb: Sequence[str], distances: _Distances) -> Floats:
        """Density, per metre, of the distance of a limb's best joint in each frame, were it this one that did it.

        The fall-off beyond the reach is a half-normal; within the reach the density is that of its top.
        """
        density = np.zeros(len(distances.metres))
        unseen = np.ones(len(distances.metres), bool)
        for name in limb:
            if name not in distances.names:
                continue
            column, reach = distances.names.index(name), self._reach(name)
            metres = distances.metres[:, column]
            seen = unseen & ~np.isnan(metres)
            spread = np.maximum(reach.sigma, np.sqrt(distances.variances[:, column]))
            beyond = np.maximum(metres - reach.length, 0.0) / spread
            fitting = np.exp(-0.5 * beyond * beyond) / (reach.length + spread * math.sqrt(math.pi / 2))
            density = np.where(seen, fitting, density)
            unseen &= ~seen
        return density

    def _reach(self, joint: str) -> Reach:
        kind = joint.rpartition("_")[2]
        if kind == "wrist":
            return Reach(0.0, max(math.sqrt(self._squares / self._learnt), CLOSEST_LEARNT))
        return REACH[kind]


@cache
def _joints_that_speak(joints: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """The joints that tell of hands, of those that a tracker gives, each with its place among them."""
    return tuple((name, joints.index(name)) for name in dict.fromkeys((*LEFT_ARM, *RIGHT_ARM, *BODY)) if name in joints)


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """One shopper in one snapshot; `gap` is the time to the event, seconds."""

    snapshot: Shoppers
    shopper: Shopper
    gap: float


@dataclass(frozen=True, slots=True, eq=False)
class _Distances:
    """Metres from the named joints of one shopper to goods, NaN where not known, and variances, shape [frame, name]."""

    names: list[str]
    metres: Floats
    variances: Floats
