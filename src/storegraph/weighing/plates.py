"""All scales of one stream at once: those that rest, and the few that are on the move."""

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
from .levels import LAG, Levels
from .model import PlateChange, WeighingSettings
from .noise import WINDOW, NoiseModel, median
from .plateaus import LONGEST_PLATEAU, Plateau, outcome_of, pressed
from .readings import INSIDE, LONGEST_LOOK_BACK, MEAN, READING, Readings
from .stream import Block


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
        self._number = 0
        self._health = Health(condition, settings)
        self._noise = NoiseModel(count, self._block, settings)
        self._learnt = np.zeros(count, np.bool_)
        self._levels = Levels(count, self._block, settings)
        self._readings = Readings(count, rate, length, self._learning)
        self._blind_until = np.zeros(count, np.int64)
        self._outage = np.zeros((2, count), np.int64)

    def step(self, block: Block) -> tuple[list[PlateChange], list[ConditionChange]]:
        """Takes in one block; gives the changes that settled in it, and the scales whose condition it changed."""
        self._number += 1
        finite, square = self._readings.add(block, self._levels.grams)
        faults = self._check_health(block, finite, square)
        squares = self._readings.squares
        expected = self._noise.expected(self._readings.vibration())
        departing = squares[0] > self._settings.opening**2 * expected[0]
        if np.count_nonzero(departing):
            self._open(np.flatnonzero(departing & self._levels.resting))
        self._noise.learn(squares, expected)
        self._levels.follow(self._number, self._readings.level_reading(LAG))
        faults += self._learn()
        return self._settle(), faults

    def shifts(self, begin: int, end: int) -> list[Shift]:
        """Scales that moved in a stretch of time for certain, and not on their own account since.

        Args:
            begin: Nanoseconds since the Unix epoch.
            end: Nanoseconds since the Unix epoch.
        """
        away = self._readings.away(begin)
        delta, most = away[-1], np.abs(away).max(axis=0)
        sigma = np.sqrt(self._noise.expected(self._readings.vibration())[0])
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
        most = np.abs(self._readings.away(begin)).max(axis=0)
        return {self.scales[column]: float(most[column]) for column in np.flatnonzero(self._learnt).tolist()}

    def explains(self, change: PlateChange) -> bool:
        """Whether another scale moved in the same time by so much more that the change is its cross-talk.

        The time is a window longer at either side: where a small change begins and ends in noise is not known better,
        and goods that are put on and off at once move the frame twice.
        """
        readings = self._readings.between(change.begin - self._window, change.end + self._window)
        reach = np.ptp(readings, axis=0) * self._settings.cross_talk_share >= abs(change.delta)
        return any(self.scales[column] != change.scale for column in np.flatnonzero(reach))

    def accept(self, column: int) -> None:
        """Takes where a scale is now for its level; it has not departed."""
        self.departures.pop(column, None)
        self._rest(column, self._reading(column), support=1.0)

    def deviation(self, column: int) -> float:
        """How far a scale is from its level now, grams."""
        return self._reading(column) - float(self._levels.grams[column])

    def _reading(self, column: int) -> float:
        """Newest level reading, grams."""
        return float(self._readings.level_reading()[column])

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
        return faults

    def _learn(self) -> list[ConditionChange]:
        """Starts to weigh with the scales that were watched for long enough."""
        columns, back = self._health.recover(self._learning)
        if columns:
            watched = self._learning - WINDOW
            rows = self._readings.blocks(watched)[:, :, columns]
            self._noise.start(columns, rows[:, READING], rows[:, MEAN], rows[:, INSIDE])
            self._learnt[columns] = True
            for column, level in zip(columns, median(rows[:, READING]).tolist(), strict=True):
                self._rest(column, level, support=watched / WINDOW)
        return back

    def _open(self, columns: NDArray[np.intp]) -> None:
        """Notes that scales left their level."""
        begin = int(self._readings.times(2 * self._length)[0])
        for column in map(int, columns):
            doubt = self._leave(column)
            self.departures[column] = Departure(
                opened=self._number,
                begun=self._number - 1,
                begin=begin,
                level=float(self._levels.grams[column]),
                variance=doubt * float(self._noise.deviation[column]),
            )

    def _leave(self, column: int) -> float:
        """A scale does not rest any more; gives how much more is in doubt than of an old level (`Levels.leave`)."""
        self._noise.attend(column, resting=False)
        return self._levels.leave(column, self._number)

    def _rest(self, column: int, level: float, support: float) -> None:
        self._noise.attend(column, resting=True)
        self._levels.rest(column, level, support, self._number)

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
        blocks = self._readings.blocks(LONGEST_PLATEAU + 1)[:, :, column]
        inside = blocks[-WINDOW:, INSIDE].tolist()
        variance = departure.variance + self._settings.vibration_leak * sum(inside) / WINDOW
        drift = float(self._noise.drift[column]) + self._settings.vibration_drift * sorted(inside)[WINDOW // 2]
        gone = self._number - departure.begun
        if gone * self._block > self._settings.patience:
            lately = self._readings.blocks(LONGEST_LOOK_BACK // 2)[:, :, column]
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
        shaking = max(1.0, float(median(self._readings.vibration() / self._noise.rest)))
        return pressed(plateau, shaking * float(self._noise.rest[column]), self._settings)

    def _excursion(self, column: int, departure: Departure, plateau: Plateau) -> Excursion:
        """The readings of a departure that has ended."""
        times, grams = self._readings.samples(column)
        return Excursion(
            scale=self.scales[column],
            times=times,
            grams=grams,
            rate=self._rate,
            begin=departure.begin,
            before=departure.level,
            after=plateau.readings[-1],
            variance=plateau.variance,
            noise=max(float(self._noise.rest[column]), float(self._readings.vibration()[column])),
            outage=(int(self._outage[0, column]), int(self._outage[1, column])),
            bridged=round(self._block * NANOSECONDS),
        )
