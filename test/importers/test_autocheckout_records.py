"""What the lines of a recording are read as."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storegraph.importers.autocheckout.records import (
    JOINTS,
    SkippedLine,
    catalogue_entry,
    nanoseconds,
    planned_facing,
    plate_batch,
    read_records,
    snapshot,
)

EVERY_SECOND_OF_TIME = st.integers(0, 2**31 - 1)


@given(EVERY_SECOND_OF_TIME, st.text("0123456789", max_size=9))
def test_a_time_is_exact_to_the_nanosecond_however_many_decimals_it_has(second, decimals):
    written = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S") + (f".{decimals}" if decimals else "")
    assert nanoseconds(written + "Z") == int(f"{second}{decimals:0<9}")


@given(EVERY_SECOND_OF_TIME.filter(lambda second: second > 86400), st.integers(-14 * 60, 14 * 60))
def test_a_time_zone_does_not_change_the_moment(second, minutes):
    sign, offset = "-" if minutes < 0 else "+", abs(minutes)
    local = datetime.fromtimestamp(second + 60 * minutes, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    assert nanoseconds(f"{local}.25{sign}{offset // 60:02}:{offset % 60:02}") == second * 10**9 + 250_000_000


@pytest.mark.parametrize(
    "written",
    [
        "2020-04-22T05:06:36",
        "2020-04-22 05:06:36Z",
        "2020-02-30T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "2038-01-19T03:14:08Z",
        5,
        None,
    ],
)
def test_what_is_no_time_that_a_message_can_hold_is_refused(written):
    with pytest.raises(ValueError):
        nanoseconds(written)


def test_readings_are_kept_as_recorded(small):
    batch = plate_batch(small.lines["plate_data.json"][0].encode())
    assert (batch.stamp, batch.received) == (1587531996_859_000_000, 1587531996_965_000_000)
    assert (batch.gondola, batch.rate, batch.grams.dtype) == (1, 60.0, np.float32)
    assert batch.grams[:, 1, 1:].tolist() == [[100.5, 200.25], [101.5, 199.75]]


def test_a_batch_without_a_time_of_receipt_was_received_when_it_was_issued(recording):
    recording.plates("2020-04-22T05:06:36.859Z", None, [[[0.0]]], issued="2020-04-22T05:06:36.955074Z")
    assert plate_batch(recording.lines["plate_data.json"][0].encode()).received == 1587531996_955_074_000


def damaged(values):
    return lambda line: line["document"]["plate_data"]["values"].update(values)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (damaged({"shape": [2, 2, 4]}), "48 bytes of float32 for a shape of [2, 2, 4], which takes 64"),
        (damaged({"shape": [-2, -2, 3]}), "48 bytes"),
        (damaged({"shape": [2, 6]}), "document.plate_data.values.shape"),
        (damaged({"data": "AADA"}), "3 bytes"),
        (damaged({"data": "AADAf"}), "base64"),
        (damaged({"type": "DATATYPE_INT32"}), "document.plate_data.values.type"),
        (lambda line: line["document"]["header"].pop("t_origin"), "document.header.t_origin: Field required"),
        (lambda line: line["document"]["plate_data"].update(freq_samp=0), "document.plate_data.freq_samp"),
        (lambda line: line.pop("document"), "Field required (and 5 more)"),
    ],
)
def test_damage_to_a_line_is_named(small, tmp_path, damage, reason):
    good = small.lines["plate_data.json"][0]
    bad = json.loads(good)
    damage(bad)
    file = tmp_path / "plate_data.json"
    file.write_text(f"{json.dumps(bad)}\n\n{good}\n{good[:200]}\n")
    skipped, sizes = [], []
    assert len(list(read_records(file, plate_batch, skipped.append, sizes.append))) == 1
    assert [(line.file, line.line) for line in skipped] == [("plate_data.json", 1), ("plate_data.json", 4)]
    assert reason in skipped[0].reason
    assert "Invalid JSON" in skipped[1].reason
    assert sum(sizes) == file.stat().st_size


def test_a_skipped_line_is_named_as_an_editor_does():
    assert str(SkippedLine("plate_data.json", 7, "cut off")) == "plate_data.json:7: cut off"


def target_of(joints):
    target = {"target_id": {"id": "7"}, **joints}
    line = {
        "date_time": {"$date": "2020-04-22T05:06:37.04Z"},
        "document": {"header": {"t_origin": "2020-04-22T05:06:34Z"}, "targets": {"targets": [target]}},
    }
    (read,) = snapshot(json.dumps(line).encode()).targets
    return read


@pytest.mark.parametrize("missing", [{}, {"head": {}}, {"head": {"point": {}}}, {"head": {"point": {}, "score": 0.5}}])
def test_a_joint_that_was_not_found_is_nan_without_confidence(missing):
    target = target_of(missing | {"neck": {"point": {"x": 1.0, "y": 2.0, "z": 3.0}, "score": 0.5}})
    head, neck = list(JOINTS).index("head"), list(JOINTS).index("neck")
    assert np.isnan(target.inches[head]).all() and target.scores[head] == 0
    assert target.inches[neck].tolist() == [1, 2, 3] and target.scores[neck] == 0.5


@given(st.sets(st.sampled_from("xyz"), min_size=1))
def test_a_coordinate_that_is_absent_is_zero(present):
    target = target_of({"r_wrist": {"point": dict.fromkeys(present, 12.5), "score": 1.0}})
    wrist = target.inches[list(JOINTS).index("right_wrist")]
    assert wrist.tolist() == [12.5 if axis in present else 0 for axis in "xyz"]


@given(st.integers(0, 2**64 - 1))
def test_a_target_id_of_64_bits_survives_as_text(number):
    line = {
        "date_time": {"$date": "2020-04-22T05:06:37.04Z"},
        "document": {
            "header": {"t_origin": "2020-04-22T05:06:34Z"},
            "targets": {"targets": [{"target_id": {"id": str(number)}, "target_state": "TARGETSTATE_VALID_ENTRANCE"}]},
        },
    }
    (target,) = snapshot(json.dumps(line).encode()).targets
    assert target.target_id == str(number)
    assert target.entered


def test_a_snapshot_without_a_list_of_targets_is_empty(recording):
    recording.people("2020-04-22T05:06:54.122339Z", "2020-04-22T05:06:56.372Z")
    assert snapshot(recording.lines["full_targets.json"][0].encode()).targets == ()


@pytest.mark.parametrize("barcode", ["3.5", "037000850069 037000850052", "02", "012345678905"])
def test_a_barcode_is_kept_exactly(recording, barcode):
    recording.product(barcode, name="x")
    recording.facing([1], barcode)
    entry = catalogue_entry(recording.lines["products.json"][0].encode())
    assert (entry.barcode, entry.price, entry.weight) == (barcode, None, None)
    assert planned_facing(recording.lines["planogram.json"][0].encode()).barcode == barcode


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_place_where_nothing_is_planned_has_no_barcode(recording, nothing):
    recording.facing([1], nothing)
    assert planned_facing(recording.lines["planogram.json"][0].encode()).barcode is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"translation": {"z": -0.1}}, "below the floor"),
        ({"rotation": {"x": 0.5}}, "another axis than z"),
        ({"plates": [0, 1]}, "plate_index"),
        ({"barcode": " 1"}, "pattern"),
    ],
)
def test_a_facing_that_cannot_be_is_refused(recording, change, reason):
    recording.facing(**({"plates": [1], "barcode": "1"} | change))
    with pytest.raises(ValueError, match=reason):
        planned_facing(recording.lines["planogram.json"][0].encode())


def test_a_facing_of_two_shelves_is_refused(recording):
    recording.facing([1], "1", shelf=1)
    recording.facing([1], "1", shelf=2)
    first, second = map(json.loads, recording.lines["planogram.json"])
    first["plate_ids"] += second["plate_ids"]
    with pytest.raises(ValueError, match="several shelves"):
        planned_facing(json.dumps(first).encode())
