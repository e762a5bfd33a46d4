"""A detector is judged by who is found, and by how far their joints are off."""

from __future__ import annotations

import numpy as np
import pytest
from arm_poses import standing
from rich.console import Console

pytest.importorskip("cv2", reason='needs OpenCV; install the extra "vision"')

from storegraph.observations import PersonKeypoints
from storegraph.training.dataset import People
from storegraph.training.judging import Judged, judgement_table, matched

SHAPE = np.column_stack([np.linspace(0, 30, 17), np.linspace(0, 100, 17)]).astype(np.float32)


def there(*corners: tuple[float, float], hidden: float = 0.0) -> People:
    points = np.stack([SHAPE + np.array(corner, np.float32) for corner in corners])
    return People.known(points, np.full(points.shape[:2], hidden, np.float32), np.zeros(points.shape[:2], np.float32))


def reported(corner: tuple[float, float], score: float = 0.5) -> PersonKeypoints:
    points = SHAPE + np.array(corner, np.float32)
    return PersonKeypoints(score, np.zeros(4, np.float32), points, np.ones(17, np.float32))


def test_everybody_is_found_by_the_one_who_is_nearest() -> None:
    seen, surplus = matched(there((50, 50), (60, 52)), [reported((61, 52), 0.3), reported((50, 51), 0.9)], 300, 300)
    assert [one.score for one in seen] == [0.9, 0.3]
    assert [one.errors.tolist() for one in seen] == [[1.0] * 17, [1.0] * 17]
    assert surplus == 0


def test_who_is_reported_where_nobody_is_is_surplus() -> None:
    seen, surplus = matched(there((50, 50)), [reported((50, 50)), reported((180, 60))], 300, 300)
    assert (len(seen), surplus) == (1, 1)


def test_who_is_reported_far_off_is_not_who_is_there() -> None:
    (one,), surplus = matched(there((50, 50)), [reported((80, 50))], 300, 300)
    assert not one.found
    assert surplus == 1


def test_who_cannot_be_seen_need_not_be_found_and_may_be() -> None:
    assert matched(there((50, 50), hidden=1.0), [], 300, 300) == ([], 0)


def test_hidden_joints_are_not_held_against_anybody() -> None:
    people = there((50, 50))
    people.hidden[0, :5] = 1.0
    (one,), _ = matched(people, [reported((52, 50))], 300, 300)
    assert one.visible == pytest.approx(12 / 17)
    assert one.errors.tolist() == [2.0] * 12


def test_without_people_and_without_reports_there_is_nothing() -> None:
    nobody = People.known(
        np.zeros((0, 17, 2), np.float32), np.zeros((0, 17), np.float32), np.zeros((0, 17), np.float32)
    )
    assert matched(nobody, [], 300, 300) == ([], 0)
    assert matched(nobody, [reported((5, 5))], 300, 300) == ([], 1)


def test_shares_are_of_those_who_are_visible_so_far() -> None:
    seen, surplus = matched(there((50, 50), (150, 50)), [reported((50, 52))], 300, 300)
    judged = Judged(tuple(seen), surplus, 1, np.array([7.0]))
    assert judged.recall(0.85, 1.01) == 0.5
    assert np.isnan(judged.recall(0.2, 0.5))
    assert judged.right() == 1.0
    assert judged.errors().tolist() == [2.0] * 17


def test_a_wrist_that_is_put_where_it_would_hang_is_astray() -> None:
    truth = standing((78, 90), (40, 108))[None].astype(np.float32)
    people = People.known(truth, np.zeros((1, 17), np.float32), np.zeros((1, 17), np.float32))
    points = standing((60, 108), (40, 108)).astype(np.float32)
    guess = PersonKeypoints(0.5, np.zeros(4, np.float32), points, np.ones(17, np.float32))
    seen, surplus = matched(people, [guess], 300, 300)
    one = Judged(tuple(seen), surplus, 1, np.array([7.0]))
    assert one.astray(turned=True) == 1.0
    assert one.astray(turned=False) == 0.0


def test_of_a_wrist_behind_the_own_trunk_nothing_is_counted() -> None:
    truth = standing((78, 90), (40, 108))[None].astype(np.float32)
    own = np.where(np.arange(17) == 9, 1.0, 0.0).astype(np.float32)[None]
    people = People.known(truth, np.zeros((1, 17), np.float32), own)
    guess = PersonKeypoints(0.5, np.zeros(4, np.float32), truth[0], np.ones(17, np.float32))
    ((seen,), _) = matched(people, [guess], 300, 300)
    assert (len(seen.turned), len(seen.hanging)) == (0, 1)


def test_the_table_tells_what_was_measured() -> None:
    seen, surplus = matched(there((50, 50), (150, 50)), [reported((50, 52)), reported((10, 100))], 300, 300)
    console = Console(width=100, record=True)
    console.print(judgement_table("pictures", {"one": Judged(tuple(seen), surplus, 2, np.array([7.0, 9.0]))}))
    told = console.export_text()
    for figure in ("2, 2", "50.0%", "0.50", "2.0 px", "100.0%", "8 ms"):
        assert figure in told
