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

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """One step in time of the motion model, for joints of each kind.

    The transition of an axis is [[1, glide], [0, damping]].

    Attributes:
        glide: Seconds of its velocity that a joint moves on, shape [J].
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
    glide, damping = motion.glide[:, None], motion.damping[:, None]
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


def update(
    mean: Floats, covariance: Floats, innovation: Floats, jacobian: Floats, noise: Floats
) -> tuple[Floats, Floats]:
    """The state after a joint has been seen in a picture: an extended Kalman filter's step.

    Args:
        mean: Shape [K, 6].
        covariance: Shape [K, 6, 6].
        innovation: Where it was seen less where it was predicted, pixels, shape [K, 2].
        jacobian: Derivatives of the pixels by the position, shape [K, 2, 3].
        noise: Variance of the measurement along each axis of the picture, square pixels, shape [K].

    Returns:
        New arrays, shapes [K, 6] and [K, 6, 6].
    """
    shared = covariance[..., :3] @ np.swapaxes(jacobian, -1, -2)
    spread = jacobian @ shared[..., :3, :]
    xx, xy, yy = spread[..., 0, 0] + noise, spread[..., 0, 1], spread[..., 1, 1] + noise
    inverse = np.empty_like(spread)
    inverse[..., 0, 0], inverse[..., 1, 1] = yy, xx
    inverse[..., 0, 1] = inverse[..., 1, 0] = -xy
    inverse /= (xx * yy - xy * xy)[..., None, None]
    gain = shared @ inverse
    updated = covariance - gain @ np.swapaxes(shared, -1, -2)
    return (
        mean + (gain @ innovation[..., None])[..., 0],
        (updated + np.swapaxes(updated, -1, -2)) / 2,
    )
