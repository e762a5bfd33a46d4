"""Random people: they can play what they are given, and are as many and as bad as asked for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.observations import Action, Passage
from storegraph.simulation import script
from storegraph.simulation.acting.acting import act
from storegraph.simulation.acting.world import capacities
from storegraph.simulation.chance import chance
from storegraph.simulation.scenarios.casting import cast
from storegraph.simulation.scenarios.generator import random_people
from storegraph.simulation.scenarios.goods import candidates_in
from storegraph.simulation.scenarios.language import Goods, Person, Scenario, Shopping
from storegraph.simulation.scenarios.language_steps import WORDS, PutBack, Restock, Take
from storegraph.simulation.scenarios.playable import problems_of_play
from storegraph.simulation.scenarios.scenario import load_scenario, with_random
from storegraph.store.file import load_store

CORNER = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
ROOM = capacities(CORNER)
GOODS = {str(index): facing for index, facing in candidates_in(CORNER, ROOM).items()}

seeds = st.integers(0, 2**32 - 1)
shoppings = st.builds(
    Shopping,
    people=st.integers(1, 50),
    rate=st.floats(1, 60),
    seconds=st.floats(1, 60),
    parties=st.lists(st.floats(0.1, 1), min_size=1, max_size=4).map(tuple),
    crew=st.floats(0, 1),
    basket=st.floats(0.1, 6),
    put_backs=st.floats(0, 1),
    misplaced=st.floats(0, 1),
    skill=st.floats(0, 1),
)


def visits(shopping: Shopping, seed: int) -> tuple[Person, ...]:
    return random_people(shopping, GOODS, chance(seed, "test"))


def share(word: str, people: tuple[Person, ...]) -> float:
    """How many of the steps are of one kind."""
    words = Counter(WORDS[type(step)] for person in people for step in person.does)
    return words[word] / words.total()


@settings(max_examples=25, deadline=None)
@given(shoppings, seeds)
def test_random_people_can_play_what_they_are_given(shopping: Shopping, seed: int) -> None:
    people = visits(shopping, seed)
    scenario = Scenario(name="any", summary="Any.", goods=dict.fromkeys(GOODS, Goods()), people=people)
    assert list(problems_of_play(scenario)) == []
    assert len({person.name for person in people}) == len(people)


@settings(max_examples=25, deadline=None)
@given(shoppings, seeds)
def test_nobody_takes_what_is_not_there(shopping: Shopping, seed: int) -> None:
    taken, brought = Counter[str](), Counter[str]()
    for step in (step for person in visits(shopping, seed) for step in person.does):
        match step:
            case Take(goods=(name,), count=count, among=""):
                taken[name] += count
            case Restock(goods=name, count=count):
                brought[name] += count
    assert all(count <= GOODS[name].capacity + brought[name] for name, count in taken.items())


@settings(max_examples=8, deadline=None)
@given(shoppings, seeds)
def test_the_stock_is_enough_for_random_people(shopping: Shopping, seed: int) -> None:
    made = cast(Scenario(name="any", summary="Any.", shopping=shopping), CORNER, seed)
    assert all(0 <= count <= room for count, room in zip(made.stock, ROOM, strict=True))
    taken = Counter(
        facing
        for role in made.roles
        for step in role.steps
        if isinstance(step, script.Take)
        for facing, count in step.goods
        for _ in range(count)
    )
    if not any(isinstance(step, script.Restock) for role in made.roles for step in role.steps):
        assert all(made.stock[facing] >= min(count, ROOM[facing]) for facing, count in taken.items())


def test_people_arrive_at_the_rate_that_is_asked_for() -> None:
    shopping = Shopping(people=50, rate=6, seconds=600, parties=(1.0,))
    counts = [len(visits(shopping, seed)) for seed in range(40)]
    # Poisson: 60 are expected, the mean of 40 drawings has a standard deviation of 60 ** 0.5 / 40 ** 0.5 = 1.2.
    assert np.mean(counts) == np.clip(np.mean(counts), 56, 64)
    assert np.std(counts) > 4


def test_a_full_store_lets_nobody_in() -> None:
    (one, *others) = visits(Shopping(people=1, rate=120, seconds=60, parties=(1.0,)), 1)
    assert [other.enters >= one.enters + 10 for other in others if other.enters is not None].count(False) == 0


def test_without_skill_nobody_misleads_and_with_skill_many_do() -> None:
    honest = visits(Shopping(people=50, rate=60, seconds=60, put_backs=0.0, parties=(1.0,)), 1)
    skilled = visits(Shopping(people=50, rate=60, seconds=60, put_backs=0.0, parties=(1.0,), skill=1.0), 1)
    tricks = ("put_back", "hand_over", "drop", "consume", "meet", "swap_places")
    assert [share(trick, honest) for trick in tricks] == [0.0] * len(tricks)
    assert all(share(trick, skilled) > 0 for trick in tricks)


def test_skill_leaves_goods_among_those_that_weigh_the_same() -> None:
    def apart(skill: float) -> float:
        """Grams between what is left and what it is left among, the median."""
        people = [
            person
            for seed in range(10)
            for person in visits(Shopping(rate=60, seconds=60, put_backs=0.0, crew=0.0, skill=skill), seed)
        ]
        left = [
            (step.goods, step.to)
            for person in people
            for step in person.does
            if isinstance(step, PutBack) and step.to not in ("", step.goods)
        ]
        weights = {name: facing.product.unit_weight or 0.0 for name, facing in GOODS.items()}
        return float(np.median([abs(weights[goods] - weights[place]) for goods, place in left]))

    assert apart(1.0) < 20 < apart(0.1)


def test_the_shopping_of_the_library_is_as_many_as_asked_for() -> None:
    few = cast(with_random(load_scenario("shopping"), people=1, rate=2.0), CORNER, 1).roles
    many = cast(with_random(load_scenario("shopping"), people=50, rate=120.0), CORNER, 1).roles
    assert len(few) < 10 < 80 < len(many)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_people_do_all_that_they_are_given(seed: int) -> None:
    shopping = Shopping(people=8, rate=20, seconds=15, skill=0.8, crew=0.1)
    made = cast(Scenario(name="any", summary="Any.", shopping=shopping), CORNER, seed)
    played = act(made, CORNER)
    steps = Counter(type(step) for role in made.roles for step in role.steps)
    moved = Counter(movement.action for movement in played.movements if not movement.restocking)
    assert (moved[Action.TAKE], moved[Action.PUT_BACK]) == (steps[script.Take], steps[script.PutBack])
    assert len(played.pushes) == steps[script.Touch]
    assert Counter(crossing.passage for crossing in played.crossings) == dict.fromkeys(Passage, len(made.roles))
