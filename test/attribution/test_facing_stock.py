"""Attribution promises what lies in every facing: how many, whether any is left, and what does not belong there."""

from __future__ import annotations

import math

import pytest
from attributed_visit import FAR, GUM, PLATE, STORE, WATER, Visit, entering, figure
from hypothesis import given, settings
from hypothesis import strategies as st

from storegraph.attribution.counts import summed
from storegraph.observations import FacingStock
from storegraph.store.model import Store

WATER_PLATE, JUICE_PLATE = "G1.S1.P1", "G1.S1.P2"


def counted(**stock: int) -> Store:
    """The shop, with so many counted in the facings of some plates."""
    facings = (each.model_copy(update={"stock": stock.get(each.scales[0][-2:])}) for each in STORE.facings)
    return STORE.model_copy(update={"facings": tuple(facings)})


def test_what_is_taken_and_put_back_is_counted_where_the_store_file_tells_how_many_lay_there() -> None:
    visit = Visit(counted(P1=3))
    for delta in (-620.0, -1240.0, 620.0):
        visit.see({1: delta}, figure("7", PLATE[1]))
    stock = visit.stock[WATER_PLATE]
    assert (stock.gtin, stock.counted, round(stock.expected, 1)) == (WATER, True, 1.0)
    assert stock.empty < 0.1


def test_where_nobody_has_counted_the_change_is_told_and_not_whether_any_is_left() -> None:
    visit = Visit()
    visit.see({1: -1240.0}, figure("7", PLATE[1]))
    stock = visit.stock[WATER_PLATE]
    assert (stock.counted, round(stock.expected, 1), math.isnan(stock.empty)) == (False, -2.0, True)


def test_the_last_one_taken_leaves_a_facing_empty_and_staff_fill_it_again() -> None:
    visit = Visit(counted(P1=2))
    visit.see({1: -1240.0}, figure("7", PLATE[1]))
    assert visit.stock[WATER_PLATE].empty > 0.9
    list(visit.stage.process(entering("9", credential="crew-3")))
    visit.see({1: 1860.0}, figure("9", PLATE[1]))
    stock = visit.stock[WATER_PLATE]
    assert stock.empty < 0.1 and round(stock.expected, 1) == 3.0


def test_a_count_in_doubt_is_a_distribution() -> None:
    visit = Visit(counted(P3=4))
    visit.see({3: -45.0}, figure("7", PLATE[3]), sigma=12.0)
    stock = visit.stock["G1.S1.P3"]
    likely = {stock.least + index for index, probability in enumerate(stock.counts) if probability > 0.1}
    assert stock.gtin == GUM and likely == {2, 3}


def test_what_is_put_back_in_a_wrong_place_is_missing_at_home_and_misplaced_there() -> None:
    visit = Visit(counted(P1=5, P2=5))
    visit.see({1: -620.0}, figure("7", PLATE[1]))
    visit.see({2: 620.0}, figure("7", PLATE[2]))
    assert [round(visit.stock[plate].expected, 1) for plate in (WATER_PLATE, JUICE_PLATE)] == [4.0, 5.0]
    (misplaced,) = [each for each in visit.stock[JUICE_PLATE].misplaced if each.gtin == WATER]
    assert misplaced.probability > 0.9 and misplaced.expected > 0.9


def test_staff_who_tidy_up_leave_nothing_misplaced() -> None:
    visit = Visit(counted(P1=5, P2=5))
    list(visit.stage.process(entering("9", credential="crew-3")))
    visit.see({1: -620.0}, figure("7", PLATE[1]), figure("9", FAR))
    visit.see({2: 620.0}, figure("7", PLATE[2]), figure("9", FAR))
    visit.see({2: -620.0}, figure("7", FAR), figure("9", PLATE[2]))
    visit.see({1: 620.0}, figure("7", FAR), figure("9", PLATE[1]))
    assert visit.stock[JUICE_PLATE].misplaced == ()
    assert round(visit.stock[WATER_PLATE].expected, 1) == 5.0


def test_what_is_not_the_shops_is_misplaced_while_it_lies_there() -> None:
    visit = Visit()
    visit.see({2: 2345.0}, figure("7", PLATE[2]))
    (foreign,) = visit.stock[JUICE_PLATE].misplaced
    assert foreign.gtin == "" and foreign.probability > 0.9
    visit.see({2: -2345.0}, figure("7", PLATE[2]))
    assert visit.stock[JUICE_PLATE].misplaced == ()


def test_what_is_misplaced_is_still_told_when_who_put_it_there_has_left() -> None:
    visit = Visit(counted(P2=5))
    visit.see({1: -620.0}, figure("7", PLATE[1]))
    visit.see({2: 620.0}, figure("7", PLATE[2]))
    visit.leave("7")
    visit.now += 60
    visit.see({2: -1050.0}, figure("8", PLATE[2]))
    stock = visit.stock[JUICE_PLATE]
    assert [each.gtin for each in stock.misplaced] == [WATER]
    assert round(stock.expected, 1) == 4.0


def test_more_taken_than_were_counted_leaves_none() -> None:
    visit = Visit(counted(P1=1))
    for _ in range(2):
        visit.see({1: -620.0}, figure("7", PLATE[1]))
    stock = visit.stock[WATER_PLATE]
    assert (stock.least, stock.empty) == (0, pytest.approx(1.0, abs=0.1))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from([-3, -2, -1, 1, 2]), st.booleans()), max_size=6))
def test_counts_are_probabilities_whatever_happens(moves: list[tuple[int, bool]]) -> None:
    visit = Visit(counted(P1=4))
    for count, near in moves:
        visit.see({1: 620.0 * count}, figure("7", PLATE[1] if near else FAR))
        for stock in visit.stock.values():
            assert isinstance(stock, FacingStock)
            assert sum(stock.counts) == pytest.approx(1)
            assert min(stock.counts) >= 0
            assert not stock.counted or stock.least >= 0
            assert all(0 < each.probability <= 1 + 1e-9 for each in stock.misplaced)


@given(st.lists(st.dictionaries(st.integers(-5, 5), st.floats(0.05, 1), min_size=1, max_size=4), max_size=4))
def test_the_sum_of_independent_numbers_has_the_sum_of_their_means(weights: list[dict[int, float]]) -> None:
    scaled = [{count: weight / sum(each.values()) for count, weight in each.items()} for each in weights]
    means = [sum(count * probability for count, probability in each.items()) for each in scaled]
    total = summed(scaled)
    assert sum(total.values()) == pytest.approx(1)
    assert sum(count * probability for count, probability in total.items()) == pytest.approx(sum(means), abs=1e-6)
