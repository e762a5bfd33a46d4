"""What receipts in review are in doubt of, which bounds what looking at goods can settle.

python test/benchmarks/goods_doubts.py FOLDER...

with the folders `results` in the work folders of `storegraph evaluate`.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

APART = "who: one of several people, of whom one took it"
SAME = "who: one of several people who took the same"
WHAT = "what: one of several products"
OTHER = "whether anything was taken, how many, an unknown object"

Receipt = dict[str, Any]


def doubts(visits: list[Receipt]) -> Iterator[str]:
    """The kind of doubt of each receipt in review, of those that were played together."""
    for one in visits:
        if one["review"]:
            products = _doubted(one)
            rivals = [other for other in visits if other is not one and _doubted(other) & products]
            if rivals:
                shared = {product for other in rivals for product in _doubted(other) & products}
                owed = [sum(bool(visit["owed"].get(product)) for visit in (one, *rivals)) for product in shared]
                yield SAME if max(owed) > 1 else APART
            else:
                yield WHAT if len(products) > 1 else OTHER


def _doubted(receipt: Receipt) -> set[str]:
    """Products in doubt; what is not known is none."""
    return {product for product in receipt["in_doubt"] if product}


def main() -> None:
    """Counts, and prints a table."""
    table = Table("receipts in review", *sys.argv[1:])
    counts = []
    for folder in sys.argv[1:]:
        runs = [json.loads(path.read_text(encoding="utf-8"))["visits"] for path in sorted(Path(folder).glob("*.json"))]
        counts.append(Counter(kind for visits in runs for kind in doubts(visits)))
        counts[-1]["all receipts"] = sum(map(len, runs))
    for kind in (APART, SAME, WHAT, OTHER, "all receipts"):
        table.add_row(kind, *(str(count[kind]) for count in counts))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
