"""Who pays for what one stranger gives another: the shop decides; who holds it now is in doubt."""

from __future__ import annotations

import numpy as np
import pytest
from attributed_visit import FAR, JUICE, PLATE, WATER, Visit, best, entering, figure, snapshots

from storegraph.attribution.model import AttributionSettings
from storegraph.observations import Action, Interaction, Shopper

AISLE = np.array([0.5, -2.0, 1.1])
HOLDER_PAYS = AttributionSettings(holder_pays=True)


def meet(visit: Visit, *people: Shopper, seconds: float = 0.8) -> list[Interaction]:
    """People stand as they do for so long, and have gone apart for five seconds then; gives what is told of it."""
    apart = [figure(person.shopper_id, FAR + np.array([3.0 * number, 0, 0])) for number, person in enumerate(people)]
    frames = snapshots(visit.now, visit.now + seconds, people)
    frames += snapshots(visit.now + seconds + 0.1, visit.now + seconds + 5, apart)
    visit.now += seconds + 6
    told = [
        each
        for frame in frames
        for each in visit.note([*visit.stage.advance(frame.stamp), *visit.stage.process(frame)])
        if isinstance(each, Interaction)
    ]
    return told


def taken_and_met(settings: AttributionSettings, *plates: tuple[int, float]) -> Visit:
    """Seven takes from plates, and hands of seven and eight meet."""
    visit = Visit(settings=settings)
    for plate, grams in plates:
        visit.see({plate: -grams}, figure("7", PLATE[plate]), figure("8", FAR))
    meet(visit, figure("7", AISLE), figure("8", AISLE))
    return visit


def test_by_default_who_took_it_pays() -> None:
    visit = taken_and_met(AttributionSettings(), (1, 620.0))
    assert (visit.count("7", WATER), visit.count("8", WATER)) == ([0.0, 1.0], [1.0])


def test_where_the_holder_pays_it_is_in_doubt_which_of_two_has_it() -> None:
    visit = taken_and_met(HOLDER_PAYS, (1, 620.0))
    assert (visit.count("7", WATER), visit.count("8", WATER)) == ([0.5, 0.5], [0.5, 0.5])
    (taken,) = visit.last.values()
    assert best(taken)[0] == "7" and taken.who[0].probability > 0.9, "who took it is no doubt"
    assert visit.holdings["8", WATER].events == (taken.event_id,)


def test_one_thing_at_most_changes_hands() -> None:
    visit = taken_and_met(HOLDER_PAYS, (1, 620.0), (2, 1050.0))
    assert visit.holdings["8", WATER].at_least(1) == pytest.approx(0.25, abs=0.01)
    assert visit.holdings["8", JUICE].at_least(1) == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("who", ["7", "8"])
def test_who_puts_it_back_had_it_and_then_nobody_has(who: str) -> None:
    visit = taken_and_met(HOLDER_PAYS, (1, 620.0))
    others = {"7": "8", "8": "7"}
    visit.see({1: 620.0}, figure(who, PLATE[1]), figure(others[who], FAR))
    assert visit.count("7", WATER) == visit.count("8", WATER) == [1.0]


def test_what_is_taken_afterwards_was_not_handed_over() -> None:
    visit = taken_and_met(HOLDER_PAYS)
    visit.see({1: -620.0}, figure("7", PLATE[1]), figure("8", FAR))
    assert (visit.count("7", WATER), visit.count("8", WATER)) == ([0.0, 1.0], [1.0])


def test_in_a_group_and_with_staff_nothing_is_told() -> None:
    visit = Visit(settings=HOLDER_PAYS)
    for shopper, party, credential in (("7", "pair", "tok"), ("8", "pair", "tok"), ("9", "crew", "crew-3")):
        list(visit.stage.process(entering(shopper, party, credential)))
    visit.see({1: -620.0}, figure("7", PLATE[1]), figure("8", FAR))
    assert meet(visit, figure("7", AISLE), figure("8", AISLE)) == []
    assert meet(visit, figure("7", AISLE), figure("9", AISLE)) == []


def hanging(shopper: str, right_wrist: np.ndarray) -> Shopper:
    """Somebody who stands where their right hand hangs down; the left one is not seen."""
    stretched = figure(shopper, right_wrist, unseen=["left_wrist"])
    positions = stretched.positions.copy()
    positions[5:7] += np.array([0.0, 0.5, 0.0], np.float32)
    return Shopper(shopper, stretched.state, positions, stretched.covariance, stretched.confidence)


def test_hands_at_a_shelf_in_passing_or_hanging_down_give_nothing() -> None:
    visit = Visit(settings=HOLDER_PAYS)
    visit.see({1: -620.0}, figure("7", PLATE[1]), figure("8", FAR))
    assert meet(visit, figure("7", PLATE[2]), figure("8", PLATE[2])) == []
    assert meet(visit, figure("7", AISLE), figure("8", AISLE), seconds=0.1) == []
    assert meet(visit, hanging("7", AISLE), figure("8", AISLE)) == []


def test_what_is_told_again_is_a_revision_of_the_take() -> None:
    visit = Visit(settings=HOLDER_PAYS)
    taken = visit.see({1: -620.0}, figure("7", PLATE[1]), figure("8", FAR))
    (again,) = meet(visit, figure("7", AISLE), figure("8", AISLE))
    assert (again.event_id, again.revision) == (taken.event_id, 1)
    assert again.stamp > taken.stamp and again.hypotheses[0].action is Action.TAKE
