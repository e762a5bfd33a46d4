"""What the gates' readers tell of who comes and goes."""

from __future__ import annotations

from collections.abc import Iterator

from storegraph.graph.topics import GATE_EVENTS, PASSAGES
from storegraph.observations import GateEvent, Passage
from storegraph.units import NANOSECONDS

from .chance import chance
from .performance import Actor, Crossing, Performance, stamp_at
from .script import Credential
from .stream import Recorded

LATENCY = 0.005
"""Seconds from a passage to its message: a report of a controller in the same network."""

JITTER = 0.002
"""Mean of what comes on top of it, exponentially distributed, seconds."""


def gate_events(performance: Performance, bound: bool = False) -> Iterator[Recorded]:
    """An event for everybody who crosses a gate's line, by log time.

    The stamp is that of the crossing, not of the credential's presentation before it. The members of a party enter on
    one credential; somebody who walks in without one has none, and is of no party. At an exit nothing is presented.

    Args:
        performance: What really happens.
        bound: Tell who passed, on `passages` as tracking does; else a reader knows of an exit nothing but that there
            was one.
    """
    topic = PASSAGES if bound else GATE_EVENTS
    actors = {actor.name: actor for actor in performance.actors}
    random = chance(performance.script.seed, "gates")
    latency = LATENCY + random.exponential(JITTER, len(performance.crossings))
    heard = 0
    for crossing, late in zip(performance.crossings, latency.tolist(), strict=True):
        event = _event(crossing, actors[crossing.actor], bound)
        heard = max(heard, event.stamp + round(late * NANOSECONDS))
        yield Recorded(heard, topic.name, event)


def _event(crossing: Crossing, actor: Actor, bound: bool) -> GateEvent:
    entering = crossing.passage is Passage.ENTRY
    known = actor.credential is not Credential.NONE
    return GateEvent(
        stamp=stamp_at(crossing.time),
        gate=crossing.gate,
        passage=crossing.passage,
        credential=actor.token if entering and known else "",
        party=actor.party if known and (entering or bound) else "",
        shopper_id=actor.name if bound else "",
        derived=False,
    )
