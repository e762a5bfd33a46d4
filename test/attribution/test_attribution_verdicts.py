"""What a person finds out about a movement corrects open visits, what lies in facings, and what goods weigh."""

from __future__ import annotations

import pytest
from attributed_visit import FAR, GUM, JUICE, MYSTERY, PLATE, STORE, WATER, Visit, best, figure
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.attribution.model import AttributionSettings, SearchSettings
from storegraph.observations import Action, FacingStock, Interaction, ItemCount
from storegraph.store.model import Store

WATER_PLATE, GUM_PLATE = "G1.S1.P1", "G1.S1.P3"


def counted(**stock: int) -> Store:
    """The shop, with so many counted in the facings of some plates."""
    facings = (each.model_copy(update={"stock": stock.get(each.scales[0][-2:])}) for each in STORE.facings)
    return STORE.model_copy(update={"facings": tuple(facings)})


def between_two(visit: Visit) -> str:
    """7 and 8 have a hand at the water, and one of them takes a bottle; gives the movement's id."""
    return visit.see({1: -620.0}, figure("7", PLATE[1]), figure("8", PLATE[1])).event_id


def one_or_two(visit: Visit) -> str:
    """7 takes one or two packs of gum; gives the movement's id."""
    return visit.see({3: -45.0}, figure("7", PLATE[3]), sigma=12.0).event_id


def long_after(visit: Visit, *shoppers: str) -> None:
    """They have left, and others have taken juice since."""
    for shopper in shoppers:
        visit.leave(shopper)
    visit.now += 60
    visit.see({2: -1050.0}, figure("9", PLATE[2]))


# ---- Visits that are open --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["7", "8"])
def test_who_shares_a_doubt_and_is_still_inside_is_held_to_the_verdict(who: str) -> None:
    visit = Visit()
    event_id = between_two(visit)
    visit.leave("7")
    visit.judge(event_id, who, Action.TAKE, (WATER, 1))
    assert visit.count("8", WATER) == ([0.0, 1.0] if who == "8" else [1.0])
    assert visit.count("7", WATER) == ([0.0, 1.0] if who == "7" else [1.0])


def test_the_judged_interaction_is_told_again_and_is_sure() -> None:
    visit = Visit()
    event_id = between_two(visit)
    interaction = next(each for each in visit.judge(event_id, "8", Action.TAKE, (WATER, 1)))
    assert isinstance(interaction, Interaction)
    assert (interaction.event_id, interaction.revision) == (event_id, 1)
    assert best(interaction) == ("8", Action.TAKE, (ItemCount(WATER, 1),))
    assert interaction.hypotheses[0].probability == pytest.approx(1)
    assert {holding.party for holding in interaction.holdings} == {"7", "8"}


def test_a_verdict_tells_more_of_other_movements_too() -> None:
    visit = Visit()
    taken = between_two(visit)
    back = visit.see({1: 620.0}, figure("7", PLATE[1]), figure("8", PLATE[1])).event_id
    assert best(visit.last[back])[1] is Action.PUT_BACK and visit.last[back].who[0].probability < 0.9
    visit.judge(taken, "8", Action.TAKE, (WATER, 1))
    assert best(visit.last[back])[0] == "8" and visit.last[back].who[0].probability > 0.9


def test_what_comes_after_a_verdict_rests_on_it() -> None:
    visit = Visit()
    visit.judge(between_two(visit), "7", Action.TAKE, (WATER, 1))
    back = visit.see({1: 620.0}, figure("7", PLATE[1]), figure("8", PLATE[1]))
    assert best(back)[0] == "7" and back.who[0].probability > 0.9


def test_a_verdict_that_nobody_thought_of_corrects_who_has_what() -> None:
    visit = Visit(counted(P1=5))
    event_id = between_two(visit)
    visit.judge(event_id, "9", Action.TAKE, (WATER, 2))
    assert visit.count("9", WATER) == [0.0, 0.0, 1.0]
    assert visit.count("7", WATER) == visit.count("8", WATER) == [1.0]
    assert visit.stock[WATER_PLATE].expected == pytest.approx(3)


def test_what_nobody_took_is_held_by_nobody() -> None:
    visit = Visit(counted(P1=5))
    visit.judge(between_two(visit), "", Action.NONE)
    assert visit.count("7", WATER) == visit.count("8", WATER) == [1.0]
    assert visit.stock[WATER_PLATE].expected == pytest.approx(5)


def test_the_same_verdict_again_tells_nothing_and_another_one_replaces_it() -> None:
    visit = Visit()
    event_id = between_two(visit)
    visit.judge(event_id, "7", Action.TAKE, (WATER, 1))
    assert visit.judge(event_id, "7", Action.TAKE, (WATER, 1)) == []
    visit.judge(event_id, "8", Action.TAKE, (WATER, 1))
    assert visit.count("8", WATER) == [0.0, 1.0]
    assert visit.count("7", WATER) == [1.0]


def test_of_two_movements_at_once_the_one_that_was_judged_is_corrected() -> None:
    visit = Visit()
    middle = (PLATE[1] + PLATE[2]) / 2
    one, other = visit.see_all({1: -620.0, 2: -1050.0}, figure("7", middle))
    visit.judge(one.event_id, "8", Action.TAKE, (WATER, 1))
    assert visit.count("8", WATER) == visit.count("7", JUICE) == [0.0, 1.0]
    assert visit.count("7", WATER) == [1.0]
    assert best(visit.last[other.event_id])[0] == "7"


def test_what_the_scale_contradicts_changes_nothing() -> None:
    visit = Visit()
    event_id = between_two(visit)
    assert visit.judge(event_id, "7", Action.PUT_BACK, (WATER, 1)) == []
    assert visit.judge("another", "7", Action.TAKE, (WATER, 1)) == []


# ---- What lies in facings --------------------------------------------------------------------------------------------


def test_a_verdict_about_an_open_visit_corrects_what_lies_in_the_facing() -> None:
    visit = Visit(counted(P3=4))
    visit.judge(one_or_two(visit), "7", Action.TAKE, (GUM, 2))
    assert visit.stock[GUM_PLATE].expected == pytest.approx(2)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_verdict_about_a_visit_that_is_over_corrects_what_lies_in_the_facing_and_nothing_else(count: int) -> None:
    visit = Visit(counted(P3=4))
    event_id = one_or_two(visit)
    long_after(visit, "7")
    told = visit.judge(event_id, "7", Action.TAKE, (GUM, count))
    assert [type(each) for each in told] == [FacingStock]
    assert visit.stock[GUM_PLATE].expected == pytest.approx(4 - count)
    assert visit.judge(event_id, "7", Action.TAKE, (GUM, count)) == []


def test_a_corrected_facing_is_counted_on_from_there() -> None:
    visit = Visit(counted(P3=9))
    event_id = one_or_two(visit)
    long_after(visit, "7")
    visit.judge(event_id, "7", Action.TAKE, (GUM, 2))
    visit.see({3: -30.0}, figure("9", PLATE[3]))
    assert visit.stock[GUM_PLATE].expected == pytest.approx(6, abs=0.05)


def test_an_event_that_is_forgotten_is_not_corrected_and_its_facing_keeps_what_was_concluded() -> None:
    visit = Visit(counted(P3=9), AttributionSettings(search=SearchSettings(judged=2)))
    forgotten = one_or_two(visit)
    told = visit.stock[GUM_PLATE].expected
    long_after(visit, "7")
    kept = one_or_two(visit)
    long_after(visit, "7", "9")
    assert visit.judge(forgotten, "7", Action.TAKE, (GUM, 2)) == []
    visit.judge(kept, "7", Action.TAKE, (GUM, 2))
    assert visit.stock[GUM_PLATE].expected == pytest.approx(told - 2)


# ---- What is learnt --------------------------------------------------------------------------------------------------


def doubted(visit: Visit) -> str:
    """The event in which 7 or 8 took a product of which nobody knows what it weighs."""
    interaction = visit.see({4: -333.0}, figure("7", PLATE[4]), figure("8", PLATE[4]))
    assert interaction.hypotheses[0].probability < 0.95
    return interaction.event_id


def sure_of_two(visit: Visit) -> float:
    """How sure it is that a movement of the same product was of two."""
    found = visit.see({4: -666.0}, figure("9", PLATE[4]))
    return sum(each.probability for each in found.what if each.items == (ItemCount(MYSTERY, 2),))


@pytest.mark.parametrize("over", [False, True])
def test_what_a_person_finds_out_about_a_movement_teaches_what_goods_weigh(over: bool) -> None:
    taught, untaught = Visit(), Visit()
    event_id = doubted(taught)
    doubted(untaught)
    if over:
        long_after(taught, "7", "8")
    for _ in range(2):  # told again it teaches nothing
        taught.judge(event_id, "7", Action.TAKE, (MYSTERY, 1))
    assert sure_of_two(taught) > 0.5
    assert sure_of_two(untaught) < 0.01  # all that was there may have been one heavy item


def test_a_verdict_about_nothing_that_is_known_or_against_the_weight_teaches_nothing() -> None:
    visit = Visit()
    event_id = doubted(visit)
    visit.judge("another", "7", Action.TAKE, (MYSTERY, 1))
    visit.judge(event_id, "7", Action.PUT_BACK, (MYSTERY, 1))
    assert sure_of_two(visit) < 0.5


# ---- Whatever is said ------------------------------------------------------------------------------------------------

moved = st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from([-2, -1, 1]), st.booleans()), max_size=4)
GRAMS = {1: 620.0, 2: 1050.0, 3: 30.0}


@settings(deadline=None, max_examples=25)
@given(moved, st.integers(0, 3), st.sampled_from("789"), st.sampled_from([(), ((WATER, 1),), ((JUICE, 2),)]))
def test_probabilities_stay_probabilities_whatever_a_person_says(
    moves: list[tuple[int, int, bool]], about: int, who: str, items: tuple[tuple[str, int], ...]
) -> None:
    visit = Visit(counted(P1=5, P2=5, P3=5))
    for plate, count, both in moves:
        visit.see_all(
            {plate: GRAMS[plate] * count}, figure("7", PLATE[plate]), figure("8", PLATE[plate] if both else FAR)
        )
    events = list(visit.last)
    if events:
        visit.judge(events[about % len(events)], who, Action.TAKE if items else Action.NONE, *items)
    visit.see_all({1: 620.0}, figure("7", PLATE[1]), figure("8", PLATE[1]))
    for interaction in visit.last.values():
        assert sum(each.probability for each in interaction.who) == pytest.approx(1)
        assert sum(interaction.action) == pytest.approx(1)
    for holding in visit.holdings.values():
        assert sum(holding.counts) == pytest.approx(1)
    for stock in visit.stock.values():
        assert sum(stock.counts) == pytest.approx(1)
