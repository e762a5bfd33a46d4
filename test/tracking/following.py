"""Follows made-up people with the tracker, and compares with the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment
from walkers import LEFT_WRIST, RIGHT_WRIST, SECOND, START, STORE, Cameras, Floats

from storegraph.observations import COCO_17, Shopper, Shoppers, ShopperState
from storegraph.tracking.tracker import MultiViewTracker

RATE = 15
"""Pictures of a camera a second."""

CLOSE = 0.4
"""Metres, mean over the joints: a shopper farther from the truth is not that person."""

NOBODY = 1e6
"""Cost of a pair that is none, against metres."""

KEPT = 100.0
"""By so much, metres, a pair of before comes before a new one."""


@dataclass
class Report:
    """How people were followed.

    Attributes:
        ids: Of each person, those under which it was followed, in the order of time.
        missed: Moments at which a person was there and not followed.
        invented: Moments at which somebody was followed who was not there, or who was there twice.
        errors: Distance of every joint that is known, metres.
        wrists: The same of the wrists alone.
        normalised: Squared errors of every joint that is known, by their covariance.
        moments: That were compared.
    """

    ids: dict[int, list[str]] = field(default_factory=dict)
    missed: int = 0
    invented: int = 0
    errors: list[float] = field(default_factory=list)
    wrists: list[float] = field(default_factory=list)
    normalised: list[float] = field(default_factory=list)
    moments: int = 0

    @property
    def switches(self) -> int:
        """How often somebody became somebody else."""
        return sum(len(ids) - 1 for ids in self.ids.values())

    def compare(self, shoppers: Shoppers, truth: Floats) -> None:
        """Takes in a moment; truth has shape [person, 17, 3].

        Shoppers and people closer than `CLOSE` are paired, as near as can be on the whole; a pair that is still close
        stays one, as in CLEAR MOT (Bernardin and Stiefelhagen, 2008). Whom no camera sees is where they were expected,
        maybe nearer to somebody else than to themselves: who they are is asked when they are seen again.
        """
        followed = [each for each in shoppers.shoppers if each.state is not ShopperState.TENTATIVE]
        costs = np.array(
            [[self._cost(person, each, joints) for each in followed] for person, joints in enumerate(truth)]
        )
        rows, columns = linear_sum_assignment(costs.reshape(len(truth), len(followed)))
        pairs = [(row, column) for row, column in zip(rows, columns, strict=True) if costs[row, column] < NOBODY]
        for person, column in pairs:
            self._note(person, followed[column], truth[person])
        self.missed += len(truth) - len(pairs)
        self.invented += len(followed) - len(pairs)
        self.moments += 1

    def _cost(self, person: int, shopper: Shopper, joints: Floats) -> float:
        distance = _distance(shopper, joints)
        if distance > CLOSE:
            return NOBODY
        return distance - KEPT * (self.ids.get(person, [""])[-1] == shopper.shopper_id)

    def _note(self, person: int, shopper: Shopper, joints: Floats) -> None:
        ids = self.ids.setdefault(person, [])
        if shopper.state is ShopperState.TRACKED and ids[-1:] != [shopper.shopper_id]:
            ids.append(shopper.shopper_id)
        known = np.flatnonzero(np.isfinite(shopper.positions[:, 0]))
        error = shopper.positions.astype(np.float64) - joints
        self.errors += np.linalg.norm(error[known], axis=1).tolist()
        self.wrists += [float(np.linalg.norm(error[joint])) for joint in (LEFT_WRIST, RIGHT_WRIST) if joint in known]
        covariance = shopper.covariance[known][:, [0, 1, 2, 1, 3, 4, 2, 4, 5]].reshape(-1, 3, 3).astype(np.float64)
        self.normalised += np.einsum("ja,jab,jb->j", error[known], np.linalg.inv(covariance), error[known]).tolist()


def _distance(shopper: Shopper, joints: Floats) -> float:
    known = np.isfinite(shopper.positions[:, 0])
    if not known.any():
        return np.inf
    return float(np.linalg.norm(shopper.positions[known] - joints[known], axis=1).mean())


def root_mean_square(errors: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(errors))))


def pictures(cameras: Cameras, seconds: float, together: bool = True) -> Iterator[tuple[float, dict[str, Floats]]]:
    """What is seen: moments in seconds and, by camera, detections.

    Args:
        cameras: Who sees.
        seconds: How long.
        together: Whether cameras take their pictures at one moment, or one after the other.
    """
    names = sorted(cameras.models)
    for number in range(int(seconds * RATE)):
        if together:
            yield number / RATE, {name: cameras.see(name, number / RATE) for name in names}
        else:
            for place, name in enumerate(names):
                moment = (number + place / len(names)) / RATE
                yield moment, {name: cameras.see(name, moment)}


def follow(
    cameras: Cameras,
    seconds: float,
    together: bool = True,
    blind: Callable[[str, float], bool] = lambda camera, moment: False,
) -> Report:
    """Follows everybody, and compares every moment from the second second on, when those inside are taken for people.

    Args:
        cameras: Who sees whom.
        seconds: How long.
        together: As of `pictures`.
        blind: Whether a camera sees nobody at a moment.
    """
    tracker, report = MultiViewTracker(STORE.cameras, COCO_17, gates=STORE.gates), Report()
    for moment, seen in pictures(cameras, seconds, together):
        left = {name: people[:0] if blind(name, moment) else people for name, people in seen.items()}
        shoppers = tracker.update(START + round(moment * SECOND), left)
        if moment >= 2.0:
            report.compare(shoppers, cameras.truth(moment))
    return report
