"""What a simulated network makes of people: scores that mean something, and the errors real ones make."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from camera_scenes import SHARP, body, camera, performance, standing, store

from storegraph.observations import COCO_17, Keypoints, PersonKeypoints
from storegraph.simulation.cameras import CameraSettings, DetectionSettings, ShutterSettings, keypoints
from storegraph.simulation.cameras.detection import JOINT_SCORE, MIRROR, OVERLOOKED, SIGMAS, Found, Views, found, moods
from storegraph.simulation.cameras.lasting import Moods
from storegraph.simulation.cameras.occlusion import Pairs
from storegraph.simulation.performance import Floats
from storegraph.tracking.cameras import CameraGroup

NORTH, SOUTH = np.pi / 2, -np.pi / 2
PICTURES = 300
DEFAULTS = DetectionSettings()
QUIET = replace(SHARP.detection, strength_hidden=5.0, strength_small=2.0, strength=2.5, strength_sigma=0.7)
TRUNK = [COCO_17.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("shoulder", "hip")]
WRISTS = [COCO_17.index("left_wrist"), COCO_17.index("right_wrist")]
ALONE = Pairs.of(np.zeros((1, 0, 17, 2)), np.zeros((1, 0, 17)))


def views(people: Floats, **changes: Any) -> Views:
    """People [P, 17, 3] in full view of the camera of `camera_scenes` for `PICTURES` pictures."""
    pixels, scale = (each[0] for each in CameraGroup.of([camera()]).project(people[None, None]))
    pixels, scale = (np.repeat(each, PICTURES, axis=0) for each in (pixels, scale))
    still = np.zeros(scale.shape)
    statures = np.full(len(people), 1.75)
    seen = Views(pixels, scale, still, still, still, np.ones(scale.shape[:2]), statures, np.array([640.0, 480.0]))
    return replace(seen, **changes)


def looked_at(seen: Views, settings: DetectionSettings = DEFAULTS, pairs: Pairs = ALONE, seed: int = 1) -> Found:
    names = [f"person {number}" for number in range(seen.pixels.shape[1])]
    return found(seen, pairs, moods(seed, "south", 10.0, settings).next(len(seen.pixels), names), settings)


def row(count: int, distance: float = 3.5) -> Floats:
    """People side by side who face the camera, shape [count, 17, 3]."""
    return np.array([body((x, distance), SOUTH) for x in np.linspace(-1.5, 1.5, count)])


def test_scores_are_modest_where_joints_are_seen_and_boast_where_they_are_guessed() -> None:
    people = np.concatenate([row(12, distance) for distance in (2.5, 4.0, 6.0)])
    hidden = np.repeat(np.random.default_rng(3).random((PICTURES, len(people), 1)) < 0.3, 17, axis=2)
    seen = views(people, by_others=hidden.astype(float))
    result = looked_at(seen)
    # Where people would mark the joint, and 1.15 px of the 512 that the network sees.
    sigma = np.hypot(SIGMAS * 0.67 * seen.scale, np.sqrt(2) * 1.15 * 640 / 512)
    within = np.linalg.norm(result.points - seen.pixels, axis=3) <= sigma
    placed = np.isfinite(result.points[..., 0])
    shown, guessed = placed & ~hidden & (OVERLOOKED == 0), placed & hidden
    assert 0.6 < result.joint_scores[shown].mean() < within[shown].mean() - 0.05
    assert 0.5 > result.joint_scores[guessed].mean() > 2 * within[guessed].mean()
    assert np.corrcoef(result.joint_scores[placed], within[placed])[0, 1] > 0.3


def test_people_in_full_view_and_their_joints_have_the_scores_of_real_ones() -> None:
    result = looked_at(views(row(12)))
    # MoveNet's of nine in ten of the people in docs/vision.md, and of their joints in docs/realism.md.
    assert np.percentile(result.scores, [5, 95]) == pytest.approx([0.4, 0.75], abs=0.06)
    medians = [np.median(result.joint_scores[..., joints]) for joints in (TRUNK, WRISTS)]
    assert medians == pytest.approx([0.72, 0.6], abs=0.08)
    assert result.people.mean() > 0.98


def test_hidden_joints_are_guessed_badly_and_only_some_of_it_is_told() -> None:
    hidden = np.zeros((PICTURES, 12, 17))
    wrist, elbow = COCO_17.index("left_wrist"), COCO_17.index("left_elbow")
    hidden[..., wrist] = 1.0
    seen = views(row(12), by_others=hidden)
    result = looked_at(seen)
    errors = np.linalg.norm(result.points - seen.pixels, axis=3)
    placed = np.isfinite(errors[..., wrist])
    assert placed.mean() > 0.9
    assert np.nanmedian(errors[..., wrist]) > 3 * np.nanmedian(errors[..., elbow])
    assert np.median(result.joint_scores[..., wrist]) == pytest.approx(0.33, abs=0.07)


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0.98, 1.0), (0.5, 0.2, 0.8), (0.9, 0.0, 0.02)])
def test_the_less_of_somebody_is_seen_the_more_often_they_are_missed(share: float, least: float, most: float) -> None:
    hidden = np.zeros((PICTURES, 12, 17))
    hidden[..., : round(17 * share)] = 1.0
    assert least <= looked_at(views(row(12), by_others=hidden)).people.mean() <= most


def test_somebody_small_is_missed_more_often() -> None:
    near, far = (looked_at(views(row(12, distance))).people.mean() for distance in (4.0, 25.0))
    assert near > 0.98
    assert far < 0.5


def test_joints_beyond_the_border_have_no_place() -> None:
    seen = views(np.array([body((0.0, 1.1), SOUTH)]))  # the legs are below the picture
    below = ~(seen.pixels[..., 1] <= 480)  # or so far below that nothing is projected there
    assert below[0].sum() == 4
    result = looked_at(seen)
    assert np.isnan(result.points[below]).all()
    assert (result.joint_scores[below] == 0).all()


def test_errors_grow_as_people_come_nearer_and_by_what_moves_during_the_exposure() -> None:
    near, far = views(row(12, 2.0)), views(row(12, 5.0))

    def error(seen: Views) -> float:
        return float(np.nanmedian(np.linalg.norm(looked_at(seen).points - seen.pixels, axis=3)))

    assert error(near) > 1.5 * error(far)
    assert error(replace(far, smear=np.full(far.scale.shape, 20.0))) > 1.3 * error(far)


def test_errors_last_and_are_partly_new_in_every_picture() -> None:
    seen = views(row(12))
    errors = (looked_at(seen).points - seen.pixels)[:, :, OVERLOOKED == 0]
    after = [np.corrcoef(errors[:-lag].ravel(), errors[lag:].ravel())[0, 1] for lag in (1, 5, 30)]
    assert after == pytest.approx([0.9 * np.exp(-lag / 7) for lag in (1, 5, 30)], abs=0.07)


def test_wrists_in_plain_view_are_overlooked_in_spells() -> None:
    seen = views(row(12))
    errors = np.linalg.norm(looked_at(seen).points - seen.pixels, axis=3) / (SIGMAS * 0.67 * seen.scale)
    astray = errors[..., WRISTS] > 3
    assert astray.mean() == pytest.approx(0.15, abs=0.05)  # of MoveNet's: docs/realism.md
    begins = astray[1:] & ~astray[:-1]
    assert astray.sum() / begins.sum() > 2.0


def turned(result: Found, seen: Views) -> Floats:
    """Whether the legs of people are nearer to where those of the other side are, shape [K, P]."""
    knees = [COCO_17.index("left_knee"), COCO_17.index("right_knee")]
    straight = np.linalg.norm(result.points - seen.pixels, axis=3)[..., knees].sum(axis=2)
    return np.linalg.norm(result.points - seen.pixels[..., MIRROR, :], axis=3)[..., knees].sum(axis=2) < straight


@pytest.mark.parametrize(("facing", "share"), [(1.0, 0.02), (0.0, 0.2), (-1.0, 0.2)])
def test_left_and_right_are_taken_for_each_other_more_often_from_beside_and_behind(facing: float, share: float) -> None:
    settings = replace(SHARP.detection, turned_facing=0.02, turned_behind=0.2)
    seen = views(np.repeat(row(1), 40, axis=0), facing=np.full((PICTURES, 40), facing))
    result = looked_at(seen, settings)
    swapped = turned(result, seen)
    assert swapped.mean() == pytest.approx(share, rel=0.3)
    begins = swapped[1:] & ~swapped[:-1]
    assert swapped.sum() / begins.sum() > 1.4  # in spells, of more than the picture that chance alone would make
    knees, wrists = COCO_17.index("left_knee"), COCO_17.index("left_wrist")
    one, other = (np.linalg.norm(result.points - seen.pixels, axis=3)[..., joint] > 5 for joint in (knees, wrists))
    assert (one & other).mean() < 0.5 * one.mean()  # arms by themselves


def near(seen: Views) -> Pairs:
    return Pairs.of(seen.pixels, seen.scale)


def test_of_two_people_whose_centres_are_one_the_stronger_is_found() -> None:
    seen = views(np.array([body((0.0, 3.0), SOUTH), body((0.01, 3.02), SOUTH)]))
    pairs = near(seen)
    assert len(pairs.picture) == 2 * PICTURES
    assert (looked_at(seen, pairs=pairs).people.sum(axis=1) == 1).all()
    apart = views(np.array([body((0.0, 3.0), SOUTH), body((0.3, 3.02), SOUTH)]))
    assert looked_at(apart, pairs=near(apart)).people.mean() > 0.98


def test_a_hidden_hand_is_looked_for_where_somebody_elses_is() -> None:
    wrist = COCO_17.index("left_wrist")
    people = np.array([body((0.0, 3.0), SOUTH), body((0.4, 3.3), SOUTH)])
    people[0, wrist] = people[1, wrist] + (-0.15, -0.3, 0.0)
    hidden = np.zeros((PICTURES, 2, 17))
    hidden[:, 1, wrist] = 1.0
    seen = views(people, by_others=hidden)
    alone, together = looked_at(seen), looked_at(seen, pairs=near(seen))
    taken = (together.points[:, 1, wrist] == alone.points[:, 0, wrist]).all(axis=1)
    assert (alone.joint_scores[taken, 0, wrist] > alone.joint_scores[taken, 1, wrist]).all()
    assert (together.joint_scores[taken, 1, wrist] < alone.joint_scores[taken, 0, wrist]).all()
    assert taken.mean() > 0.25
    people[0, wrist] += (-0.5, 0.0, 0.0)
    seen = replace(views(people), by_others=hidden)
    alone, together = looked_at(seen), looked_at(seen, pairs=near(seen))
    assert (together.points[:, 1, wrist] == alone.points[:, 0, wrist]).all(axis=1).mean() < 0.05


def people_of(scene_seconds: float, settings: CameraSettings) -> list[PersonKeypoints]:
    stream = keypoints(performance([], scene_seconds, store(camera())), settings)
    return [person for each in stream if isinstance(each.observation, Keypoints) for person in each.observation.people]


def test_people_are_invented_rarely_at_the_same_places_with_low_scores() -> None:
    settings = CameraSettings(ShutterSettings(dropped=0.0), DetectionSettings(lookalikes=2, lookalike_share=0.05))
    invented = people_of(200.0, settings)
    assert len(invented) == pytest.approx(2000 * 2 * 0.05, rel=0.4)
    middles = np.array([np.nanmean(person.points, axis=0) for person in invented])
    nearest = np.linalg.norm(middles[:, None] - middles, axis=2)
    assert len({tuple(row < 40) for row in nearest}) == 2  # two places
    assert all(0.2 <= person.score <= 0.41 for person in invented)
    assert np.mean([person.scores[person.scores > JOINT_SCORE].mean() for person in invented]) < 0.3
    assert people_of(20.0, CameraSettings(detection=DetectionSettings(lookalikes=0))) == []


def test_moods_are_standard_normal_and_last_as_long_as_they_should() -> None:
    lasting, fleeting = Moods(1, "south", 50, 50, 0.8).next(2000, ["ada"])
    for drawn, correlation in ((lasting, 0.8), (fleeting, 0.0)):
        assert drawn.mean() == pytest.approx(0.0, abs=0.05)
        assert drawn.std() == pytest.approx(1.0, abs=0.03)
        assert np.corrcoef(drawn[:-1].ravel(), drawn[1:].ravel())[0, 1] == pytest.approx(correlation, abs=0.02)


def test_moods_go_on_from_one_call_to_the_next_whoever_comes_and_goes() -> None:
    alone = Moods(1, "south", 3, 2, 0.8)
    in_company = Moods(1, "south", 3, 2, 0.8)
    for others in ([], ["bo"], ["bo", "cy"], []):
        expected, got = alone.next(4, ["ada"]), in_company.next(4, [*others, "ada"])
        for one, other in zip(expected, got, strict=True):
            np.testing.assert_array_equal(one[:, 0], other[:, -1])


def test_nobody_in_view_is_nobody_found() -> None:
    scene = performance([standing("ada", (0.0, -3.0), NORTH, 2.0)], 2.0, store(camera()))
    assert [each.observation.people for each in keypoints(scene, SHARP) if each.observation.people] == []
