"""Scenario files: what is read, what is refused and in which words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storegraph.simulation.errors import ScenarioError, SimulationError
from storegraph.simulation.scenarios.language import Goods, Person
from storegraph.simulation.scenarios.language_steps import HandOver, PutBack, Receive, Take, Wait
from storegraph.simulation.scenarios.scenario import load_scenario, with_random

GOOD = """\
summary: Two people do what the language is for.
goods:
  tea: any
  coffee: {right_of: tea, weight: [100, 600]}
people:
  - name: ann
    party: pair
    does:
      - take: {goods: [tea, coffee], hand: left}
      - wait: 2
      - put_back: {goods: tea, to: coffee}
      - hand_over: {goods: coffee, to: bob}
  - name: bob
    age_group: elder
    party: pair
    does:
      - receive: ann
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "visit.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems_of(text: str, folder: Path) -> list[str]:
    """What is wrong with a scenario of this text, without the file's name."""
    with pytest.raises(ScenarioError) as error:
        load_scenario(written(folder, text))
    return [problem.removeprefix(f"{folder}/visit.yaml:") for problem in error.value.problems]


def play(*people: str) -> str:
    """A scenario of people, each with their steps in flow style."""
    lines = ["summary: A play.", "goods: {milk: any, juice: any, twin: {same_product_as: milk}}", "people:"]
    lines += [f"  - {{name: {name}, does: {steps}}}" for name, steps in zip(("ann", "bob"), people, strict=False)]
    return "\n".join(lines)


def test_a_scenario_has_the_name_of_its_file_and_what_stands_in_it(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, GOOD))
    assert scenario.name == "visit"
    assert scenario.goods["coffee"] == Goods(right_of="tea", weight=(100, 600))
    ann, bob = scenario.people
    assert ann.does == (
        Take(goods=("tea", "coffee"), hand="left"),
        Wait(seconds=2),
        PutBack(goods="tea", to="coffee"),
        HandOver(goods="coffee", to="bob"),
    )
    assert bob == Person(name="bob", age_group="elder", party="pair", does=(Receive(giver="ann"),))


def test_a_short_step_is_the_long_one_with_one_key(tmp_path: Path) -> None:
    short = load_scenario(written(tmp_path, play("[take: milk, put_back: milk]")))
    long = load_scenario(written(tmp_path, play("[take: {goods: [milk]}, put_back: {goods: milk}]")))
    assert short == long


def test_everything_that_is_wrong_is_told_at_once_with_line_key_value_and_what_is_allowed(tmp_path: Path) -> None:
    text = """\
sumary: Nobody can play this.
goods:
  tea: some
  coffee: {right_of: te, wieght: [1, 2]}
people:
  - name: ann
    pace: quick
    does:
      - tkae: tea
      - take: cofee
      - touch: {goods: tea, seconds: -1}
      - wait
faults:
  - {kind: drop, stream: shoppers, share: 2.0}
"""
    assert problems_of(text, tmp_path) == [
        "1: sumary is no key here (did you mean summary?); keys are summary, goods, people, shopping, faults, linger",
        "1: summary is missing; needed are summary",
        '3: goods.tea "some" is not allowed; it takes any, or a mapping of what the goods must be',
        "4: goods.coffee.wieght is no key here (did you mean weight?); keys are product, age_limited, weight, height, "
        "plates, beside, right_of, weighs_like, within, same_product_as, same_fixture_as, other_fixture_than",
        '7: people[0].pace "quick" must be a number',
        "9: people[0].does[0].tkae is no step (did you mean take?); steps are look, wait, walk, take, put_back, touch, "
        "restock, hand_over, receive, drop, pick_up, consume, meet, swap_places, visit_kiosk",
        '10: people[0].does[1].take.goods "cofee" is no name of goods (did you mean coffee?); there are tea, coffee',
        "11: people[0].does[2].touch.seconds -1 must be greater than 0",
        "12: people[0].does[3].wait.seconds is missing; needed are seconds",
        "14: faults[0].share 2.0 must not be greater than 1",
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("right_of: tea", "right_of: sugar"),
            '4: goods.coffee.right_of "sugar" is no name of goods above; there are tea',
        ),
        (("name: bob", "name: ann"), '13: people[1].name "ann" is there twice; names are unique'),
        (
            ("name: bob", "name: guest_1"),
            '13: people[1].name "guest_1" is a name of random people; it takes another one',
        ),
        (
            ("people:", 'faults: [{kind: drop, stream: "scales/{te}/samples"}]\npeople:'),
            '5: faults[0].stream "scales/{te}/samples" has "te" in braces (did you mean tea?); there stand camera, ',
        ),
        (
            ("  tea: any", "  camera: any\n  tea: any"),
            "3: goods.camera is no name for goods, as it stands for one that is ",
        ),
        (("to: bob", "to: rob"), '12: people[0].does[3].hand_over.to "rob" is nobody (did you mean bob?); '),
        (("receive: ann", "receive: bob"), '17: people[1].does[0].receive.giver "bob" is the same person; '),
        (("party: pair", "party: bob"), '7: people[0].party "bob" is a person; a party has a name of its own'),
        (("weight: [100, 600]", "weight: [600, 100]"), "4: goods.coffee.weight [600, 100] must be a range, "),
        (
            ("wait: 2", "wait: {seconds: 2, sync: alone}"),
            '10: people[0].does[1].wait.sync "alone" must stand in one step ',
        ),
        (("summary: Two", "name: x\nsummary: Two"), "1: name is no key here; keys are summary, "),
    ],
)
def test_what_does_not_fit_together_is_refused(change: tuple[str, str], told: str, tmp_path: Path) -> None:
    assert change[0] in GOOD
    found = problems_of(GOOD.replace(*change, 1), tmp_path)
    assert [problem for problem in found if problem.startswith(told)], found


@pytest.mark.parametrize(
    ("people", "told"),
    [
        (["[put_back: milk]"], "does[0].put_back needs 1 of milk; ann carries 0 then"),
        (["[take: milk, put_back: {goods: milk, count: 2}]"], "needs 2 of milk; ann carries 1 then"),
        (["[take: milk, drop: milk, drop: milk]"], "does[2].drop needs 1 of milk; ann carries 0 then"),
        (["[take: juice, consume: milk]"], "needs 1 of milk"),
        (["[pick_up: milk]"], "does[0].pick_up never happens: milk does not lie on the floor"),
        (["[take: {goods: milk, among: juice}]"], "never happens: nobody has put it among juice"),
        (["[take: milk, hand_over: {goods: milk, to: bob}]", "[take: milk]"], "never happens: bob does not come to"),
        (["[receive: bob]", "[take: milk]"], "never happens: bob does not come to the step that goes with it"),
        (["[meet: bob]", "[swap_places: ann]"], "never happens: bob does not come"),
        (
            ["[wait: {seconds: 1, sync: a}, take: {goods: milk, sync: b}]"] * 1
            + ["[wait: {seconds: 1, sync: b}, wait: {seconds: 1, sync: a}]"],
            'never happens: not everybody comes to the step with sync "a"',
        ),
        (
            ["[take: milk, put_back: {goods: milk, to: juice}, take: juice]"],
            "does[2].take gets what ann has put there before; say `among: juice` of what that is",
        ),
    ],
)
def test_a_play_that_cannot_be_played_is_refused(people: list[str], told: str, tmp_path: Path) -> None:
    found = problems_of(play(*people), tmp_path)
    assert [problem for problem in found if told in problem], found


@pytest.mark.parametrize(
    "people",
    [
        ["[pick_up: milk, put_back: milk]", "[take: milk, drop: milk]"],
        ["[receive: bob, put_back: twin]", "[take: milk, hand_over: {goods: milk, to: ann}]"],
        ["[take: milk, put_back: {goods: milk, to: juice}]", "[take: {goods: milk, among: juice}, put_back: twin]"],
        ["[meet: bob, swap_places: bob]", "[meet: ann, swap_places: ann]"],
    ],
)
def test_people_wait_for_what_others_do(people: list[str], tmp_path: Path) -> None:
    assert len(load_scenario(written(tmp_path, play(*people))).people) == 2


def test_a_file_that_is_not_there_or_no_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="there is no such file"):
        load_scenario(tmp_path / "visit.yaml")
    assert problems_of("- take: milk\n", tmp_path)[0] == "1: a list of 1 must be a mapping of keys to values"


def test_an_unknown_name_is_told_with_the_nearest_one() -> None:
    with pytest.raises(
        SimulationError, match=r"\"single_pik\" is no scenario of the library \(did you mean single_pick"
    ):
        load_scenario("single_pik")


def test_random_people_can_be_changed() -> None:
    shopping = load_scenario("shopping")
    changed = with_random(shopping, people=3, rate=60.0, skill=0.5).shopping
    assert changed and (changed.people, changed.rate, changed.skill) == (3, 60.0, 0.5)
    assert shopping.shopping and changed.seconds == shopping.shopping.seconds
    assert with_random(shopping) is shopping


def test_random_people_cannot_be_changed_where_there_are_none_or_beyond_what_is_allowed() -> None:
    with pytest.raises(SimulationError, match="scenario single_pick: people, skill cannot be changed"):
        with_random(load_scenario("single_pick"), people=3, skill=0.5)
    with pytest.raises(SimulationError, match=r"scenario shopping: people 51 must not be greater than 50"):
        with_random(load_scenario("shopping"), people=51)


VALUES = st.sampled_from(
    ["any", "milk", "ann", "1", "-3.5", "[1]", "[tea, tea]", "{}", "{goods: tea}", "null", "true", "''"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, GOOD.count(":") - 1), value=VALUES)
def test_whatever_stands_at_a_key_is_read_or_refused_in_words(place: int, value: str, tmp_path: Path) -> None:
    """Replaces what stands behind one of the colons, in its line."""
    before, after = ":".join(GOOD.split(":")[: place + 1]), ":".join(GOOD.split(":")[place + 1 :])
    rest = re.sub(r"^ *[^\n,}\]]*", "", after, count=1)
    try:
        scenario = load_scenario(written(tmp_path, f"{before}: {value}{rest}"))
    except ScenarioError as error:
        assert all(problem.startswith(f"{tmp_path}/visit.yaml") for problem in error.problems)
    else:
        assert scenario.summary
