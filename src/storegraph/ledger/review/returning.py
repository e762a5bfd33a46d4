"""What a customer brings back, as what the books are to be told."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from storegraph.ledger.books.record import bills
from storegraph.ledger.errors import RefusedError
from storegraph.ledger.settlement.inputs import OfBill, Reduce, Return


def told_of(
    connection: Connection,
    store: str,
    bill: str,
    lines: Sequence[str],
    amount: int | None,
    wasted: bool,
    request: str,
    by: str,
    reason: str,
    now: int,
) -> OfBill:
    """Goods that come back, or a part of a price.

    Args:
        connection: To the books.
        store: Store id.
        bill: That they are of.
        lines: Each as its id, for all of it that is charged, or as `LINE=COUNT`; empty for the whole bill.
        amount: Of the one line: given back while the goods stay, minor units; None where goods come back.
        wasted: What comes back is not sold again.
        request: Of who tells it; the same when told again.
        by: Who decides.
        reason: For the record.
        now: Event time, nanoseconds since the Unix epoch.

    Raises:
        RefusedError: The bill or a line is not known, or an amount is not of one line.
    """
    if amount is not None:
        if len(lines) != 1 or "=" in lines[0]:
            raise RefusedError(f"bill {bill}: an amount is given back of one line; name it, without a count")
        return Reduce(now, request, lines[0], amount, by, reason)
    known = bills(connection, store, [bill]).get(bill)
    if known is None:
        raise RefusedError(f"{bill}: there is no such bill; `storegraph ledger bills` lists them")
    items = []
    for each in lines:
        line, _, count = each.partition("=")
        if line not in known.charges or (count and not count.isdecimal()):
            raise RefusedError(f"{each}: is no line of bill {bill}, as LINE or LINE=COUNT")
        items.append((line, int(count) if count else known.charges[line].charged))
    return Return(now, request, bill, tuple(items), wasted, by, reason)
