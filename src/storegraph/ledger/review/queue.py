"""The queue: everything that waits for a person, what is most urgent first, each with its evidence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.charge import Charge
from storegraph.ledger.books.record import bills
from storegraph.ledger.books.schema import TASK
from storegraph.ledger.books.tasks import Kind, Task, tasks_of
from storegraph.observations import Action, Interaction, Items

from .evidence import Evidence, evidence_of


@dataclass(frozen=True, slots=True)
class Case:
    """Something that waits for a person.

    Attributes:
        task: What has to be decided, and until when.
        bill: That it is about.
        charge: The line; None where it is about a whole visit or bill.
        evidence: What the graph said of the line.
    """

    task: Task
    bill: Bill
    charge: Charge | None
    evidence: Evidence


def waiting(connection: Connection, store: str) -> dict[Kind, int]:
    """How much of each kind waits for a person."""
    query = select(TASK.c.kind, func.count()).where(TASK.c.store == store).group_by(TASK.c.kind)
    return {Kind(kind): int(count) for kind, count in connection.execute(query)}


def cases(connection: Connection, store: str, about: str = "") -> list[Case]:
    """What waits for a person, by deadline; what has none comes last.

    Args:
        connection: To the books.
        store: Store id.
        about: Only what is about this line, visit or bill; empty for all.
    """
    waiting = select(TASK.c.bill).where(TASK.c.store == store).distinct()
    if about:
        waiting = waiting.where((TASK.c.line == about) | (TASK.c.visit == about) | (TASK.c.bill == about))
    known = bills(connection, store, list(connection.execute(waiting).scalars()))
    found = [
        _case(connection, store, bill, task)
        for bill in known.values()
        for task in tasks_of(bill)
        if about in ("", task.line, task.visit, bill.bill)
    ]
    return sorted(found, key=lambda case: (case.task.deadline is None, case.task.deadline or 0, case.task.task))


def case_to_json(case: Case) -> dict[str, Any]:
    """A case as plain data; an unknown hand distance is null. It names no card, and no member of staff."""
    return {
        "task": case.task.task,
        "kind": case.task.kind.value,
        "bill": case.bill.bill,
        "visit": case.task.visit,
        "line": case.task.line,
        "deadline": case.task.deadline,
        "told": case.task.told,
        "state": case.bill.state,
        "goods": _goods(case.charge) if case.charge else None,
        "counts": list(case.evidence.holding.counts) if case.evidence.holding else None,
        "events": [event_to_json(each) for each in case.evidence.interactions],
    }


def event_to_json(event: Interaction) -> dict[str, Any]:
    """An interaction as evidence: its alternatives, and where its curves are."""
    return {
        "event": event.event_id,
        "curves": {"topic": f"scales/{event.fixture}/samples", "begin": event.begin, "end": event.end},
        "fixture": event.fixture,
        "scales": list(event.scales),
        "grams": event.delta,
        "sigma": event.sigma,
        "who": [
            {
                "shopper": each.shopper_id,
                "probability": each.probability,
                "hand_distance": None if math.isnan(each.hand_distance) else each.hand_distance,
            }
            for each in event.who
        ],
        "what": [{"items": _items(each.items), "probability": each.probability} for each in event.what],
        "action": {action.name.lower(): event.action[action] for action in Action},
        "alternatives": [
            {
                "shopper": each.shopper_id,
                "action": each.action.name.lower(),
                "items": _items(each.items),
                "probability": each.probability,
            }
            for each in event.hypotheses
        ],
    }


def _case(connection: Connection, store: str, bill: Bill, task: Task) -> Case:
    charge = bill.charges.get(task.line)
    evidence = evidence_of(connection, store, bill, charge) if charge else Evidence(None, ())
    return Case(task, bill, charge, evidence)


def _goods(charge: Charge) -> dict[str, Any]:
    return {
        "gtin": charge.line.gtin,
        "name": charge.line.name,
        "unit_price": charge.unit_price,
        "count": charge.line.count,
        "waiting": charge.waiting,
        "charged": charge.charged,
        "confidence": charge.line.confidence,
        "doubt": charge.line.doubt,
    }


def _items(items: Items) -> dict[str, int]:
    return {item.gtin: item.count for item in items}
