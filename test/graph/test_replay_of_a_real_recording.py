"""Of a real recording the receipt is what was really taken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storegraph.graph.bag import BagReader
from storegraph.graph.decoding import decode
from storegraph.graph.outputs import INTERACTIONS, read_receipts
from storegraph.graph.replay import replay
from storegraph.graph.topics import (
    WEIGHT_EVENTS,
)
from storegraph.importers.autocheckout import competition_receipts, import_autocheckout
from storegraph.observations import WeightEvent
from storegraph.store.file import load_store

ROOT = Path(__file__).resolve().parents[2]


BENCHMARK = ROOT.parent / "shared" / "data" / "autocheckout-benchmark-1"


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The real recording of a real cashierless store, in which one shopper takes one bottle, imported and replayed."""
    if not BENCHMARK.is_dir():
        pytest.skip(f"needs the recording in {BENCHMARK}")
    directory = tmp_path_factory.mktemp("benchmark")
    import_autocheckout(BENCHMARK, directory / "b1", directory / "b1.yaml")
    replay(directory / "b1", load_store(directory / "b1.yaml"), directory / "r1")
    return directory / "b1", directory / "r1"


def test_of_the_real_recording_exactly_the_one_bottle_is_on_the_receipt(benchmark: tuple[Path, Path]) -> None:
    assert competition_receipts(read_receipts(benchmark[1]), sure_only=True) == [
        {"target_id": "3325379692103139202", "products": [{"barcode": "071142008582", "quantity": 1}]}
    ]
    assert len(read_receipts(benchmark[1])) == 1


def test_in_the_real_recording_there_is_no_interaction_but_that_one(benchmark: tuple[Path, Path]) -> None:
    (interaction,) = json.loads((benchmark[1] / INTERACTIONS).read_text())
    assert interaction["scales"] == ["G1.S5.P11"]
    assert interaction["hypotheses"][0]["probability"] > 0.95


def test_the_weight_event_of_the_real_recording_is_where_and_when_it_was(benchmark: tuple[Path, Path]) -> None:
    bag, out = benchmark
    with BagReader(bag, "autocheckout") as reader:
        first = min(decode(message).stamp for message in reader.messages({"scales/G1/samples"}))
    with BagReader(out / "bag", "autocheckout") as reader:
        (event,) = map(decode, reader.messages({WEIGHT_EVENTS.name}))
    assert isinstance(event, WeightEvent)
    assert event.delta == pytest.approx(-622.9, abs=5)
    assert 11.9 <= (event.begin - first) * 1e-9 <= 12.3
