"""The queue in words, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime

from storegraph.ledger.books.facts import Line
from storegraph.observations import Action, Candidate, Interaction, Items
from storegraph.units import NANOSECONDS

from .history import Decided
from .queue import Case


def task_told(case: Case) -> str:
    """A task in a line: what, about what, until when, which goods, why."""
    task = case.task
    until = "" if task.deadline is None else f"until {moment_told(task.deadline)}"
    goods = "" if case.charge is None else _goods(case.charge.line)
    about = task.line or task.visit or case.bill.bill
    return "\t".join([task.kind.value, about, until, goods, task.told]).rstrip()


def decision_told(decided: Decided) -> str:
    """A decision in a line: when, about what, what, by whom, why."""
    return "\t".join([moment_told(decided.stamp), decided.about, decided.told, decided.by, decided.reason]).rstrip()


def evidence_told(case: Case) -> str:
    """What the graph said of the line of a task, indented; nothing where there is no line."""
    return "".join(f"    {line}\n" for line in _lines(case))


def _lines(case: Case) -> Iterator[str]:
    if case.charge is None:
        return
    line = case.charge.line
    yield f"{_goods(line)}, {line.confidence:.0%} sure"
    if case.evidence.holding is None:
        yield "no evidence is kept"
        return
    counts = enumerate(case.evidence.holding.counts)
    yield "holds " + ", ".join(f"{count}: {chance:.0%}" for count, chance in counts if chance >= 0.005)
    for event in case.evidence.interactions:
        yield from _of_event(event)


def _goods(line: Line) -> str:
    return f"{line.count} x {line.name or line.gtin or 'unknown goods'}"


def _of_event(event: Interaction) -> Iterator[str]:
    lasted = (event.end - event.begin) / NANOSECONDS
    yield f"event {event.event_id}: {moment_told(event.begin)}, {lasted:.1f} s, {event.delta:+.0f} g on {event.fixture}"
    yield "  who: " + ", ".join(map(_candidate, event.who))
    yield "  what: " + ", ".join(f"{_items(each.items)} {each.probability:.0%}" for each in event.what)
    yield "  action: " + ", ".join(f"{_named(action)} {event.action[action]:.0%}" for action in Action)


def _candidate(who: Candidate) -> str:
    hand = "" if math.isnan(who.hand_distance) else f" (hand {who.hand_distance:.2f} m)"
    return f"{who.shopper_id or 'nobody seen'} {who.probability:.0%}{hand}"


def _named(action: Action) -> str:
    return action.name.lower().replace("_", " ")


def _items(items: Items) -> str:
    return " + ".join(f"{item.count} x {item.gtin or 'unknown'}" for item in items) or "nothing"


def moment_told(stamp: int) -> str:
    """A stamp, nanoseconds since the Unix epoch, as people read it."""
    return datetime.fromtimestamp(stamp / NANOSECONDS, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
