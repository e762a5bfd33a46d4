"""Attribution promises probabilities of who, what and action that follow hands, weight, place and carts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from attributed_visit import (
    FAR,
    GUM,
    JOINTS,
    JUICE,
    MYSTERY,
    PLATE,
    WATER,
    Visit,
    best,
    entering,
    event,
    figure,
    snapshots,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storegraph.observations import Action, GateEvent, ItemCount, Passage, Shopper


def test_a_hand_at_the_plate_and_the_weight_of_what_lies_there_leave_no_doubt() -> None:
    interaction = Visit().see({1: -622.0}, figure("7", PLATE[1]), figure("8", FAR))
    assert best(interaction) == ("7", Action.TAKE, (ItemCount(WATER, 1),))
    assert interaction.hypotheses[0].probability > 0.95
    assert interaction.who[0].hand_distance < 0.05


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_weight_tells_how_many(count: int) -> None:
    interaction = Visit().see({1: -621.0 * count}, figure("7", PLATE[1]))
    assert best(interaction)[2] == (ItemCount(WATER, count),)
    assert interaction.what[0].probability > 0.9


def test_a_poorly_measured_weight_leaves_the_count_in_doubt() -> None:
    interaction = Visit().see({3: -45.0}, figure("7", PLATE[3]), sigma=12.0)
    assert {what.items for what in interaction.what[:2]} == {(ItemCount(GUM, 1),), (ItemCount(GUM, 2),)}
    assert interaction.what[0].probability < 0.9


def test_two_hands_at_one_plate_leave_who_in_doubt_but_not_what() -> None:
    interaction = Visit().see({1: -620.0}, figure("7", PLATE[1]), figure("8", PLATE[1]))
    assert [round(who.probability, 2) for who in interaction.who[:2]] == [0.5, 0.5]
    assert interaction.what[0].probability > 0.95


def test_of_two_hands_in_one_shelf_the_one_at_the_plate_did_it() -> None:
    interaction = Visit().see({1: -620.0}, figure("7", PLATE[1]), figure("8", PLATE[3]))
    assert best(interaction)[0] == "7"
    assert interaction.who[0].probability > 0.9


@pytest.mark.parametrize(
    "unseen", [["right_wrist"], ["right_wrist", "right_elbow"], [name for name in JOINTS if name != "head"]]
)
def test_without_a_wrist_the_rest_of_the_body_speaks(unseen: list[str]) -> None:
    interaction = Visit().see({1: -620.0}, figure("7", PLATE[1], unseen), figure("8", FAR))
    assert best(interaction)[0] == "7"
    assert interaction.who[0].probability > 0.5


def test_the_less_of_the_body_is_seen_the_less_sure_who() -> None:
    unseen = ([], ["right_wrist", "left_wrist"], [name for name in JOINTS if name != "head"])
    sure = [Visit().see({1: -620.0}, figure("7", PLATE[1], names)).who[0].probability for names in unseen]
    assert sure == sorted(sure, reverse=True)


def test_with_nobody_near_nobody_is_blamed() -> None:
    interaction = Visit().see({1: -620.0}, figure("7", FAR))
    assert best(interaction)[0] == ""
    assert interaction.who[0].probability > 0.9


def test_with_nobody_in_the_store_the_event_is_still_explained() -> None:
    assert best(Visit().see({1: -620.0})) == ("", Action.TAKE, (ItemCount(WATER, 1),))


def test_a_shopper_hidden_during_the_event_may_still_have_done_it() -> None:
    visit = Visit()
    for snapshot in snapshots(0, 0.5, [figure("7", PLATE[1])]):
        list(visit.stage.process(snapshot))
    interaction, *_ = visit.stage.process(event(1.5, {1: -620.0}))
    assert best(interaction)[0] == "7"
    assert interaction.who[0].probability < Visit().see({1: -620.0}, figure("7", PLATE[1])).who[0].probability


def test_who_is_lost_from_sight_with_a_hand_in_the_shelf_is_not_cleared_by_that() -> None:
    visit = Visit()
    unknown = figure("7", PLATE[1], JOINTS)
    for snapshot in [
        *snapshots(0, 1.2, [figure("7", PLATE[1]), figure("8", PLATE[3])]),
        *snapshots(1.3, 3.0, [unknown, figure("8", PLATE[3])]),
    ]:
        list(visit.stage.process(snapshot))
    interaction, *_ = visit.stage.process(event(1.0, {1: -620.0}))
    assert best(interaction)[0] == "7"
    assert interaction.who[0].probability > 0.9


def test_who_is_inside_and_of_whom_nothing_is_known_may_have_done_it() -> None:
    visit = Visit()
    list(visit.stage.process(entering("7")))
    interaction = visit.see({1: -620.0}, figure("7", FAR, JOINTS), figure("8", FAR))
    assert best(interaction)[0] == "7"
    assert interaction.who[0].probability < 0.99


@pytest.mark.parametrize(("second", "least", "most"), [(4.0, 0.7, 0.9), (30.0, 0.49, 0.51)])
def test_who_was_last_seen_at_a_shelf_is_likely_there_for_a_while(second: float, least: float, most: float) -> None:
    visit = Visit()
    for told in (entering("7"), entering("8"), *snapshots(0, 1, [figure("7", PLATE[1]), figure("8", FAR)])):
        assert list(visit.stage.process(told)) == []
    interaction, *_ = visit.stage.process(event(second, {1: -620.0}))
    both = {each.shopper_id: each.probability for each in interaction.who}
    assert least < both["7"] / (both["7"] + both["8"]) < most


def probability_of_nobody(*told: GateEvent, people: Sequence[Shopper]) -> float:
    """That nobody who is followed took the water, after what gates have told."""
    visit = Visit()
    for each in told:
        assert list(visit.stage.process(each)) == []
    interaction = visit.see({1: -620.0}, *people)
    return next(each.probability for each in interaction.who if not each.shopper_id)


def test_whom_gates_have_counted_in_and_cameras_see_are_all_there_are() -> None:
    beside = [figure("7", PLATE[1] - np.array([0, 0.25, 0])), figure("8", FAR)]
    both = entering("7"), entering("8")
    counted = probability_of_nobody(*both, people=beside)
    uncounted = probability_of_nobody(people=beside)
    assert counted < uncounted / 5
    assert probability_of_nobody(both[0], replace(both[1], derived=True), people=beside) == uncounted
    assert probability_of_nobody(*both, entering(""), people=beside) == uncounted
    unbound_left = replace(entering(""), passage=Passage.EXIT)
    assert probability_of_nobody(*both, entering(""), unbound_left, people=beside) == counted
    derived_left = replace(entering("9"), passage=Passage.EXIT)
    assert probability_of_nobody(*both, replace(entering("9"), derived=True), derived_left, people=beside) == counted


def test_who_is_inside_and_not_seen_is_not_ruled_out_by_the_count() -> None:
    hidden = [figure("7", PLATE[1] - np.array([0, 0.25, 0])), figure("8", FAR, JOINTS)]
    seen = [hidden[0], figure("8", FAR)]
    both = entering("7"), entering("8")
    assert probability_of_nobody(*both, people=hidden) > probability_of_nobody(*both, people=seen)


def test_with_nobody_near_nobody_is_blamed_however_well_they_are_counted() -> None:
    assert probability_of_nobody(entering("7"), people=[figure("7", FAR)]) > 0.9


def test_a_hand_that_is_at_the_plate_for_a_part_of_the_event_is_the_one() -> None:
    visit = Visit()
    aside = PLATE[1] - np.array([0, 0.6, 0])
    for begin, end, hand in ((0.0, 1.2, aside), (1.25, 1.4, PLATE[1]), (1.45, 3.0, aside)):
        for snapshot in snapshots(begin, end, [figure("7", hand), figure("8", PLATE[3])]):
            list(visit.stage.process(snapshot))
    interaction, *_ = visit.stage.process(event(1.0, {1: -620.0}))
    assert best(interaction)[0] == "7"
    assert interaction.who[0].probability > 0.9


def test_a_weight_that_fits_nothing_there_is_an_unknown_product() -> None:
    interaction = Visit().see({1: -300.0}, figure("7", PLATE[1]))
    assert interaction.what[0].items in ((), (ItemCount("", 1),))
    assert interaction.what[0].probability < 0.9


def test_a_product_without_a_weight_is_taken_by_its_place() -> None:
    assert best(Visit().see({4: -333.0}, figure("7", PLATE[4])))[2] == (ItemCount(MYSTERY, 1),)


def test_two_products_taken_from_one_plate_at_once_are_two_products() -> None:
    visit = Visit()
    visit.see({2: -1050.0}, figure("7", PLATE[2]))
    visit.see({1: 1050.0}, figure("7", PLATE[1]))
    assert best(visit.see({1: -1670.0}, figure("8", PLATE[1])))[2] == tuple(
        sorted((ItemCount(WATER, 1), ItemCount(JUICE, 1)))
    )


def test_two_products_taken_from_their_plates_at_once_are_two_movements() -> None:
    middle = (PLATE[1] + PLATE[2]) / 2
    interactions = Visit().see_all({1: -620.0, 2: -1050.0}, figure("7", middle))
    assert [best(each) for each in interactions] == [
        ("7", Action.TAKE, (ItemCount(WATER, 1),)),
        ("7", Action.TAKE, (ItemCount(JUICE, 1),)),
    ]
    assert len({each.event_id for each in interactions}) == 2


def test_two_people_who_take_from_neighbouring_plates_at_once_each_took_their_own() -> None:
    interactions = Visit().see_all({1: -620.0, 2: -1050.0}, figure("7", PLATE[1]), figure("8", PLATE[2]))
    assert [best(each) for each in interactions] == [
        ("7", Action.TAKE, (ItemCount(WATER, 1),)),
        ("8", Action.TAKE, (ItemCount(JUICE, 1),)),
    ]


@pytest.mark.parametrize("share", [0.5, 0.7, 0.95])
def test_what_stands_across_two_plates_is_one_movement(share: float) -> None:
    interaction = Visit().see({1: -1050.0 * share, 2: -1050.0 * (1 - share)}, figure("7", PLATE[2]))
    assert best(interaction) == ("7", Action.TAKE, (ItemCount(JUICE, 1),))


def test_what_was_taken_can_be_put_back_by_who_took_it_and_no_other() -> None:
    visit = Visit()
    visit.see({1: -620.0}, figure("7", PLATE[1]), figure("8", FAR))
    interaction = visit.see({1: 620.0}, figure("7", PLATE[1]), figure("8", PLATE[1]))
    assert best(interaction) == ("7", Action.PUT_BACK, (ItemCount(WATER, 1),))


def test_what_nobody_holds_is_not_put_back() -> None:
    interaction = Visit().see({1: 300.0}, figure("7", PLATE[1]))
    assert best(interaction) == ("7", Action.NONE, ())
    assert interaction.action[Action.PUT_BACK] < 0.01


def test_who_holds_one_does_not_put_back_two_however_well_they_would_weigh() -> None:
    visit = Visit()
    visit.see({1: -620.0}, figure("7", PLATE[1]))
    visit.see({1: 1240.0}, figure("7", PLATE[1]))
    assert visit.count("7", WATER) == [0.0, 1.0]


def test_who_holds_two_can_put_back_both_at_once() -> None:
    visit = Visit()
    for _ in range(2):
        visit.see({1: -620.0}, figure("7", PLATE[1]))
    assert best(visit.see({1: 1240.0}, figure("7", PLATE[1])))[2] == (ItemCount(WATER, 2),)
    assert visit.count("7", WATER) == [1.0]


def test_what_was_put_back_cannot_be_put_back_again() -> None:
    visit = Visit()
    for delta in (-620.0, 620.0, -1050.0, 620.0):
        visit.see({1 if delta != -1050.0 else 2: delta}, figure("7", PLATE[1 if delta != -1050.0 else 2]))
    assert visit.count("7", WATER) == [1.0]
    assert visit.count("7", JUICE) == [0.0, 1.0]


def test_a_misplaced_item_can_be_taken_from_there_by_someone_else() -> None:
    visit = Visit()
    visit.see({1: -620.0}, figure("7", PLATE[1]))
    misplaced = visit.see({2: 621.0}, figure("7", PLATE[2]))
    assert best(misplaced) == ("7", Action.PUT_BACK, (ItemCount(WATER, 1),))
    taken = visit.see({2: -620.0}, figure("8", PLATE[2]))
    assert best(taken) == ("8", Action.TAKE, (ItemCount(WATER, 1),))
    assert taken.hypotheses[0].probability > 0.9
    visit.see({2: -620.0}, figure("8", PLATE[2]))
    assert visit.count("8", WATER) == [0.0, 1.0], "it lay there once, whichever time it was taken"


def test_a_bag_set_down_and_taken_up_again_is_no_shopping() -> None:
    visit = Visit()
    down = visit.see({2: 2345.0}, figure("7", PLATE[2]))
    up = visit.see({2: -2345.0}, figure("7", PLATE[2]))
    assert best(down)[1:] == (Action.NONE, ())
    assert best(up)[1:] == (Action.NONE, ())


def test_what_a_shopper_held_is_gone_when_they_have_left() -> None:
    visit = Visit()
    visit.see({1: -620.0}, figure("7", PLATE[1]))
    visit.leave("7")
    visit.now += 60
    visit.see({2: -1050.0}, figure("8", PLATE[2]))
    assert visit.stage.remembered == 1


def test_who_holds_the_same_and_was_nowhere_near_is_not_tied_to_what_somebody_put_back() -> None:
    visit = Visit()
    list(visit.stage.process(entering("8")))
    visit.see({1: -620.0}, figure("7", PLATE[1]), figure("8", FAR))
    visit.see({1: -620.0}, figure("8", PLATE[1]), figure("7", FAR))
    visit.see({1: 620.0}, figure("7", PLATE[1]), figure("8", FAR))
    visit.leave("7")
    visit.now += 60
    visit.see({2: -1050.0}, figure("8", PLATE[2]))
    assert visit.stage.remembered == 2, "what 8 did; what 7 did is over"


walks = st.lists(
    st.tuples(
        st.dictionaries(
            st.integers(1, 4), st.floats(-3000, 3000).filter(lambda grams: abs(grams) > 5), min_size=1, max_size=3
        ),
        st.floats(0.1, 20),
        st.lists(st.tuples(st.sampled_from("789"), st.integers(1, 4)), max_size=3, unique_by=lambda each: each[0]),
    ),
    max_size=6,
)


@settings(deadline=None, max_examples=40)
@given(walks)
@example([({1: 6.0}, 1.0, []), ({4: -217.0, 3: 261.0, 2: -1010.0}, 1.0, [])])  # two partings have a part from P4 on
def test_probabilities_are_probabilities_whatever_happens(
    walked: list[tuple[dict[int, float], float, list[tuple[str, int]]]],
) -> None:
    visit = Visit()
    for changes, sigma, people in walked:
        standing = [figure(shopper, PLATE[plate]) for shopper, plate in people]
        for interaction in visit.see_all(changes, *standing, sigma=sigma):
            for marginal in (
                [who.probability for who in interaction.who],
                [what.probability for what in interaction.what],
                list(interaction.action),
            ):
                assert sum(marginal) == pytest.approx(1)
                assert all(0 <= probability <= 1 + 1e-12 for probability in marginal)
            joint = [hypothesis.probability for hypothesis in interaction.hypotheses]
            assert joint == sorted(joint, reverse=True)
            assert sum(joint) <= 1 + 1e-9
