"""The receipt of one visit as the books have it now: what is charged is sure, what waits for a person is in doubt."""

from __future__ import annotations

from collections.abc import Iterator

from storegraph.observations import CartLine, Receipt

from .bill import Bill
from .charge import Charge

NO_PAYER = "nobody is known who would pay"
NO_AGE = "staff has not approved the age"


def receipt_of(bill: Bill, visit: str) -> Receipt | None:
    """The receipt of a visit; None while it lasts.

    What was reviewed, corrected or brought back since is no longer on it, or is no longer in doubt.

    Args:
        bill: Of the visit.
        visit: Which.
    """
    about = bill.visits.get(visit)
    if about is None or about.left is None:
        return None
    entered = about.left if about.entered is None else about.entered
    return Receipt(
        stamp=about.concluded,
        visit_id=visit,
        shopper_id=about.shopper,
        party=bill.party,
        gate=about.gate,
        entered=entered,
        left=about.left,
        derived=about.derived,
        lines=tuple(line for each in bill.charges.values() if each.visit == visit for line in _lines(each)),
        currency=bill.currency,
        doubt=about.doubt,
    )


def _lines(charge: Charge) -> Iterator[CartLine]:
    if charge.charged:
        yield _line(charge, charge.charged, "")
    if charge.waiting:
        doubt = charge.line.doubt or (NO_AGE if charge.needs_age else NO_PAYER if charge.needs_payer else "")
        yield _line(charge, charge.waiting, doubt)


def _line(charge: Charge, count: int, doubt: str) -> CartLine:
    line = charge.line
    return CartLine(line.gtin, line.name, count, charge.unit_price, line.confidence, doubt)
