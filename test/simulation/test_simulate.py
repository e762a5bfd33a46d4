"""A simulation gives a bag as a real store would, and the truth beside it: both or none, byte for byte alike."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from storegraph.atomic import OutputError
from storegraph.graph.bag import BagReader
from storegraph.graph.decoding import decode
from storegraph.graph.replay import replay
from storegraph.graph.topics import GATE_EVENTS, KEYPOINTS, PASSAGES, SCALE_SAMPLES, SHOPPERS
from storegraph.observations import GateEvent, Observation, Passage, ScaleSamples
from storegraph.simulation.faults.model import Fault
from storegraph.simulation.level import Level
from storegraph.simulation.performance import stamp_at
from storegraph.simulation.scenarios.scenario import load_scenario
from storegraph.simulation.simulate import Simulated, simulate
from storegraph.simulation.truth import read_truth, truth_beside
from storegraph.store.file import load_store

CORNER = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
SEED = 3
LATEST = 1_000_000_000
"""No message is heard later than this after the end, nanoseconds."""


def simulated(out: Path, level: Level = "keypoints", *, seed: int = SEED, faults: tuple[Fault, ...] = ()) -> Simulated:
    return simulate(load_scenario("single_pick"), CORNER, seed, out, level=level, faults=faults)


@pytest.fixture(scope="module")
def picks(tmp_path_factory: pytest.TempPathFactory) -> dict[Level, Simulated]:
    """Somebody takes something, seen by a tracker and by a pose network."""
    folder = tmp_path_factory.mktemp("simulated")
    return {level: simulated(folder / level, level) for level in ("keypoints", "shoppers")}


def files(simulation: Simulated) -> dict[str, bytes]:
    found = [*simulation.bag.iterdir(), *simulation.truth.iterdir()]
    return {path.name.replace(simulation.bag.name, "bag"): path.read_bytes() for path in found}


def told(bag: Path) -> list[tuple[str, int, Observation]]:
    """Topic, log time and observation of everything that a bag holds."""
    with BagReader(bag, CORNER.id) as reader:
        names = [name for topic in reader.topics if (name := reader.relative(topic.name))]
        return [(each.topic, each.log_time, decode(each)) for each in reader.messages(names)]


def test_equal_seeds_give_the_same_bytes_and_others_do_not(picks: dict[Level, Simulated], tmp_path: Path) -> None:
    first, again = picks["keypoints"], simulated(tmp_path / "keypoints")
    assert files(again) == files(first)
    other = files(simulated(tmp_path / "other" / "keypoints", seed=SEED + 1))
    assert all(other[name] != content for name, content in files(first).items())


@pytest.mark.parametrize(
    ("level", "families"),
    [("keypoints", (SCALE_SAMPLES, KEYPOINTS, GATE_EVENTS)), ("shoppers", (SCALE_SAMPLES, SHOPPERS, PASSAGES))],
)
def test_a_level_has_the_topics_of_a_real_store(picks: dict[Level, Simulated], level: Level, families: tuple) -> None:
    with BagReader(picks[level].bag, CORNER.id) as reader:
        names = {topic: reader.names_of(topic) for topic in families}
        assert reader.message_count == picks[level].messages
        assert sum(map(len, names.values())) == len(reader.topics)
    assert set(names[SCALE_SAMPLES]) == {SCALE_SAMPLES.of(fixture.id) for fixture in CORNER.fixtures}
    if KEYPOINTS in names:
        assert set(names[KEYPOINTS]) == {KEYPOINTS.of(camera.id) for camera in CORNER.cameras}


@pytest.mark.parametrize("level", ["keypoints", "shoppers"])
def test_everything_is_heard_after_it_was_measured_and_in_order(picks: dict[Level, Simulated], level: Level) -> None:
    heard = told(picks[level].bag)
    times = [log_time for _, log_time, _ in heard]
    assert times == sorted(times)
    end = stamp_at(picks[level].performance.duration)
    assert all(stamp_at(0) <= seen.stamp < log_time < end + LATEST for _, log_time, seen in heard)
    newest: Counter[str] = Counter()
    for topic, _, seen in heard:
        assert seen.stamp >= newest[topic]
        newest[topic] = seen.stamp


def test_a_gate_knows_nobody_and_a_tracker_does(picks: dict[Level, Simulated]) -> None:
    for level, bound in (("keypoints", False), ("shoppers", True)):
        passages = [seen for _, _, seen in told(picks[level].bag) if isinstance(seen, GateEvent)]
        assert [seen.passage for seen in passages] == [Passage.ENTRY, Passage.EXIT]
        (actor,) = picks[level].performance.actors
        assert {seen.shopper_id for seen in passages} == {actor.name if bound else ""}


def test_what_a_tracker_and_scales_say_is_enough_for_the_receipt(picks: dict[Level, Simulated], tmp_path: Path) -> None:
    report = replay(picks["shoppers"].bag, CORNER, tmp_path / "results")
    (receipt,) = report.receipts
    truth = read_truth(picks["shoppers"].truth).happened
    assert {line.gtin: line.count for line in receipt.lines} == truth.receipts[receipt.shopper_id]
    assert report.ignored == {}
    assert not report.refused


def test_the_truth_does_not_depend_on_what_sensors_see_of_it(picks: dict[Level, Simulated]) -> None:
    keypoints, shoppers = (read_truth(picks[level].truth) for level in ("keypoints", "shoppers"))
    assert keypoints.happened == shoppers.happened
    np.testing.assert_array_equal(keypoints.frames.joints, shoppers.frames.joints)
    assert truth_beside(picks["keypoints"].bag) == picks["keypoints"].truth


def test_faults_strike_the_bag_and_stand_in_the_truth(picks: dict[Level, Simulated], tmp_path: Path) -> None:
    dead = Fault(kind="nan", stream="scales/*/samples", begin=5.0)
    broken = simulated(tmp_path / "broken", "shoppers", faults=(dead,))
    assert read_truth(broken.truth).happened.faults == (dead,)
    assert broken.messages == picks["shoppers"].messages
    for _, _, seen in told(broken.bag):
        if isinstance(seen, ScaleSamples):
            first = max(0, int(np.ceil((stamp_at(5.0) - seen.stamp) * seen.rate / 1e9)))
            assert np.isfinite(seen.grams[:first]).all()
            assert np.isnan(seen.grams[first:]).all()


@pytest.mark.parametrize("there", ["bag", "bag-truth"])
def test_nothing_is_replaced_unless_that_is_said(tmp_path: Path, there: str) -> None:
    (tmp_path / there).mkdir()
    (tmp_path / there / "precious").touch()
    with pytest.raises(OutputError, match="exists already"):
        simulated(tmp_path / "bag")
    assert [path.name for path in tmp_path.iterdir()] == [there]
    simulate(load_scenario("single_pick"), CORNER, SEED, tmp_path / "bag", replace=True)
    assert {path.name for path in tmp_path.iterdir()} == {"bag", "bag-truth"}
    assert not (tmp_path / there / "precious").exists()


def test_progress_begins_small_and_ends_with_the_whole(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    out = tmp_path / "bag"
    simulate(load_scenario("single_pick"), CORNER, SEED, out, progress=lambda done, total: steps.append((done, total)))
    assert steps == sorted(steps)
    assert steps[0][0] < 0.05 * steps[0][1]
    assert steps[-1][0] > 0.95 * steps[-1][1]
