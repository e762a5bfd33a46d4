"""All scales of one stream at once: their levels, their noise, and the few that are on the move."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import ScaleCondition
from storegraph.units import NANOSECONDS

from .changes import Departure, Floats, Outcome
from .excursions import Excursion
from .faults import ConditionChange, Health
from .history import History
from .model import PlateChange, WeighingSettings
from .noise import WINDOW, NoiseModel, median
from .plateaus import LONGEST_PLATEAU, Plateau, outcome_of, pressed
from .stream import Block, hold

LAG = WINDOW + 1
"""Blocks by which the level follows the readings: no sample of the present window is in the level that it is compared
with."""

RAW_MEMORY = 4.0
"""Readings kept to look for the begin of a change in, seconds; the begin of a slower one is known to a block."""

LONGEST_LOOK_BACK = 60
"""Blocks of levels kept (9 s): longer than a slow pick-up, so that a neighbour's level before it is known."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a scale is from an earlier level.

    Attributes:
        column: Which scale of the stream.
        delta: Grams.
        sigma: Standard error of `delta`, grams.
        most: How far it has been from that level since, grams.
    """

    column: int
    delta: float
    sigma: float
    most: float


@dataclass(frozen=True, slots=True)
class Youth:
    """A level that does not follow the readings yet, or follows them faster than others because it rests on few.

    Attributes:
        since: Number of the block in which it was set.
        support: How many independent readings it rested on then.
    """

    since: int
    support: float


INSIDE, MEAN, READING, LEVEL = range(4)
"""What is kept of a block: the variance inside it, its mean, the level reading at its end, and the level before it."""


class Plates:
    """The scales of one stream.

    A scale rests until its level reading departs from its level by more than noise; it then stays departed until a
    plateau shows whether it came back, drifted, or changed. Only departed scales cost more than vector arithmetic.
    """

    def __init__(
        self,
        scales: tuple[str, ...],
        condition: list[ScaleCondition],
        rate: float,
        length: int,
        settings: WeighingSettings,
    ) -> None:
        count = len(scales)
        self.scales = scales
        self.departures: dict[int, Departure] = {}
        self._settings = settings
        self._rate = rate
        self._length = length
        self._block = length / rate
        self._window = round(WINDOW * self._block * NANOSECONDS)
        self._learning = max(LAG + WINDOW + 4, round(settings.learning / self._block))
        taper = np.sin(np.pi * (np.arange(WINDOW * length) + 0.5) / (WINDOW * length)) ** 2
        self._taper = (taper / taper.sum())[:, np.newaxis]
        self._number = 0
        self._health = Health(condition, settings)
        self._noise = NoiseModel(count, self._block, settings)
        self._tapered = np.zeros((WINDOW * length, count))
        self._powers = np.zeros((2, length, count))
        self._statistics = np.zeros((6, count))
        self._learnt = np.zeros(count, np.bool_)
        self._resting = np.zeros(count, np.bool_)
        self._level = np.zeros(count)
        self._following = np.zeros(count)
        self._young: dict[int, Youth] = {}
        self._blind_until = np.zeros(count, np.int64)
        self._outage = np.zeros((2, count), np.int64)
        self._raw = raw = max(WINDOW * length, round(RAW_MEMORY * rate))
        self._times: History[np.int64] = History(raw, (), np.int64)
        self._grams: History[np.float64] = History(raw, (count,))
        self._blocks: History[np.float64] = History(max(LONGEST_LOOK_BACK, self._learning), (4, count))

    def step(self, block: Block) -> tuple[list[PlateChange], list[ConditionChange]]:
        """Takes in one block; gives the changes that settled in it, and the scales whose condition it changed."""
        self._number += 1
        previous = self._grams.ago(0)
        grams, finite = block.grams, None
        mean, square = self._moments(grams, previous)
        if not math.isfinite(mean.dot(mean)):
            finite = np.isfinite(grams)
            grams = hold(grams, finite, previous)
            mean, square = self._moments(grams, previous)
        squares, row = self._statistics[:3], self._statistics[2:]  # they share the variance inside the block
        np.add(mean, previous, out=row[MEAN])
        np.subtract(square, mean * mean, out=row[INSIDE])
        self._times.append(block.times)
        self._grams.append(grams)
        np.multiply(self._taper, self._grams.last(WINDOW * self._length), out=self._tapered)
        np.add.reduce(self._tapered, out=row[READING])
        row[LEVEL] = self._level
        self._blocks.push(row)
        faults = self._check_health(block, finite, square)

        deviations = squares[:2]
        np.subtract(row[READING], self._level, out=deviations[0])
        np.subtract(row[MEAN], self._blocks.ago(WINDOW - 1)[MEAN], out=deviations[1])
        deviations *= deviations
        expected = self._noise.expected(self._vibration())
        departing = squares[0] > self._settings.opening**2 * expected[0]
        if np.count_nonzero(departing):
            self._open(np.flatnonzero(departing & self._resting))
        self._noise.learn(squares, expected)
        self._age()
        self._level += self._following * (self._blocks.ago(LAG)[READING] - self._level)
        faults += self._learn()
        return self._settle(), faults

    def _moments(self, grams: Floats, origin: Floats) -> tuple[Floats, Floats]:
        """Mean of the readings and of their squares, both about an origin, each of shape [scale]."""
        powers = self._powers
        np.subtract(grams, origin, out=powers[0])
        np.multiply(powers[0], powers[0], out=powers[1])
        moments = np.add.reduce(powers, axis=1)
        moments /= self._length
        return moments[0], moments[1]

    def shifts(self, begin: int, end: int) -> list[Shift]:
        """Scales that moved in a stretch of time for certain, and not on their own account since.

        Args:
            begin: Nanoseconds since the Unix epoch.
            end: Nanoseconds since the Unix epoch.
        """
        away = self._away(begin)
        delta, most = away[-1], np.abs(away).max(axis=0)
        sigma = np.sqrt(self._noise.expected(self._vibration())[0])
        moved = self._learnt & (np.abs(delta) > self._settings.certainty * sigma)
        noticed_by = end + self._window
        later = {column for column, departure in self.departures.items() if departure.begin > noticed_by}
        return [
            Shift(column, float(delta[column]), float(sigma[column]), float(most[column]))
            for column in np.flatnonzero(moved).tolist()
            if column not in later
        ]

    def travelled(self, begin: int) -> dict[str, float]:
        """How far each scale that weighs has been, at most, from its level at a moment since then, grams."""
        most = np.abs(self._away(begin)).max(axis=0)
        return {self.scales[column]: float(most[column]) for column in np.flatnonzero(self._learnt).tolist()}

    def _away(self, begin: int) -> Floats:
        """How far readings have been from their levels at a moment since then, grams, shape [block, scale]."""
        since = self._ago(begin)
        away: Floats = self._blocks.last(since + 1)[:, READING] - self._blocks.ago(since)[LEVEL]
        return away

    def explains(self, change: PlateChange) -> bool:
        """Whether another scale moved in the same time by so much more that the change is its cross-talk.

        The time is a window longer at either side: where a small change begins and ends in noise is not known better,
        and goods that are put on and off at once move the frame twice.
        """
        first, last = self._ago(change.begin - self._window), self._ago(change.end + self._window)
        readings = self._blocks.last(first + 1)[: first + 1 - last, READING]
        reach = np.ptp(readings, axis=0) * self._settings.cross_talk_share >= abs(change.delta)
        return any(self.scales[column] != change.scale for column in np.flatnonzero(reach))

    def _ago(self, moment: int) -> int:
        """How many blocks ago the last block was over at a moment; the oldest that is kept for moments before it."""
        blocks = (int(self._times.ago(0)) - moment) / NANOSECONDS / self._block
        return min(max(0, math.ceil(blocks)), LONGEST_LOOK_BACK - 1)

    def accept(self, column: int) -> None:
        """Takes where a scale is now for its level; it has not departed."""
        self.departures.pop(column, None)
        self._rest(column, self._reading(column), support=1.0)

    def deviation(self, column: int) -> float:
        """How far a scale is from its level now, grams."""
        return self._reading(column) - float(self._level[column])

    def _reading(self, column: int) -> float:
        """Newest level reading, grams."""
        return float(self._blocks.ago(0)[READING, column])

    def _vibration(self) -> Floats:
        """Variance inside the newest blocks, grams squared, shape [scale]."""
        vibration: Floats = np.add.reduce(self._blocks.last(WINDOW)[:, INSIDE]) / WINDOW
        return vibration

    def _check_health(self, block: Block, finite: NDArray[np.bool_] | None, square: Floats) -> list[ConditionChange]:
        faults = self._health.update(block.times, finite, square)
        for column in self._health.blind:
            if self._blind_until[column] < self._number:
                self._outage[0, column] = block.times[0]
            self._outage[1, column] = block.times[-1]
            self._blind_until[column] = self._number + WINDOW
        for fault in faults:
            self._learnt[fault.column] = False
            self._leave(fault.column)
            self.departures.pop(fault.column, None)
            self._young.pop(fault.column, None)
        return faults

    def _learn(self) -> list[ConditionChange]:
        """Starts to weigh with the scales that were watched for long enough."""
        columns, back = self._health.recover(self._learning)
        if columns:
            watched = self._learning - WINDOW
            rows = self._blocks.last(watched)[:, :, columns]
            self._noise.start(columns, rows[:, READING], rows[:, MEAN], rows[:, INSIDE])
            self._learnt[columns] = True
            for column, level in zip(columns, median(rows[:, READING]).tolist(), strict=True):
                self._rest(column, level, support=watched / WINDOW)
        return back

    def _open(self, columns: NDArray[np.intp]) -> None:
        """Notes that scales left their level."""
        length = self._length
        for column in map(int, columns):
            self._leave(column)
            youth = self._young.pop(column, None)
            doubt = 1.0 if youth is None else 1.0 + 1.0 / self._support(youth)
            self.departures[column] = Departure(
                opened=self._number,
                begun=self._number - 1,
                begin=int(self._times.last(2 * length)[0]),
                level=float(self._level[column]),
                variance=doubt * float(self._noise.deviation[column]),
            )

    def _support(self, youth: Youth) -> float:
        """Independent readings that a young level rests on by now."""
        return youth.support + max(0, self._number - youth.since - LAG) / WINDOW

    def _age(self) -> None:
        """Lets young levels follow as the mean of the readings they rest on, until they are as sluggish as others."""
        steady = self._block / self._settings.level_memory
        for column, youth in list(self._young.items()):
            if youth.since < self._number - LAG:
                gain = 1.0 / (WINDOW * self._support(youth))
                self._following[column] = max(steady, gain)
                if gain <= steady:
                    del self._young[column]

    def _leave(self, column: int) -> None:
        self._resting[column] = False
        self._following[column] = 0.0
        self._noise.attend(column, resting=False)

    def _rest(self, column: int, level: float, support: float) -> None:
        self._level[column] = level
        self._resting[column] = True
        self._following[column] = 0.0
        self._noise.attend(column, resting=True)
        self._young[column] = Youth(self._number, support)

    def _settle(self) -> list[PlateChange]:
        """Ends the departures whose scales lie level again."""
        changes: list[PlateChange] = []
        for column, departure in list(self.departures.items()):
            if self._number - departure.opened < WINDOW or self._blind_until[column] > self._number:
                continue
            plateau = self._plateau(column, departure)
            outcome = outcome_of(plateau, self._settings)
            if outcome is None or (outcome is Outcome.CHANGED and self._may_be_a_hand(column, plateau)):
                continue
            changes += self._excursion(column, departure, plateau).changes(self._settings, outcome is Outcome.CHANGED)
            del self.departures[column]
            if outcome is Outcome.RETURNED:
                self._rest(column, departure.level, support=math.inf)
            else:
                self._rest(column, plateau.readings[-1], support=1.0)
        return changes

    def _plateau(self, column: int, departure: Departure) -> Plateau:
        """The newest blocks of a departed scale; what shakes for long is taken for noise."""
        blocks = self._blocks.last(LONGEST_PLATEAU + 1)[:, :, column]
        inside = blocks[-WINDOW:, INSIDE].tolist()
        variance = departure.variance + self._settings.vibration_leak * sum(inside) / WINDOW
        drift = float(self._noise.drift[column]) + self._settings.vibration_drift * sorted(inside)[WINDOW // 2]
        gone = self._number - departure.begun
        if gone * self._block > self._settings.patience:
            lately = self._blocks.last(LONGEST_LOOK_BACK // 2)[:, :, column]
            variance += float(np.var(lately[:, READING]))
            drift += float(np.ptp(lately[:, MEAN])) ** 2
        return Plateau(
            level=departure.level,
            readings=blocks[:, READING].tolist(),
            means=blocks[-WINDOW:, MEAN].tolist(),
            inside=inside,
            variance=variance,
            drift=drift,
            blocks=gone,
            lasted=gone * self._block,
        )

    def _may_be_a_hand(self, column: int, plateau: Plateau) -> bool:
        """Whether an added load has to be watched on; not for ever."""
        if plateau.delta <= 0 or plateau.lasted >= self._settings.patience:
            return False
        shaking = max(1.0, float(median(self._vibration() / self._noise.rest)))
        return pressed(plateau, shaking * float(self._noise.rest[column]), self._settings)

    def _excursion(self, column: int, departure: Departure, plateau: Plateau) -> Excursion:
        """The readings of a departure that has ended."""
        kept = min(self._number * self._length, self._raw)
        return Excursion(
            scale=self.scales[column],
            times=self._times.last(kept),
            grams=self._grams.last(kept)[:, column],
            rate=self._rate,
            begin=departure.begin,
            before=departure.level,
            after=plateau.readings[-1],
            variance=plateau.variance,
            noise=max(float(self._noise.rest[column]), float(self._vibration()[column])),
            outage=(int(self._outage[0, column]), int(self._outage[1, column])),
            bridged=round(self._block * NANOSECONDS),
        )
