"""Fills the templates: one HTML text that holds its style, its script and its data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from storegraph import __version__
from storegraph.evaluation.agreement import Agreement
from storegraph.evaluation.movements import Outcome, compare_movements
from storegraph.evaluation.receipts import Comparison, Verdict
from storegraph.evaluation.replayed import Replayed
from storegraph.observations import Action, ScaleCondition, ScaleSamples
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS

from .bills import bills_of
from .curves import Curve, curves_of
from .people import Person, Track, cast_of, frame_times, tracks_of, true_tracks_of
from .plan import fronts_of, plan_of
from .story import Event, events_of

TEMPLATES = Path(__file__).parent

CURVE_MARGIN = 0.08
"""Above and below a curve, as a part of its height."""

FLATTEST = 20.0
"""Grams that a curve shows at least: ten times a plate's noise, so that noise alone looks small."""

SHORTEST = 0.003
"""Part of the recording that an event's span is wide at least on a curve: two pixels of a wide one."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A summary figure: its name, its value, a remark, and what it is worth as a verdict (empty: no verdict)."""

    name: str
    value: str
    note: str = ""
    outcome: str = ""


def page_of(
    store: Store,
    replayed: Replayed,
    samples: Iterable[ScaleSamples],
    *,
    agreement: Agreement | None = None,
    title: str = "a replay",
) -> str:
    """The page of a replay.

    Args:
        store: Where it was recorded.
        replayed: What was concluded.
        samples: What the scales said, by stamp.
        agreement: With the truth; None where there is none.
        title: What the recording shows.

    Returns:
        HTML without a reference to anything outside; of equal arguments the same text.
    """
    begin, end = replayed.begin, replayed.end
    seconds = max((end - begin) / NANOSECONDS, 0.1)
    cast = _cast(replayed, agreement)
    actor_of = agreement.identities.actor_of if agreement else {}
    findings = agreement.findings if agreement else compare_movements((), replayed.interactions, actor_of)
    events = events_of(findings, cast, store, begin, truth=agreement is not None)
    times = frame_times(begin, end)
    tracks = tracks_of(replayed.shoppers, cast, times, begin)
    true_tracks = true_tracks_of(agreement.truth.frames, cast, times, begin) if agreement else []
    owed = agreement.truth.happened.receipts if agreement else None
    scales = {scale for event in events for scale in event.scales}
    curves = curves_of(samples, scales, begin, end)
    bills = bills_of(replayed.receipts, replayed.carts, cast, owed, store)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters.update(percent=_percent, grams="{:+.0f}".format, money=store.price)
    return environment.get_template("page.html").render(
        store=store,
        date=datetime.fromtimestamp(begin // NANOSECONDS, ZoneInfo(store.time_zone)).strftime("%-d %B %Y, %H:%M:%S"),
        duration=f"{seconds:.0f} s",
        title=title,
        figures=_figures(replayed, agreement, store),
        plan=plan_of(store),
        fronts=fronts_of(store),
        faulty=_faulty(replayed),
        tracks=tracks,
        agreement=agreement,
        lanes=_lanes(tracks, events, times, seconds),
        events=events,
        weights=_weights(store, replayed, curves, events, seconds),
        seconds=round(seconds, 2),
        bills=bills,
        version=__version__,
        script_data=_script_data(replayed, cast, store, events, tracks, true_tracks, times, seconds),
        css=(TEMPLATES / "page.css").read_text(encoding="utf-8"),
        javascript=(TEMPLATES / "page.js").read_text(encoding="utf-8"),
    )


def _cast(replayed: Replayed, agreement: Agreement | None) -> dict[str, Person]:
    """A person for each shopper id, and for each name of the truth; ids of nobody, long as they are, are numbered."""
    actor_of = agreement.identities.actor_of if agreement else {}
    ids = [shopper.shopper_id for snapshot in replayed.shoppers for shopper in snapshot.shoppers]
    ids += [cart.shopper_id for cart in replayed.carts] + [receipt.shopper_id for receipt in replayed.receipts]
    ids += [who.shopper_id for interaction in replayed.interactions for who in interaction.who if who.shopper_id]
    unmatched = dict.fromkeys(shopper_id for shopper_id in ids if shopper_id not in actor_of)
    name_of = {**actor_of, **{shopper_id: f"shopper {count}" for count, shopper_id in enumerate(unmatched, start=1)}}
    names = agreement.truth.frames.names if agreement else ()
    people = cast_of([*names, *name_of.values()])
    return people | {shopper_id: people[name_of[shopper_id]] for shopper_id in ids}


def _figures(replayed: Replayed, agreement: Agreement | None, store: Store) -> list[Figure]:
    interactions, receipts = replayed.interactions, replayed.receipts
    moved = sum(each.hypotheses[0].action is not Action.NONE for each in interactions)
    people = {shopper.shopper_id for snapshot in replayed.shoppers for shopper in snapshot.shoppers}
    in_doubt = sum(receipt.in_doubt for receipt in receipts)
    figures = [
        Figure("shoppers tracked", str(len(people))),
        Figure("weight events", str(len(interactions)), f"{moved} with goods moved"),
        Figure("charged", str(store.price(sum(receipt.total for receipt in receipts))), store.currency),
        Figure("in doubt", str(store.price(in_doubt)), f"{store.currency}, for a person to decide"),
    ]
    if agreement is None:
        return [*figures, Figure("receipts", str(len(receipts)))]
    findings, identities = [each for each in agreement.findings if each.movements], agreement.identities
    found = sum(finding.outcome is Outcome.FOUND for finding in findings)
    invented = sum(finding.outcome is Outcome.INVENTED for finding in agreement.findings)
    figures[0] = Figure("people", str(len(agreement.truth.frames.names)), f"{identities.switches} changes of id")
    seen = 1 - identities.missed / identities.present if identities.present else 1.0
    return [
        Figure(
            "movements found",
            f"{found} of {len(findings)}",
            f"{invented} invented",
            Verdict.EXACT.value if found == len(findings) and not invented else Verdict.WRONG.value,
        ),
        _receipts_figure("receipts exact", agreement.shoppers),
        _receipts_figure("parties exact", agreement.parties),
        *figures,
        Figure("seen", _percent(seen), "of their time in the store"),
    ]


def _receipts_figure(name: str, comparisons: Sequence[Comparison]) -> Figure:
    verdicts = [each.verdict for each in comparisons]
    exact, review, wrong = (verdicts.count(verdict) for verdict in (Verdict.EXACT, Verdict.REVIEW, Verdict.WRONG))
    worst = Verdict.WRONG if wrong else Verdict.REVIEW if review else Verdict.EXACT
    return Figure(name, f"{exact} of {len(verdicts)}", f"{review} to review, {wrong} wrong", worst.value)


def _lanes(
    tracks: Iterable[Track], events: Sequence[Event], times: Sequence[float], seconds: float
) -> list[dict[str, Any]]:
    """For each person when they were there and what they did, places in per cent of the recording."""
    by_person: dict[Person, list[Track]] = {}
    for track in tracks:
        by_person.setdefault(track.person, []).append(track)
    lanes = []
    for person, held in by_person.items():
        spans = [(times[track.first], times[track.first + len(track.frames) - 1]) for track in held]
        marks = [
            {
                "event": index,
                "left": round(50 * (event.begin + event.end) / seconds, 2),
                "kind": event.deed.action.name.lower(),
                "text": f"{event.clock} {event.deed.summary}",
            }
            for index, event in enumerate(events)
            if event.deed and event.person == person
        ]
        places = [(round(100 * begin / seconds, 2), round(100 * (end - begin) / seconds, 2)) for begin, end in spans]
        lanes.append({"person": person, "spans": places, "marks": marks})
    return lanes


def _weights(
    store: Store, replayed: Replayed, curves: Mapping[str, Curve], events: Sequence[Event], seconds: float
) -> list[dict[str, Any]]:
    """For each fixture with something to show its curves, by shelf and plate."""
    names = {product.gtin: product.name for product in store.catalogue}
    goods = {scale: names.get(facing.gtin or "", "") for facing in store.facings for scale in facing.scales}
    faults = _faults(replayed)
    fixtures = []
    for fixture in store.fixtures:
        scales = [scale.id for shelf in fixture.shelves for scale in shelf.scales]
        rows = [_row(curves[scale], goods.get(scale, ""), events, seconds) for scale in scales if scale in curves]
        told = faults.get(fixture.id, [])
        if rows or told:
            fixtures.append({"fixture": fixture.id, "rows": rows, "faults": told})
    return fixtures


def _row(curve: Curve, goods: str, events: Sequence[Event], seconds: float) -> dict[str, Any]:
    missing = max(FLATTEST - (curve.high - curve.low), 0.0) / 2
    low, high = curve.low - missing, curve.high + missing
    margin = CURVE_MARGIN * (high - low)
    spans = [
        {
            "event": index,
            "hue": event.person.hue,
            "begin": round(event.begin, 2),
            "width": round(max(event.end - event.begin, SHORTEST * seconds), 2),
        }
        for index, event in enumerate(events)
        if curve.scale in event.scales
    ]
    return {
        "curve": curve,
        "goods": goods,
        "top": round(-high - margin, 1),
        "height": round(high - low + 2 * margin, 1),
        "spans": spans,
    }


def _faults(replayed: Replayed) -> dict[str, list[str]]:
    """What is wrong with the scales of each fixture, in words; what befell several at once is told once."""
    together: dict[tuple[str, ScaleCondition, float], list[str]] = {}
    for fault in replayed.faults:
        second = max(0.0, round((fault.stamp - replayed.begin) / NANOSECONDS, 1))
        together.setdefault((fault.fixture, fault.condition, second), []).append(fault.scale)
    told: dict[str, list[str]] = {}
    for (fixture, condition, second), scales in together.items():
        what = "good again" if condition is ScaleCondition.OK else condition.name.lower()
        told.setdefault(fixture, []).append(f"{what} from second {second}: {', '.join(scales)}")
    return told


def _faulty(replayed: Replayed) -> set[str]:
    """Scales that cannot be used at the end."""
    conditions = {fault.scale: fault.condition for fault in replayed.faults}
    return {scale for scale, condition in conditions.items() if condition is not ScaleCondition.OK}


def _script_data(
    replayed: Replayed,
    cast: Mapping[str, Person],
    store: Store,
    events: Sequence[Event],
    tracks: Sequence[Track],
    true_tracks: Sequence[Track],
    times: Sequence[float],
    seconds: float,
) -> dict[str, Any]:
    """What the script needs to move people, light up plates and fill carts."""
    left = {receipt.visit_id: receipt.left for receipt in replayed.receipts}
    names = {product.gtin: product.name for product in store.catalogue}
    return {
        "seconds": round(seconds, 2),
        "step": times[1] - times[0] if len(times) > 1 else 1.0,
        "tracks": [_track(track, len(track.frames[0] or ())) for track in tracks],
        "truth": [_track(track, 2) for track in true_tracks],
        "events": [
            {
                "begin": round(event.begin, 2),
                "end": round(event.end, 2),
                "scales": event.scales,
                "name": event.person.name,
                "hue": event.person.hue,
            }
            for event in events
        ],
        "carts": [
            {
                "time": _second(cart.stamp, replayed.begin),
                "visit": cart.visit_id,
                "name": cast[cart.shopper_id].name,
                "hue": cast[cart.shopper_id].hue,
                "left": _second(left[cart.visit_id], replayed.begin) if cart.visit_id in left else None,
                "lines": [
                    [line.count, names.get(line.gtin) or line.gtin or "unknown goods", bool(line.doubt)]
                    for line in cart.lines
                ],
            }
            for cart in replayed.carts
        ],
    }


def _track(track: Track, values: int) -> dict[str, Any]:
    """A track with the first so many values of each frame."""
    frames = [frame and frame[:values] for frame in track.frames]
    return {"name": track.person.name, "hue": track.person.hue, "first": track.first, "frames": frames}


def _second(stamp: int, begin: int) -> float:
    return round((stamp - begin) / NANOSECONDS, 2)


def _percent(probability: float) -> str:
    """To a tenth, rounded down: what is not sure never reads 100 %."""
    return f"{math.floor(1000 * probability) / 10:.1f} %"
