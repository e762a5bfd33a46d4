"""A replay promises the same bytes whatever the order of arrival, and all of its output or none."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.atomic import OutputError
from storegraph.evaluation.receipts import compare
from storegraph.graph.bag import BagError, BagMessage, BagReader, BagWriter
from storegraph.graph.dataflow import Dataflow
from storegraph.graph.decoding import decode
from storegraph.graph.encoding import encode
from storegraph.graph.merge import MergeSettings
from storegraph.graph.messages import CONVERSIONS
from storegraph.graph.nodes import STAGE_NODES, NodeSpec, nodes_for
from storegraph.graph.outputs import INTERACTIONS, RECEIPTS, read_receipts
from storegraph.graph.replay import OUTPUTS, ReplayReport, replay
from storegraph.graph.topics import (
    GATE_EVENTS,
    KEYPOINTS,
    PASSAGES,
    SCALE_SAMPLES,
    SHOPPERS,
    TOPICS,
    VERDICTS,
    WEIGHT_EVENTS,
    Topic,
)
from storegraph.graph.topics import INTERACTIONS as INTERACTIONS_TOPIC
from storegraph.observations import Action, Interaction, Observation, ScaleSamples, Verdict
from storegraph.simulation.truth import read_truth
from storegraph.store.file import load_store
from storegraph.store.model import Store

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "bags" / "demo"
NODES = nodes_for((SCALE_SAMPLES, SHOPPERS, PASSAGES))
"""Those that the demo is told to."""
SECOND = 1_000_000_000
LATENESS = MergeSettings().allowed_lateness


@cache
def corner() -> Store:
    return load_store(ROOT / "config" / "stores" / "corner.yaml")


@cache
def recorded() -> tuple[BagMessage, ...]:
    """The demo recording in the order of its stamps."""
    with BagReader(DEMO, "corner") as reader:
        names = {name for topic in TOPICS for name in reader.names_of(topic)}
        return tuple(reader.messages(names))


@cache
def stamps() -> tuple[int, ...]:
    return tuple(decode(message).stamp for message in recorded())


def results(out: Path) -> tuple[bytes, bytes]:
    return (out / RECEIPTS).read_bytes(), (out / INTERACTIONS).read_bytes()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo recording, replayed."""
    out = tmp_path_factory.mktemp("demo") / "results"
    replay(DEMO, corner(), out)
    return out


def replayed(messages: list[BagMessage], directory: Path, **options: Topic) -> tuple[ReplayReport, Path]:
    """Messages written to a bag in this order, and that replayed."""
    start = messages[0].log_time
    with BagWriter(directory / "bag", "corner") as writer:
        for index, message in enumerate(messages):
            writer.write_message(replace(message, log_time=start + index))
    report = replay(directory / "bag", corner(), directory / "results", **options)
    return report, directory / "results"


def test_the_demo_is_charged_as_it_happened(demo: Path) -> None:
    compared = compare(read_receipts(demo), read_truth(ROOT / "bags" / "demo-truth").happened.receipts)
    assert {each.payer: each.exact for each in compared} == dict.fromkeys(["ann", "bob", "dan", "eve"], True)


def test_two_replays_give_the_same_bytes(demo: Path, tmp_path: Path) -> None:
    replay(DEMO, corner(), tmp_path / "again")
    assert results(tmp_path / "again") == results(demo)


@settings(max_examples=5, deadline=None)
@given(random=st.randoms(use_true_random=False))
def test_arrivals_in_any_order_within_the_allowed_lateness_give_the_same_bytes(
    demo: Path, tmp_path_factory: pytest.TempPathFactory, random: Random
) -> None:
    late = sorted(zip(stamps(), recorded(), strict=True), key=lambda entry: entry[0] + random.randrange(LATENESS))
    report, out = replayed([message for _, message in late], tmp_path_factory.mktemp("shuffled"))
    assert results(out) == results(demo)
    assert sum(counters.late for counters in report.counters.values()) == 0


def test_messages_that_arrive_twice_count_once(demo: Path, tmp_path: Path) -> None:
    report, out = replayed([message for message in recorded() for _ in range(2)], tmp_path)
    assert results(out) == results(demo)
    assert report.counters["attribution", "shoppers"].duplicates == sum(m.topic == "shoppers" for m in recorded())


@pytest.mark.parametrize("taken", [SHOPPERS, WEIGHT_EVENTS, INTERACTIONS_TOPIC])
def test_what_is_taken_from_the_bag_gives_what_was_computed(demo: Path, tmp_path: Path, taken: Topic) -> None:
    replay(DEMO if taken is SHOPPERS else demo / "bag", corner(), tmp_path / "again", taken=taken)
    assert (tmp_path / "again" / RECEIPTS).read_bytes() == (demo / RECEIPTS).read_bytes()
    if taken is not INTERACTIONS_TOPIC:
        assert results(tmp_path / "again") == results(demo)


def test_the_bag_of_a_replay_holds_all_topics_but_the_samples(demo: Path) -> None:
    with BagReader(demo / "bag", "corner") as reader:
        held = {topic.name for topic in TOPICS if reader.names_of(topic)}
    not_there = {GATE_EVENTS.name, KEYPOINTS.name, SCALE_SAMPLES.name, VERDICTS.name}  # nobody decided anything
    assert held == {topic.name for topic in TOPICS} - not_there


def bills(out: Path) -> dict[str, dict[str, int]]:
    """What everybody has on their receipt: products and how many."""
    receipts = json.loads((out / RECEIPTS).read_text())
    return {each["shopper_id"]: {line["gtin"]: line["count"] for line in each["lines"]} for each in receipts}


@pytest.mark.parametrize("place", [0, 0.5])
def test_what_a_person_found_out_corrects_the_cart_from_its_stamp_on_wherever_it_stands_in_the_bag(
    demo: Path, tmp_path: Path, place: float
) -> None:
    rice = "9520000100148"
    told = json.loads((demo / INTERACTIONS).read_text())
    about = next(
        each["event_id"]
        for each in told
        if each["who"][0]["shopper_id"] == "ann" and each["what"][0]["items"] == [{"gtin": rice, "count": 1}]
    )
    verdict = Verdict(stamps()[len(stamps()) // 2] + SECOND, about, "", Action.NONE, ())
    message = BagMessage(VERDICTS.name, 0, CONVERSIONS[Verdict].message_type, encode(verdict))
    messages = list(recorded())
    messages.insert(int(len(messages) * place), message)
    messages[0] = replace(messages[0], log_time=recorded()[0].log_time)
    report, out = replayed(messages, tmp_path)
    charged = bills(demo)
    del charged["ann"][rice]
    assert bills(out) == charged
    *_, judged = (each for each in json.loads((out / INTERACTIONS).read_text()) if each["event_id"] == about)
    assert (judged["stamp"], judged["revision"], judged["what"][0]["items"]) == (verdict.stamp, 1, [])
    counters = report.counters["attribution", VERDICTS.name]
    assert (counters.accepted, counters.late) == (1, 0)
    with BagReader(out / "bag", "corner") as reader:
        assert [decode(each) for each in reader.messages({VERDICTS.name})] == [verdict]


def test_an_earlier_replay_is_replaced_and_anything_else_is_not(demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "results"
    replay(DEMO, corner(), out)
    replay(DEMO, corner(), out)
    assert {path.name for path in out.iterdir()} == OUTPUTS
    (out / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        replay(DEMO, corner(), out)
    assert (out / "notes.txt").read_text() == "mine"


def without(topic: str) -> list[BagMessage]:
    return [message for message in recorded() if message.topic != topic]


def test_a_missing_topic_is_an_error_that_names_it_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(BagError, match="has no /corner/shoppers"):
        replayed(without("shoppers"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["bag"]


def test_the_store_of_another_recording_is_an_error_that_says_so(tmp_path: Path) -> None:
    other = corner().model_copy(update={"id": "elsewhere"})
    with pytest.raises(BagError, match="is elsewhere the store it was recorded in"):
        replay(DEMO, other, tmp_path / "results")


def test_a_bag_that_is_cut_off_is_replayed_up_to_there(tmp_path: Path) -> None:
    bag = tmp_path / "bag"
    bag.mkdir()
    for file in DEMO.iterdir():
        content = file.read_bytes()
        (bag / file.name).write_bytes(content[: len(content) * 3 // 5] if file.suffix == ".mcap" else content)
    report = replay(bag, corner(), tmp_path / "results")
    with BagReader(DEMO, "corner") as whole:
        assert 0.2 * whole.message_count < report.messages < 0.8 * whole.message_count
    assert report.cut_off == (bag / "demo_0.mcap",)


def test_a_bag_of_which_nothing_can_be_read_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    bag = tmp_path / "bag"
    bag.mkdir()
    (bag / "bag_0.mcap").write_bytes((DEMO / "demo_0.mcap").read_bytes()[:1000])
    with pytest.raises(BagError, match="cut off before its first message"):
        replay(bag, corner(), tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_an_impossible_message_is_refused_reported_and_changes_nothing(demo: Path, tmp_path: Path) -> None:
    messages = list(recorded())
    first = next(message for message in messages if message.topic == "shoppers")
    report, out = replayed([replace(first, data=first.data[:40]), *messages], tmp_path)
    assert sum(report.refused.values()) == 1
    assert results(out) == results(demo)


def shifted(message: BagMessage, nanoseconds: int, directory: Path) -> BagMessage:
    """The same message with another stamp."""
    observation = replace(decode(message), stamp=decode(message).stamp + nanoseconds)  # type: ignore[type-var]
    with BagWriter(directory, "corner") as writer:
        writer.write(message.topic, observation, message.log_time)
    with BagReader(directory, "corner") as reader:
        return next(reader.messages({message.topic}))


def test_stamps_that_jump_back_by_an_hour_are_dropped_and_counted(demo: Path, tmp_path: Path) -> None:
    messages = list(recorded())
    middle = len(messages) // 2
    victim = next(message for message in messages[middle:] if message.topic == "shoppers")
    jumped = shifted(victim, -3600 * 10**9, tmp_path / "jumped")
    report, out = replayed([*messages[:middle], jumped, *messages[middle:]], tmp_path)
    assert report.counters["attribution", "shoppers"].late == 1
    assert results(out) == results(demo)


def test_a_fixture_the_store_does_not_know_is_ignored_and_told(demo: Path, tmp_path: Path) -> None:
    messages = list(recorded())
    stray = next(message for message in messages if SCALE_SAMPLES.matches(message.topic))
    report, out = replayed([*messages, replace(stray, topic="scales/G9/samples")], tmp_path)
    assert report.ignored == {"scales/G9/samples": 1}
    assert results(out) == results(demo)


def slow_stream() -> list[tuple[str, Observation]]:
    """The demo as slow sensors would tell it: batches of a second, people four times a second."""
    slow: list[tuple[str, Observation]] = []
    batches: dict[str, list[ScaleSamples]] = {}
    snapshots = 0
    for message in recorded():
        observation = decode(message)
        if not isinstance(observation, ScaleSamples):
            snapshots += message.topic == "shoppers"
            if message.topic != "shoppers" or snapshots % 4 == 0:
                slow.append((message.topic, observation))
            continue
        batch = batches.setdefault(message.topic, [])
        batch.append(observation)
        if len(batch) == 5:
            grams = np.concatenate([each.grams for each in batch])
            slow.append((message.topic, replace(batch[0], grams=grams)))
            batch.clear()
    return slow


def told_of_slow_sensors(together: int) -> list[Interaction]:
    """What attribution tells where the graph is asked to go on after so many observations."""
    interactions: list[Interaction] = []

    def take(topic: Topic, observation: Observation) -> None:
        if isinstance(observation, Interaction):
            interactions.append(observation)

    dataflow = Dataflow(NODES, corner(), take)
    for index, (name, observation) in enumerate(slow_stream()):
        dataflow.push(name, observation)
        if index % together == 0:
            dataflow.pump()
    dataflow.finish()
    return interactions


def test_how_often_the_graph_is_asked_to_go_on_changes_no_result() -> None:
    once = told_of_slow_sensors(100_000)
    assert len({each.event_id for each in once if each.delta}) == 11
    for together in (1, 64):
        assert list(map(repr, told_of_slow_sensors(together))) == list(map(repr, once))  # a distance may be NaN


def long_stream(minutes: int) -> Iterator[tuple[str, Observation]]:
    """A store in which nothing happens, for minutes: one fixture at 60 Hz, and an empty shop at 5 Hz."""
    samples = next(message for message in recorded() if message.topic == "scales/G1/samples")
    first = decode(samples)
    empty = next(each for each in map(decode, (m for m in recorded() if m.topic == "shoppers")))
    assert isinstance(first, ScaleSamples)
    random = np.random.default_rng(1)
    for batch in range(minutes * 60 * 5):
        stamp = first.stamp + batch * 200_000_000
        grams = (first.grams.mean(axis=0) + random.normal(0, 1, first.grams.shape)).astype(np.float32)
        for fixture in ("G1", "G2", "F1"):
            if fixture == "G1":
                yield f"scales/{fixture}/samples", replace(first, stamp=stamp, grams=grams)
        yield "shoppers", replace(empty, stamp=stamp, shoppers=())  # type: ignore[type-var]


def peak_memory(minutes: int) -> int:
    """Bytes at the end of a long stream beyond those after six minutes, when the merges remember all they ever do."""

    def ignore(topic: Topic, observation: Observation) -> None: ...

    dataflow = Dataflow(NODES, corner(), ignore)
    tracemalloc.start()
    try:
        for index, (name, observation) in enumerate(long_stream(minutes)):
            dataflow.push(name, observation)
            dataflow.pump()
            if index == 6 * 60 * 5 * 2:
                settled, _ = tracemalloc.get_traced_memory()
        return tracemalloc.get_traced_memory()[0] - settled
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_length_of_a_recording() -> None:
    assert peak_memory(minutes=9) < 50_000


def test_where_data_was_lost_the_receipts_say_so_and_nothing_is_charged(demo: Path, tmp_path: Path) -> None:
    """Thirty seconds of one fixture come when the others are long past them."""
    beginning, end = (min(stamps()) + seconds * SECOND for seconds in (15, 45))
    cut = [
        message.topic == "scales/G1/samples" and beginning < stamp < end
        for message, stamp in zip(recorded(), stamps(), strict=True)
    ]
    held = [message for message, is_cut in zip(recorded(), cut, strict=True) if is_cut]
    back = next(index for index, stamp in enumerate(stamps()) if stamp > end)
    on_time = [m for m, is_cut in zip(recorded()[:back], cut[:back], strict=True) if not is_cut]
    _, out = replayed([*on_time, *held, *recorded()[back:]], tmp_path)
    inside = [receipt for receipt in read_receipts(out) if receipt.entered < end < receipt.left]
    assert inside
    assert all("sensor data was lost" in receipt.doubt and receipt.total == 0 for receipt in inside)
    assert not any(receipt.doubt for receipt in read_receipts(demo))


def names(nodes: Sequence[NodeSpec]) -> list[str]:
    return [node.name for node in nodes]


def test_a_stage_runs_where_the_recording_has_something_for_it() -> None:
    assert names(nodes_for([SCALE_SAMPLES, SHOPPERS, PASSAGES])) == ["weighing", "attribution", "ledger"]
    assert names(nodes_for([KEYPOINTS, SCALE_SAMPLES, GATE_EVENTS])) == names(STAGE_NODES)
    assert nodes_for([]) == STAGE_NODES


def test_what_only_leads_to_a_topic_that_is_taken_from_the_recording_is_left_out() -> None:
    everything = list(TOPICS)
    assert names(nodes_for(everything, INTERACTIONS_TOPIC)) == ["ledger"]
    assert "weighing" not in names(nodes_for(everything, WEIGHT_EVENTS))
    assert names(nodes_for(everything, SHOPPERS)) == ["weighing", "attribution", "ledger"]
