"""What the tables hold of a bill.

Each projection is a pure function of the bill, so that it can be made again and compared. Another one is added by a
function here, its table in `schema` and a migration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Table

from .bill import Bill
from .schema import BILL, CART_ITEM, LINE, STEP, TASK, VISIT
from .statements import Row
from .tasks import tasks_of


@dataclass(frozen=True, slots=True)
class Projection:
    """What a table holds of a bill.

    Attributes:
        rows: Those of a bill, but for the columns `store` and `bill`.
        reads: The fields of the bill that the rows follow from; empty where they follow from more than a few.
    """

    rows: Callable[[Bill], Iterator[Row]]
    reads: tuple[str, ...] = ()

    def may_differ(self, before: Bill, after: Bill) -> bool:
        """Whether a fact may have changed the rows: a field that it leaves alone is the same object as before."""
        return not self.reads or any(getattr(before, name) is not getattr(after, name) for name in self.reads)


def bill_row(bill: Bill) -> Iterator[Row]:
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


def visit_rows(bill: Bill) -> Iterator[Row]:
    """Everybody who is on the bill."""
    for name, visit in bill.visits.items():
        yield {
            "visit": name,
            "shopper": visit.shopper,
            "entered": visit.entered,
            "left": visit.left,
            "gate": visit.gate,
            "doubt": visit.doubt,
        }


def cart_rows(bill: Bill) -> Iterator[Row]:
    """What those hold who are still inside."""
    for name, visit in bill.visits.items():
        for item in visit.cart:
            yield {
                "visit": name,
                "gtin": item.gtin,
                "doubt": item.doubt,
                "count": item.count,
                "unit_price": item.unit_price,
            }


def line_rows(bill: Bill) -> Iterator[Row]:
    """What those have who left."""
    for name, charge in bill.charges.items():
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


def task_rows(bill: Bill) -> Iterator[Row]:
    """What waits for a person."""
    for task in tasks_of(bill):
        yield {
            "task": task.task,
            "visit": task.visit,
            "kind": task.kind.value,
            "line": task.line,
            "deadline": task.deadline,
            "told": task.told,
        }


def step_rows(bill: Bill) -> Iterator[Row]:
    """What the provider was asked."""
    for step in bill.steps:
        yield {
            "step": step.step,
            "action": step.action.value,
            "amount": step.amount,
            "begun": step.begun,
            "ended": step.ended,
            "done": step.done,
            "reference": step.reference,
            "reason": step.reason,
        }


PROJECTIONS: tuple[tuple[Table, Projection], ...] = (
    (BILL, Projection(bill_row)),
    (VISIT, Projection(visit_rows, reads=("visits",))),
    (CART_ITEM, Projection(cart_rows, reads=("visits",))),
    (LINE, Projection(line_rows, reads=("charges",))),
    (TASK, Projection(task_rows)),
    (STEP, Projection(step_rows, reads=("steps",))),
)
"""Every table that follows from the entries, and what it holds of a bill."""


def rows_of(bill: Bill, projection: Projection, store: str) -> list[Row]:
    """The whole rows of a bill in one table."""
    return [{"store": store, "bill": bill.bill, **row} for row in projection.rows(bill)]
