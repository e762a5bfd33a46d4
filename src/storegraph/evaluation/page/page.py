"""Fills the templates: one HTML text that holds its style, its script and its data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from storegraph import __version__
from storegraph.evaluation.agreement import Agreement
from storegraph.evaluation.movements import compare_movements
from storegraph.evaluation.replayed import Replayed
from storegraph.observations import ScaleSamples
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS

from .bills import bills_of
from .curves import curves_of
from .figures import figures_of, percent
from .lanes import lanes_of
from .people import Person, Track, cast_of, frame_times, tracks_of, true_tracks_of
from .plan import fronts_of, plan_of
from .story import Event, events_of
from .weights import faulty_scales, weights_of

TEMPLATES = Path(__file__).parent


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
    findings = (
        agreement.findings if agreement else compare_movements((), replayed.interactions, actor_of, store.facings)
    )
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
    environment.filters.update(percent=percent, grams="{:+.0f}".format, money=store.price)
    return environment.get_template("page.html").render(
        store=store,
        date=datetime.fromtimestamp(begin // NANOSECONDS, ZoneInfo(store.time_zone)).strftime("%-d %B %Y, %H:%M:%S"),
        duration=f"{seconds:.0f} s",
        title=title,
        figures=figures_of(replayed, agreement, store),
        plan=plan_of(store),
        fronts=fronts_of(store),
        faulty=faulty_scales(replayed.faults),
        tracks=tracks,
        agreement=agreement,
        lanes=lanes_of(tracks, events, times, seconds),
        events=events,
        weights=weights_of(store, curves, replayed.faults, events, begin, seconds),
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
