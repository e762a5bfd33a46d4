"""Kalman filters of many joints at once: where each is, how fast it moves, and how sure that is.

A joint's state is its position and velocity in `map`, metres and metres per second, in the order x, y, z, vx, vy, vz.
Its velocity forgets itself (an Ornstein-Uhlenbeck process, "integrated" for the position): over a short time that is
the constant-velocity model with white acceleration (Bar-Shalom, Li and Kirubarajan, Estimation with Applications to
Tracking and Navigation, 2001, section 6.2), and where nothing is measured for long, the joint comes to a halt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .inverse import adjugate

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """One step in time of the motion model, for joints of each kind.

    The transition of an axis is [[1, glide], [0, damping]].

    Attributes:
        glide: Seconds of its velocity that a joint moves on, shape [J]; or, as all, [J, M] where a joint may move in M
            ways.
        damping: Share of its velocity that it keeps, shape [J].
        position: Variance that comes to the position, square metres, shape [J].
        mixed: Covariance that comes between position and velocity, shape [J].
        velocity: Variance that comes to the velocity, shape [J].
    """

    glide: Floats
    damping: Floats
    position: Floats
    mixed: Floats
    velocity: Floats

    @classmethod
    def of(cls, seconds: float, speed: Floats, memory: Floats) -> Motion:
        """The step over a time.

        Args:
            seconds: How long, not negative.
            speed: Standard deviation of the velocity in the long run, metres per second, shape [J].
            memory: Time constant of the velocity, seconds, shape [J].
        """
        damping = np.exp(-seconds / memory)
        glide = memory * (1 - damping)
        variance = speed * speed
        return cls(
            glide=glide,
            damping=damping,
            position=variance * memory * (2 * (seconds - glide) - glide * glide / memory),
            mixed=variance * glide * glide / memory,
            velocity=variance * (1 - damping * damping),
        )


def predict(mean: Floats, covariance: Floats, motion: Motion) -> tuple[Floats, Floats]:
    """The state a step later.

    Args:
        mean: Shape [..., J, 6].
        covariance: Shape [..., J, 6, 6].
        motion: The step.

    Returns:
        New arrays of the same shapes.
    """
    glide, damping = motion.glide[..., None], motion.damping[..., None]
    moved = np.concatenate((mean[..., :3] + glide * mean[..., 3:], damping * mean[..., 3:]), axis=-1)
    glide, damping = glide[..., None], damping[..., None]
    place, cross, velocity = covariance[..., :3, :3], covariance[..., :3, 3:], covariance[..., 3:, 3:]
    slid = cross + glide * velocity
    spread = np.empty_like(covariance)
    spread[..., :3, :3] = place + glide * (np.swapaxes(cross, -1, -2) + slid)
    spread[..., :3, 3:] = damping * slid
    spread[..., 3:, :3] = np.swapaxes(spread[..., :3, 3:], -1, -2)
    spread[..., 3:, 3:] = damping * damping * velocity
    for axis in range(3):
        spread[..., axis, axis] += motion.position
        spread[..., axis, axis + 3] += motion.mixed
        spread[..., axis + 3, axis] += motion.mixed
        spread[..., axis + 3, axis + 3] += motion.velocity
    return moved, spread


def update(mean: Floats, covariance: Floats, information: Floats, vector: Floats) -> tuple[Floats, Floats, Floats]:
    """The state after joints have been seen in pictures: an extended Kalman filter's step in information form.

    All pictures of one moment are taken in together. That is the same as one after the other when none is linearised
    anew in between.

    Args:
        mean: Shape [..., 6].
        covariance: Shape [..., 6, 6].
        information: The sum of H' R^-1 H over the pictures, with H the derivatives of the pixels by the position and R
            the measurement's covariance, 1/m^2, shape [..., 3, 3].
        vector: The sum of H' R^-1 z, with z the innovation, pixels seen less pixels expected, 1/m, shape [..., 3].

    Returns:
        New mean and covariance, of the same shapes, and the evidence, shape [...]: the logarithm of the likelihood of
        what was seen, less what it would be if the joints were known to be where they are expected. With S = H P H' + R
        that is -(z' S^-1 z - z' R^-1 z + log(det S / det R)) / 2; the matrix inversion lemma makes it one of 3x3
        matrices.
    """
    inverse, determinant = _shrinking(covariance[..., :3, :3], information)
    shared = covariance[..., :3]
    gain = (shared @ inverse) @ np.concatenate((information, vector[..., None]), axis=-1)
    updated = covariance - gain[..., :3] @ covariance[..., :3, :]
    moved = gain[..., 3]
    evidence = ((moved[..., :3] * vector).sum(axis=-1) - np.log(determinant)) / 2
    return mean + moved, (updated + np.swapaxes(updated, -1, -2)) / 2, evidence


def step(place: Floats, information: Floats, vector: Floats) -> Floats:
    """How far an `update` moves joints, metres, shape [..., 3]; `place` [..., 3, 3] is their position's covariance."""
    inverse, _ = _shrinking(place, information)
    moved: Floats = (place @ (inverse @ vector[..., None]))[..., 0]
    return moved


def _shrinking(place: Floats, information: Floats) -> tuple[Floats, Floats]:
    """The inverse and the determinant of I + information P, by which a covariance P shrinks."""
    adjugates, determinant = adjugate(np.eye(3) + information @ place)
    return adjugates / determinant[..., None, None], determinant
