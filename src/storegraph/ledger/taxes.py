"""What is owed for some lines, and how much of it is tax."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

PARTS = 10_000
"""A tax rate is given in parts of this: 1900 is 19 %."""


@dataclass(frozen=True, slots=True)
class Share:
    """What is taxed at one rate.

    Attributes:
        rate: Parts in ten thousand.
        net: Without tax, minor units.
        tax: Minor units.
    """

    rate: int
    net: int
    tax: int

    @property
    def gross(self) -> int:
        """With tax, minor units."""
        return self.net + self.tax


def shares(amounts: Iterable[tuple[int, int, bool]]) -> tuple[Share, ...]:
    """Amounts by rate; the tax of a rate is computed once, from their sum, and rounded half up.

    Rounding each line instead may differ from it by a minor unit a line; Directive 2006/112/EC leaves the choice to
    the member states.

    Args:
        amounts: Of each line the rate in parts in ten thousand, the price in minor units, and whether the price holds
            the tax, as in the EU; else the tax is added to it, as in the US.

    Returns:
        By rising rate.
    """
    totals: dict[tuple[int, bool], int] = {}
    for rate, amount, included in amounts:
        totals[rate, included] = totals.get((rate, included), 0) + amount
    return tuple(_share(rate, total, included) for (rate, included), total in sorted(totals.items()))


def _share(rate: int, total: int, included: bool) -> Share:
    whole = PARTS + rate if included else PARTS
    tax = _rounded(total * rate, whole)
    return Share(rate, total - tax if included else total, tax)


def _rounded(numerator: int, denominator: int) -> int:
    """A quotient of positive numbers, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)
