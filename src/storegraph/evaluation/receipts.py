"""Receipts beside the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from rich.table import Table

from storegraph.errors import StoregraphError
from storegraph.observations import Receipt

Goods = Mapping[str, int]
"""How many of each product, by GTIN."""


class TruthError(StoregraphError):
    """A file with ground truth cannot be read."""


class Verdict(Enum):
    """What a receipt is worth."""

    EXACT = "exact"  # charged is the truth, and nothing is in doubt
    REVIEW = "review"  # nothing is charged that is not owed, and a person is asked about the rest
    WRONG = "wrong"  # something is charged that is not owed, or something owed is missing and nobody is asked


@dataclass(frozen=True, slots=True)
class Comparison:
    """What somebody, or a party, is charged and what they really took.

    Attributes:
        payer: Whose.
        truth: What they owe.
        charged: The lines that are sure.
        in_doubt: The lines that wait for a person.
        asked: Whether a person is asked about the visit as a whole.
    """

    payer: str
    truth: Goods
    charged: Goods
    in_doubt: Goods
    asked: bool = False

    @property
    def review(self) -> bool:
        """Whether a person is asked about anything."""
        return self.asked or bool(self.in_doubt)

    @property
    def exact(self) -> bool:
        """Charged is the truth, and nothing is in doubt."""
        return self.verdict is Verdict.EXACT

    @property
    def verdict(self) -> Verdict:
        """How they agree."""
        if self.charged == self.truth and not self.review:
            return Verdict.EXACT
        owed = all(count <= self.truth.get(gtin, 0) for gtin, count in self.charged.items())
        return Verdict.REVIEW if self.review and owed else Verdict.WRONG


def compare(
    receipts: Iterable[Receipt],
    truth: Mapping[str, Goods],
    payer: Callable[[Receipt], str] = lambda receipt: receipt.shopper_id,
) -> list[Comparison]:
    """Every payer of either side, by name; several receipts of one count together.

    Args:
        receipts: Of the ledger.
        truth: Payer to what they owe.
        payer: Under which name the truth has a receipt's shopper, or their party.
    """
    charged: dict[str, Counter[str]] = {}
    in_doubt: dict[str, Counter[str]] = {}
    asked: set[str] = set()
    for receipt in receipts:
        if receipt.doubt:
            asked.add(payer(receipt))
        for line in receipt.lines:
            side = in_doubt if line.doubt else charged
            side.setdefault(payer(receipt), Counter())[line.gtin] += line.count
    return [
        Comparison(
            name,
            dict(truth.get(name, {})),
            dict(charged.get(name, Counter())),
            dict(in_doubt.get(name, Counter())),
            name in asked,
        )
        for name in sorted({*truth, *charged, *in_doubt, *asked})
    ]


def comparison_table(comparisons: Iterable[Comparison], names: Mapping[str, str], payers: str = "Shopper") -> Table:
    """Payer by payer: what really happened, what is charged, what waits for a person.

    Args:
        comparisons: As `compare` gives them.
        names: Of the products, by GTIN.
        payers: What they are.
    """
    table = Table(title="Receipts and the truth", title_justify="left", expand=False)
    table.add_column(payers, no_wrap=True)
    for name in ("Really left with", "Charged", "For a person to decide"):
        table.add_column(name, overflow="fold")
    table.add_column("", no_wrap=True)
    colours = {Verdict.EXACT: "green", Verdict.REVIEW: "yellow", Verdict.WRONG: "red"}
    for each in comparisons:
        verdict = f"[{colours[each.verdict]}]{each.verdict.value}[/]"
        table.add_row(
            each.payer, _told(each.truth, names), _told(each.charged, names), _told(each.in_doubt, names), verdict
        )
        table.add_section()
    return table


def _told(goods: Goods, names: Mapping[str, str]) -> str:
    return (
        "\n".join(f"{count} x {names.get(gtin) or gtin or 'unknown'}" for gtin, count in sorted(goods.items())) or "-"
    )
