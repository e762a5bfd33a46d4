"""Receipts in the competition's form.

The form is the `receipts` part of what its server took, and gave back with a score: `competition/results.md` of
https://github.com/AutoCheckout-CMU/AutoCheckout holds dozens of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from storegraph.atomic import whole_file
from storegraph.observations import Receipt

LIKELY = 0.5
"""From this probability on, something in doubt is a best guess. Our receipts have it for everybody who may have it, so
that a person can decide; told for all of them it would count twice. The F1 to be expected is highest where all is told
whose probability is at least half of that F1 (Lipton, Elkan and Naryanaswamy 2014, arXiv:1402.1892): near 0.5."""


class CompetitionProduct(TypedDict):
    """How many of one product."""

    barcode: str
    quantity: int


class CompetitionReceipt(TypedDict):
    """What one target bought."""

    target_id: str
    products: list[CompetitionProduct]


def competition_receipts(receipts: Sequence[Receipt], *, sure_only: bool = False) -> list[CompetitionReceipt]:
    """Puts receipts into the competition's form.

    The competition scores best guesses (F1 over products), so lines in doubt that are at least `LIKELY` count unless
    told otherwise. Only targets that bought something are listed, as in the scored submissions: where nobody did, they
    have `"receipts": []`. A product without a barcode cannot be named and is left out. Visits of one target are added
    up: the form knows only targets.

    Args:
        receipts: As a replay gives them.
        sure_only: Leave out the lines in doubt.

    Returns:
        Targets in the order of their first receipt, products by barcode.
    """
    bought: dict[str, Counter[str]] = {}
    for receipt in receipts:
        for line in receipt.lines:
            told = not line.doubt or (not sure_only and line.confidence >= LIKELY)
            if line.gtin and line.count and told:
                bought.setdefault(receipt.shopper_id, Counter())[line.gtin] += line.count
    return [
        {
            "target_id": target,
            "products": [{"barcode": barcode, "quantity": quantity} for barcode, quantity in sorted(products.items())],
        }
        for target, products in bought.items()
    ]


def write_competition_receipts(receipts: Sequence[CompetitionReceipt], path: Path, *, replace: bool = False) -> None:
    """Writes them as JSON; the file appears whole or not at all.

    Raises:
        OutputError: The file exists and `replace` is false, or it cannot be written.
    """
    with whole_file(path, replace=replace) as fresh:
        fresh.write_text(json.dumps(receipts, indent=2) + "\n", encoding="utf-8")
