"""What the tracking stage promises the graph."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from following import pictures
from walkers import CAMERAS, SECOND, START, STORE, USUAL, Cameras, Walker

from storegraph.observations import COCO_17, GateEvent, Keypoints, Passage, PersonKeypoints, Shoppers
from storegraph.tracking.model import TrackingSettings
from storegraph.tracking.skeleton import HALPE_26
from storegraph.tracking.stage import TrackingStage

WALKERS = (Walker.to((1.2, 1.0), (4.8, 3.4)), Walker.to((4.8, 1.0), (1.2, 3.4), stature=1.85))


def keypoints(stamp: int, camera: str, people: np.ndarray) -> Keypoints:
    """Detections [N, 17, 3] as an observation."""
    width, height = CAMERAS[camera].sizes[0].astype(int).tolist()
    boxes = np.zeros(4, dtype=np.float32)
    persons = tuple(
        PersonKeypoints(0.9, boxes, person[:, :2].astype(np.float32), person[:, 2].astype(np.float32))
        for person in people
    )
    return Keypoints(stamp, camera, width, height, COCO_17, persons)


def seen(seconds: float, together: bool = True, seed: int = 0) -> list[Keypoints]:
    """What the cameras say of two people who cross."""
    return [
        keypoints(START + round(moment * SECOND), camera, people)
        for moment, found in pictures(Cameras(WALKERS, USUAL, seed), seconds, together)
        for camera, people in found.items()
    ]


def exit_at(seconds: float) -> GateEvent:
    return GateEvent(START + round(seconds * SECOND), "front", Passage.EXIT, "", "", "", derived=False)


def told(stage: TrackingStage, observations: Iterable[Keypoints | GateEvent]) -> list[Shoppers | GateEvent]:
    """Everything the stage says, told of the time as the graph tells it."""
    given = []
    for observation in observations:
        given += [*stage.advance(observation.stamp), *stage.process(observation)]
    return given + list(stage.finish())


def run(stage: TrackingStage, observations: Iterable[Keypoints | GateEvent]) -> list[Shoppers]:
    """Everybody in the store, snapshot by snapshot."""
    return [given for given in told(stage, observations) if isinstance(given, Shoppers)]


def bytes_of(snapshots: Iterable[Shoppers]) -> list[object]:
    return [
        (snapshot.stamp, each.shopper_id, each.state, each.positions.tobytes(), each.covariance.tobytes())
        for snapshot in snapshots
        for each in snapshot.shoppers
    ]


def test_everybody_is_told_of_once_a_period_at_stamps_of_pictures():
    settings = TrackingSettings(period=SECOND // 5)
    pictures_seen = seen(2.0, together=False)
    given = run(TrackingStage(STORE, settings), pictures_seen)
    stamps = [snapshot.stamp for snapshot in given]
    assert set(stamps) <= {picture.stamp for picture in pictures_seen}
    assert len(stamps) == 10
    assert min(np.diff(stamps)) >= settings.period - 2_000_000
    assert len(given[-1].shoppers) == 2


def test_pictures_that_come_once_a_period_are_all_told_of_though_a_camera_is_not_exact():
    nobody = np.zeros((0, 17, 3))
    late = [900_000 * (number % 2) for number in range(15)]
    stamps = [START + number * SECOND // 15 + shift for number, shift in enumerate(late)]
    given = run(
        TrackingStage(STORE, TrackingSettings(period=SECOND // 15)),
        [keypoints(stamp, "south_west", nobody) for stamp in stamps],
    )
    assert [snapshot.stamp for snapshot in given] == stamps


def test_a_snapshot_holds_what_all_pictures_of_its_stamp_show():
    stage, told = TrackingStage(STORE, TrackingSettings(lag=0)), []
    for picture in (picture for picture in seen(1.0) if picture.stamp == START):
        told += [*stage.advance(picture.stamp), *stage.process(picture)]
    assert told == []
    (snapshot,) = stage.advance(START + 1)
    assert snapshot.stamp == START
    assert len(snapshot.shoppers) == 2


def test_an_empty_store_is_told_of_too():
    (snapshot,) = run(TrackingStage(STORE), [keypoints(START, "south_west", np.zeros((0, 17, 3)))])
    assert snapshot.shoppers == ()
    assert snapshot.joints == COCO_17


def test_the_same_pictures_give_the_same_bytes():
    observations = seen(2.0, together=False)
    assert bytes_of(run(TrackingStage(STORE), observations)) == bytes_of(run(TrackingStage(STORE), observations))


def test_how_often_the_time_is_told_changes_nothing():
    observations = seen(1.0, together=False)
    often, given = TrackingStage(STORE), []
    for observation in observations:
        for before in (3_000_000, 1_000_000, 0):
            given += often.advance(observation.stamp - before)
        given += often.process(observation)
    given += often.finish()
    assert bytes_of(given) == bytes_of(run(TrackingStage(STORE), observations))


def test_a_stage_that_is_pickled_between_any_two_calls_goes_on_as_if_it_had_not_been():
    observations = seen(0.8)
    stage, given = TrackingStage(STORE), []
    for observation in observations:
        given += stage.process(observation)
        stage = pickle.loads(pickle.dumps(stage))
    given += stage.finish()
    assert bytes_of(given) == bytes_of(run(TrackingStage(STORE), observations))


def test_ids_are_not_used_again_when_the_stage_begins_anew_in_the_same_recording():
    observations = seen(2.0)
    first = {each.shopper_id for seen_at in run(TrackingStage(STORE), observations) for each in seen_at.shoppers}
    later = [observation for observation in observations if observation.stamp > START + SECOND]
    anew = {each.shopper_id for seen_at in run(TrackingStage(STORE), later) for each in seen_at.shoppers}
    assert len(first) == len(anew) == 2
    assert not first & anew


def test_cameras_and_joints_that_do_not_fit_are_named_and_ignored():
    observations = seen(0.5)
    stranger = replace(observations[4], camera="attic")
    others = replace(observations[5], joints=HALPE_26)
    stage = TrackingStage(STORE)
    run(stage, [*observations[:4], stranger, others, *observations[4:]])
    assert stage.unusable == {"attic", others.camera}


def test_whom_a_gate_tells_to_have_gone_is_not_waited_for():
    walker = Walker.to((3.0, 0.9), (3.0, 0.7), pace=0.1)

    def present(gate: list[GateEvent]) -> list[float]:
        observations: list[Keypoints | GateEvent] = [*gate]
        for moment, found in pictures(Cameras((walker,)), 4.0):
            for camera, people in found.items():
                shown = people if moment < 2.0 else people[:0]
                observations.append(keypoints(START + round(moment * SECOND), camera, shown))
        observations.sort(key=lambda observation: observation.stamp)
        given = run(TrackingStage(STORE), observations)
        return [(snapshot.stamp - START) / SECOND for snapshot in given if snapshot.shoppers]

    assert max(present([])) > 3.5
    assert max(present([exit_at(2.0)])) < 2.5
