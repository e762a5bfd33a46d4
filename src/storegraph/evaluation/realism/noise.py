"""What scales read when nothing is taken: at rest, and while people walk by."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from storegraph.store.geometry import ScaleGeometry

from .figures import Figures, Quantity
from .heard import FixtureReadings, Heard

Floats = NDArray[np.float64]

WINDOW = 2.0
"""Seconds over which noise and spectrum are taken: three periods of the slowest sway."""

QUARTER = 0.25
"""Rest is the quietest quarter of a fixture's windows, walking the loudest: in the real recording the shopper stands
still for a third of the time."""

BANDS = ((0.75, 2.25), (3.0, 6.0), (6.0, 12.0), (12.0, 20.0), (20.0, 29.0))
"""Hz: sway; hardly anything; two in which fixtures ring; hum."""

VIBRATION = 3.0
"""Hz above which a plate that swings is told from one that sways."""

SHAKEN = 3.0
"""Standard deviation of the difference of successive readings, grams, from which on equal ones are hardly chance: with
steps of 0.24 g some 3 in 100."""

DRIFTING = (3.0, 6.0)
"""Seconds between two quiet windows of which the levels are compared: in 17 s there are some, and in 300 s it means the
same."""

FADING_OVER = 0.3
"""Seconds over which the fading of vibration is taken, in bins of a third."""


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Pieces of the readings of a fixture without a gap, each beginning half a window after the one before.

    Attributes:
        middles: Of the windows, seconds since the begin of the recording, shape [W].
        grams: Shape [W, S, sample].
        rest: Which are the quietest `QUARTER`, by the median of the plates.
        walking: Which are the loudest.
    """

    middles: Floats
    grams: Floats
    rest: NDArray[np.intp]
    walking: NDArray[np.intp]

    @classmethod
    def of(cls, readings: FixtureReadings) -> Windows:
        """Cuts the readings of a fixture."""
        length = round(WINDOW * readings.rate)
        first = np.arange(0, len(readings.times) - length + 1, length // 2)
        spans = readings.times[first + length - 1] - readings.times[first]
        first = first[np.abs(spans - (length - 1) / readings.rate) < 1.0 / readings.rate]
        grams = np.lib.stride_tricks.sliding_window_view(readings.grams, length, axis=0)[first]
        loudness = np.median(np.diff(grams, axis=2).std(axis=2), axis=1)
        order = np.argsort(loudness, kind="stable")
        count = max(1, round(QUARTER * len(order)))
        return cls(readings.times[first] + WINDOW / 2.0, grams, np.sort(order[:count]), np.sort(order[-count:]))


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Power spectral densities of plates (Welch 1967, Hann windows of `WINDOW`).

    Attributes:
        frequencies: Hz, shape [F].
        rest: In the quietest windows, grams squared per Hz, shape [F, S].
        walking: In the loudest.
    """

    frequencies: Floats
    rest: Floats
    walking: Floats


def spectrum(windows: Windows, rate: float) -> Spectrum:
    """Of the plates of a fixture."""
    length = windows.grams.shape[2]
    taper = np.hanning(length)

    def density(grams: Floats) -> Floats:
        amplitudes = np.fft.rfft((grams - grams.mean(axis=2, keepdims=True)) * taper, axis=2)
        densities: Floats = 2.0 * (np.abs(amplitudes) ** 2).mean(axis=0).T / (rate * (taper**2).sum())
        return densities

    frequencies = np.fft.rfftfreq(length, 1.0 / rate).astype(np.float64)
    return Spectrum(frequencies, density(windows.grams[windows.rest]), density(windows.grams[windows.walking]))


def undisturbed(heard: Heard) -> list[FixtureReadings]:
    """The readings of all plates of which nothing was taken, and on which nothing was put."""
    touched = {change.scale for event in heard.events for change in event.changes}
    calm = []
    for readings in heard.fixtures:
        kept = [index for index, scale in enumerate(readings.scales) if scale not in touched]
        scales = tuple(readings.scales[index] for index in kept)
        calm.append(replace(readings, scales=scales, grams=readings.grams[:, kept]))
    return [readings for readings in calm if readings.scales and len(readings.times) > WINDOW * readings.rate]


def noise_figures(heard: Heard) -> Figures:
    """Everything about scales that nobody touches."""
    found: dict[Quantity, list[Floats]] = {}

    def add(name: str, unit: str, of: str, values: Floats) -> None:
        found.setdefault(Quantity(name, unit, of), []).append(values)

    shelf_of = dict(zip((places := ScaleGeometry.of(heard.store)).scales, places.shelves, strict=True))
    for readings in undisturbed(heard):
        windows = Windows.of(readings)
        spectra = spectrum(windows, readings.rate)
        add("noise at rest, sigma", "g", "plate", sigma(windows.grams[windows.rest]))
        add("noise while people walk, sigma", "g", "plate", sigma(windows.grams[windows.walking]))
        for state, density in (("at rest", spectra.rest), ("walking", spectra.walking)):
            for low, high in BANDS:
                within = (spectra.frequencies >= low) & (spectra.frequencies <= high)
                power = density[within].sum(axis=0) * spectra.frequencies[1]
                add(f"{state}, {low:g} to {high:g} Hz, sigma", "g", "plate", np.sqrt(power))
        add("strongest frequency while people walk", "Hz", "plate", _strongest(spectra))
        shelves = np.array([shelf_of[scale] for scale in readings.scales])
        add("vibration falls to 1/e, where it falls fastest, in", "s", "shelf", _fading(readings, shelves))
        add("level at rest, change in 3 to 6 s", "g", "plate and pair", _drift(windows))
        add("step of the converter", "g", "plate", _resolution(readings.grams))
        add("readings that repeat the one before", "", "shaken plate", _repeated(readings.grams))
    return {quantity: np.concatenate(values) for quantity, values in found.items()}


def message_figures(heard: Heard) -> Figures:
    """When messages of scales come."""
    delays = [readings.delays for readings in heard.fixtures]
    return {
        Quantity("from the first sample of a message to its receipt", "s", "message"): np.concatenate(delays),
        Quantity("receipt of a message later than the fixture's median", "s", "message"): np.concatenate(
            [np.abs(each - np.median(each)) for each in delays]
        ),
    }


def sigma(grams: Floats) -> Floats:
    """Standard deviation of each plate within windows, grams, shape [S]."""
    deviation: Floats = np.sqrt(grams.var(axis=2).mean(axis=0))
    return deviation


def _strongest(spectra: Spectrum) -> Floats:
    """Frequency above `VIBRATION` at which each plate is shaken most, shape [S]."""
    above = spectra.frequencies >= VIBRATION
    strongest: Floats = spectra.frequencies[above][np.argmax(spectra.walking[above], axis=0)]
    return strongest


def _fading(readings: FixtureReadings, shelves: NDArray[np.str_]) -> Floats:
    """Seconds in which the vibration of each shelf falls to 1/e when it falls fastest, shape [shelf]."""
    passed = butter(4, VIBRATION, "highpass", fs=readings.rate, output="sos")
    vibration = sosfiltfilt(passed, readings.grams, axis=0)
    length = round(FADING_OVER / 3.0 * readings.rate)
    bins = vibration[: len(vibration) // length * length].reshape(-1, length, vibration.shape[1]).var(axis=1)
    fading = []
    for shelf in np.unique(shelves):
        level = np.log(bins[:, shelves == shelf]).mean(axis=1) / 2.0
        fastest = np.percentile((level[3:] - level[:-3]) / FADING_OVER, 5)
        fading.append(-1.0 / fastest if fastest < 0.0 else np.inf)
    return np.array(fading)


def _drift(windows: Windows) -> Floats:
    """How far the levels of each plate in two quiet windows lie apart, grams, shape [plate and pair of windows]."""
    middles = windows.middles[windows.rest]
    apart = middles - middles[:, None]
    earlier, later = np.nonzero((apart >= DRIFTING[0]) & (apart <= DRIFTING[1]))
    levels = windows.grams[windows.rest].mean(axis=2)
    drift: Floats = np.abs(levels[later] - levels[earlier]).ravel()
    return drift


def _resolution(grams: Floats) -> Floats:
    """Smallest difference between two readings of each plate, to a milligram, which is what float32 holds of 8 kg."""
    return np.array([np.diff(np.unique(plate)).min() for plate in grams.T]).round(3)


def _repeated(grams: Floats) -> Floats:
    """Share of the readings of each shaken plate that are exactly the one before."""
    steps = np.diff(grams, axis=0)
    repeated: Floats = (steps[:, steps.std(axis=0) > SHAKEN] == 0.0).mean(axis=0)
    return repeated
