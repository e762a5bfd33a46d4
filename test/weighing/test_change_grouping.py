"""Which changes become one event."""

from __future__ import annotations

from plate_simulator import SECOND, plate_id, shelf_store

from storegraph.weighing.grouping import Grouping, neighbours
from storegraph.weighing.model import DEFAULTS, PlateChange

FIXTURE = shelf_store(5).fixtures[0]


def grouping() -> Grouping:
    return Grouping(neighbours(FIXTURE, DEFAULTS), DEFAULTS)


def change(plate: int, middle: float, delta: float) -> PlateChange:
    """A change of 0.2 s that was decided 0.6 s after its middle."""
    at = round(middle * SECOND)
    return PlateChange(plate_id(plate), at - SECOND // 10, at, at + SECOND // 10, at + 6 * SECOND // 10, delta, 1.0)


def test_plates_side_by_side_are_neighbours():
    near = neighbours(FIXTURE, DEFAULTS)
    assert near[plate_id(0)] == {plate_id(1)}
    assert near[plate_id(2)] == {plate_id(1), plate_id(3)}


def test_changes_of_three_plates_in_a_row_are_one_movement():
    held = grouping()
    for plate in (3, 1, 2):
        held.add(change(plate, 1.0, -50.0))
    assert [[c.scale for c in m] for m in held.release(2 * SECOND, {})] == [[plate_id(1), plate_id(2), plate_id(3)]]
    assert not held.waiting


def test_changes_apart_in_place_time_or_sign_are_several():
    for other in (change(3, 1.0, -50.0), change(2, 1.3, -50.0), change(2, 1.0, 50.0)):
        held = grouping()
        held.add(change(1, 1.0, -50.0))
        held.add(other)
        assert len(held.release(2 * SECOND, {})) == 2


def test_a_change_waits_for_a_neighbour_on_the_same_way_but_not_for_ever():
    held = grouping()
    held.add(change(1, 1.0, -50.0))
    assert held.release(round(1.6 * SECOND), {plate_id(2): -40.0}) == []
    assert len(held.release(round(2.1 * SECOND), {plate_id(2): -40.0})) == 1


def test_a_change_does_not_wait_for_plates_elsewhere_or_on_the_other_way():
    for moving in ({plate_id(3): -40.0}, {plate_id(2): 40.0}, {}):
        held = grouping()
        held.add(change(1, 1.0, -50.0))
        assert len(held.release(round(1.6 * SECOND), moving)) == 1
