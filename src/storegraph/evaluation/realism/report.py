"""The report: a table of figures, and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from storegraph.atomic import whole_directory
from storegraph.graph.bag import BagError
from storegraph.store.file import load_store

from .figures import Comparison, Range, Verdict, compare
from .heard import Heard, hear
from .noise import Windows, message_figures, noise_figures, sigma, undisturbed
from .people import people_figures
from .pictures import STYLE, draw_noise, draw_steps
from .steps import cross_talk_figures, step_figures

PAGE = "realism.md"

TITLES = {
    "Scales that nobody touches": noise_figures,
    "Messages of scales": message_figures,
    "Goods taken and put back": step_figures,
    "Cross-talk": cross_talk_figures,
    "People": people_figures,
}
"""What is compared, in the order of the page."""


def realism(
    real_bag: Path, real_store: Path, simulated_bag: Path, simulated_store: Path, out: Path, *, replace: bool = False
) -> list[Comparison]:
    """Compares two recordings, and writes `realism.md` with two pictures into a folder.

    Args:
        real_bag: What was recorded in a real store.
        real_store: Its store file.
        simulated_bag: What was simulated.
        simulated_store: The store file of the simulation; the figures say most where it is the same store.
        out: The folder to write.
        replace: Whether it may be replaced where it exists.

    Returns:
        The figures of the page's tables.

    Raises:
        BagError: A bag cannot be read, has no scale samples, or too few, or none of a scale that nobody touches.
        OutputError: The folder exists, or cannot be written.
    """
    import matplotlib

    real, simulated = hear(real_bag, load_store(real_store)), hear(simulated_bag, load_store(simulated_store))
    for heard in (real, simulated):
        if not undisturbed(heard):
            raise BagError(f"{heard.bag}: every scale is touched or reads nothing; noise is compared of those at rest")
    sections = {title: compare(of(real), of(simulated)) for title, of in TITLES.items()}
    recordings = {"real": real, "simulated": simulated}
    with whole_directory(out, replace=replace, durable=False) as folder, matplotlib.rc_context(STYLE):
        draw_noise(recordings).savefig(folder / "realism-noise.svg", metadata={"Date": None})
        draw_steps(recordings).savefig(folder / "realism-steps.svg", metadata={"Date": None})
        (folder / PAGE).write_text(page(recordings, sections), encoding="utf-8")
    return [comparison for comparisons in sections.values() for comparison in comparisons]


def page(recordings: dict[str, Heard], sections: dict[str, list[Comparison]]) -> str:
    """The report in Markdown."""
    every = [comparison for comparisons in sections.values() for comparison in comparisons]
    compared = [each for each in every if each.verdict is not Verdict.UNKNOWN]
    inside = sum(each.verdict is Verdict.INSIDE for each in compared)
    lines = ["# A simulated recording beside a real one", ""]
    lines += [_recording(name, heard) for name, heard in recordings.items()]
    lines += [
        "",
        f"{inside} of {len(compared)} figures that both recordings have agree: the median of each lies between the "
        "10th and the 90th percentile of the other. Of fewer than five values, the median lies between the extremes of "
        "the other.",
        "",
    ]
    for title, comparisons in sections.items():
        if comparisons:
            lines += [f"## {title}", "", *table(comparisons), ""]
    lines += ["## Noise by fixture", "", *_by_fixture(recordings), ""]
    lines += ["![Noise and spectra of all plates](realism-noise.svg)", ""]
    lines += ["![Steps, and vibration over time](realism-steps.svg)", ""]
    return "\n".join(lines)


def table(comparisons: Sequence[Comparison]) -> list[str]:
    """A table of figures in Markdown, line by line."""
    lines = ["| figure | of | real: median (10 to 90 %) | simulated: median (10 to 90 %) | |", "|---|---|---|---|---|"]
    for each in comparisons:
        quantity = each.quantity
        name = f"{quantity.name}, {quantity.unit}" if quantity.unit else quantity.name
        values = " | ".join(_told(side) for side in (each.real, each.simulated))
        lines.append(f"| {name} | {quantity.of} | {values} | {each.verdict.value} |")
    return lines


def _told(side: Range | None) -> str:
    if side is None:
        return "-"
    if side.count == 1:
        return f"{side.median:.3g} (one)"
    return f"{side.median:.3g} ({side.low:.3g} to {side.high:.3g}), {side.count}"


def _recording(name: str, heard: Heard) -> str:
    live, listed = (sum(counts) for counts in zip(*((len(f.scales), f.listed) for f in heard.fixtures), strict=True))
    people = len({shopper.shopper_id for _, snapshot in heard.shoppers for shopper in snapshot.shoppers})
    return (
        f"- {name}: {heard.bag.name} in {heard.store.name}; {heard.seconds:.0f} s; plates: {live} of {listed} read "
        f"something; weight events: {len(heard.events)}; shoppers: {people}"
    )


def _by_fixture(recordings: dict[str, Heard]) -> list[str]:
    lines = [
        "| recording | fixture | plates | at rest: median (least to most), g | walking, g |",
        "|---|---|---|---|---|",
    ]
    for name, heard in recordings.items():
        for readings in undisturbed(heard):
            windows = Windows.of(readings)
            noise = [sigma(windows.grams[which]) for which in (windows.rest, windows.walking)]
            told = " | ".join(f"{np.median(each):.2f} ({each.min():.2f} to {each.max():.2f})" for each in noise)
            lines.append(f"| {name} | {readings.fixture} | {len(readings.scales)} | {told} |")
    return lines
