"""The joints of everybody who is followed, in arrays."""

from __future__ import annotations

import numpy as np

from storegraph.units import NANOSECONDS

from .anatomy import SURE, Build, keep_lengths, largest_sigma, seat_lost, shorten, usual_sigma
from .association import GATE, Flags, Indices, Pairs
from .filtering import Floats, Motion, predict, step, update
from .model import TrackingSettings
from .modes import MODES, RESTING, Modes, combine
from .posture import stand, unsure
from .skeleton import Skeleton

TURNING = 0.1
"""Weight of the newest picture in the share of pictures that show a limb's sides the other way round."""

TURNED = 0.6
"""If it exceeds this, it is the figure whose sides are wrong. It does not when one of two cameras is always wrong, and
does after nine pictures that agree: a fraction of a second."""

FADING = 0.5
"""Seconds in which the confidence of a joint that is not seen falls to a third: a hand has moved on by then."""


TWISTING = 0.2
"""Seconds in which differences between the velocities of the trunk's joints fall to a third: shoulders and hips turn
about each other, and do not drift apart while they are hidden. The covariance is that of joints which move by
themselves: it says too much rather than too little."""


class Figures:
    """The joints of T people, at one moment.

    Attributes:
        mean: Position and velocity of the joints in `map`, shape [T, J, 6].
        covariance: Of those, shape [T, J, 6, 6].
        confidence: Of the joints, the root of the weight that the best picture had, shape [T, J]; 0 where a joint has
            not been seen since nothing was known of it.
        hands: Whether wrists rest or reach, K of them; what stands above is their mixture.
    """

    def __init__(self, skeleton: Skeleton, settings: TrackingSettings) -> None:
        self._skeleton = skeleton
        self._settings = settings
        self._stamp = 0
        joints = len(skeleton.joints)
        self.mean: Floats = np.zeros((0, joints, 6))
        self.covariance: Floats = np.zeros((0, joints, 6, 6))
        self.confidence: Floats = np.zeros((0, joints))
        self._swapped: Floats = np.zeros((0, skeleton.groups.shape[1]))
        self._build = Build.unknown(0, skeleton)
        self.hands: Modes = Modes.alike(self.covariance[:, skeleton.hands])
        self._others = np.setdiff1d(np.arange(joints), skeleton.hands)
        speeds, memories = skeleton.speed, skeleton.memory
        hand_speeds = np.stack((np.full(len(skeleton.hands), RESTING), speeds[skeleton.hands]), axis=1)
        self._speeds = np.concatenate((speeds[self._others], hand_speeds.ravel()))
        self._memories = np.concatenate((memories[self._others], memories[skeleton.hands].repeat(MODES)))

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def positions(self) -> Floats:
        """In `map`, metres, shape [T, J, 3]."""
        return self.mean[..., :3]

    @property
    def known(self) -> Flags:
        """Which joints have been seen and are not too uncertain, shape [T, J].

        A hand at rest is sure beside the trunk, and so only as long as anything is known of that.
        """
        known = (self.confidence > 0) & (largest_sigma(self.covariance) <= self._settings.lost_beyond)
        known[:, self._skeleton.hands] &= known[:, self._skeleton.trunk].any(axis=1, keepdims=True)
        return known

    def places(self) -> Floats:
        """Where everybody is on the floor, x and y of the trunk's middle, metres, shape [T, 2]."""
        places: Floats = self.mean[:, self._skeleton.trunk, :2].mean(axis=1)
        return places

    def misfit(self, positions: Floats) -> Floats:
        """How badly a body with these joints [J, 3] goes with everybody's build, as `Build.misfit` says; shape [T]."""
        return self._build.misfit(positions, self._skeleton)

    def predict(self, stamp: int) -> None:
        """Moves everybody on to a moment, nanoseconds since the Unix epoch, not before the last.

        Arms and legs swing about a body that moves: it is the difference from the trunk's velocity that they forget.
        The trunk's own joints forget it, too, and sooner. Hands rest or reach beside it.
        """
        seconds = (stamp - self._stamp) / NANOSECONDS
        self._stamp = stamp
        if seconds > 0 and len(self):
            trunk = self._skeleton.trunk
            walking = self.mean[:, trunk, 3:].mean(axis=1, keepdims=True)
            self.mean[..., 3:] -= walking
            twisting = self.mean[:, trunk, 3:]
            motion = Motion.of(seconds, self._speeds, self._memories)
            probability, *reaching = self.hands.interact(self.mean[:, self._skeleton.hands], seconds)
            everybody = slice(None)
            self._put_filters(everybody, probability, *predict(*self._filters(everybody, *reaching), motion))
            first = np.searchsorted(self._others, trunk[0])
            glide, damping = motion.glide[first], motion.damping[first]
            kept = np.exp(-seconds / TWISTING)
            self.mean[:, trunk, :3] += (TWISTING * (1 - kept) - glide) * twisting
            self.mean[:, trunk, 3:] = kept * twisting
            self.mean[..., :3] += glide * walking
            self.mean[..., 3:] += damping * walking
            self.confidence = self.confidence * np.exp(-seconds / FADING)

    def measure(self, pairs: Pairs) -> None:
        """Takes in where the joints of people are seen in the pictures of this moment.

        A picture that contradicts the others, when all have been taken in, is left out at that joint.
        """
        if not len(pairs.tracks):
            return
        people, first, row = np.unique(pairs.tracks, return_index=True, return_inverse=True)
        innovation = np.where(pairs.fits, pairs.innovation, 0.0)
        jacobian = np.where(pairs.fits, pairs.jacobian, 0.0)

        def told(agreeing: Flags) -> tuple[Floats, Floats]:
            """What these measurements tell of each person's joints, as `update` takes it."""
            across = jacobian * np.where(agreeing, 1 / pairs.variances, 0.0)
            information = (across[:, None] * jacobian).sum(axis=2)
            vector = (across * innovation).sum(axis=1)
            both = (np.add.reduceat(each, first, axis=-2) for each in (information, vector))
            information, vector = (each.transpose(-2, -1, *range(each.ndim - 2)) for each in both)
            return information, vector

        information, vector = told(pairs.fits)
        moved = step(self.covariance[people, :, :3, :3], information, vector).transpose(2, 0, 1).take(row, axis=1)
        left_over = innovation - (jacobian * moved[:, None]).sum(axis=0)
        agreeing = pairs.fits & ((left_over * left_over).sum(axis=0) <= GATE * pairs.variances)
        if (agreeing != pairs.fits).any():
            information, vector = told(agreeing)
        self._take_in(people, information, vector)
        best = np.sqrt(np.maximum.reduceat(np.where(agreeing, pairs.weights, 0.0), first))
        self.confidence[people] = np.maximum(self.confidence[people], best)
        pictures = np.diff(first, append=len(row))[:, None]
        self._mirror(people, pictures, np.add.reduceat(pairs.swapped, first, dtype=np.float64) / pictures)

    def hold_together(self, seen: Flags, seconds: float) -> None:
        """Keeps bodies whole and upright, and learns how they are built.

        Args:
            seen: Who is seen by some camera at about this time, shape [T].
            seconds: Since this was called before.
        """
        if not len(self):
            return
        people = np.flatnonzero(seen & unsure(self.covariance, self._skeleton))
        if people.size and seconds > 0:
            stand(self.mean, self.covariance, self._build, people, seconds, self._skeleton)
        known = self.known
        if not known.all():
            far_off = usual_sigma(self.covariance) > self._settings.lost_beyond
            lost = ~known & (~seen[:, None] | (self.confidence == 0) | far_off)
            self.confidence[lost] = 0.0
            seat_lost(self.mean, self.covariance, lost, self._skeleton)
            people, hand = np.nonzero(lost[:, self._skeleton.hands])
            seated = self.covariance[people, self._skeleton.hands[hand]]
            self.hands[people, hand] = Modes.alike(seated[None])[0]
        if seconds > 0:
            keep_lengths(self.mean, self.covariance, self._build, known, seconds, self._skeleton)
        shorten(self.mean, self.covariance, self._build.longest(self._skeleton), self._skeleton)
        self._build.learn(self.positions, known & (largest_sigma(self.covariance) <= SURE), self._skeleton)

    def add(self, positions: Floats, covariance: Floats, confidence: Floats) -> None:
        """Takes in a person, as the last one.

        Args:
            positions: Shape [J, 3]; NaN where unknown.
            covariance: Of the positions, shape [J, 3, 3].
            confidence: Shape [J].
        """
        mean, spread, confidence = self._newly_seen(positions, covariance, confidence)
        self.mean = np.concatenate((self.mean, mean))
        self.covariance = np.concatenate((self.covariance, spread))
        self.confidence = np.concatenate((self.confidence, confidence))
        self._swapped = np.concatenate((self._swapped, np.zeros((1, self._swapped.shape[1]))))
        self._build = self._build.joined(Build.unknown(1, self._skeleton))
        self.hands = self.hands.joined(Modes.alike(spread[:, self._skeleton.hands]))

    def put(self, person: int, positions: Floats, covariance: Floats, confidence: Floats) -> None:
        """Finds somebody again, whose build is known; the arguments are those of `add`."""
        mean, spread, confidence = self._newly_seen(positions, covariance, confidence)
        self.mean[person], self.covariance[person], self.confidence[person] = (mean[0], spread[0], confidence[0])
        self.hands[person] = Modes.alike(spread[:, self._skeleton.hands])[0]
        self._swapped[person] = 0.0

    def keep(self, people: Indices) -> None:
        """Forgets all but these people, indices in ascending order."""
        self.mean, self.covariance = self.mean[people], self.covariance[people]
        self.confidence, self._swapped = self.confidence[people], self._swapped[people]
        self._build = self._build.select(people)
        self.hands = self.hands[people]

    def _take_in(self, people: Indices, information: Floats, vector: Floats) -> None:
        """Takes in what pictures tell of some people's joints, shapes [P, J, 3, 3] and [P, J, 3]."""
        hands, others = self._skeleton.hands, self._others
        modes, of_hands = self.hands[people], information[:, hands]
        own, evidence = modes.expecting(of_hands, vector[:, hands])
        reaching = self.mean[people[:, None], hands][:, :, None] + modes.deviation, modes.covariance
        filters = self._filters(people, *reaching)
        shape = len(people), -1, 3
        of_modes = of_hands.repeat(MODES, axis=1)
        told = np.concatenate((information[:, others], of_modes), axis=1)
        mean, covariance, gained = update(
            *filters, told, np.concatenate((vector[:, others], own.reshape(shape)), axis=1)
        )
        evidence += gained[:, len(others) :].reshape(evidence.shape)
        self._put_filters(people, modes.weighed(evidence), mean, covariance)

    def _filters(self, people: Indices | slice, mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
        """All filters of some people, side by side: those of the joints but hands, and of hands in each mode.

        Args:
            people: Whose.
            mean: Of hands in each mode, shape [P, K, M, 6].
            covariance: Of those, shape [P, K, M, 6, 6].

        Returns:
            Means and covariances, shapes [P, J - K + K * M, 6] and [..., 6, 6].
        """
        others, size = self._others, len(mean)
        return (
            np.concatenate((self.mean[people][:, others], mean.reshape(size, -1, 6)), axis=1),
            np.concatenate((self.covariance[people][:, others], covariance.reshape(size, -1, 6, 6)), axis=1),
        )

    def _put_filters(self, people: Indices | slice, probability: Floats, mean: Floats, covariance: Floats) -> None:
        """The reverse of `_filters`; probability is that of the modes of hands."""
        count, shape = len(self._others), (*probability.shape, 6)
        modes = combine(probability, mean[:, count:].reshape(shape), covariance[:, count:].reshape(*shape, 6))
        whole = np.empty((len(mean), *self.mean.shape[1:])), np.empty((len(mean), *self.covariance.shape[1:]))
        for joints, others, hands in zip(whole, (mean, covariance), modes[:2], strict=True):
            joints[:, self._others] = others[:, :count]
            joints[:, self._skeleton.hands] = hands
        self.mean[people], self.covariance[people] = whole
        self.hands[people] = modes[2]

    def _mirror(self, people: Indices, pictures: Indices, swapped: Floats) -> None:
        """Exchanges left and right of limbs that most pictures show the other way round.

        Args:
            people: Who is in pictures of this moment.
            pictures: In how many, shape [P, 1].
            swapped: Share of these that show each group of their joints the other way round, shape [P, G].
        """
        self._swapped[people] += (1 - (1 - TURNING) ** pictures) * (swapped - self._swapped[people])
        for person, group in np.argwhere(self._swapped > TURNED).tolist():
            there = np.flatnonzero(self._skeleton.groups[:, group])
            here = self._skeleton.mirror[there]
            self.mean[person, there] = self.mean[person, here]
            self.covariance[person, there] = self.covariance[person, here]
            self.confidence[person, there] = self.confidence[person, here]
            self._swapped[person, group] = 0.0
            hand = np.flatnonzero(np.isin(self._skeleton.hands, there))
            other = np.searchsorted(self._skeleton.hands, self._skeleton.mirror[self._skeleton.hands[hand]])
            self.hands[person, hand] = self.hands[person, other]

    def _newly_seen(self, positions: Floats, covariance: Floats, confidence: Floats) -> tuple[Floats, Floats, Floats]:
        """The state of one person who is seen for the first time, shapes [1, J, 6], [1, J, 6, 6] and [1, J]."""
        unknown = ~np.isfinite(positions[:, 0])
        mean, spread = (np.zeros((1, len(positions), 6)), np.zeros((1, len(positions), 6, 6)))
        mean[0, :, :3] = np.where(unknown[:, None], np.nanmean(positions, axis=0), positions)
        spread[0, :, :3, :3] = np.where(unknown[:, None, None], np.eye(3), covariance)
        for axis in range(3, 6):
            spread[0, :, axis, axis] = self._skeleton.speed**2
        seat_lost(mean, spread, unknown[None], self._skeleton)
        return mean, spread, np.where(unknown, 0.0, confidence)[None]
