"""A recording of the competition that was published, BENCHMARK-1: 17 s, one shopper, one bottle."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from storegraph.graph.bag import BagReader
from storegraph.graph.decoding import decode
from storegraph.importers.autocheckout import import_autocheckout
from storegraph.observations import Passage
from storegraph.store.file import load_store

RECORDING = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "autocheckout-benchmark-1"

pytestmark = pytest.mark.skipif(not RECORDING.is_dir(), reason=f"the recording is not at {RECORDING}")

SHOPPER = "3325379692103139202"


@pytest.fixture(scope="module")
def benchmark_1(tmp_path_factory):
    """Summary, store, and (topic, log time, observation) of every message."""
    out = tmp_path_factory.mktemp("benchmark-1")
    summary = import_autocheckout(RECORDING, out / "bag", out / "store.yaml")
    with BagReader(out / "bag", "autocheckout") as reader:
        names = [reader.relative(topic.name) for topic in reader.topics]
        messages = [(message.topic, message.log_time, decode(message)) for message in reader.messages(names)]
    return summary, load_store(out / "store.yaml"), messages


def test_every_line_of_it_is_in_the_bag(benchmark_1):
    summary, _, messages = benchmark_1
    assert Counter(topic for topic, _, _ in messages) == {
        "scales/G1/samples": 86,
        "scales/G2/samples": 86,
        "scales/G3/samples": 86,
        "scales/G4/samples": 86,
        "shoppers": 291,
        "passages": 2,
    }
    assert summary.skipped == ()
    log_times = [log_time for _, log_time, _ in messages]
    assert log_times == sorted(log_times)


def test_the_store_has_its_gondolas_facings_and_products(benchmark_1):
    _, store, _ = benchmark_1
    assert [(f.id, f.position, f.yaw, len(f.shelves)) for f in store.fixtures] == [
        ("G1", (0.025, 0.0, 0.0), 0.0, 6),
        ("G2", (1.2442, 0.0, 0.0), 0.0, 6),
        ("G3", (2.1586, 0.0, 0.0), 0.0, 6),
        ("G4", (3.3778, 0.0, 0.0), 0.0, 6),
        ("G5", (4.3176, -0.3429, 0.0), -1.5708, 5),
    ]
    assert len(store.facings) == 114
    assert len(store.catalogue) == 361
    water = store.products()["071142008582"]
    assert (water.price, water.unit_weight) == (100, 621.67)
    assert [f.scales for f in store.facings if f.gtin == water.gtin] == [("G1.S5.P11", "G1.S5.P12")]
    assert [f.scales[0] for f in store.facings if f.gtin is None] == ["G3.S6.P1"]


def test_no_two_gondolas_stand_in_one_place(benchmark_1):
    _, store, _ = benchmark_1
    row = store.fixtures[:4]
    for left, right in pairwise(row):
        assert left.position[0] + left.size[0] == pytest.approx(right.position[0], abs=1e-3)


def test_what_was_doubted_is_told(benchmark_1):
    summary, _, _ = benchmark_1
    told = dict(remark.split(": ", 1) for remark in summary.remarks)
    assert told["weights below 5 g, taken as unknown"] == (
        "37000255741 (1.686), 44000032197 (0.8863), 722252618726 (0.1658), 853328005031 (1.6)"
    )
    assert told["scales in no facing"] == "G2.S2.P4-6"
    assert told["scales without data"].startswith("G3.S6.P1-12, G5.S1.P1-7")
    assert told["channels with data but without a plate, left out"].startswith("G1.S4.P13-14, G2.S1.P10-12")


def test_the_bottle_is_seen_to_leave_its_plate(benchmark_1):
    _, _, messages = benchmark_1
    batches = [samples for topic, _, samples in messages if topic == "scales/G1/samples"]
    plate = batches[0].scales.index("G1.S5.P11")
    grams = np.concatenate([samples.grams[:, plate] for samples in batches])
    before, after = np.median(grams[: 11 * 60]), np.median(grams[14 * 60 :])
    assert after - before == pytest.approx(-622.9, abs=5)


def test_the_right_wrist_is_then_at_the_front_of_that_plate(benchmark_1):
    _, store, messages = benchmark_1
    first = min(samples.stamp for topic, _, samples in messages if topic.startswith("scales"))
    taking = [
        people
        for topic, _, people in messages
        if topic == "shoppers" and 12.1e9 < people.stamp - first < 12.9e9 and people.shoppers
    ]
    wrists = np.array([p.shoppers[0].positions[p.joints.index("right_wrist")] for p in taking])
    scale = next(s for shelf in store.fixtures[0].shelves for s in shelf.scales if s.id == "G1.S5.P11")
    height = store.fixtures[0].shelves[4].height
    centre = np.array([0.025 + scale.position[0] + scale.size[0] / 2, scale.size[1] / 2, height])
    assert np.linalg.norm(wrists - centre, axis=1).min() == pytest.approx(0.33, abs=0.1)


def test_the_one_shopper_enters_at_the_first_and_leaves_at_the_last_appearance(benchmark_1):
    _, _, messages = benchmark_1
    entry, leaving = (event for topic, _, event in messages if topic == "passages")
    seen = [p.stamp for topic, _, p in messages if topic == "shoppers" and p.shoppers]
    assert (entry.passage, entry.shopper_id, entry.stamp) == (Passage.ENTRY, SHOPPER, 1587531994_630_447_000)
    assert (leaving.passage, leaving.shopper_id, leaving.stamp) == (Passage.EXIT, SHOPPER, max(seen))
