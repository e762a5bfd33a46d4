"""Where joints were, by what was seen shortly afterwards as well: a fixed-lag smoother.

Cameras that are not in step take one picture at a time, and what the next ones show tells where a hand was, too. From
the last step of the filters within the lag, the recursion of Rauch, Tung and Striebel (Maximum likelihood estimates of
linear dynamic systems, AIAA Journal 3, 1965) goes back to the moment that is asked for.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from storegraph.units import NANOSECONDS

from .association import Flags
from .filtering import Floats, Motion
from .skeleton import Skeleton

TRUSTED = 0.75
"""Share of the covariance that later pictures take away, as far as is given out: a detector's errors last, and are in
these pictures, too. With all of it, errors of wrists near shelves are 1.24 times the standard deviation, with 0.75 as
large as it (root mean square; `storegraph simulate shopping --people 5 --arrivals 20 --seed 2`, 40 s, a lag of 0.2 s).
"""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What the filters did at one moment; J joints.

    Attributes:
        stamp: Nanoseconds since the Unix epoch.
        expected: Mean [R, J, 6] and covariance [R, J, 6, 6] before the pictures of the moment were taken in: those of
            the R people of the step before, in their order.
        people: Ids of the T people who are followed after it.
        mean: Of their joints, shape [T, J, 6].
        covariance: Shape [T, J, 6, 6].
        known: Which of their joints are known, shape [T, J].
    """

    stamp: int
    expected: tuple[Floats, Floats]
    people: tuple[str, ...]
    mean: Floats
    covariance: Floats
    known: Flags


class FixedLag:
    """Remembers the last steps of the filters.

    Args:
        lag: Nanoseconds after a moment that tell where joints were then.
        skeleton: Of the joints.
    """

    def __init__(self, lag: int, skeleton: Skeleton) -> None:
        self._lag = lag
        self._skeleton = skeleton
        self._steps: deque[Step] = deque()

    def note(self, step: Step) -> None:
        """Takes in the next step. None is forgotten while `smoothed` may be asked for one that the lag has passed."""
        self._steps.append(step)
        while len(self._steps) > 2 and self._steps[1].stamp < step.stamp - 2 * self._lag:
            self._steps.popleft()

    def smoothed(self, stamp: int) -> dict[str, tuple[Floats, Floats]]:
        """Where everybody's joints were at the moment of a step, by all steps until the lag after it.

        Returns:
            By id: positions in `map`, metres, shape [J, 3], and their covariance, square metres, shape [J, 3, 3]; empty
            where there was no step, or it is forgotten.
        """
        steps = [step for step in self._steps if stamp <= step.stamp <= stamp + self._lag]
        if not steps or steps[0].stamp != stamp:
            return {}
        mean, covariance = steps[-1].mean, steps[-1].covariance
        for before, after in zip(steps[-2::-1], steps[:0:-1], strict=True):
            mean, covariance = self._back(before, after, mean, covariance)
        covariance = steps[0].covariance + TRUSTED * (covariance - steps[0].covariance)
        return {person: (mean[row, :, :3], covariance[row, :, :3, :3]) for row, person in enumerate(steps[0].people)}

    def _back(self, before: Step, after: Step, mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
        """One step back, from where joints are by all that was seen: mean [T, J, 6] and covariance [T, J, 6, 6].

        The gain is that of each joint by itself. It is the same in every mode of a hand, as these differ by their noise
        alone. Whoever is not followed in both steps, and joints that are not known in both, stay as they were.
        """
        rows = {person: row for row, person in enumerate(after.people)}
        both = [(row, rows[person]) for row, person in enumerate(before.people) if person in rows]
        here, there = np.array(both, dtype=np.intp).reshape(-1, 2).T
        motion = Motion.of((after.stamp - before.stamp) / NANOSECONDS, self._skeleton.speed, self._skeleton.memory)
        expected, spread = (each[here] for each in after.expected)
        own = before.covariance[here]
        # F P, with F the transition: the gain is P F' times the inverse of the covariance expected.
        glide, damping = motion.glide[:, None, None], motion.damping[:, None, None]
        moved = np.concatenate((own[..., :3, :] + glide * own[..., 3:, :], damping * own[..., 3:, :]), axis=-2)
        gain = np.swapaxes(np.linalg.solve(spread, moved), -1, -2)
        gain *= (before.known[here] & after.known[there])[..., None, None]
        step = (gain @ (mean[there] - expected)[..., None])[..., 0]
        shrunk = gain @ (covariance[there] - spread) @ np.swapaxes(gain, -1, -2)
        mean, covariance = before.mean.copy(), before.covariance.copy()
        mean[here] += step
        covariance[here] += shrunk
        return mean, covariance
