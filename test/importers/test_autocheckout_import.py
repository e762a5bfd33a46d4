"""A recording as a whole, from its four files to a bag and a store file."""

import re
from pathlib import Path

import numpy as np
import pytest

from storegraph.atomic import OutputError
from storegraph.graph.bag import BagReader
from storegraph.graph.decoding import decode
from storegraph.graph.merge import EventTimeMerger, Input, MergeSettings, Punctuality
from storegraph.importers import ImporterError
from storegraph.importers.autocheckout import import_autocheckout
from storegraph.observations import Passage, ShopperState
from storegraph.store.file import load_store

SECOND = 1_000_000_000
DOCUMENTATION = Path(__file__).resolve().parents[2] / "docs" / "importing.md"


def imported(recording, **options):
    """The summary, the store, and (topic, log time, observation) of every message."""
    directory = recording.write()
    bag, store_file = directory.parent / "bag", directory.parent / "store.yaml"
    summary = import_autocheckout(directory, bag, store_file, **options)
    return summary, load_store(store_file), read_bag(bag)


def read_bag(bag):
    with BagReader(bag, "autocheckout") as reader:
        names = [reader.relative(topic.name) for topic in reader.topics]
        return [(message.topic, message.log_time, decode(message)) for message in reader.messages(names)]


def of_topic(messages, topic):
    return [(log_time, observation) for name, log_time, observation in messages if name == topic]


def passages(messages):
    return [(event.passage, event.stamp) for _, event in of_topic(messages, "passages")]


def at(seconds):
    """A time of the recording, as it writes it."""
    return f"2020-04-22T05:{int(seconds) // 60:02}:{seconds % 60:09.6f}Z"


def test_a_recording_becomes_a_bag_and_a_store(small):
    summary, store, messages = imported(small)
    assert [scale.id for scale in store.fixtures[0].shelves[0].scales] == ["G1.S1.P1", "G1.S1.P2"]
    assert store.products()["012345678905"].unit_weight == 621.67
    assert [topic for topic, _, _ in messages] == ["scales/G1/samples", "shoppers", "passages", "passages"]
    assert (summary.scale_messages, summary.snapshots, summary.gate_events) == (1, 1, 2)
    assert (summary.fixtures, summary.scales, summary.facings, summary.products) == (1, 2, 1, 1)
    assert (summary.skipped, summary.remarks) == ((), ())


def test_readings_come_with_the_time_of_the_first_sample_and_are_logged_when_received(small):
    _, _, messages = imported(small)
    ((log_time, samples),) = of_topic(messages, "scales/G1/samples")
    assert (samples.stamp, log_time) == (1587531996_859_000_000, 1587531996_965_000_000)
    assert (samples.fixture, samples.rate, samples.scales) == ("G1", 60.0, ("G1.S1.P1", "G1.S1.P2"))
    assert samples.grams.tolist() == [[100.5, 200.25], [101.5, 199.75]]


def test_each_gondola_has_its_own_shape_and_only_its_live_plates_are_columns(small):
    small.facing([1, 2, 3], None, gondola=2, shelf=2)
    nan = float("nan")
    padding = [nan] * 4
    small.plates(at(6 * 60 + 37), at(6 * 60 + 37.1), [[padding, padding, [nan, 7.0, nan, 9.0]]], gondola=2)
    summary, _, messages = imported(small)
    ((_, samples),) = of_topic(messages, "scales/G2/samples")
    assert samples.scales == ("G2.S2.P1", "G2.S2.P3")
    assert samples.grams.tolist() == [[7.0, 9.0]]
    assert summary.remarks == ("scales without data: G2.S2.P2",)


def test_a_plate_that_was_silent_for_a_while_keeps_its_column(small):
    nan = float("nan")
    small.plates(at(6 * 60 + 37), at(6 * 60 + 37.1), [[[nan, nan], [nan, 100.5]]])
    _, _, messages = imported(small)
    (_, _), (_, samples) = of_topic(messages, "scales/G1/samples")
    np.testing.assert_array_equal(samples.grams, [[100.5, nan]])


def test_readings_of_a_gondola_that_the_planogram_lacks_are_left_out_and_told_of(small):
    small.plates(at(6 * 60 + 37), at(6 * 60 + 37.1), [[[0.0, 0.0], [0.0, 5.0]]], gondola=9)
    summary, _, messages = imported(small)
    assert {topic for topic, _, _ in messages} == {"scales/G1/samples", "shoppers", "passages"}
    assert summary.remarks == ("channels with data but without a plate, left out: G9.S1.P1",)


def test_people_are_in_metres_with_our_joint_names(small):
    point = {"x": 100.0, "y": -10.0, "z": 50.0}
    state = "TARGETSTATE_VALID_ENTRANCE"
    target = {"target_id": {"id": "7"}, "target_state": state, "l_wrist": {"point": point, "score": 0.75}, "head": {}}
    small.people(at(6 * 60 + 35), at(6 * 60 + 37.2), target)
    _, _, messages = imported(small)
    log_time, people = of_topic(messages, "shoppers")[1]
    (shopper,) = people.shoppers
    wrist, head = people.joints.index("left_wrist"), people.joints.index("head")
    assert (people.stamp, log_time) == (1587531995 * SECOND, 1587531997 * SECOND + SECOND // 5)
    assert (shopper.shopper_id, shopper.state) == ("7", ShopperState.TRACKED)
    np.testing.assert_allclose(shopper.positions[wrist], [2.54, -0.254, 1.27], rtol=1e-6)
    assert shopper.confidence[wrist] == 0.75
    assert np.isnan(shopper.positions[head]).all() and shopper.confidence[head] == 0
    assert shopper.covariance.shape == (0, 6)


def test_a_target_that_has_not_entered_properly_is_tentative(small):
    _, _, messages = imported(small)
    ((_, people),) = of_topic(messages, "shoppers")
    assert people.shoppers[0].state is ShopperState.TENTATIVE
    assert people.shoppers[0].shopper_id == "18446744073709551615"


def test_an_empty_snapshot_is_a_message_too(small):
    small.people(at(6 * 60 + 40), at(6 * 60 + 42))
    _, _, messages = imported(small)
    assert [len(people.shoppers) for _, people in of_topic(messages, "shoppers")] == [1, 0]


def test_entry_and_exit_are_derived_from_first_and_last_appearance(small):
    small.lines["full_targets.json"].clear()
    for second in (1, 2, 3, 4):
        small.people(at(second), at(second + 2), *(["7"] if second in (2, 3) else []))
    _, store, messages = imported(small)
    events = of_topic(messages, "passages")
    start = 1587531600
    assert [(e.passage, e.stamp, log) for log, e in events] == [
        (Passage.ENTRY, (start + 2) * SECOND, (start + 4) * SECOND),
        (Passage.EXIT, (start + 3) * SECOND, (start + 5) * SECOND),
    ]
    assert {(e.gate, e.credential, e.party, e.shopper_id, e.derived) for _, e in events} == {
        (store.gates[0].id, "", "7", "7", True)
    }


@pytest.mark.parametrize(("away", "visits"), [(9.9, 1), (10.0, 1), (10.1, 2)])
def test_a_target_that_is_lost_for_up_to_ten_seconds_has_not_left(small, away, visits):
    small.lines["full_targets.json"].clear()
    for second in (1, 2, 2 + away, 3 + away):
        small.people(at(second), at(second + 2), "7")
    _, _, messages = imported(small)
    assert [passage for passage, _ in passages(messages)] == [Passage.ENTRY, Passage.EXIT] * visits


def test_an_exit_is_logged_after_the_snapshot_that_shows_it_and_before_the_next(small):
    small.lines["full_targets.json"].clear()
    for second in (1, 2, 20):
        small.people(at(second), at(second + 2), *(["7"] if second < 20 else []))
    _, _, messages = imported(small)
    seen = [topic for topic, _, _ in messages if not topic.startswith("scales")]
    assert seen == ["shoppers", "passages", "shoppers", "passages", "shoppers"]


def test_no_message_is_late_for_the_event_time_merge(small):
    small.lines["full_targets.json"].clear()
    small.lines["plate_data.json"].clear()
    for second in range(40):
        small.people(at(second), at(second + 2.3), *(["7"] if 5 <= second < 15 else []))
        small.plates(at(second + 0.5), at(second + 0.7), [[[0.0, 0.0], [0.0, 1.0]]])
    _, _, messages = imported(small)
    merger = EventTimeMerger(
        [Input("passages", Punctuality.SPARSE), Input("shoppers"), Input("scales/G1/samples")], MergeSettings()
    )
    released = []
    for topic, _, observation in messages:
        merger.push(topic, observation)
        released += merger.release()
    released += merger.finish()
    assert len(released) == len(messages)
    assert sum(counters.late for counters in merger.counters.values()) == 0


def test_two_people_pass_apart(small):
    small.lines["full_targets.json"].clear()
    small.people(at(1), at(3), "7", "8")
    small.people(at(2), at(4), "8")
    _, _, messages = imported(small)
    exits = {e.shopper_id: e.stamp % (3600 * SECOND) // SECOND for _, e in of_topic(messages, "passages") if e.passage}
    assert exits["8"] - exits["7"] == 1


def test_messages_lie_in_the_bag_in_the_order_of_their_log_time(small):
    small.lines["full_targets.json"].clear()
    for stamp, received in ((1, 3.5), (2, 3.493), (3, 5.2), (4, 5.1), (5, 7.0)):
        small.people(at(stamp), at(received))
    _, _, messages = imported(small)
    log_times = [log_time for _, log_time, _ in messages]
    assert log_times == sorted(log_times)
    assert len(of_topic(messages, "shoppers")) == 5


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("plate_data.json", '{"document": {"header": {"t_origin": "2020-04-22T05:06:36.859Z"'),
        ("full_targets.json", "[]"),
        ("planogram.json", '{"plate_ids": []}'),
        ("products.json", "\x00\x00"),
    ],
)
def test_a_damaged_line_is_counted_named_and_passed_over(small, file, line):
    small.lines[file].insert(0, line)
    summary, _, messages = imported(small)
    assert [(skipped.file, skipped.line) for skipped in summary.skipped] == [(file, 1)]
    assert summary.skipped[0].reason
    assert len(messages) == 4


@pytest.mark.parametrize("file", ["plate_data.json", "full_targets.json", "planogram.json", "products.json"])
@pytest.mark.parametrize(("lines", "reason"), [([], "it is empty"), (["{"], r"line 1: Invalid JSON")])
def test_a_file_without_one_good_line_stops_the_import_and_nothing_appears(small, file, lines, reason):
    small.lines[file] = lines
    directory = small.write()
    with pytest.raises(ImporterError, match=rf"{file}: no line of it can be used.*{reason}"):
        import_autocheckout(directory, directory.parent / "bag", directory.parent / "store.yaml")
    assert [path.name for path in directory.parent.iterdir()] == ["recording"]


def test_a_missing_file_is_named_with_what_a_recording_is(small):
    directory = small.write()
    (directory / "planogram.json").unlink()
    with pytest.raises(
        ImporterError, match=r"recording: no planogram\.json; a recording is a folder with plate_data\.json"
    ):
        import_autocheckout(directory, directory.parent / "bag", directory.parent / "store.yaml")


def test_a_planogram_that_makes_no_store_stops_the_import_and_nothing_appears(small):
    small.facing([3], "012345678905", translation={"x": 0.01, "z": 0.3})
    directory = small.write()
    with pytest.raises(ImporterError, match=r"planogram\.json and products\.json make no store"):
        import_autocheckout(directory, directory.parent / "bag", directory.parent / "store.yaml")
    assert [path.name for path in directory.parent.iterdir()] == ["recording"]


@pytest.mark.parametrize("existing", ["bag", "store.yaml"])
def test_an_existing_output_is_replaced_only_when_asked_for(small, existing):
    directory = small.write()
    bag, store_file = directory.parent / "bag", directory.parent / "store.yaml"
    import_autocheckout(directory, bag, store_file)
    before = store_file.read_bytes()
    other = {"bag": (bag, directory.parent / "other.yaml"), "store.yaml": (directory.parent / "other", store_file)}[
        existing
    ]
    with pytest.raises(OutputError, match=f"{existing}: exists already"):
        import_autocheckout(directory, *other)
    assert sorted(path.name for path in directory.parent.iterdir()) == ["bag", "recording", "store.yaml"]
    import_autocheckout(directory, bag, store_file, replace=True)
    assert store_file.read_bytes() == before
    assert len(read_bag(bag)) == 4


@pytest.mark.parametrize(("bag", "store_file"), [("file/bag", "store.yaml"), ("bag", "file/store.yaml")])
def test_if_one_output_cannot_be_written_the_other_does_not_appear(small, bag, store_file):
    directory = small.write()
    (directory.parent / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        import_autocheckout(directory, directory.parent / bag, directory.parent / store_file)
    assert sorted(path.name for path in directory.parent.iterdir()) == ["file", "recording"]


def test_progress_rises_to_the_whole(small):
    told = []
    imported(small, progress=lambda done, total: told.append((done, total)))
    done, totals = [d for d, _ in told], {total for _, total in told}
    assert done == sorted(done)
    assert totals == {done[-1]}


def test_the_lines_that_the_documentation_gives_make_a_recording(recording):
    _, lines = re.findall(r"```json\n(.*?)\n```", DOCUMENTATION.read_text(encoding="utf-8"), re.DOTALL)
    for file, line in zip(recording.lines, lines.splitlines(), strict=True):
        recording.add(file, line)
    summary, store, messages = imported(recording)
    assert (summary.skipped, summary.remarks, len(messages)) == ((), (), 4)
    assert store.facings[0].gtin == store.catalogue[0].gtin == "012345678905"
    assert of_topic(messages, "scales/G1/samples")[0][1].grams.tolist() == [[100.0]]


def person(target_id, x, y=0.0):
    """A target of which the neck is seen, metres."""
    return {
        "target_id": {"id": target_id},
        "neck": {"point": {"x": x / 0.0254, "y": y / 0.0254, "z": 57.0}, "score": 0.9},
    }


def shopper_ids(messages):
    return [tuple(shopper.shopper_id for shopper in people.shoppers) for _, people in of_topic(messages, "shoppers")]


def test_a_target_that_begins_where_another_just_ended_is_the_same_shopper(small):
    small.people(at(400), at(402), person("1", 0.1))
    small.people(at(401), at(403), person("2", 0.9))
    small.people(at(402), at(404), person("3", 1.0))
    summary, _, messages = imported(small)
    assert shopper_ids(messages)[1:] == [("1",), ("1",), ("1",)]
    assert [(event.passage, event.shopper_id) for _, event in of_topic(messages, "passages")][2:] == [
        (Passage.ENTRY, "1"),
        (Passage.EXIT, "1"),
    ]
    assert summary.remarks[-1] == (
        "targets that begin where another just ended, taken for the same shopper: 2 is 1, 3 is 1"
    )


@pytest.mark.parametrize(
    ("seconds", "metres"), [pytest.param(2.1, 0.0, id="too late"), pytest.param(1.0, 2.1, id="too far away")]
)
def test_a_target_that_begins_elsewhere_or_later_is_somebody_else(small, seconds, metres):
    small.facing([1, 2], None, gondola=2, translation={"x": 2.2, "z": 0.3})
    small.people(at(400), at(402), person("1", 0.1))
    small.people(at(400 + seconds), at(402 + seconds), person("2", 0.1 + metres))
    _, _, messages = imported(small)
    assert shopper_ids(messages)[1:] == [("1",), ("2",)]


def test_a_target_that_begins_away_from_the_shelves_where_another_ended_has_come_in(small):
    small.people(at(400), at(402), person("1", 0.1, -1.6))
    small.people(at(401), at(403), person("2", 0.1, -1.6))
    _, _, messages = imported(small)
    assert shopper_ids(messages)[1:] == [("1",), ("2",)]


def test_a_target_that_begins_where_two_ended_is_neither(small):
    small.people(at(400), at(402), person("1", 0.1), person("2", 0.5))
    small.people(at(401), at(403), person("3", 0.3))
    _, _, messages = imported(small)
    assert shopper_ids(messages)[-1] == ("3",)


def test_a_target_that_comes_back_itself_has_not_become_another(small):
    small.people(at(400), at(402), person("1", 0.1))
    small.people(at(401), at(403), person("2", 0.1))
    small.people(at(402), at(404), person("1", 0.1), person("2", 0.3))
    _, _, messages = imported(small)
    assert shopper_ids(messages)[-1] == ("1", "2")


def test_a_target_is_where_its_trunk_was_seen(small):
    small.people(at(400), at(402), person("1", 0.1))
    small.people(at(400.5), at(402.5), "1")
    small.people(at(401), at(403), "2")
    small.people(at(401.5), at(403.5), person("2", 0.1))
    small.people(at(402), at(404), "3")
    _, _, messages = imported(small)
    assert shopper_ids(messages)[1:] == [("1",), ("1",), ("1",), ("1",), ("3",)]


def test_a_folder_of_several_recordings_is_told_apart(small, tmp_path):
    small.directory = tmp_path / "sessions" / "first"
    small.directory.parent.mkdir()
    small.write()
    with pytest.raises(
        ImporterError, match=r"sessions: no plate_data\.json.*import the recordings in it one by one: first"
    ):
        import_autocheckout(small.directory.parent, tmp_path / "bag", tmp_path / "store.yaml")
