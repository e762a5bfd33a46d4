"""The comparison of movements promises that nothing that happened or was concluded is left out."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from storegraph.evaluation.movements import Outcome, compare_movements, movements_table
from storegraph.observations import Action, Candidate, Hypothesis, Interaction, ItemCount, ItemsProbability
from storegraph.simulation.truth import TrueMovement
from storegraph.store.model import Facing
from storegraph.units import NANOSECONDS

TEA, GUM = "0040", "0050"
FACINGS = (Facing(gtin=TEA, scales=("A.1",)), Facing(gtin=GUM, scales=("A.2",)))


def movement(second: float, actor: str = "ann", action: str = "take", scale: str = "A.1") -> TrueMovement:
    """An item of tea moves."""
    begin = round(second * NANOSECONDS)
    return TrueMovement(
        begin=begin,
        end=begin + NANOSECONDS // 3,
        actor=actor,
        hand="left",
        action=action,
        goods={TEA: 1},
        items=(),
        facings=(),
        loads={scale: -100.0},
        restocking=False,
    )


def interaction(
    second: float,
    shopper: str = "7f",
    action: Action = Action.TAKE,
    scales: tuple[str, ...] = ("A.1",),
    count: int = 1,
    gtin: str = TEA,
) -> Interaction:
    begin = round(second * NANOSECONDS)
    items = () if action is Action.NONE else (ItemCount(gtin, count),)
    return Interaction(
        stamp=begin + NANOSECONDS,
        event_id=f"{second}/{scales[0]}",
        begin=begin,
        end=begin + NANOSECONDS // 2,
        fixture="A",
        scales=scales,
        delta=-100.0,
        sigma=1.0,
        who=(Candidate(shopper, 1.0, 0.1),),
        what=(ItemsProbability(items, 1.0),),
        action=(1.0, 0.0, 0.0),
        hypotheses=(Hypothesis("" if action is Action.NONE else shopper, action, items, 1.0),),
    )


ACTORS = {"7f": "ann", "9e": "ann", "2a": "bob"}


def test_who_what_and_action_right_is_found() -> None:
    (finding,) = compare_movements([movement(5)], [interaction(4.9)], ACTORS, FACINGS)
    assert (finding.outcome, finding.wrong) == (Outcome.FOUND, ())


@pytest.mark.parametrize(
    ("concluded", "wrong"),
    [
        (interaction(5, shopper="2a"), ("who",)),
        (interaction(5, shopper=""), ("who",)),
        (interaction(5, count=2), ("what",)),
        (interaction(5, gtin=GUM), ("what",)),
        (interaction(5, action=Action.PUT_BACK), ("action",)),
        (interaction(5, shopper="2a", gtin=GUM), ("who", "what")),
    ],
)
def test_what_is_wrong_is_named(concluded: Interaction, wrong: tuple[str, ...]) -> None:
    (finding,) = compare_movements([movement(5)], [concluded], ACTORS, FACINGS)
    assert (finding.outcome, finding.wrong) == (Outcome.WRONG, wrong)


@pytest.mark.parametrize(
    "concluded", [[], [interaction(5, action=Action.NONE)]], ids=["no event", "an event without goods"]
)
def test_goods_that_moved_unnoticed_are_missed(concluded: list[Interaction]) -> None:
    (finding,) = compare_movements([movement(5)], concluded, ACTORS, FACINGS)
    assert finding.outcome is Outcome.MISSED


@pytest.mark.parametrize("elsewhere", [interaction(7), interaction(5, scales=("A.2",))], ids=["later", "beside"])
def test_an_interaction_at_another_time_or_place_is_invented(elsewhere: Interaction) -> None:
    findings = compare_movements([movement(5)], [elsewhere], ACTORS, FACINGS)
    assert sorted(finding.outcome.value for finding in findings) == ["invented", "missed"]


def test_an_event_that_rightly_moved_nothing_is_no_finding_against_it() -> None:
    (finding,) = compare_movements([], [interaction(5, action=Action.NONE)], ACTORS, FACINGS)
    assert finding.outcome is Outcome.NOTHING


def test_two_quick_takes_of_one_person_that_were_weighed_together_count_as_one() -> None:
    (finding,) = compare_movements([movement(5), movement(5.4)], [interaction(5, count=2)], ACTORS, FACINGS)
    assert finding.outcome is Outcome.FOUND
    assert finding.items == (ItemCount(TEA, 2),)


GRAB = movement(5).model_copy(
    update={
        "goods": {TEA: 1, GUM: 2},
        "items": (f"{TEA}-1", f"{GUM}-1", f"{GUM}-2"),
        "facings": (0, 1, 1),
        "loads": {"A.1": -100.0, "A.2": -30.0},
    }
)
"""Tea and two packs of gum with one hand."""


def test_a_grab_of_two_kinds_of_which_two_interactions_tell_is_found_in_both() -> None:
    concluded = [interaction(5), interaction(5, scales=("A.2",), gtin=GUM, count=2)]
    findings = compare_movements([GRAB], concluded, ACTORS, FACINGS)
    assert {finding.outcome for finding in findings} == {Outcome.FOUND}
    assert sorted(finding.items for finding in findings) == [(ItemCount(TEA, 1),), (ItemCount(GUM, 2),)]


def test_of_a_grab_of_two_kinds_the_one_that_was_not_noticed_is_missed() -> None:
    findings = compare_movements([GRAB], [interaction(5)], ACTORS, FACINGS)
    assert {finding.outcome: finding.items for finding in findings} == {
        Outcome.FOUND: (ItemCount(TEA, 1),),
        Outcome.MISSED: (ItemCount(GUM, 2),),
    }


def test_a_grab_of_two_kinds_that_nobody_noticed_is_missed_once() -> None:
    (finding,) = compare_movements([GRAB], [], ACTORS, FACINGS)
    assert (finding.outcome, finding.movements) == (Outcome.MISSED, (GRAB,))


def test_of_two_people_at_once_only_one_can_be_who_did_it() -> None:
    findings = compare_movements([movement(5), movement(5, actor="bob")], [interaction(5)], ACTORS, FACINGS)
    assert [(finding.outcome, finding.wrong) for finding in findings] == [
        (Outcome.FOUND, ()),
        (Outcome.WRONG, ("who",)),
    ]


def test_the_nearest_in_time_of_several_on_one_plate_is_taken() -> None:
    findings = compare_movements(
        [movement(5), movement(5.9, action="put_back")],
        [interaction(5), interaction(5.9, action=Action.PUT_BACK)],
        ACTORS,
        FACINGS,
    )
    assert [finding.outcome for finding in findings] == [Outcome.FOUND, Outcome.FOUND]


SECONDS = st.integers(0, 40).map(lambda tenths: tenths / 4)


@settings(deadline=None)
@given(
    st.lists(st.builds(movement, SECONDS, st.sampled_from(["ann", "bob"]), scale=st.sampled_from(["A.1", "A.2"]))),
    st.lists(
        st.builds(
            interaction, SECONDS, st.sampled_from(["7f", "2a", ""]), scales=st.sampled_from([("A.1",), ("A.2",)])
        ),
        unique_by=lambda each: each.event_id,
    ),
)
def test_every_movement_is_in_one_finding_and_every_interaction_in_one_at_least(
    movements: list[TrueMovement], interactions: list[Interaction]
) -> None:
    findings = compare_movements(movements, interactions, ACTORS, FACINGS)
    told = [id(each) for finding in findings for each in finding.movements]
    assert sorted(told) == sorted(map(id, movements))
    assert {finding.interaction.event_id for finding in findings if finding.interaction} == {
        each.event_id for each in interactions
    }
    assert [finding.begin for finding in findings] == sorted(finding.begin for finding in findings)


def test_the_table_lists_what_went_wrong_and_counts_what_did_not() -> None:
    findings = compare_movements(
        [movement(5), movement(8)], [interaction(5), interaction(8, shopper="2a")], ACTORS, FACINGS
    )
    console = Console(width=120, record=True, file=StringIO())
    console.print(movements_table(findings, {TEA: "Tea"}, ACTORS, start=0))
    text = console.export_text()
    assert "1 of 2 movements of goods found" in text
    assert "ann took 1 x Tea" in text and "bob took 1 x Tea" in text
    assert "wrong who" in text
