"""A picture is drawn on with what was found in it, and in no other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storegraph.observations import COCO_17, Keypoints
from storegraph.viz.overlay.model import Pair
from storegraph.viz.overlay.pairing import WAITING, Pairing


def found(stamp: int) -> Keypoints:
    return Keypoints(stamp, "north", 640, 480, COCO_17, ())


def test_keypoints_meet_the_picture_of_their_stamp() -> None:
    pairing = Pairing()
    assert pairing.picture(1, b"one") is None
    assert pairing.picture(2, b"two") is None
    keypoints = found(2)
    assert pairing.keypoints(keypoints) == Pair(b"two", keypoints)


def test_keypoints_that_overtake_their_picture_wait_for_it() -> None:
    pairing, keypoints = Pairing(), found(1)
    assert pairing.keypoints(keypoints) is None
    assert pairing.picture(1, b"one") == Pair(b"one", keypoints)


def test_what_is_older_than_a_pair_is_forgotten() -> None:
    pairing = Pairing()
    for stamp in (1, 2, 3):
        pairing.picture(stamp, b"")
    pairing.keypoints(found(2))
    assert pairing.waiting == 1
    assert pairing.keypoints(found(1)) is None


def test_a_recording_played_again_is_paired_anew_though_later_pictures_still_wait() -> None:
    pairing, keypoints = Pairing(), found(1)
    for stamp in range(1_000, 1_000 + WAITING):
        pairing.picture(stamp, b"before")
    pairing.picture(1, b"again")
    assert pairing.keypoints(keypoints) == Pair(b"again", keypoints)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 200)), max_size=300))
def test_in_whatever_order_they_come_pairs_fit_and_memory_is_bounded(told: list[tuple[bool, int]]) -> None:
    pairing = Pairing()
    for is_picture, stamp in told:
        pair = pairing.picture(stamp, str(stamp).encode()) if is_picture else pairing.keypoints(found(stamp))
        assert pair is None or pair.picture == str(pair.keypoints.stamp).encode()
        assert pairing.waiting <= 2 * WAITING
