"""Pictures show the performance: bodies whose joints are the truth, where the cameras see them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("open3d", reason="`make pictures` installs what pictures need")
pytest.importorskip("anny", reason="`make pictures` installs what pictures need")
cv2: Any = pytest.importorskip("cv2")

from rendered_scenes import ADULT, FRAMES, actor, performance, seconds, walking  # noqa: E402

from storegraph.simulation.errors import SimulationError  # noqa: E402
from storegraph.simulation.performance import START, Performance  # noqa: E402
from storegraph.simulation.picture import Picture  # noqa: E402
from storegraph.simulation.rendering.figure import Figure  # noqa: E402
from storegraph.simulation.rendering.film import RATE, film  # noqa: E402
from storegraph.simulation.rendering.pictures import pictures  # noqa: E402
from storegraph.simulation.rendering.posing import Rig  # noqa: E402
from storegraph.simulation.rendering.renderer import Renderer  # noqa: E402
from storegraph.simulation.rendering.template import template  # noqa: E402
from storegraph.simulation.rendering.wardrobe import ADULT as GROWN  # noqa: E402
from storegraph.simulation.rendering.wardrobe import Hair, looks_of  # noqa: E402
from storegraph.simulation.script import Body  # noqa: E402
from storegraph.tracking.cameras import CameraGroup  # noqa: E402
from storegraph.vision.errors import VisionError  # noqa: E402
from storegraph.vision.models import MOVENET_MULTIPOSE, installed, models_folder  # noqa: E402
from storegraph.vision.movenet import MoveNet  # noqa: E402

CAMERA = "south_west"


@cache
def shown(scale: int = 4) -> tuple[Performance, Renderer]:
    """Somebody who walks through the middle of the shop."""
    played = performance([actor("ann", walking(ADULT, (2.0, 2.0), (4.0, 3.0)))], scale)
    return played, Renderer(played)


@cache
def empty() -> Renderer:
    return Renderer(performance())


@pytest.mark.parametrize(
    "body",
    [ADULT, Body(1.05, 1.0, 5.0, 11), Body(1.5, 1.3, 70.0, 12), Body(1.95, 0.85, 25.0, 13)],
    ids=["adult", "child", "elder", "tall"],
)
def test_the_joints_of_the_mesh_are_those_of_the_performance(body: Body) -> None:
    joints = walking(body, (2.0, 2.0), (4.0, 3.0))
    figure = Figure.of(body, ankle_height=float(joints[:, 15:, 2].min()))
    missed = np.linalg.norm(figure.rig.joints_by(figure.rig.maps(joints)) - joints, axis=-1)
    assert missed[:, 5:].max() < 0.005
    assert missed[:, :5].max() < 0.05  # a face is rigid, and not everybody's is alike


def test_what_regresses_joints_without_the_mesh_is_what_regresses_them_from_it() -> None:
    model = template()
    joints = walking(ADULT, (2.0, 2.0), (4.0, 3.0))[[20]]
    vertices = model.rest({"age": 0.67})
    rig = Rig.of(vertices, model.carried, model.regressor, 0.08)
    (maps,) = rig.maps(joints)
    blended = np.einsum("vp,pij->vij", model.carried, maps)
    mesh = np.einsum("vij,vj->vi", blended, np.column_stack([vertices, np.ones(len(vertices))]))
    np.testing.assert_allclose(model.regressor @ mesh, rig.joints_by(maps[None])[0], atol=1e-9)


def test_somebody_is_seen_where_the_camera_sees_their_joints_and_nowhere_else() -> None:
    played, renderer = shown()
    group = CameraGroup.of([camera for camera in played.store.cameras if camera.id == CAMERA])
    joints = played.actors[0].joints[30].astype(np.float64)
    trunk = group.project(joints[[5, 6, 11, 12]].mean(axis=0)[None, None])[0][0, 0].round().astype(int)
    difference = np.abs(
        renderer.picture(CAMERA, seconds(30)).astype(int) - empty().picture(CAMERA, seconds(30)).astype(int)
    ).max(axis=2)
    assert difference[trunk[1] - 1 : trunk[1] + 2, trunk[0] - 1 : trunk[0] + 2].min() > 25
    assert np.quantile(difference[:, :20], 0.99) < 25


def test_nobody_is_seen_through_a_wall() -> None:
    outside = performance([actor("ann", walking(ADULT, (0.5, -1.5), (1.5, -1.5)))])
    assert np.array_equal(Renderer(outside).picture("north_west", 1.0), empty().picture("north_west", 1.0))


def test_an_item_that_was_taken_is_gone_from_the_picture() -> None:
    far = actor("ann", walking(ADULT, (0.6, 0.6), (0.7, 0.6)))
    renderer = Renderer(performance([far], scale=2, taken=[0.9, 0.95, 1.0]))
    before, after = (renderer.picture("south_east", moment).astype(int) for moment in (0.8, 1.2))
    group = CameraGroup.of([camera for camera in performance(scale=2).store.cameras if camera.id == "south_east"])
    x, y = group.project(np.array([[[3.02, 4.57, 0.24]]]))[0][0, 0].round().astype(int)
    assert np.abs(after - before)[y - 1 : y + 2, x - 1 : x + 2].mean() > 15


def test_equal_seeds_give_equal_pictures_in_whatever_order_they_are_asked_for() -> None:
    played, renderer = shown()
    again = Renderer(played)
    later = again.picture(CAMERA, seconds(40))
    assert np.array_equal(again.picture(CAMERA, seconds(20)), renderer.picture(CAMERA, seconds(20)))
    assert np.array_equal(later, renderer.picture(CAMERA, seconds(40)))


def test_pictures_come_by_log_time_each_of_a_frame_and_of_the_size_of_its_camera() -> None:
    played, _ = shown()
    sent = list(pictures(played, rate=2.0))
    assert [one.log_time for one in sent] == sorted(one.log_time for one in sent)
    assert len(sent) == len(played.store.cameras) * FRAMES // 30 * 2
    for one in sent:
        assert isinstance(one.observation, Picture)
        assert one.topic == f"cameras/{one.observation.camera}/image/compressed"
        assert one.log_time > one.observation.stamp
        assert round((one.observation.stamp - START) * 30e-9, 3) % 1 == 0
        assert cv2.imdecode(np.frombuffer(one.observation.jpeg, np.uint8), cv2.IMREAD_COLOR).shape == (90, 160, 3)


def test_a_film_has_every_second_frame(tmp_path: Path) -> None:
    played = replace(shown()[0], frames=12)
    film(played, tmp_path / "visit.mp4", cameras=("south_west", "north_east"))
    reader = cv2.VideoCapture(str(tmp_path / "visit.mp4"))
    count = 0
    while reader.read()[0]:
        count += 1
    assert count == 12 * RATE // 30


def test_a_camera_that_the_store_has_not_is_told() -> None:
    with pytest.raises(SimulationError, match="corner has no camera attic; it has south_west, "):
        empty().picture("attic", 0.0)


def test_looks_come_from_the_seed_and_children_have_no_beards() -> None:
    children = [looks_of(Body(1.2, 1.0, 7.0, seed)) for seed in range(60)]
    assert not any(looks.beard for looks in children)
    grown = [looks_of(Body(1.75, 1.0, GROWN + 50, seed)) for seed in range(60)]
    assert any(looks.beard for looks in grown)
    assert {looks.hair for looks in grown} == set(Hair)
    assert len({looks.top for looks in grown}) > 50  # the lightest are white, and some of them alike
    assert looks_of(ADULT) == looks_of(ADULT)


def test_a_network_trained_on_photographs_finds_somebody_with_their_joints_in_place() -> None:
    try:
        installed(MOVENET_MULTIPOSE, models_folder())
    except VisionError as error:
        pytest.skip(str(error))
    played, renderer = shown(scale=1)
    frame = 30
    ((found,),) = MoveNet.load(models_folder(), threshold=0.3).detect([renderer.picture("north_east", seconds(frame))])
    group = CameraGroup.of([camera for camera in played.store.cameras if camera.id == "north_east"])
    expected = group.project(played.actors[0].joints[None, frame].astype(np.float64))[0][0]
    missed = np.linalg.norm(found.points - expected, axis=1)
    assert np.nanmedian(missed) < 6
    assert np.median(found.scores) > 0.4
