"""What the tables hold of a bill.

Each projection is a pure function of the bill, so that it can be made again and compared. Another one is added by a
function here, its table in `schema` and a migration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from .bill import Bill, Charge, Step, Visit
from .schema import BILL, CART_ITEM, LINE, STEP, TASK, VISIT
from .statements import Row
from .tasks import Task, tasks_of


@dataclass(frozen=True, slots=True)
class Projection:
    """What a table holds of a bill.

    Attributes:
        parts: What of a bill has rows there, by name. A part that a fact leaves alone is the same object as before.
        rows: Those of one of them, but for the columns `store` and `bill`.
    """

    parts: Callable[[Bill], Mapping[str, Any]]
    rows: Callable[[str, Any], Iterator[Row]]


def bill_row(_: str, bill: Bill) -> Iterator[Row]:
    """The bill itself."""
    step = bill.open_step
    yield {
        "state": bill.state,
        "payer": bill.payer.value,
        "card": bill.card,
        "party": bill.party,
        "currency": bill.currency,
        "opened": bill.opened,
        "last_left": bill.last_left,
        "owed": bill.owed,
        "tax": bill.tax,
        "captured": bill.captured,
        "refunded": bill.refunded,
        "cash": bill.cash,
        "in_doubt": sum(charge.waiting * (charge.unit_price or 0) for charge in bill.waiting),
        "shrink": sum(charge.shrink * (charge.unit_price or 0) for charge in bill.charges.values()),
        "debt": bill.debt,
        "revision": bill.settled,
        "open_step": step.step if step else None,
        "due": bill.due,
    }


def visit_row(name: str, visit: Visit) -> Iterator[Row]:
    """Somebody who is on the bill."""
    yield {
        "visit": name,
        "shopper": visit.shopper,
        "entered": visit.entered,
        "left": visit.left,
        "gate": visit.gate,
        "doubt": visit.doubt,
    }


def cart_rows(name: str, visit: Visit) -> Iterator[Row]:
    """What somebody holds who is still inside."""
    for item in visit.cart:
        yield {
            "visit": name,
            "gtin": item.gtin,
            "doubt": item.doubt,
            "count": item.count,
            "unit_price": item.unit_price,
        }


def line_row(name: str, charge: Charge) -> Iterator[Row]:
    """What somebody has who left."""
    line = charge.line
    yield {
        "line": name,
        "visit": charge.visit,
        "gtin": line.gtin,
        "name": line.name,
        "count": line.count,
        "unit_price": charge.unit_price,
        "tax_class": line.tax_class,
        "tax_rate": line.tax_rate,
        "tax_included": line.tax_included,
        "confidence": line.confidence,
        "doubt": line.doubt,
        "charged": charge.charged,
        "waiting": charge.waiting,
        "shrink": charge.shrink,
        "void": charge.void,
        "needs_review": charge.needs_review,
        "needs_age": charge.needs_age,
        "needs_payer": charge.needs_payer,
        "deadline": charge.deadline,
        "returned": charge.returned,
        "wasted": charge.wasted,
        "reduced": charge.reduced,
    }


def task_row(name: str, task: Task) -> Iterator[Row]:
    """What waits for a person."""
    yield {
        "task": name,
        "visit": task.visit,
        "kind": task.kind.value,
        "line": task.line,
        "deadline": task.deadline,
        "told": task.told,
    }


def step_row(name: str, step: Step) -> Iterator[Row]:
    """What the provider was asked."""
    yield {
        "step": name,
        "action": step.action.value,
        "amount": step.amount,
        "begun": step.begun,
        "ended": step.ended,
        "done": step.done,
        "reference": step.reference,
        "reason": step.reason,
    }


PROJECTIONS: tuple[tuple[Table, Projection], ...] = (
    (BILL, Projection(lambda bill: {bill.bill: bill}, bill_row)),
    (VISIT, Projection(lambda bill: bill.visits, visit_row)),
    (CART_ITEM, Projection(lambda bill: bill.visits, cart_rows)),
    (LINE, Projection(lambda bill: bill.charges, line_row)),
    (TASK, Projection(lambda bill: {task.task: task for task in tasks_of(bill)}, task_row)),
    (STEP, Projection(lambda bill: {step.step: step for step in bill.steps}, step_row)),
)
"""Every table that follows from the entries, and what it holds of a bill."""


def rows_of(bill: Bill, projection: Projection, store: str) -> list[Row]:
    """The whole rows of a bill in one table."""
    return rows_of_parts(bill.bill, projection.parts(bill), projection, store)


def rows_of_parts(bill: str, parts: Mapping[str, Any], projection: Projection, store: str) -> list[Row]:
    """The whole rows of some parts of a bill in one table."""
    named: Row = {"store": store, "bill": bill}
    return [named | row for name, part in parts.items() for row in projection.rows(name, part)]
