"""What a replay leaves on disk for people and programs: receipts, interactions and stock as JSON.

The form is part of the public interface: keys in a fixed order, times as integer nanoseconds since the Unix epoch,
money in integer minor units, one entry a line, so that two replays can be compared byte by byte and by `diff`.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from storegraph.errors import StoregraphError
from storegraph.observations import Action, CartLine, FacingStock, Interaction, Items, Receipt

RECEIPTS = "receipts.json"
INTERACTIONS = "interactions.json"
STOCK = "stock.json"


class ReceiptsError(StoregraphError):
    """A file is not what a replay writes."""


class JsonArray:
    """Writes a JSON array one entry a line, as the entries come, holding none of them.

    Args:
        path: The file to write.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._separator = "[\n"

    def __enter__(self) -> Self:
        """The array itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Ends the array and closes the file."""
        self._file.write("[]\n" if self._separator == "[\n" else "\n]\n")
        self._file.close()

    def append(self, entry: dict[str, Any]) -> None:
        """Adds an entry.

        Raises:
            ValueError: It holds a number that JSON has no form for.
        """
        self._file.write(self._separator + json.dumps(entry, ensure_ascii=False, allow_nan=False))
        self._separator = ",\n"


def receipt_to_json(receipt: Receipt) -> dict[str, Any]:
    """A receipt as JSON has it."""
    return {
        "visit_id": receipt.visit_id,
        "shopper_id": receipt.shopper_id,
        "party": receipt.party,
        "gate": receipt.gate,
        "entered": receipt.entered,
        "left": receipt.left,
        "settled": receipt.stamp,
        "derived": receipt.derived,
        "lines": [asdict(line) for line in receipt.lines],
        "currency": receipt.currency,
        "total": receipt.total,
        "in_doubt": receipt.in_doubt,
        "doubt": receipt.doubt,
    }


def interaction_to_json(interaction: Interaction) -> dict[str, Any]:
    """An interaction as JSON has it; an unknown hand distance is null."""
    return {
        "event_id": interaction.event_id,
        "revision": interaction.revision,
        "stamp": interaction.stamp,
        "begin": interaction.begin,
        "end": interaction.end,
        "fixture": interaction.fixture,
        "scales": list(interaction.scales),
        "delta": interaction.delta,
        "sigma": interaction.sigma,
        "who": [
            {
                "shopper_id": who.shopper_id,
                "probability": who.probability,
                "hand_distance": None if math.isnan(who.hand_distance) else who.hand_distance,
            }
            for who in interaction.who
        ],
        "what": [{"items": _items_to_json(what.items), "probability": what.probability} for what in interaction.what],
        "action": {action.name.lower(): interaction.action[action] for action in Action},
        "hypotheses": [
            {
                "shopper_id": hypothesis.shopper_id,
                "action": hypothesis.action.name.lower(),
                "items": _items_to_json(hypothesis.items),
                "probability": hypothesis.probability,
            }
            for hypothesis in interaction.hypotheses
        ],
        "holdings": [asdict(holding) for holding in interaction.holdings],
    }


def stock_to_json(stock: FacingStock) -> dict[str, Any]:
    """A facing's stock as JSON has it; `empty` is null where nobody has counted."""
    return {
        "stamp": stock.stamp,
        "fixture": stock.fixture,
        "scales": list(stock.scales),
        "gtin": stock.gtin,
        "counted": stock.counted,
        "expected": stock.expected,
        "empty": stock.empty if stock.counted else None,
        "least": stock.least,
        "counts": list(stock.counts),
        "misplaced": [asdict(each) for each in stock.misplaced],
    }


def _items_to_json(items: Items) -> list[dict[str, Any]]:
    return [{"gtin": item.gtin, "count": item.count} for item in items]


def read_receipts(path: Path) -> list[Receipt]:
    """The receipts that a replay wrote.

    Args:
        path: A `receipts.json`, or the folder of a replay.

    Raises:
        ReceiptsError: It is not there, or not what a replay writes.
    """
    file = path / RECEIPTS if path.is_dir() else path
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
        return [_receipt_from_json(entry) for entry in entries]
    except OSError as error:
        raise ReceiptsError(f"{file}: cannot be read ({error.strerror}); `storegraph replay` writes it") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReceiptsError(f"{file}: is not the receipts of a replay ({type(error).__name__}: {error})") from error


def _receipt_from_json(entry: dict[str, Any]) -> Receipt:
    return Receipt(
        stamp=entry["settled"],
        visit_id=entry["visit_id"],
        shopper_id=entry["shopper_id"],
        party=entry["party"],
        gate=entry["gate"],
        entered=entry["entered"],
        left=entry["left"],
        derived=entry["derived"],
        lines=tuple(CartLine(**line) for line in entry["lines"]),
        currency=entry["currency"],
        doubt=entry["doubt"],
    )
