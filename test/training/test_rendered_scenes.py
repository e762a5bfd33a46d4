"""What is to be found in a picture is where the simulation has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

for package in ("anny", "cv2", "open3d", "torch"):
    pytest.importorskip(package, reason="what draws pictures is not installed; `make pictures` installs it")

from storegraph.simulation.acting.acting import act  # noqa: E402
from storegraph.simulation.cameras.furniture import Furniture  # noqa: E402
from storegraph.simulation.performance import Performance  # noqa: E402
from storegraph.simulation.scenarios.casting import cast  # noqa: E402
from storegraph.simulation.scenarios.scenario import load_scenario  # noqa: E402
from storegraph.store.file import load_store  # noqa: E402
from storegraph.tracking.cameras import CameraGroup  # noqa: E402
from storegraph.training.rendering import people_seen  # noqa: E402

CORNER = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")


@pytest.fixture(scope="module")
def performance() -> Performance:
    return act(cast(load_scenario("same_facing_at_once"), CORNER, seed=2), CORNER)


def test_everybody_in_the_picture_is_where_the_camera_has_them(performance: Performance) -> None:
    furniture, shown = Furniture.of(CORNER), 0
    for frame in range(0, performance.frames, 60):
        there = [actor for actor in performance.actors if actor.first <= frame <= actor.last]
        for camera in CORNER.cameras:
            people = people_seen(performance, camera, furniture, frame)
            assert len(people) <= len(there)
            for points in people.points:
                expected = [
                    CameraGroup.of([camera]).project(actor.joints[frame - actor.first][None].astype(float))[0][0]
                    for actor in there
                ]
                apart = [float(np.nanmax(np.abs(points - each))) for each in expected]
                assert min(apart) < 0.01
                shown += 1
    assert shown > 20


def test_before_anybody_comes_nobody_is_there(performance: Performance) -> None:
    first = min(actor.first for actor in performance.actors)
    assert first > 0
    assert len(people_seen(performance, CORNER.cameras[0], Furniture.of(CORNER), first - 1)) == 0
