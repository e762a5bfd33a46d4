"""Sensors that fail in a suite are drawn for each run."""

from __future__ import annotations

from pathlib import Path

from storegraph.evaluation.suites.degraded import Degraded, drawn_faults
from storegraph.store.file import load_store

MARKET = load_store(Path(__file__).resolve().parents[3] / "config" / "stores" / "market.yaml")
ALL = Degraded(cameras_lost=1, dead_plates=0.02, messages_lost=0.01, skew=0.2)


def test_nothing_fails_where_nothing_is_asked_for() -> None:
    assert drawn_faults(Degraded(), MARKET, 1) == ()


def test_the_same_seed_draws_the_same_and_another_one_others() -> None:
    assert drawn_faults(ALL, MARKET, 1) == drawn_faults(ALL, MARKET, 1)
    assert len({drawn_faults(ALL, MARKET, seed) for seed in range(5)}) == 5


def test_so_many_cameras_are_lost_and_each_may_be() -> None:
    lost = [fault.stream for seed in range(60) for fault in drawn_faults(Degraded(cameras_lost=2), MARKET, seed)]
    assert len(lost) == 120
    assert set(lost) == {f"cameras/{camera.id}/*" for camera in MARKET.cameras}


def test_more_cameras_than_there_are_are_all_lost() -> None:
    assert len(drawn_faults(Degraded(cameras_lost=99), MARKET, 1)) == len(MARKET.cameras)


def test_about_so_many_plates_are_dead() -> None:
    plates = sum(len(shelf.scales) for fixture in MARKET.fixtures for shelf in fixture.shelves)
    dead = sum(
        len(fault.scales) for seed in range(100) for fault in drawn_faults(Degraded(dead_plates=0.02), MARKET, seed)
    )
    assert 0.015 < dead / (100 * plates) < 0.025
