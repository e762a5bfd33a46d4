"""Later events change what is believed of earlier ones; groups, staff, hand-overs and wrappers are no surprise."""

from __future__ import annotations

import numpy as np
import pytest
from attributed_visit import FAR, JUICE, MYSTERY, PLATE, SECOND, WATER, Visit, best, entering, figure, snapshots

from storegraph.attribution.model import AttributionSettings, PriorSettings, SearchSettings
from storegraph.observations import Action, Interaction, ItemCount, ScaleCondition, ScaleFault

# ---- What comes later tells ------------------------------------------------------------------------------------------


def test_a_later_put_back_tells_who_took_it() -> None:
    visit = Visit()
    taken = visit.see({1: -620.0}, figure("7", PLATE[1]), figure("8", PLATE[1]))
    assert taken.who[0].probability < 0.7
    visit.see({1: 620.0}, figure("8", PLATE[1]), figure("7", FAR))
    revised = visit.last[taken.event_id]
    assert (revised.revision, best(revised)[0]) == (1, "8")
    assert revised.stamp > taken.stamp
    assert visit.count("7", WATER) == visit.count("8", WATER) == [1.0]


def test_what_was_told_stays_where_it_is_not_to_be_revised() -> None:
    visit = Visit(settings=AttributionSettings(search=SearchSettings(revising=False)))
    taken = visit.see({1: -620.0}, figure("7", PLATE[1]), figure("8", PLATE[1]))
    visit.see({1: 620.0}, figure("8", PLATE[1]), figure("7", FAR))
    assert visit.last[taken.event_id] == taken


def test_whichever_of_two_took_it_and_put_it_back_nobody_has_it() -> None:
    visit = Visit()
    for delta in (-620.0, 620.0):
        visit.see({1: delta}, figure("7", PLATE[1]), figure("8", PLATE[1]))
    assert visit.count("7", WATER) == visit.count("8", WATER) == [1.0]


# ---- Cases -----------------------------------------------------------------------------------------------------------


def test_what_any_of_a_group_takes_is_the_groups() -> None:
    visit = Visit()
    for shopper in "78":
        list(visit.stage.process(entering(shopper, "pair")))
    visit.see({1: -620.0}, figure("7", PLATE[1]), figure("8", PLATE[1]))
    assert visit.count("pair", WATER) == [0.0, 1.0]
    assert [round(share.expected, 1) for share in visit.holdings["pair", WATER].shares] == [0.5, 0.5]


def test_what_staff_restock_is_put_back_by_them_and_billed_to_nobody() -> None:
    visit = Visit()
    list(visit.stage.process(entering("9", credential="crew-3")))
    restocked = visit.see({1: 1240.0}, figure("9", PLATE[1]))
    assert best(restocked) == ("9", Action.PUT_BACK, (ItemCount(WATER, 2),))
    visit.see({2: -1050.0}, figure("9", PLATE[2]))
    assert visit.holdings == {}


def test_who_puts_back_what_a_stranger_took_has_been_handed_it() -> None:
    visit = Visit()
    visit.see({1: -620.0}, figure("7", PLATE[1]), figure("8", FAR))
    visit.see({3: -30.0}, figure("7", PLATE[3]), figure("8", PLATE[3]))  # their hands meet
    back = visit.see({1: 620.0}, figure("8", PLATE[1]), figure("7", FAR))
    assert best(back) == ("8", Action.PUT_BACK, (ItemCount(WATER, 1),))
    assert visit.count("7", WATER) == [1.0]


def test_a_wrapper_that_comes_back_leaves_the_item_owed() -> None:
    visit = Visit()
    visit.see({2: -1050.0}, figure("7", PLATE[2]))
    assert best(visit.see({2: 52.0}, figure("7", PLATE[2])))[1] is Action.NONE
    assert visit.count("7", JUICE) == [0.0, 1.0]


def test_two_people_who_take_of_one_product_at_once_have_one_each() -> None:
    visit = Visit()
    visit.see_all({1: -1240.0}, figure("7", PLATE[1]), figure("8", PLATE[1]))
    assert {best(each)[0] for each in visit.last.values()} == {"7", "8"}
    assert visit.holdings["7", WATER].at_least(1) > 0.6 < visit.holdings["8", WATER].at_least(1)


def test_a_weight_that_drifts_from_the_catalogue_is_learnt() -> None:
    visit = Visit()
    for grams in np.linspace(620, 655, 40):
        visit.see({1: -float(grams)}, figure("7", PLATE[1]))
    (item,) = visit.see({1: -655.0 * 2}, figure("7", PLATE[1])).what[0].items
    assert (item.gtin, item.count) == (WATER, 2)


def test_a_product_without_a_weight_gets_that_of_the_first_one_taken() -> None:
    visit = Visit()
    visit.see({4: -333.0}, figure("7", PLATE[4]))
    assert best(visit.see({4: -666.0}, figure("7", PLATE[4])))[2] == (ItemCount(MYSTERY, 2),)


# ---- Hands that hold, and scales that cannot weigh -------------------------------------------------------------------


def test_who_holds_goods_without_lifting_them_and_lets_go_has_moved_nothing() -> None:
    visit = Visit()
    held = visit.see({2: -158.0}, figure("7", PLATE[2]))
    let_go = visit.see({2: 156.0}, figure("7", PLATE[2]))
    assert best(visit.last[held.event_id]) == best(let_go) == ("7", Action.NONE, ())
    assert let_go.hypotheses[0].probability > 0.9
    assert visit.count("7", "") == [1.0]


def test_a_loss_that_no_product_explains_and_that_stays_is_asked_about() -> None:
    visit = Visit()
    visit.see({2: -158.0}, figure("7", PLATE[2]))
    assert 0.1 < visit.holdings["7", ""].at_least(1) < 0.9


def over(visit: Visit, plate: int, seconds: float, condition: ScaleCondition) -> list[Interaction]:
    """A hand comes to a plate in some condition for so long, and is gone for five seconds."""
    stamp = round(visit.now * SECOND)
    list(visit.stage.process(ScaleFault(stamp, "G1", f"G1.S1.P{plate}", condition, stamp)))
    frames = snapshots(visit.now, visit.now + seconds, [figure("7", PLATE[plate])])
    frames += snapshots(visit.now + seconds + 0.1, visit.now + seconds + 5, [figure("7", FAR)])
    told = [each for frame in frames for each in (*visit.stage.advance(frame.stamp), *visit.stage.process(frame))]
    visit.now += seconds + 6
    interactions = [each for each in told if isinstance(each, Interaction)]
    visit.holdings.update(((each.party, each.gtin), each) for told in interactions for each in told.holdings)
    return interactions


@pytest.mark.parametrize("condition", [ScaleCondition.SILENT, ScaleCondition.STUCK])
def test_a_hand_over_a_scale_that_cannot_weigh_may_have_taken_something(condition: ScaleCondition) -> None:
    visit = Visit()
    (interaction,) = over(visit, 1, 1.0, condition)
    assert interaction.scales == ("G1.S1.P1",)
    assert {hypothesis.action for hypothesis in interaction.hypotheses} == {Action.TAKE, Action.NONE}
    assert 0.1 < visit.holdings["7", WATER].at_least(1) < 0.9


def test_a_hand_over_a_scale_that_weighs_took_nothing_if_nothing_was_weighed() -> None:
    assert over(Visit(), 1, 1.0, ScaleCondition.OK) == []


def test_a_hand_that_passes_by_a_scale_that_cannot_weigh_took_nothing() -> None:
    assert over(Visit(), 1, 0.1, ScaleCondition.SILENT) == []


def test_a_hand_that_rests_on_a_scale_that_cannot_weigh_took_nothing() -> None:
    assert over(Visit(), 1, 2.0, ScaleCondition.SILENT) == []


def test_staff_at_a_scale_that_cannot_weigh_are_not_asked_about() -> None:
    visit = Visit()
    list(visit.stage.process(entering("7", credential="crew-3")))
    assert over(visit, 1, 1.0, ScaleCondition.SILENT) == []


def test_what_somebody_holds_may_have_been_put_back_on_a_scale_that_cannot_weigh() -> None:
    visit = Visit(settings=AttributionSettings(priors=PriorSettings(reached=0.6)))
    visit.see({1: -620.0}, figure("7", PLATE[1]))
    over(visit, 1, 1.0, ScaleCondition.SILENT)
    assert min(visit.holdings["7", WATER].counts) > 0.2


def test_hands_over_scales_that_cannot_weigh_are_not_looked_at_where_the_shop_does_not_ask() -> None:
    visit = Visit(settings=AttributionSettings(priors=PriorSettings(reached=0.0)))
    assert over(visit, 1, 1.0, ScaleCondition.SILENT) == []
