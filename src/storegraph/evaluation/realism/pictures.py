"""Both recordings side by side, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from storegraph.units import NANOSECONDS

from .heard import Heard
from .noise import Spectrum, Windows, sigma, spectrum, undisturbed
from .steps import steps_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

COLOURS = {"real": "#22303c", "simulated": "#b5532a"}
WIDTHS = {"real": 1.6, "simulated": 0.7}
"""Of the lines of steps: a real recording may have one only."""

SHOWN_STEPS = 12
"""Steps drawn of each recording: more hide each other."""

AROUND = (12.5, 5.0)
"""Seconds before and after the first event of which vibration is drawn: what the real recording has."""

BIN = 0.2
"""Seconds of vibration that are drawn as one point."""

STYLE: Any = {
    "svg.hashsalt": "storegraph",  # ids of the SVG's elements would be random otherwise
    "svg.fonttype": "none",  # text stays text
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw_noise(recordings: dict[str, Heard]) -> Figure:
    """Noise of every plate at rest and while people walk, as cumulative distributions, and spectra."""
    axes = (figure := _figure()).subplots(2, 2)
    for name, heard in recordings.items():
        calm = undisturbed(heard)
        cut = [Windows.of(readings) for readings in calm]
        spectra = [spectrum(windows, readings.rate) for windows, readings in zip(cut, calm, strict=True)]
        for column, state in enumerate(("rest", "walking")):
            noise = np.concatenate([sigma(windows.grams[getattr(windows, state)]) for windows in cut])
            _distribution(axes[0, column], noise, name)
            _band(axes[1, column], spectra, state, name)
    for column, title in enumerate(("At rest", "While people walk")):
        axes[0, column].set(
            xscale="log", xlabel="noise of a plate, sigma [g]", ylabel="share of the plates", ylim=(0, 1)
        )
        axes[0, column].set_title(title, loc="left")
        axes[1, column].set(xscale="log", yscale="log", xlabel="frequency [Hz]", ylabel="spectral density [g/√Hz]")
        axes[1, column].set_title("Median of all plates, and 10th to 90th percentile", loc="left")
        axes[0, column].legend(frameon=False)
        for each in axes[:, column]:
            _decades(each)
    return figure


def draw_steps(recordings: dict[str, Heard]) -> Figure:
    """Steps over each other, and readings of a fixture over time."""
    axes = (figure := _figure()).subplots(2, 2)
    axes[1, 1].sharey(axes[1, 0])
    for column, (name, heard) in enumerate(recordings.items()):
        line = {"color": COLOURS[name], "linewidth": WIDTHS[name], "zorder": WIDTHS[name] + 2.0}
        for step in [step for step in steps_of(heard) if step.event.delta < 0.0][:SHOWN_STEPS]:
            axes[0, 0].plot(step.times, step.progress, **line)
            axes[0, 1].plot(step.times, 100.0 * (step.progress - 1.0), **line)
        axes[0, 0].plot([], [], color=COLOURS[name], label=name)
        _fixtures(axes[1, column], heard, name)
    axes[0, 0].set(xlim=(-0.6, 0.8), xlabel="seconds from half of the step", ylabel="done")
    axes[0, 0].set_title("Goods that are taken", loc="left")
    axes[0, 0].legend(frameon=False)
    axes[0, 1].set(xlim=(0.0, 0.8), ylim=(-5.0, 5.0), xlabel="seconds from half of the step", ylabel="off by [%]")
    axes[0, 1].set_title("How the plates settle", loc="left")
    return figure


def _figure() -> Figure:
    """With room for two by two drawings and their titles; finding that room by itself takes matplotlib seconds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 6.4))
    figure.subplots_adjust(left=0.08, right=0.98, bottom=0.08, top=0.95, wspace=0.18, hspace=0.38)
    return figure


def _decades(axes: Axes) -> None:
    """Labels powers of ten only, where an axis is logarithmic."""
    from matplotlib.ticker import NullFormatter

    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_formatter(NullFormatter())


def _distribution(axes: Axes, values: Floats, name: str) -> None:
    axes.plot(np.sort(values), (np.arange(len(values)) + 0.5) / len(values), color=COLOURS[name], label=name)


def _band(axes: Axes, spectra: list[Spectrum], state: str, name: str) -> None:
    density = np.sqrt(np.concatenate([getattr(each, state) for each in spectra], axis=1))[1:]
    low, median, high = np.percentile(density, [10, 50, 90], axis=1)
    frequencies = spectra[0].frequencies[1:]
    axes.fill_between(frequencies, low, high, color=COLOURS[name], alpha=0.2, linewidth=0)
    axes.plot(frequencies, median, color=COLOURS[name])


def _fixtures(axes: Axes, heard: Heard, name: str) -> None:
    """The vibration of every fixture about the first event: the 90th percentile of its plates."""
    happens = (heard.events[0].begin - heard.begin) / NANOSECONDS if heard.events else AROUND[0]
    for readings in undisturbed(heard):
        length = round(BIN * readings.rate)
        shown = readings.grams[(readings.times > happens - AROUND[0]) & (readings.times < happens + AROUND[1])]
        steps = np.diff(shown, axis=0)
        bins = steps[: len(steps) // length * length].reshape(-1, length, steps.shape[1]).std(axis=1)
        axes.plot(np.arange(len(bins)) * BIN, np.percentile(bins, 90, axis=1), linewidth=0.8, label=readings.fixture)
    axes.set(yscale="log", xlabel="seconds", ylabel="change from reading to reading [g]")
    _decades(axes)
    axes.set_title(f"{name}: the noisiest tenth of each fixture's plates", loc="left")
    axes.legend(frameon=False, ncols=3, fontsize=7)
