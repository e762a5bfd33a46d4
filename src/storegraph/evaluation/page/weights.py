"""The curves of each fixture with the spans of their events, and what is wrong with its scales."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from storegraph.observations import ScaleCondition, ScaleFault
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS

from .curves import Curve
from .story import Event

MARGIN = 0.08
"""Above and below a curve, as a part of its height."""

FLATTEST = 20.0
"""Grams that a curve shows at least: ten times a plate's noise, so that noise alone looks small."""

SHORTEST = 0.003
"""Part of the recording that an event's span is wide at least: two pixels of a wide curve."""


@dataclass(frozen=True, slots=True)
class Span:
    """When an event was: its index, the hue of who did it, and seconds."""

    event: int
    hue: float
    begin: float
    width: float


@dataclass(frozen=True, slots=True)
class Row:
    """A plate's curve.

    Attributes:
        curve: What it read.
        goods: What is planned there; may be empty.
        top: Upper end of what is shown, grams, downwards as SVG has it.
        height: Of what is shown, grams.
        spans: Of the plate's events.
    """

    curve: Curve
    goods: str
    top: float
    height: float
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class FixtureWeights:
    """What is shown of a fixture's scales.

    Attributes:
        fixture: Id.
        rows: By shelf and plate.
        faults: What is wrong, in words.
    """

    fixture: str
    rows: tuple[Row, ...]
    faults: tuple[str, ...]


def weights_of(
    store: Store,
    curves: Mapping[str, Curve],
    faults: Iterable[ScaleFault],
    events: Sequence[Event],
    begin: int,
    seconds: float,
) -> list[FixtureWeights]:
    """Every fixture that has something to show, in the order of the store file.

    Args:
        store: Its fixtures, and what is planned where.
        curves: By scale id.
        faults: Changes in the condition of scales, by stamp.
        events: What happened.
        begin: Of the recording, nanoseconds since the Unix epoch.
        seconds: Its length.
    """
    names = {product.gtin: product.name for product in store.catalogue}
    goods = {scale: names.get(facing.gtin or "", "") for facing in store.facings for scale in facing.scales}
    told = _told(faults, begin)
    shown = []
    for fixture in store.fixtures:
        scales = [scale.id for shelf in fixture.shelves for scale in shelf.scales if scale.id in curves]
        rows = tuple(_row(curves[scale], goods.get(scale, ""), events, seconds) for scale in scales)
        shown.append(FixtureWeights(fixture.id, rows, tuple(told.get(fixture.id, ()))))
    return [each for each in shown if each.rows or each.faults]


def faulty_scales(faults: Iterable[ScaleFault]) -> set[str]:
    """Scales that cannot be used at the end."""
    conditions = {fault.scale: fault.condition for fault in faults}
    return {scale for scale, condition in conditions.items() if condition is not ScaleCondition.OK}


def _row(curve: Curve, goods: str, events: Sequence[Event], seconds: float) -> Row:
    missing = max(FLATTEST - (curve.high - curve.low), 0.0) / 2
    low, high = curve.low - missing, curve.high + missing
    margin = MARGIN * (high - low)
    spans = (
        Span(
            index,
            event.person.hue,
            round(event.begin, 2),
            round(max(event.end - event.begin, SHORTEST * seconds), 2),
        )
        for index, event in enumerate(events)
        if curve.scale in event.scales
    )
    return Row(curve, goods, round(-high - margin, 1), round(high - low + 2 * margin, 1), tuple(spans))


def _told(faults: Iterable[ScaleFault], begin: int) -> dict[str, list[str]]:
    """What is wrong with the scales of each fixture, in words; what befell several at once is told once."""
    together: dict[tuple[str, ScaleCondition, float], list[str]] = {}
    for fault in faults:
        second = max(0.0, round((fault.since - begin) / NANOSECONDS, 1))
        together.setdefault((fault.fixture, fault.condition, second), []).append(fault.scale)
    told: dict[str, list[str]] = {}
    for (fixture, condition, second), scales in together.items():
        what = "good again" if condition is ScaleCondition.OK else condition.name.lower()
        told.setdefault(fixture, []).append(f"{what} from second {second}: {', '.join(scales)}")
    return told
