"""A weight event of several scales may be several movements that came at about one time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from storegraph.observations import ScaleChange, WeightEvent

from .histories import Way
from .model import PriorSettings

MOST = 6
"""Scales of one event up to which it is parted; a movement of more has never been seen to be several, and the ways to
part it double with each."""

CROSS_TALK = 0.016
"""Share of a movement's weight that a scale beside it feels through the fixture: up to 1.6 % in a real store
(BENCHMARK-1 of the AutoCheckout competition, 622.9 g taken: -9.7 and -6.3 g beside it)."""

POOR = 1e-3
"""Partings of an event that explain it this much worse than the best are not followed."""

WAYS = 24
"""Ways to explain one of several parts of an event that are followed."""

Parts = tuple[WeightEvent, ...]


def partings(event: WeightEvent) -> Iterator[Parts]:
    """All ways to part an event between its scales, in their order; first, not to part it."""
    changes = event.changes
    cuts = range(1, len(changes)) if len(changes) <= MOST else range(0)
    for chosen in range(1 << len(cuts)):
        ends = [*(cut for cut in cuts if chosen >> (cut - 1) & 1), len(changes)]
        begins = [0, *ends[:-1]]
        yield tuple(_part(event, changes[begin:end]) for begin, end in zip(begins, ends, strict=True))


def likely(
    all_partings: Sequence[Parts], ways_of: Callable[[WeightEvent], Sequence[Way]], priors: PriorSettings
) -> list[Parts]:
    """The partings that are worth following.

    Args:
        all_partings: Of one event.
        ways_of: All ways to explain a part.
        priors: What people are likely to do.
    """
    if len(all_partings) == 1:
        return list(all_partings)
    evidence = [
        priors.apart ** (len(parts) - 1)
        * math.prod(math.fsum(weight for weight, _ in ways_of(part)) * share_density(part) for part in parts)
        for parts in all_partings
    ]
    return [parts for parts, found in zip(all_partings, evidence, strict=True) if found >= POOR * max(evidence)]


def together(parts: Parts, found: Sequence[Sequence[Way]], priors: PriorSettings, least: float) -> Iterator[Way]:
    """Every choice of a way to explain each part of an event, but none that moves one thing twice.

    Args:
        parts: Of the event.
        found: The ways to explain each, by falling weight.
        priors: What people are likely to do.
        least: Choices of less weight are left out.
    """
    prior = priors.apart ** (len(parts) - 1) * math.prod(share_density(part) for part in parts)
    for choice in _choices([ways[:WAYS] if len(parts) > 1 else ways for ways in found], least / prior):
        steps = tuple(step for _, chosen in choice for step in chosen)
        touched = [name for step in steps for name in (*step.gone, *(thing.thing_id for thing, _ in step.moved))]
        if len(parts) == 1 or len(touched) == len(set(touched)):
            people = [step.move.shopper_id for step in steps if step.move.shopper_id]
            again = priors.seen_twice ** (len(people) - len(set(people))) if len(parts) > 1 else 1.0
            yield prior * again * math.prod(weight for weight, _ in choice), steps


def _choices(found: Sequence[Sequence[Way]], least: float) -> Iterator[tuple[Way, ...]]:
    """Every choice of one of each, whose weights make at least so much together."""
    if not found:
        yield ()
        return
    ways, *others = found
    best = math.prod(each[0][0] for each in others)
    for way in ways:
        if way[0] * best < least:
            break  # the others weigh less
        for choice in _choices(others, least / way[0]):
            yield (way, *choice)


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
