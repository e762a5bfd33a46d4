"""An operator promises the same outputs wherever it is stopped, kept and taken up again."""

from __future__ import annotations

import pickle
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.graph.bag import BagMessage, BagReader
from storegraph.graph.decoding import decode
from storegraph.graph.journal import Journal, JournalError
from storegraph.graph.merge import END
from storegraph.graph.nodes import NodeSpec, nodes_for, recorded_inputs
from storegraph.graph.operator import Operator, Promise
from storegraph.graph.topics import INTERACTIONS, PASSAGES, SCALE_SAMPLES, SHOPPERS
from storegraph.observations import Observation, WeightEvent
from storegraph.store.file import load_store
from storegraph.store.model import Store

ROOT = Path(__file__).resolve().parents[2]
WEIGHING, ATTRIBUTION, LEDGER = nodes_for((SCALE_SAMPLES, SHOPPERS, PASSAGES))
SECOND = 1_000_000_000


@cache
def corner() -> Store:
    return load_store(ROOT / "config" / "stores" / "corner.yaml")


@cache
def told(spec: NodeSpec) -> tuple[BagMessage, ...]:
    """What a node that needs recorded topics only is told in the first third of the demo."""
    with BagReader(ROOT / "bags" / "demo", "corner") as reader:
        names = {name for topic in recorded_inputs((spec,)) for name in reader.names_of(topic)}
        messages = list(reader.messages(names))
    return tuple(messages[: len(messages) // 3])


def outputs(operator: Operator, messages: tuple[BagMessage, ...]) -> list[Observation]:
    given_ = []
    for message in messages:
        operator.push(message.topic, decode(message))
        given_ += [observation for _, observation in operator.pump()]
    return given_


@cache
def uninterrupted() -> list[Observation]:
    return outputs(Operator(WEIGHING, corner()), told(WEIGHING))


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 300))
def test_an_operator_kept_and_taken_up_again_goes_on_as_if_nothing_had_happened(cut: int) -> None:
    operator = Operator(WEIGHING, corner())
    before = outputs(operator, told(WEIGHING)[:cut])
    again = pickle.loads(pickle.dumps(operator))
    assert before + outputs(again, told(WEIGHING)[cut:]) == uninterrupted()
    assert any(isinstance(observation, WeightEvent) for observation in uninterrupted())


def test_what_a_journal_has_kept_and_noted_gives_the_same_outputs(tmp_path: Path) -> None:
    path, messages = tmp_path / "journal" / "weighing.sqlite", told(WEIGHING)
    journal = Journal(path, "1", snapshot_every=100)
    operator, _ = journal.recover(Operator(WEIGHING, corner()))
    given_ = []
    for message in messages[:250]:
        journal.append(message)
        given_ += outputs(operator, (message,))
        if journal.long:
            journal.keep(operator)
            kept = len(given_)
    # Here the process dies; what is published again is dropped by those who have it.
    again, noted = Journal(path, "1").recover(Operator(WEIGHING, corner()))
    assert len(noted) == 50
    assert given_[:kept] + outputs(again, tuple(noted)) + outputs(again, messages[250:]) == uninterrupted()


def test_what_another_version_has_left_is_not_taken_up(tmp_path: Path) -> None:
    path = tmp_path / "weighing.sqlite"
    journal = Journal(path, "1")
    journal.recover(Operator(WEIGHING, corner()))
    journal.append(told(WEIGHING)[0])
    journal.close()
    fresh = Operator(WEIGHING, corner())
    assert Journal(path, "2").recover(fresh) == (fresh, [])


def test_a_file_that_is_no_journal_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "weighing.sqlite"
    path.write_text("no journal" * 1000)
    with pytest.raises(JournalError, match="cannot be used as a journal"):
        Journal(path, "1")


def test_a_promise_counts_only_when_the_newest_observation_it_knows_of_is_there() -> None:
    ledger = Operator(LEDGER, corner(), {INTERACTIONS})
    entry = next(message for message in told(ATTRIBUTION) if message.topic == "passages")
    passage = decode(entry)
    ledger.announce("interactions", Promise(passage.stamp + 20 * SECOND))
    ledger.announce("passages", Promise(passage.stamp + 20 * SECOND, (passage.stamp, passage.key)))
    assert list(ledger.pump()) == []
    ledger.push("passages", passage)
    assert [topic.name for topic, _ in ledger.pump()] == ["carts"]


def test_when_all_inputs_have_ended_the_operator_may_finish() -> None:
    ledger = Operator(LEDGER, corner(), {INTERACTIONS})
    ledger.announce("interactions", Promise(END))
    assert not ledger.ended
    ledger.announce("passages", Promise(END))
    assert ledger.ended
