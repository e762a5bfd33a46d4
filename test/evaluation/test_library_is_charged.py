"""Every scenario of the library, from the sensors to the receipts: who is to pay what, and when a person is asked.

At the level of shoppers, that is, as if tracking made no mistakes, so that it is quick.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from storegraph.attribution.model import AttributionSettings
from storegraph.evaluation.agreement import Agreement, agreement
from storegraph.evaluation.receipts import Verdict
from storegraph.evaluation.replayed import read_replay
from storegraph.graph.replay import replay
from storegraph.simulation.scenarios.scenario import load_scenario, scenario_names
from storegraph.simulation.script import Credential
from storegraph.simulation.simulate import simulate
from storegraph.simulation.truth import product_of, read_truth, truth_beside
from storegraph.store.file import load_store

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
SEED = 2

ASKED = {"crossed_arms", "same_facing_at_once"}
"""Two hands at one plate or at two neighbouring ones at one moment: a person may be asked who it was."""

UNWEIGHED = {"dead_plate"}
"""What is taken from a scale that cannot weigh leaves no weight (docs/attribution.md, limits)."""

LONG = {"crowd", "demo", "shopping"}
"""The demo has its own tests; random people and twenty at once are counted in suites."""


@dataclass(frozen=True)
class Concluded:
    """What came of a scenario.

    Attributes:
        agreed: Results beside the truth.
        stock: What was told last of each facing that was touched, by its scales; as in `stock.json`.
    """

    agreed: Agreement
    stock: dict[tuple[str, ...], dict[str, Any]]


@cache
def concluded(name: str, settings: AttributionSettings = AttributionSettings()) -> Concluded:
    """Plays a scenario, and replays what the sensors said."""
    with TemporaryDirectory() as directory:
        bag, results = Path(directory) / "bag", Path(directory) / "results"
        simulate(load_scenario(name), STORE, SEED, bag, level="shoppers")
        replay(bag, STORE, results, stage_settings={"attribution": settings})
        agreed = agreement(read_replay(results, bag, STORE), read_truth(truth_beside(bag)), STORE)
        told = json.loads((results / "stock.json").read_text(encoding="utf-8"))
    return Concluded(agreed, {tuple(each["scales"]): each for each in told})


@pytest.mark.parametrize("name", sorted(set(scenario_names()) - LONG - ASKED - UNWEIGHED))
def test_everybody_is_charged_what_they_took_and_nobody_is_asked(name: str) -> None:
    parties = concluded(name).agreed.parties
    assert {each.payer: each.verdict for each in parties} == {each.payer: Verdict.EXACT for each in parties}


@pytest.mark.parametrize("name", sorted(ASKED))
def test_where_it_cannot_be_known_who_it_was_a_person_is_asked_and_nobody_charged_wrongly(name: str) -> None:
    assert {each.verdict for each in concluded(name).agreed.parties} <= {Verdict.EXACT, Verdict.REVIEW}


@pytest.mark.parametrize("name", sorted(UNWEIGHED))
def test_what_cannot_be_weighed_is_not_made_up(name: str) -> None:
    for each in concluded(name).agreed.parties:
        assert all(count <= each.truth.get(gtin, 0) for gtin, count in each.charged.items())


def test_where_the_holder_pays_both_are_asked_about_what_one_has_given_the_other() -> None:
    came = concluded("hand_over_between_strangers", AttributionSettings(holder_pays=True))
    (given,) = (each.gtin for each in came.agreed.truth.happened.transfers)
    assert {each.payer for each in came.agreed.parties if given in each.in_doubt} == {"ann", "bob"}


def test_staff_who_restock_owe_nothing_and_what_they_brought_is_there() -> None:
    came = concluded("restocking")
    happened = came.agreed.truth.happened
    staff = {person.name for person in happened.people if person.credential is Credential.CREW}
    assert staff
    assert not any(each.charged or each.in_doubt for each in came.agreed.shoppers if each.payer in staff)
    for movement in happened.movements:
        if movement.restocking:
            (facing,) = {STORE.facings[place] for place in movement.facings}
            assert came.stock[facing.scales]["expected"] == pytest.approx(
                change_of(came.agreed, facing.scales), abs=0.1
            )


@pytest.mark.parametrize("name", ["put_back_elsewhere", "swapped_between_facings"])
def test_what_is_left_in_a_wrong_place_is_a_task_for_staff(name: str) -> None:
    came = concluded(name)
    told = {
        (scales, each["gtin"])
        for scales, of in came.stock.items()
        for each in of["misplaced"]
        if each["expected"] > 0.5
    }
    assert told == misplaced_in(came.agreed) != set()


def change_of(agreed: Agreement, scales: tuple[str, ...]) -> int:
    """How many items more lie on some scales in the end than in the beginning."""
    return sum(
        (1 if movement.action == "put_back" else -1)
        for movement in agreed.truth.happened.movements
        for place in movement.facings
        if STORE.facings[place].scales == scales
    )


def misplaced_in(agreed: Agreement) -> set[tuple[tuple[str, ...], str]]:
    """Where products lie in the end that do not belong there: the scales, and the GTIN."""
    lies: dict[str, int] = {}
    for movement in agreed.truth.happened.movements:
        for item, place in zip(movement.items, movement.facings, strict=True):
            if movement.action == "put_back":
                lies[item] = place
            else:
                lies.pop(item, None)
    of = [(STORE.facings[place], product_of(item)) for item, place in lies.items()]
    return {(facing.scales, gtin) for facing, gtin in of if facing.gtin != gtin}
