"""Closed days as rows for spreadsheets. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from .closing import Closed


@dataclass(frozen=True, slots=True)
class DayRow:
    """What a closed day changed.

    Attributes:
        day: In the store's time zone.
        visits: People who left.
        settled: Purchases that were settled for the first time.
        sold: What became owed, with tax.
        taken_back: What is owed no longer: returns, corrections, reductions; with tax.
        captured: What the payment provider took.
        refunded: What it gave back.
        cash: Paid at the desk, less what was given back there.
        debts: Given up, less what was collected after all.
        shrink: Price of what is gone and not paid.
        in_doubt: Price of what waits for a person, below zero where more was decided than came.
        entry: Position of what closed it in the store's chain.
        hash: Of that entry. Written down elsewhere, it shows later that the day was not changed.
    """

    day: date
    visits: int
    settled: int
    sold: int
    taken_back: int
    captured: int
    refunded: int
    cash: int
    debts: int
    shrink: int
    in_doubt: int
    entry: int
    hash: str


@dataclass(frozen=True, slots=True)
class DayTaxRow:
    """What was taxed at one rate on a closed day: of what was sold, less what was taken back.

    Attributes:
        day: In the store's time zone.
        rate: Percent.
        net: Without tax.
        tax: On it.
    """

    day: date
    rate: float
    net: int
    tax: int


def day_rows(days: Iterable[Closed]) -> list[DayRow]:
    """A row a day."""
    return [_row(closed) for closed in days]


def tax_rows(days: Iterable[Closed]) -> list[DayTaxRow]:
    """A row for each day and rate."""
    return [
        DayTaxRow(date.fromisoformat(closed.fact.day), share.rate / 100, share.net, share.tax)
        for closed in days
        for share in closed.fact.totals.taxes
    ]


def _row(closed: Closed) -> DayRow:
    totals = closed.fact.totals
    return DayRow(
        day=date.fromisoformat(closed.fact.day),
        visits=totals.visits,
        settled=totals.settled,
        sold=totals.sold,
        taken_back=totals.taken_back,
        captured=totals.captured,
        refunded=totals.refunded,
        cash=totals.cash,
        debts=totals.debts,
        shrink=totals.shrink,
        in_doubt=totals.in_doubt,
        entry=closed.position,
        hash=closed.hash,
    )
