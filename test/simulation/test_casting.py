"""Casting: what a scenario leaves open is chosen, and what it says is kept, in any store that has the goods."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.simulation import script
from storegraph.simulation.acting.world import capacities
from storegraph.simulation.errors import SimulationError
from storegraph.simulation.scenarios.casting import cast
from storegraph.simulation.scenarios.goods import candidates_in
from storegraph.simulation.scenarios.language import Goods, Person, Scenario
from storegraph.simulation.scenarios.language_steps import Restock, Step, Take, VisitKiosk
from storegraph.simulation.scenarios.scenario import load_scenario, scenario_names
from storegraph.simulation.script import Credential
from storegraph.store.file import load_store

CORNER = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
ROOM = capacities(CORNER)
FACINGS = candidates_in(CORNER, ROOM)
EVERYWHERE = CORNER.model_copy(update={"gates": (), "kiosk": None})
"""The same goods in a store that has no gate."""

seeds = st.integers(0, 2**32 - 1)


def one(*steps: Step, goods: dict[str, Goods] | None = None, **person: object) -> Scenario:
    """A scenario of one person."""
    ann = Person.model_validate({"name": "ann", "does": steps, **person})
    return Scenario(name="one", summary="One.", goods=goods or {"milk": Goods()}, people=(ann,))


def taken_facings(scenario: Scenario, seed: int) -> list[int]:
    """The facings that the only person of a scenario takes from, one after the other."""
    (role,) = cast(scenario, CORNER, seed).roles
    return [facing for step in role.steps if isinstance(step, script.Take) for facing, _ in step.goods]


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_of_the_library_can_be_cast_for_the_corner_shop(name: str) -> None:
    scenario = load_scenario(name)
    for seed in range(20):
        made = cast(scenario, CORNER, seed)
        assert (made.scenario, made.seed, made.linger) == (name, seed, scenario.linger)
        assert {person.name for person in scenario.people} <= {role.name for role in made.roles}
        assert [role.enters for role in made.roles] == sorted(role.enters for role in made.roles)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(scenario_names()), seeds)
def test_equal_seeds_make_equal_scripts(name: str, seed: int) -> None:
    assert cast(load_scenario(name), CORNER, seed) == cast(load_scenario(name), CORNER, seed)


def test_other_seeds_change_goods_bodies_hands_and_times() -> None:
    (roles,) = zip(*(cast(load_scenario("single_pick"), CORNER, seed).roles for seed in range(40)), strict=True)
    takes = [step for role in roles for step in role.steps if isinstance(step, script.Take)]
    assert len({take.goods for take in takes}) > 10
    assert {take.hand for take in takes} == {"left", "right"}
    assert len({role.body for role in roles}) == len({role.enters for role in roles}) == 40
    assert len({take.lasts for take in takes}) > 30
    assert len({role.token for role in roles}) == 40


def test_saying_one_thing_changes_no_other() -> None:
    said = cast(one(Take(goods=("milk",), lasts=3.0), pace=1.0), CORNER, 5)
    drawn = cast(one(Take(goods=("milk",))), CORNER, 5)
    (take,) = [step for step in said.roles[0].steps if isinstance(step, script.Take)]
    (other,) = [step for step in drawn.roles[0].steps if isinstance(step, script.Take)]
    assert (take.lasts, said.roles[0].pace) == (3.0, 1.0)
    assert (take.goods, take.hand, take.press) == (other.goods, other.hand, other.press)
    assert (said.roles[0].body, said.stock) == (drawn.roles[0].body, drawn.stock)


@settings(max_examples=50, deadline=None)
@given(seeds)
def test_goods_are_as_they_must_be(seed: int) -> None:
    goods = {
        "tea": Goods(plates="one", weight=(90, 700)),
        "coffee": Goods(right_of="tea"),
        "juice": Goods(other_fixture_than="tea", height=(0.2, 0.8)),
        "milk": Goods(same_fixture_as="juice"),
        "wine": Goods(age_limited=True),
        "sugar": Goods(weighs_like="milk", within=30),
    }
    facings = taken_facings(one(*(Take(goods=(name,)) for name in goods), goods=goods), seed)
    tea, coffee, juice, milk, wine, sugar = (FACINGS[facing] for facing in facings)
    assert tea.plates == 1
    assert 90 <= (tea.product.unit_weight or 0) <= 700
    assert coffee.is_beside(tea) and coffee.left > tea.left
    assert juice.fixture != tea.fixture and 0.2 <= juice.height <= 0.8
    assert milk.fixture == juice.fixture
    assert wine.product.age_limit is not None
    assert abs((sugar.product.unit_weight or 0) - (milk.product.unit_weight or 0)) <= 30
    assert len({facing.product.gtin for facing in (tea, coffee, juice, milk, wine, sugar)}) == 6


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_goods_can_be_another_facing_of_the_same_product(seed: int) -> None:
    goods = {"here": Goods(), "there": Goods(same_product_as="here")}
    here, there = taken_facings(one(Take(goods=("here",)), Take(goods=("there",)), goods=goods), seed)
    assert here != there
    assert CORNER.facings[here].gtin == CORNER.facings[there].gtin == "9520000100162"  # coffee: alone with two facings


def test_goods_can_be_one_product() -> None:
    goods = {"wine": Goods(product="Riesling trocken 0,75 l"), "beer": Goods(product="9520000100247")}
    assert taken_facings(one(Take(goods=("wine",)), Take(goods=("beer",)), goods=goods), 1) == [2, 15]


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        (
            one(Take(goods=("lead",)), goods={"tea": Goods(), "lead": Goods(weight=(9000, 9999))}),
            r"goods.lead: nothing .* must be \(weight \[9000.0, 9999.0\], room for 1, .* goes with tea",
        ),
        (
            one(Take(goods=("milk",), count=1000)),
            r"goods.milk: nothing in the store is as it must be \(room for 1000, not above",
        ),
        (
            one(Take(goods=("tea", "milk")), goods={"tea": Goods(), "milk": Goods(other_fixture_than="tea")}),
            "ann takes tea and milk with one grab, which do not stand side by side; say `beside`",
        ),
        (one(entrance="back"), r'people.ann.entrance: "back" is no gate for that; there are front'),
    ],
)
def test_a_store_that_has_not_what_is_needed_is_refused(scenario: Scenario, told: str) -> None:
    with pytest.raises(SimulationError, match=f"scenario one, store corner: {told}"):
        cast(scenario, CORNER, 1)


def test_a_store_without_a_kiosk_takes_no_address() -> None:
    with pytest.raises(SimulationError, match=r"people.ann.does: has a visit_kiosk, but the store has no kiosk"):
        cast(one(VisitKiosk(email="ann@example.org")), EVERYWHERE, 1)


def test_a_store_without_gates_is_played_in_without_gates() -> None:
    (role,) = cast(one(Take(goods=("milk",))), EVERYWHERE, 1).roles
    assert (role.entrance, role.exit) == ("", "")


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(1, 4), st.integers(1, 4))
def test_there_is_enough_to_take_and_room_for_what_is_brought(seed: int, taken: int, brought: int) -> None:
    made = cast(one(Take(goods=("milk",), count=taken), Restock(goods="milk", count=brought)), CORNER, seed)
    (facing,) = [step.facing for step in made.roles[0].steps if isinstance(step, script.Restock)]
    assert taken <= made.stock[facing] <= ROOM[facing] - brought
    others = [index for index in FACINGS if index != facing]
    assert all(0.5 * ROOM[index] <= made.stock[index] <= ROOM[index] for index in others)
    assert all(made.stock[index] == 0 for index in range(len(CORNER.facings)) if index not in FACINGS)


def test_a_party_enters_on_the_credential_of_its_first() -> None:
    roles = cast(load_scenario("group_on_one_token"), CORNER, 3).roles
    assert {role.credential for role in roles} == {Credential.APP}
    assert len({role.token for role in roles}) == len({role.party for role in roles}) == 1
    assert all(0.8 <= later.enters - earlier.enters <= 1.5 for earlier, later in pairwise(roles))


def test_who_shows_no_credential_has_no_token_and_strangers_pay_apart() -> None:
    ann, bob = cast(load_scenario("tailgater"), CORNER, 3).roles
    assert (bob.credential, bob.token, bob.follows) == (Credential.NONE, "", "ann")
    assert ann.token.startswith("tok-")
    assert ann.party != bob.party


def test_people_who_reach_for_the_same_goods_together_stand_side_by_side() -> None:
    takes = [
        step
        for role in cast(load_scenario("same_facing_at_once"), CORNER, 1).roles
        for step in role.steps
        if isinstance(step, script.Take)
    ]
    assert sorted(take.side for take in takes) == [-1.0, 1.0]
    assert takes[0].goods == takes[1].goods


def test_a_fault_of_goods_befalls_the_plates_under_them() -> None:
    for seed in range(10):
        made = cast(load_scenario("dead_plate"), CORNER, seed)
        first = next(step for step in made.roles[0].steps if isinstance(step, script.Take))
        (dead,) = made.faults
        facing = first.goods[0][0]
        assert dead.scales == CORNER.facings[facing].scales
        assert dead.stream == f"scales/{FACINGS[facing].fixture}/samples"


def test_a_fault_of_one_camera_befalls_one_of_the_store() -> None:
    lost = {cast(load_scenario("camera_lost"), CORNER, seed).faults[0].stream for seed in range(40)}
    assert lost == {f"cameras/{camera.id}/*" for camera in CORNER.cameras}


def test_a_fault_of_what_is_not_there_is_refused() -> None:
    with pytest.raises(SimulationError, match=r"scenario camera_lost, store corner: faults\[0\].stream"):
        cast(load_scenario("camera_lost"), CORNER.model_copy(update={"cameras": ()}), 1)


def test_children_are_small_and_elders_slow() -> None:
    def mean(key: str, group: str) -> float:
        roles = [cast(one(age_group=group), CORNER, seed).roles[0] for seed in range(60)]
        return sum(role.pace if key == "pace" else role.body.stature for role in roles) / len(roles)

    assert mean("stature", "adult") == pytest.approx(1.69, abs=0.04)  # halfway between the sexes' means
    assert mean("stature", "child") == pytest.approx(1.29, abs=0.08)
    assert mean("pace", "elder") < 0.9 * mean("pace", "adult")


@given(seeds, st.floats(1.0, 1.9))
@settings(max_examples=20, deadline=None)
def test_a_body_is_what_the_scenario_says(seed: int, stature: float) -> None:
    (role,) = cast(one(age=(30.0, 31.0), stature=(stature, stature + 0.05)), CORNER, seed).roles
    assert stature - 1e-3 <= role.body.stature <= stature + 0.05 + 1e-3
    assert 30 <= role.body.age <= 31
