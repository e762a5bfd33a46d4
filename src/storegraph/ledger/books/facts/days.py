"""Facts about business days, each in the stream of its day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """What was taxed at one rate on a day, less what was taken back; minor units.

    Attributes:
        rate: Parts in ten thousand.
        net: Without tax.
        tax: The tax.
    """

    rate: int
    net: int
    tax: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What a day's facts changed, minor units; all days together give the bills as they stand.

    Attributes:
        visits: People who left.
        settled: Purchases that were settled for the first time.
        sold: Became owed, with tax.
        taken_back: Is owed no longer, with tax: returns, corrections, reductions.
        taxes: Of what was sold less what was taken back, by rate.
        captured: Taken by the provider.
        refunded: Given back by the provider.
        cash: Taken at the desk, less what was given back there.
        debts: Given up, less what was collected after all.
        shrink: Price of what is gone and not paid.
        in_doubt: Price of what waits for a person; below zero where more was decided than came.
    """

    visits: int
    settled: int
    sold: int
    taken_back: int
    taxes: tuple[TaxTotal, ...]
    captured: int
    refunded: int
    cash: int
    debts: int
    shrink: int
    in_doubt: int


@dataclass(frozen=True, slots=True)
class DayClosed:
    """The books of a business day were closed: what is written later counts for a later day.

    Attributes:
        day: As in 2026-09-21.
        time_zone: In which it is a day, IANA name.
        entries: That count for it.
        digest: SHA-256 over their hashes, hexadecimal.
        rest: Position before which no entry counts for a later day.
        totals: Of the day.
    """

    KIND: ClassVar[str] = "day closed"

    day: str
    time_zone: str
    entries: int
    digest: str
    rest: int
    totals: Totals
