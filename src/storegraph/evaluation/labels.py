"""What people have decided of weight events, beside what the graph concluded."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from storegraph.observations import Action, Interaction, ItemCount, Verdict

from .receipts import TruthError


@dataclass(frozen=True, slots=True)
class Labelled:
    """How often the graph's likeliest explanation is what people say.

    Attributes:
        events: Labelled events that the graph has, too.
        missing: Labelled events that it does not have.
        who: Of `events`, the shopper is right.
        what: The goods and their counts are.
        action: What was done is.
        right: All three are.
    """

    events: int
    missing: int
    who: int
    what: int
    action: int
    right: int


def read_labels(path: Path) -> tuple[Verdict, ...]:
    """The labels of weight events that `storegraph ledger labels` wrote; those of lines are passed over.

    Args:
        path: JSON lines.

    Raises:
        TruthError: It is not there, or has another form.
    """
    try:
        entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return tuple(
            Verdict(
                stamp=int(entry["decided"]),
                event_id=entry["interaction"],
                shopper_id=entry["shopper"],
                action=Action[entry["action"].upper().replace(" ", "_")],
                items=tuple(ItemCount(gtin, int(count)) for gtin, count in sorted(entry["items"].items())),
            )
            for entry in entries
            if "interaction" in entry
        )
    except OSError as error:
        raise TruthError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TruthError(f"{path}: is not what `storegraph ledger labels` writes: {error!r}") from error


def compare_labels(labels: Iterable[Verdict], interactions: Iterable[Interaction]) -> Labelled:
    """How the labels and the interactions agree; of an event that was labelled more than once the last label counts.

    Args:
        labels: In the order in which they were given.
        interactions: The last word on each event.
    """
    concluded = {each.event_id: each.hypotheses[0] for each in interactions}
    last = {each.event_id: each for each in labels}
    pairs = [(label, concluded[event]) for event, label in last.items() if event in concluded]
    answers = [
        (best.shopper_id == label.shopper_id, best.items == label.items, best.action is label.action)
        for label, best in pairs
    ]
    who, what, action = (sum(column) for column in zip(*answers, strict=True)) if answers else (0, 0, 0)
    return Labelled(len(pairs), len(last) - len(pairs), who, what, action, sum(map(all, answers)))
