"""People never walk through one another, nor into walls, and they get to where they want to be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.simulation.acting.crowd import SPACING, TOP_SPEED, TURNING, Crowd
from storegraph.simulation.acting.floor import BODY_RADIUS, Floor
from storegraph.simulation.performance import FRAME_RATE
from storegraph.store.file import load_store

FLOOR = Floor(load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml"))


def crowd_of(count: int, seed: int) -> tuple[Crowd, np.random.Generator]:
    """People at random places, none too near to another."""
    generator = np.random.default_rng(seed)
    crowd = Crowd(FLOOR, [1.3] * count)
    for who in range(count):
        place = (0.0, 0.0)
        while not (FLOOR.is_free(place) and crowd.is_free(place, 0.4, who)):
            place = (float(generator.uniform(0.5, 5.5)), float(generator.uniform(0.5, 4.5)))
        crowd.enter(who, place, float(generator.uniform(-3, 3)), 0.0)
    return crowd, generator


@settings(max_examples=8, deadline=None)
@given(st.integers(2, 25), st.integers(0, 1000))
def test_nobody_gets_too_near_to_another_or_to_a_wall_or_jumps(count: int, seed: int) -> None:
    crowd, generator = crowd_of(count, seed)
    before, heading = crowd.place.copy(), crowd.heading.copy()
    for frame in range(300):
        if frame % 60 == 0:
            for who in range(count):
                goal = FLOOR.nearest((float(generator.uniform(0, 6)), float(generator.uniform(0, 5))))
                start = (float(crowd.place[who, 0]), float(crowd.place[who, 1]))
                crowd.walk(who, FLOOR.route(start, goal) or [goal])
        crowd.advance()
        apart = np.linalg.norm(crowd.place[:, None] - crowd.place, axis=2) + 9 * np.eye(count)
        assert apart.min() > SPACING - 1e-6
        assert FLOOR.clearance(crowd.place).min() > BODY_RADIUS / 2
        assert np.linalg.norm(crowd.place - before, axis=1).max() * FRAME_RATE < 1.25 * TOP_SPEED
        assert np.abs(crowd.heading - heading).max() * FRAME_RATE < TURNING + 1e-6
        before, heading = crowd.place.copy(), crowd.heading.copy()


def test_two_who_walk_towards_each_other_pass() -> None:
    crowd = Crowd(FLOOR, [1.3, 1.3])
    ends = ((1.5, 2.5), (4.5, 2.5))
    crowd.enter(0, ends[0], 0.0, 1.0)
    crowd.enter(1, ends[1], np.pi, 1.0)
    crowd.walk(0, [ends[1]])
    crowd.walk(1, [ends[0]])
    frames = 0
    while crowd.to_go(0) + crowd.to_go(1) > 0:
        crowd.advance()
        frames += 1
        assert frames < 8 * FRAME_RATE
    assert np.allclose(crowd.place, ends[::-1], atol=0.03)


def test_who_waits_steps_aside_and_whose_hands_are_busy_does_not() -> None:
    moved = []
    for firm in (False, True):
        crowd = Crowd(FLOOR, [1.3, 1.3])
        crowd.enter(0, (2.0, 2.5), 0.0, 1.0)
        crowd.enter(1, (3.0, 2.5), 0.0, 0.0)
        crowd.firm[1] = firm
        crowd.walk(0, [(4.0, 2.5)])
        for _ in range(90):
            crowd.advance()
        moved.append(float(np.hypot(*(crowd.place[1] - (3.0, 2.5)))))
    assert moved[0] > 0.01
    assert moved[1] == 0.0
