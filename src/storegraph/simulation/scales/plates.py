"""The load cells of a fixture, their frame and their converters: from the force on the plates to readings."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from storegraph.store.model import Fixture

from .model import Floats, ScaleSettings

FREQUENCIES = (4.0, 27.0)
"""Hz within which plates ring: below, goods would swing for seconds, above it folds over at 60 samples a second."""


@dataclass(frozen=True, slots=True, eq=False)
class Plates:
    """What the plates of a fixture are like, each array of shape [plate]; settings of the same name say more.

    Attributes:
        offset: What an empty plate reads, grams.
        drift: Grams a second.
        white: Standard deviation, grams.
        sway, sway_rate, sway_phase: Grams, Hz, radians.
        hum, hum_phase: Grams, radians.
        sensitivity: Vibration by a footfall beside, grams.
        ring_rate: Hz.
        damping: Ratio.
        frame: What plate k reads of the force on plate i, shape [i, k]; 1 on the diagonal.
    """

    offset: Floats
    drift: Floats
    white: Floats
    sway: Floats
    sway_rate: Floats
    sway_phase: Floats
    hum: Floats
    hum_phase: Floats
    sensitivity: Floats
    ring_rate: Floats
    damping: Floats
    frame: Floats

    @classmethod
    def draw(cls, fixture: Fixture, settings: ScaleSettings, random: np.random.Generator) -> Plates:
        """Plates as the settings let expect them."""
        shelf = np.concatenate([np.full(len(each.scales), k) for k, each in enumerate(fixture.shelves)])
        count = len(shelf)
        spread = settings.fixture_spread * random.standard_normal()
        spread += settings.shelf_spread * random.standard_normal(len(fixture.shelves))[shelf]
        spread += settings.plate_spread * random.standard_normal(count)
        ring_rate = settings.ring_rate.draw(random, len(fixture.shelves))[shelf]
        ring_rate *= np.exp(settings.ring_rate_spread * random.standard_normal(count))
        return cls(
            offset=settings.offset * random.standard_t(2.0, count),
            drift=settings.drift * random.standard_normal(count),
            white=settings.white.draw(random, count),
            sway=settings.sway.draw(random, count),
            sway_rate=random.normal(*settings.sway_rate, count),
            sway_phase=random.uniform(0.0, math.tau, count),
            hum=settings.hum.draw(random, count),
            hum_phase=random.uniform(0.0, math.tau, count),
            sensitivity=settings.footfall * np.exp(spread),
            ring_rate=np.clip(ring_rate, *FREQUENCIES),
            damping=settings.damping.draw(random, count),
            frame=_frame(fixture, settings, random),
        )


def _frame(fixture: Fixture, settings: ScaleSettings, random: np.random.Generator) -> Floats:
    """Draws the cross-talk, shape [from plate, to plate]."""
    places = [
        (level, place)
        for level, shelf in enumerate(fixture.shelves)
        for place in np.argsort(np.argsort([scale.position[0] for scale in shelf.scales], kind="stable")).tolist()
    ]
    apart = np.abs(np.array(places)[:, None] - np.array(places))
    levels, columns = apart[..., 0], apart[..., 1]
    largest = np.zeros(levels.shape)
    largest[(levels == 0) & (columns == 1)] = settings.beside
    largest[(levels == 0) & (columns == 2)] = settings.beyond
    largest[(levels == 1) & (columns <= 1)] = settings.above
    frame = largest * random.random(largest.shape)
    np.fill_diagonal(frame, 1.0)
    return frame


class LoadCells:
    """Reads plates, piece by piece.

    Args:
        plates: What they are like.
        settings: The same that they were drawn with.
        random: For noise; every piece goes on with it.
        dead: Which plates read nothing.
        stuck: Which always read the same.
    """

    def __init__(
        self,
        plates: Plates,
        settings: ScaleSettings,
        random: np.random.Generator,
        dead: list[int],
        stuck: list[int],
    ) -> None:
        self._plates, self._settings, self._random = plates, settings, random
        self._dead, self._stuck = dead, stuck
        self._stuck_at: Floats | None = None
        self._force_before: Floats | None = None
        decay = np.exp(-math.tau * plates.damping * plates.ring_rate / settings.rate)
        turn = math.tau * plates.ring_rate / settings.rate
        self._numerators = np.column_stack([np.zeros_like(decay), decay * np.sin(turn)])
        self._denominators = np.column_stack([np.ones_like(decay), -2.0 * decay * np.cos(turn), decay**2])
        self._ringing = np.zeros((len(decay), 2))
        self._loudness = _loudness(decay, turn)

    def read(self, times: Floats, force: Floats, strength: Floats) -> Floats:
        """Reads once at each of these times; they follow on those of the last call.

        Args:
            times: Seconds since the beginning, shape [sample]; whole messages.
            force: On the plates, grams, shape [sample, plate].
            strength: Of the vibration, grams, shape [sample, plate].

        Returns:
            Grams, shape [sample, plate]; NaN where a plate reads nothing.
        """
        plates, settings = self._plates, self._settings
        carried = np.clip(force, -settings.capacity, settings.capacity) @ plates.frame
        signal = carried + self._ring(carried, strength)
        signal += plates.white * self._random.standard_normal(force.shape)
        signal += self._oscillations(times) + plates.drift * times[:, None]
        readings: Floats = np.round(signal / settings.resolution) * settings.resolution + plates.offset
        self._hold(readings)
        if self._stuck_at is None:
            self._stuck_at = readings[0, self._stuck].copy()
        readings[:, self._stuck] = self._stuck_at
        readings[:, self._dead] = np.nan
        return readings

    def _ring(self, carried: Floats, strength: Floats) -> Floats:
        """What the plates swing, struck by vibration and by sudden loads, shape [sample, plate]."""
        before = carried[:1] if self._force_before is None else self._force_before
        struck = self._settings.kick * np.diff(carried, axis=0, prepend=before)
        self._force_before = carried[-1:].copy()
        struck += strength * self._random.standard_normal(strength.shape) / self._loudness
        swing = np.empty_like(struck)
        for plate, (numerator, denominator) in enumerate(zip(self._numerators, self._denominators, strict=True)):
            swing[:, plate], self._ringing[plate] = lfilter(
                numerator, denominator, struck[:, plate], zi=self._ringing[plate]
            )
        return swing

    def _oscillations(self, times: Floats) -> Floats:
        """Sway and hum, shape [sample, plate]."""
        plates, settings = self._plates, self._settings
        sway = math.tau * plates.sway_rate * times[:, None] + plates.sway_phase
        hum = math.tau * settings.hum_rate * times[:, None] + plates.hum_phase
        oscillations: Floats = plates.sway * (np.sin(sway) + settings.sway_harmonic * np.sin(2.0 * sway))
        oscillations += plates.hum * np.sin(hum)
        return oscillations

    def _hold(self, readings: Floats) -> None:
        """Lets plates repeat every third reading through some of the messages."""
        batch = self._settings.batch
        messages = readings.reshape(-1, batch, readings.shape[1])
        spell = self._random.random((len(messages), 1, readings.shape[1])) < self._settings.held
        third = self._random.integers(0, 3, spell.shape)
        held = spell[:, 0, :][:, None, :] & ((np.arange(1, batch)[:, None] - 1) % 3 == third)
        messages[:, 1:] = np.where(held, messages[:, :-1], messages[:, 1:])


def _loudness(decay: Floats, turn: Floats) -> Floats:
    """Standard deviation of a plate's swing when white noise of unit variance strikes it, shape [plate].

    Closed form of the variance of a second-order autoregressive process (Box and Jenkins, Time Series Analysis, 3.2).
    """
    first, second = 2.0 * decay * np.cos(turn), -(decay**2)
    variance = (1.0 - second) / ((1.0 + second) * ((1.0 - second) ** 2 - first**2))
    loudness: Floats = decay * np.sin(turn) * np.sqrt(variance)
    return loudness
