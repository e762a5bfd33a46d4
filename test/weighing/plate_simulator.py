"""A shelf of load-cell plates and what people do to it, with the truth beside it.

The noise has the parts seen in recordings of real plates: white noise, a constant faint ringing, a slow sway,
quantisation, and bursts of ringing at 3 to 8 Hz whenever somebody steps, on all plates at once and on each by its own
gain. `noise` is one standard deviation of all of it together while somebody walks by; at rest a plate is about a
third as noisy, as in the recordings.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import ScaleSamples
from storegraph.store.model import Fixture, Scale, Shelf, Store

Floats = NDArray[np.float64]

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
STEPS_PER_SECOND = 1.8
QUANTUM = 0.18
FIXTURE = "F1"
PLATE_WIDTH = 0.1


def plate_id(plate: int) -> str:
    """Scale id of a plate of the simulated shelf."""
    return f"F1.S1.P{plate:02d}"


def shelf_store(plates: int) -> Store:
    """A store with one shelf of plates side by side."""
    scales = tuple(
        Scale(id=plate_id(plate), position=(PLATE_WIDTH * plate, 0.0), size=(PLATE_WIDTH, 0.4))
        for plate in range(plates)
    )
    shelf = Shelf(id="F1.S1", height=1.0, clearance=0.3, scales=scales)
    fixture = Fixture(id=FIXTURE, position=(0.0, 0.0, 0.0), size=(PLATE_WIDTH * plates, 0.4, 2.0), shelves=(shelf,))
    return Store(id="sim", name="Simulated", currency="EUR", time_zone="UTC", fixtures=(fixture,))


@dataclass
class PlateSimulator:
    """Readings of one shelf.

    Args:
        plates: How many.
        seconds: How long.
        noise: One standard deviation while somebody walks by, grams.
        seed: Of everything random.
        rate: Samples per second.
        walking: Whether people walk about (in spells of some seconds).
    """

    plates: int
    seconds: float
    noise: float
    seed: int
    rate: float = 60.0
    walking: bool = True
    grams: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.time = np.arange(round(self.seconds * self.rate)) / self.rate
        self.grams = self.random.uniform(-3000.0, 6000.0, self.plates) + self._noise()

    def _noise(self) -> Floats:
        time, random = self.time, self.random
        total = np.empty((len(time), self.plates))
        steps = self._footsteps()
        for plate in range(self.plates):
            frequency, decay = random.uniform(3.0, 8.0), random.uniform(0.12, 0.35)
            response = _ringing(np.arange(0.0, 6 * decay, 1 / self.rate), frequency, decay)
            shaken = _normalised(np.convolve(steps, response)[: len(time)])
            hum = _normalised(np.convolve(random.normal(size=len(time)), response)[: len(time)])
            sway = np.sqrt(2) * np.sin(2 * np.pi * (random.uniform(0.6, 1.0) * time + random.uniform()))
            white = random.normal(size=len(time))
            total[:, plate] = 0.9 * shaken + 0.25 * hum + 0.12 * sway + 0.2 * white
        return self.noise * total

    def _footsteps(self) -> Floats:
        """Impulses of footsteps; people pass in spells of 3 to 8 seconds with as much between them."""
        impulses = np.zeros(len(self.time))
        moment = self.random.uniform(2.0, 6.0)
        while self.walking and moment < self.seconds:
            leaves = moment + self.random.uniform(3.0, 8.0)
            while moment < min(leaves, self.seconds):
                impulses[min(len(impulses) - 1, int(moment * self.rate))] += self.random.lognormal(0.0, 0.5)
                moment += self.random.normal(1.0, 0.05) / STEPS_PER_SECOND
            moment += self.random.uniform(3.0, 8.0)
        return impulses

    def move(self, plate: int, at: float, grams: float, duration: float = 0.3, press: float = 0.0) -> None:
        """Puts on (positive) or takes off (negative) some goods.

        Args:
            plate: Where; its neighbours move along by 1.5 %.
            at: When it begins, seconds.
            grams: How much.
            duration: How long the weight takes to change, seconds.
            press: Force of the hand before the goods leave, grams.
        """
        self._press(plate, at, press)
        at += 0.3 if press else 0.0
        done = np.clip((self.time - at) / duration, 0.0, 1.0)
        profile = done * done * (3 - 2 * done)
        if duration > 1.0:
            wander = np.cumsum(self.random.uniform(0.2, 1.8, len(self.time)) * ((done > 0) & (done < 1)))
            profile = np.where(done >= 1, 1.0, wander / max(wander[-1], 1e-9))
        after = np.maximum(self.time - at - duration, 0.0)
        snap = min(0.05, 0.02 / duration)
        settling = snap * _ringing(after, 5.0, 0.12)
        self._add(plate, grams * (profile + settling))

    def lean(self, plate: int, at: float, grams: float, duration: float, unsteady: float = 0.04) -> None:
        """A hand rests on a plate and leaves; its force wanders (standard deviation as a share), mostly below 4 Hz."""
        rise = np.clip((self.time - at) / 0.3, 0.0, 1.0) * np.clip((at + duration - self.time) / 0.3, 0.0, 1.0)
        length = max(2, round(0.1 * self.rate))
        force = self.random.normal(size=len(self.time) + length)
        wander = _normalised(np.convolve(force, np.ones(length), "valid")[: len(self.time)])
        self._add(plate, grams * rise * (1 + unsteady * wander))

    def _press(self, plate: int, at: float, grams: float) -> None:
        self._add(plate, grams * np.sin(np.pi * np.clip((self.time - at) / 0.3, 0.0, 1.0)))

    def _add(self, plate: int, course: Floats) -> None:
        self.grams[:, plate] += course
        for neighbour in (plate - 1, plate + 1):
            if 0 <= neighbour < self.plates:
                self.grams[:, neighbour] += 0.015 * course

    def messages(self, batch: int = 12) -> list[ScaleSamples]:
        """The readings as messages of so many samples."""
        readings = (np.round(self.grams / QUANTUM) * QUANTUM).astype(np.float32)
        scales = tuple(plate_id(plate) for plate in range(self.plates))
        return [
            ScaleSamples(self.stamp(first / self.rate), FIXTURE, self.rate, scales, readings[first : first + batch])
            for first in range(0, len(readings), batch)
        ]

    def stamp(self, seconds: float) -> int:
        """Event time of a moment of the simulation."""
        return START + round(seconds * SECOND)


def _ringing(time: Floats, frequency: float, decay: float) -> Floats:
    """A damped oscillation from time 0."""
    ringing: Floats = np.exp(-time / decay) * np.sin(2 * np.pi * frequency * time)
    return ringing


def _normalised(signal: Floats) -> Floats:
    """The signal with unit standard deviation where it is not zero."""
    active = np.abs(signal) > 1e-3 * np.max(np.abs(signal), initial=1e-12)
    scaled: Floats = signal / max(float(np.std(signal[active])) if active.any() else 1.0, 1e-12)
    return scaled
