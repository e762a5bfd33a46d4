"""How well detectors find people, where the truth is known, and how well two agree where it is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import process_time

import numpy as np
from numpy.typing import NDArray
from rich.table import Table
from scipy.optimize import linear_sum_assignment

from storegraph.observations import PersonKeypoints
from storegraph.vision.detector import PersonDetector

from .arms import WRISTS, forearms_turned
from .dataset import People
from .targets import SEEN

Floats = NDArray[np.float64]
Picture = NDArray[np.uint8]

BORDER = 4.0
"""Pixels from the picture's edge within which a joint counts as cut off."""

WRONG = 0.15
"""Mean error of the joints from which somebody who is reported is somebody else, as a share of the person's size: as
in docs/simulation.md."""

CLOSE = 0.05
"""Error within which a joint counts as right (PCK), as a share of the person's size: half a head."""

ASTRAY = 0.1
"""Error from which a wrist is somewhere else, as a share of the person's size: more than half a forearm."""

VISIBILITIES = ((0.85, 1.01), (0.5, 0.85), (0.2, 0.5))
"""From which to which share of their joints people are seen, who are told apart in tables."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Somebody who is in a picture, and what a detector makes of them.

    Attributes:
        visible: Share of the joints that are in the picture and hidden by nobody else.
        size: Of the joints' box, pixels.
        score: Of the one who is reported there; NaN where nobody is.
        errors: Of the joints that are visible, pixels; NaN where not found. Empty where nobody is reported.
        hanging: Errors of the wrists in plain view, which the own trunk does not hide either, of forearms that hang,
            as shares of the size.
        turned: Of forearms that do not.
    """

    visible: float
    size: float
    score: float
    errors: Floats
    hanging: Floats
    turned: Floats

    @property
    def found(self) -> bool:
        """Whether somebody is reported there."""
        return bool(np.isfinite(self.score))


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A detector on some pictures.

    Attributes:
        people: Who was to be found.
        surplus: How many were reported who are nobody.
        pictures: How many pictures there were.
        milliseconds: Of the processor, for each picture.
    """

    people: tuple[Seen, ...]
    surplus: int
    pictures: int
    milliseconds: Floats

    def recall(self, low: float, high: float) -> float:
        """Share of people found, of those with at least `low` and less than `high` of their joints visible."""
        among = [each.found for each in self.people if low <= each.visible < high]
        return float(np.mean(among)) if among else float("nan")

    def errors(self) -> Floats:
        """Of visible joints of people found, pixels, shape [N]; without those that were not found."""
        errors = np.concatenate([np.zeros(0), *(each.errors for each in self.people)])
        found: Floats = errors[np.isfinite(errors)]
        return found

    def right(self) -> float:
        """Share of the visible joints of people found that are right (PCK)."""
        right = np.concatenate([np.zeros(0), *(each.errors < CLOSE * each.size for each in self.people)])
        return float(right.mean()) if len(right) else float("nan")

    def astray(self, *, turned: bool) -> float:
        """Share of the wrists in plain view of people found that are somewhere else, or not found.

        Args:
            turned: Of forearms that do not hang, or of those that do.
        """
        errors = np.concatenate([np.zeros(0), *(each.turned if turned else each.hanging for each in self.people)])
        return float(1 - (errors < ASTRAY).mean()) if len(errors) else float("nan")


def judged(detector: PersonDetector, shown: Iterable[tuple[Picture, People]]) -> Judged:
    """What a detector makes of pictures, each looked at alone."""
    people: list[Seen] = []
    surplus, times = 0, []
    for pixels, expected in shown:
        begun = process_time()
        (reported,) = detector.detect([pixels])
        times.append(1000 * (process_time() - begun))
        seen, extra = matched(expected, reported, pixels.shape[1], pixels.shape[0])
        people += seen
        surplus += extra
    return Judged(tuple(people), surplus, len(times), np.array(times))


def matched(people: People, reported: Sequence[PersonKeypoints], width: int, height: int) -> tuple[list[Seen], int]:
    """Who is reported as whom: pairs with the least error, one to one.

    Args:
        people: Who is there.
        reported: By a detector.
        width: Of the picture, pixels.
        height: The same.

    Returns:
        Everybody who is visible enough to be in `VISIBILITIES`; and how many were reported who are nobody at all.
    """
    points = people.points.astype(np.float64)
    inside = np.asarray(((points > BORDER) & (points < np.array([width, height]) - BORDER)).all(axis=2), bool)
    visible = inside & (people.hidden < SEEN)
    sizes = [
        max(float(np.ptp(each[there], axis=0).max()), 1.0) if there.any() else 1.0
        for each, there in zip(points, inside, strict=True)
    ]
    errors = np.full((len(points), len(reported), points.shape[1]), np.nan)
    for column, person in enumerate(reported):
        errors[:, column] = np.where(visible, np.linalg.norm(person.points - points, axis=2), np.nan)
    pairs = _pairs(errors, np.array(sizes))
    seen = []
    for row, size in enumerate(sizes):
        share = float(visible[row].mean())
        if share < VISIBILITIES[-1][0]:
            continue
        if row in pairs:
            mine, turned = errors[row, pairs[row]], forearms_turned(points[row], size)
            plain = visible[row, WRISTS] & (people.own[row, WRISTS] < SEEN)
            hanging, reaching = (mine[WRISTS][plain & which] / size for which in (turned < 0, turned > 0))
            seen.append(Seen(share, size, reported[pairs[row]].score, mine[visible[row]], hanging, reaching))
        else:
            seen.append(Seen(share, size, float("nan"), *[np.zeros(0)] * 3))
    return seen, len(reported) - len(pairs)


def _pairs(errors: Floats, sizes: Floats) -> dict[int, int]:
    """Who is reported as whom, from errors of joints [P, R, 17], NaN where not counted, and people's sizes [P]."""
    counted = np.isfinite(errors).sum(axis=2)
    share = np.nansum(errors, axis=2) / np.maximum(counted, 1) / sizes[:, None]
    cost = np.where((counted > 0) & (share < WRONG), share, 1.0)
    rows, columns = linear_sum_assignment(cost)
    return {int(row): int(column) for row, column in zip(rows, columns, strict=True) if cost[row, column] < WRONG}


def judgement_table(title: str, judgements: Mapping[str, Judged]) -> Table:
    """Detectors beside each other. Where another's word stands for the truth, errors are distances from that."""
    table = Table("", *judgements, title=title)
    ones = list(judgements.values())
    table.add_row("people, pictures", *(f"{len(one.people)}, {one.pictures}" for one in ones))
    for low, high in VISIBILITIES:
        seen = f"{low:.0%} to {min(high, 1.0):.0%} of their joints seen"
        table.add_row(f"found, {seen}", *(f"{one.recall(low, high):.1%}" for one in ones))
    table.add_row("surplus, a picture", *(f"{one.surplus / max(one.pictures, 1):.2f}" for one in ones))
    for percent in (50, 90):
        table.add_row(f"joint error, {percent} %", *(f"{_percentile(one.errors(), percent):.1f} px" for one in ones))
    table.add_row(f"joints right to {CLOSE:.0%} of the size (PCK)", *(f"{one.right():.1%}" for one in ones))
    for arms, turned in (("forearm hangs", False), ("forearm turned", True)):
        table.add_row(f"wrists astray, {arms}", *(f"{one.astray(turned=turned):.1%}" for one in ones))
    table.add_row("processor, a picture", *(f"{np.median(one.milliseconds):.0f} ms" for one in ones))
    return table


def _percentile(values: Floats, percent: float) -> float:
    return float(np.percentile(values, percent)) if len(values) else float("nan")
