"""Whether the books and the payment provider's report say the same: payment by payment, and what differs."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from storegraph.ledger.errors import PaymentError
from storegraph.store.currency import MINOR_UNIT_DIGITS

from .closing import Movement

STRIPE_COLUMNS = ("payment_intent_id", "reporting_category", "currency", "gross", "fee")
"""What is read of Stripe's report."""

MOVING = ("charge", "refund", "refund_failure", "partial_capture_reversal")
"""Stripe's reporting categories that are the shop's own doing. A capture of less than was reserved is told as a charge
of all of it and the reversal of the rest (https://docs.stripe.com/reports/reporting-categories)."""


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """What a provider says that it moved.

    Attributes:
        movements: Of payments.
        fees: What it keeps, minor units.
        others: What else it moved, minor units by its name for that: payouts, chargebacks.
    """

    movements: tuple[Movement, ...]
    fees: int
    others: dict[str, int]


@dataclass(frozen=True, slots=True)
class Difference:
    """A payment of which the books and the provider say different things.

    Attributes:
        reference: The provider's name of it.
        bill: What for; empty where the books do not know it.
        booked: Taken less given back by the books, minor units; None where they have nothing.
        reported: By the provider, minor units; None where it has nothing.
    """

    reference: str
    bill: str
    booked: int | None
    reported: int | None


def differences(booked: Iterable[Movement], reported: Iterable[Movement]) -> tuple[Difference, ...]:
    """Every payment whose movements do not add up to the same, by reference."""
    bills: dict[str, str] = {}
    ours: defaultdict[str, int] = defaultdict(int)
    for movement in booked:
        ours[movement.reference] += movement.amount
        bills[movement.reference] = movement.bill
    theirs: defaultdict[str, int] = defaultdict(int)
    for movement in reported:
        theirs[movement.reference] += movement.amount
    return tuple(
        Difference(reference, bills.get(reference, ""), ours.get(reference), theirs.get(reference))
        for reference in sorted(ours.keys() | theirs.keys())
        if ours.get(reference) != theirs.get(reference)
    )


def read_stripe_report(path: Path, currency: str) -> ProviderReport:
    """Reads Stripe's report "Balance change from activity", itemized, as CSV.

    https://docs.stripe.com/reports/balance#schema-balance-change-from-activity-itemized

    Args:
        path: The file. Its days have to be those of the store's time zone, which Stripe's dashboard asks for.
        currency: Of the store, ISO 4217.

    Raises:
        PaymentError: It cannot be read, or is about another currency.
    """
    movements: list[Movement] = []
    fees, others = 0, Counter[str]()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 2):
                _check(row, currency, f"{path}:{number}")
                gross = _minor_units(row["gross"], currency, f"{path}:{number}: gross")
                fees += _minor_units(row["fee"], currency, f"{path}:{number}: fee")
                if row["reporting_category"] in MOVING:
                    movements.append(Movement(row["payment_intent_id"], gross))
                else:
                    others[row["reporting_category"]] += gross
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PaymentError(f"{path}: cannot be read: {error}") from None
    return ProviderReport(tuple(movements), fees, dict(others))


def _check(row: dict[str, str], currency: str, where: str) -> None:
    missing = [name for name in STRIPE_COLUMNS if row.get(name) is None]
    if missing:
        raise PaymentError(f"{where}: has no {', '.join(missing)}; take these columns into the report")
    if row["currency"].upper() != currency:
        raise PaymentError(f"{where}: currency is {row['currency']}, the store's is {currency}; make a report of that")


def _minor_units(text: str, currency: str, where: str) -> int:
    """An amount as Stripe's reports write it, in whole units of the currency."""
    try:
        amount = Decimal(text).scaleb(MINOR_UNIT_DIGITS.get(currency, 2))
    except InvalidOperation:
        raise PaymentError(f"{where}: {text!r} is no amount") from None
    return int(amount)
