"""Where people come from and go to."""

from __future__ import annotations

import numpy as np
import pytest
from walkers import STORE

from storegraph.tracking.entrances import Entrances

ENTRANCES = Entrances(STORE.gates, reach=1.0)
"""The gate of the corner store is from x = 2.4 to 3.6 at y = 0; inside is y > 0."""

PLACES = np.array([(3.0, 0.5), (3.0, -0.5), (3.0, 1.5), (1.0, -0.1), (3.0, -4.0)])


def test_a_place_is_at_the_gate_within_reach_and_outside_beyond_its_line():
    around = ENTRANCES.around(PLACES)
    assert around.gates == ("front", "front", "", "", "")
    assert around.near.tolist() == [True, True, False, False, False]
    assert around.beyond.tolist() == [0.0, 0.5, 0.0, 0.0, 0.0]


def test_the_inner_side_of_a_gate_goes_on_without_end():
    assert ENTRANCES.around(PLACES).inside.tolist() == [True, False, True, False, False]


def test_of_several_gates_the_nearest_counts():
    back = STORE.gates[0].model_copy(update={"id": "back", "from_point": (3.6, 5.0), "to_point": (2.4, 5.0)})
    around = Entrances((*STORE.gates, back), reach=1.0).around(np.array([(3.0, 4.5), (3.0, 5.5), (3.0, 0.5)]))
    assert around.gates == ("back", "back", "front")
    assert around.beyond.tolist() == [0.0, 0.5, 0.0]


def test_distances_are_to_the_line_between_the_posts():
    places = np.array([(3.0, 0.7), (3.9, 0.4)])
    assert ENTRANCES.distances("front", places) == pytest.approx([0.7, 0.5])
    assert ENTRANCES.distances("back", places).tolist() == [np.inf, np.inf]


def test_without_gates_people_come_and_go_everywhere():
    anywhere = Entrances((), reach=1.0)
    around = anywhere.around(PLACES)
    assert anywhere.known is False
    assert around.near.all()
    assert around.inside.all()
    assert not around.beyond.any()
    assert set(around.gates) == {""}
