"""Pictures are held for seconds, written only for a person to look at, and gone in time."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storegraph.observations import Action, Candidate, Hypothesis, Interaction
from storegraph.vision.errors import VisionError
from storegraph.vision.ring import HeldPicture, PictureRing, ReviewFolder, ReviewSettings, in_doubt

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND


def picture(number: int, camera: str = "left") -> HeldPicture:
    """One a second, of 100 bytes."""
    return HeldPicture(START + number * SECOND, camera, bytes([number % 256]) * 100)


def interaction(probability: float) -> Interaction:
    return Interaction(
        stamp=START,
        event_id="G1/1",
        begin=START,
        end=START,
        fixture="G1",
        scales=("G1.1",),
        delta=-330.0,
        sigma=1.0,
        who=(Candidate("a", 1.0, 0.1),),
        what=(),
        action=(1.0, 0.0, 0.0),
        hypotheses=(Hypothesis("a", Action.TAKE, (), probability),),
    )


def aged(folder: Path, seconds: float) -> None:
    """Makes all files below look as if they had been written so long ago."""
    for path in folder.rglob("*.jpg"):
        when = path.stat().st_mtime_ns - round(seconds * SECOND)
        os.utime(path, ns=(when, when))


def test_no_picture_is_kept_unless_somebody_says_so():
    assert ReviewSettings().ring == 0
    assert ReviewSettings().review_folder == ""


@given(st.lists(st.integers(0, 3 * SECOND), max_size=40), st.integers(1, 20 * SECOND))
def test_what_came_longer_ago_than_is_to_be_held_is_gone_and_nothing_else(pauses: list[int], span: int):
    ring, now, came = PictureRing(span), START, []
    for pause in pauses:
        now += pause
        came.append(HeldPicture(now, "left", b""))
        ring.put(now, came[-1])
    assert ring.between(START, now) == [each for each in came if now - each.stamp <= span]
    ring.forget(now + span + 1)
    assert len(ring) == 0


def test_the_pictures_around_a_moment_are_found_by_their_stamps():
    ring = PictureRing(60 * SECOND)
    for number in range(10):
        ring.put(START + number, picture(number))
    found = ring.between(START + 3 * SECOND, START + 5 * SECOND)
    assert [each.stamp - START for each in found] == [3 * SECOND, 4 * SECOND, 5 * SECOND]


def test_pictures_for_review_are_for_their_owner_only(tmp_path: Path):
    ReviewFolder(tmp_path / "review", SECOND, 1000).keep("G1/1", [picture(1), picture(1, "right")])
    assert stat.S_IMODE((tmp_path / "review").stat().st_mode) == 0o700
    written = sorted(path.relative_to(tmp_path / "review").as_posix() for path in tmp_path.rglob("*.jpg"))
    assert written == [f"event_G1_1/{camera}_{START + SECOND}.jpg" for camera in ("left", "right")]


def test_pictures_for_review_are_deleted_in_time_those_of_a_node_that_died_too(tmp_path: Path):
    folder = ReviewFolder(tmp_path, 3600 * SECOND, 10**6)
    folder.keep("old", [picture(1)])
    (tmp_path / ".event_half.x" / "event_half").mkdir(parents=True)
    (tmp_path / ".event_half.x" / "event_half" / "left_1.jpg").write_bytes(b"half")
    aged(tmp_path, 3601)
    folder.keep("new", [picture(2)])
    now = max(path.stat().st_mtime_ns for path in tmp_path.rglob("*.jpg"))
    assert folder.forget(now) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["event_new"]
    assert ReviewFolder(tmp_path, 3600 * SECOND, 10**6).forget(now + 3601 * SECOND) == 1
    assert list(tmp_path.iterdir()) == []


def test_where_there_are_too_many_those_that_have_been_there_longest_go_first(tmp_path: Path):
    folder = ReviewFolder(tmp_path, 3600 * SECOND, 250)
    for number, event in enumerate(("first", "second", "third")):
        folder.keep(event, [picture(number)])
        aged(tmp_path, 1)
    folder.forget(max(path.stat().st_mtime_ns for path in tmp_path.rglob("*.jpg")))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["event_second", "event_third"]


def test_an_interaction_told_again_keeps_its_pictures_and_loses_them_when_it_is_in_doubt_no_more(tmp_path: Path):
    folder = ReviewFolder(tmp_path, 3600 * SECOND, 1000)
    folder.keep("G1/1", [picture(1), picture(2)])
    folder.keep("G1/1", [picture(2)])
    assert len(list(tmp_path.rglob("*.jpg"))) == 2
    folder.drop("G1/1")
    folder.drop("never there")
    assert list(tmp_path.iterdir()) == []


def test_an_event_cannot_name_a_folder_elsewhere(tmp_path: Path):
    ReviewFolder(tmp_path / "review", SECOND, 1000).keep("../../etc", [picture(1)])
    assert [path.parent.parent for path in tmp_path.rglob("*.jpg")] == [tmp_path / "review"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(VisionError, match=r"parameter review_folder: .* cannot be used"):
        ReviewFolder(tmp_path / "file" / "review", SECOND, 1000)


def test_an_interaction_is_in_doubt_below_what_counts_as_sure():
    assert in_doubt(interaction(0.89), 0.9)
    assert not in_doubt(interaction(0.9), 0.9)
