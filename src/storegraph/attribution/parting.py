"""A weight event of several scales may be two movements that came at about one time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from storegraph.observations import ScaleChange, WeightEvent

MOST = 6
"""Scales of one event up to which it is parted; a movement of more has never been seen to be several, and the ways to
part it double with each."""

CROSS_TALK = 0.016
"""Share of a movement's weight that a scale beside it feels through the fixture: up to 1.6 % in a real store
(BENCHMARK-1 of the AutoCheckout competition, 622.9 g taken: -9.7 and -6.3 g beside it)."""

Parts = tuple[WeightEvent, ...]


def partings(event: WeightEvent) -> Iterator[Parts]:
    """All ways to part an event between its scales, in their order; first, not to part it."""
    changes = event.changes
    cuts = range(1, len(changes)) if len(changes) <= MOST else range(0)
    for chosen in range(1 << len(cuts)):
        ends = [*(cut for cut in cuts if chosen >> (cut - 1) & 1), len(changes)]
        begins = [0, *ends[:-1]]
        yield tuple(_part(event, changes[begin:end]) for begin, end in zip(begins, ends, strict=True))


def share_density(part: WeightEvent) -> float:
    """Density, per gram of each scale but one, of how one movement's weight lies on its scales: anything goes."""
    return math.prod(1 / max(abs(part.delta), 1.0) for _ in part.changes[1:])


def _part(event: WeightEvent, changes: Sequence[ScaleChange]) -> WeightEvent:
    if len(changes) == len(event.changes):
        return event
    beside = sum(abs(change.delta) for change in event.changes if change not in changes)
    return replace(
        event,
        event_id=f"{event.event_id}/{'+'.join(change.scale for change in changes)}",
        changes=tuple(changes),
        delta=sum(change.delta for change in changes),
        sigma=math.hypot(CROSS_TALK * beside, *(change.sigma for change in changes)),
    )
