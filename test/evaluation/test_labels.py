"""What people decided is read as they decided it, and compared with what the graph concluded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storegraph.evaluation.labels import Labelled, compare_labels, read_labels
from storegraph.evaluation.receipts import TruthError
from storegraph.observations import Action, Hypothesis, Interaction, ItemCount, Verdict

WATER = (ItemCount("9520000100100", 1),)


def concluded(event: str, shopper: str, action: Action = Action.TAKE) -> Interaction:
    best = Hypothesis(shopper, action, WATER, 0.9)
    return Interaction(1, event, 1, 2, "G1", ("G1.1",), -500.0, 1.0, (), (), (1.0, 0.0, 0.0), (best,))


def test_labels_of_events_are_read_and_those_of_lines_passed_over(tmp_path: Path) -> None:
    event = {"interaction": "e", "shopper": "7", "action": "put back", "items": {"9520000100100": 1}, "decided": 3}
    line = {"line": "7@1/0", "visit": "7@1", "gtin": "9520000100100", "count": 1, "interactions": ["e"], "decided": 3}
    path = tmp_path / "labels.jsonl"
    path.write_text(f"{json.dumps(event)}\n{json.dumps(line)}\n")
    assert read_labels(path) == (Verdict(3, "e", "7", Action.PUT_BACK, WATER),)


@pytest.mark.parametrize("text", ['{"interaction": "e"}', "[", '{"interaction": "e", "action": "fly"}', "3"])
def test_what_holds_no_labels_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(text)
    with pytest.raises(TruthError, match=r"labels\.jsonl: is not what"):
        read_labels(path)
    with pytest.raises(TruthError, match="cannot be read"):
        read_labels(tmp_path / "none")


def test_each_question_is_counted_and_the_last_label_of_an_event_counts() -> None:
    labels = [
        Verdict(1, "right", "1", Action.TAKE, WATER),
        Verdict(1, "whose", "1", Action.TAKE, WATER),
        Verdict(2, "whose", "2", Action.TAKE, WATER),
        Verdict(1, "back", "1", Action.PUT_BACK, WATER),
        Verdict(1, "unseen", "1", Action.TAKE, WATER),
    ]
    found = [concluded("right", "1"), concluded("whose", "1"), concluded("back", "1"), concluded("other", "1")]
    assert compare_labels(labels, found) == Labelled(events=3, missing=1, who=2, what=3, action=2, right=1)
    assert compare_labels([], found) == Labelled(0, 0, 0, 0, 0, 0)
