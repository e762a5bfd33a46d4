"""Receipts beside the truth."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from storegraph.errors import StoregraphError
from storegraph.observations import Receipt

Goods = Mapping[str, int]
"""How many of each product, by GTIN."""


class TruthError(StoregraphError):
    """A file with ground truth cannot be read."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One shopper's receipt and what they really took.

    Attributes:
        shopper_id: Whose.
        truth: What they left with.
        charged: The lines that are sure.
        in_doubt: The lines that wait for a person.
    """

    shopper_id: str
    truth: Goods
    charged: Goods
    in_doubt: Goods

    @property
    def exact(self) -> bool:
        """Charged is the truth, and nothing is in doubt."""
        return self.charged == self.truth and not self.in_doubt


def read_truth(path: Path) -> dict[str, Goods]:
    """What each shopper really left with.

    Args:
        path: JSON with a member "receipts": shopper to GTIN to count.

    Raises:
        TruthError: It is not there, or has another form.
    """
    try:
        receipts = json.loads(path.read_text(encoding="utf-8"))["receipts"]
        return {shopper: {gtin: int(count) for gtin, count in goods.items()} for shopper, goods in receipts.items()}
    except OSError as error:
        raise TruthError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TruthError(f'{path}: has no "receipts" of the form shopper to GTIN to count') from error


def compare(receipts: Iterable[Receipt], truth: Mapping[str, Goods]) -> list[Comparison]:
    """Every shopper of either side, by id; several receipts of one shopper count together."""
    charged: dict[str, Counter[str]] = {}
    in_doubt: dict[str, Counter[str]] = {}
    for receipt in receipts:
        for line in receipt.lines:
            side = in_doubt if line.doubt else charged
            side.setdefault(receipt.shopper_id, Counter())[line.gtin] += line.count
    return [
        Comparison(
            shopper,
            dict(truth.get(shopper, {})),
            dict(charged.get(shopper, Counter())),
            dict(in_doubt.get(shopper, Counter())),
        )
        for shopper in sorted({*truth, *charged, *in_doubt})
    ]


def comparison_table(comparisons: Iterable[Comparison], names: Mapping[str, str]) -> Table:
    """Shopper by shopper: what really happened, what is charged, what waits for a person.

    Args:
        comparisons: As `compare` gives them.
        names: Of the products, by GTIN.
    """
    table = Table(title="Receipts and the truth", title_justify="left", expand=False)
    table.add_column("Shopper", no_wrap=True)
    table.add_column("Really left with")
    table.add_column("Charged")
    table.add_column("For a person to decide")
    table.add_column("", no_wrap=True)
    for each in comparisons:
        verdict = "[green]exact[/]" if each.exact else "[yellow]review[/]" if each.in_doubt else "[red]wrong[/]"
        table.add_row(
            each.shopper_id, _told(each.truth, names), _told(each.charged, names), _told(each.in_doubt, names), verdict
        )
        table.add_section()
    return table


def _told(goods: Goods, names: Mapping[str, str]) -> str:
    return (
        "\n".join(f"{count} x {names.get(gtin) or gtin or 'unknown'}" for gtin, count in sorted(goods.items())) or "-"
    )
