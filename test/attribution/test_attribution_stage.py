"""Attribution promises probabilities of who, what and action that follow hands, weight, place and carts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storegraph.attribution.stage import AttributionStage
from storegraph.observations import (
    Action,
    GateEvent,
    Holding,
    Interaction,
    ItemCount,
    Passage,
    ScaleChange,
    Shopper,
    Shoppers,
    ShopperState,
    WeightEvent,
)
from storegraph.store.model import Facing, Fixture, Product, Scale, Shelf, Store

SECOND = 1_000_000_000
WATER, JUICE, GUM, MYSTERY = "4006381333931", "4012345678901", "2000000000008", "2000000000015"
STORE = Store(
    id="corner",
    name="Corner",
    currency="EUR",
    time_zone="Europe/Berlin",
    fixtures=(
        Fixture(
            id="G1",
            position=(0, 0, 0),
            size=(1.2, 0.4, 2),
            shelves=(
                Shelf(
                    id="G1.S1",
                    height=1.0,
                    clearance=0.4,
                    scales=tuple(Scale(id=f"G1.S1.P{n + 1}", position=(0.3 * n, 0), size=(0.3, 0.4)) for n in range(4)),
                ),
            ),
        ),
    ),
    facings=(
        Facing(gtin=WATER, scales=("G1.S1.P1",)),
        Facing(gtin=JUICE, scales=("G1.S1.P2",)),
        Facing(gtin=GUM, scales=("G1.S1.P3",)),
        Facing(gtin=MYSTERY, scales=("G1.S1.P4",)),
    ),
    catalogue=(
        Product(gtin=WATER, name="Water", price=100, unit_weight=620, unit_weight_sigma=5),
        Product(gtin=JUICE, name="Juice", price=200, unit_weight=1050, unit_weight_sigma=8),
        Product(gtin=GUM, name="Gum", price=50, unit_weight=30, unit_weight_sigma=1),
        Product(gtin=MYSTERY, name="No weight yet", price=50),
    ),
)
JOINTS = ("head", "left_wrist", "right_wrist", "left_elbow", "right_elbow", "left_shoulder", "right_shoulder")
PLATE = {n: np.array([0.3 * n - 0.15, 0.0, 1.2]) for n in range(1, 5)}
"""Just before the goods on each plate."""
FAR = np.array([5.0, -3.0, 1.0])


def figure(shopper: str, right_wrist: np.ndarray, unseen: Iterable[str] = ()) -> Shopper:
    """Somebody who stands half a metre before their right hand, the left hand by the side."""
    body = right_wrist - np.array([0, 0.5, 0])

    def at(*offset: float) -> np.ndarray:
        return body + np.array(offset)

    places = {
        "head": at(0, 0, 0.4),
        "left_wrist": at(-0.3, 0, -0.3),
        "right_wrist": right_wrist,
        "left_elbow": at(-0.3, 0, 0),
        "right_elbow": right_wrist - np.array([0, 0.25, 0]),
        "left_shoulder": at(-0.2, 0, 0.2),
        "right_shoulder": at(0.2, 0, 0.2),
    }
    positions = np.array([places[name] if name not in set(unseen) else [np.nan] * 3 for name in JOINTS], np.float32)
    seen = np.isfinite(positions).all(axis=1).astype(np.float32)
    return Shopper(shopper, ShopperState.TRACKED, positions, np.zeros((0, 6), np.float32), seen)


def snapshots(begin: float, end: float, people: Iterable[Shopper]) -> list[Shoppers]:
    """Fifteen snapshots a second of people who hold still."""
    frames = np.arange(round(begin * 15), round(end * 15) + 1)
    return [Shoppers(int(frame * SECOND // 15), JOINTS, tuple(people)) for frame in frames]


def event(second: float, changes: Mapping[int, float], sigma: float = 2.0) -> WeightEvent:
    """A change of some plates that lasts half a second from `second` on, decided half a second later."""
    begin = round(second * SECOND)
    parts = tuple(ScaleChange(f"G1.S1.P{plate}", delta, sigma) for plate, delta in changes.items())
    return WeightEvent(
        stamp=begin + SECOND,
        event_id=f"{parts[0].scale}@{begin}",
        fixture="G1",
        begin=begin,
        end=begin + SECOND // 2,
        changes=parts,
        cross_talk=(),
        delta=sum(changes.values()),
        sigma=sigma,
    )


class Visit:
    """A stage, and what has been going on before it."""

    def __init__(self) -> None:
        self.stage = AttributionStage(STORE)
        self.now = 0.0
        self.last: dict[str, Interaction] = {}
        self.holdings: dict[tuple[str, str], Holding] = {}

    def see(self, changes: Mapping[int, float], *people: Shopper, sigma: float = 2.0) -> Interaction:
        """People stand as they do for three seconds, and in the middle the plates change, by one movement."""
        (interaction,) = self.see_all(changes, *people, sigma=sigma)
        return interaction

    def see_all(self, changes: Mapping[int, float], *people: Shopper, sigma: float = 2.0) -> list[Interaction]:
        """The same, by any number of movements; what it tells of earlier ones is in `last`."""
        for snapshot in snapshots(self.now, self.now + 3, people):
            assert list(self.stage.process(snapshot)) == []
        interactions = list(self.stage.process(event(self.now + 1, changes, sigma)))
        self.now += 4
        for interaction in interactions:
            expected = self.last[interaction.event_id].revision + 1 if interaction.event_id in self.last else 0
            assert interaction.revision == expected
            self.last[interaction.event_id] = interaction
            self.holdings.update({(holding.party, holding.gtin): holding for holding in interaction.holdings})
        return [interaction for interaction in interactions if interaction.revision == 0]

    def count(self, party: str, gtin: str) -> list[float]:
        """Probabilities of how many a party holds, to a tenth, up to the last that is likely."""
        holding = self.holdings.get((party, gtin))
        rounded = [round(probability, 1) for probability in holding.counts] if holding else [1.0]
        while not rounded[-1]:
            rounded.pop()
        return rounded

    def leave(self, shopper: str) -> None:
        exit_ = GateEvent(round(self.now * SECOND), "front", Passage.EXIT, "", "", shopper, False)
        assert list(self.stage.process(exit_)) == []


def best(interaction: Interaction) -> tuple[str, Action, tuple[ItemCount, ...]]:
    first = interaction.hypotheses[0]
    return first.shopper_id, first.action, first.items


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
    (interaction,) = visit.stage.process(event(1.5, {1: -620.0}))
    assert best(interaction)[0] == "7"
    assert interaction.who[0].probability < Visit().see({1: -620.0}, figure("7", PLATE[1])).who[0].probability


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


def test_whichever_of_two_took_it_and_put_it_back_nobody_has_it() -> None:
    visit = Visit()
    for delta in (-620.0, 620.0):
        visit.see({1: delta}, figure("7", PLATE[1]), figure("8", PLATE[1]))
    assert visit.count("7", WATER) == visit.count("8", WATER) == [1.0]


# ---- Cases -----------------------------------------------------------------------------------------------------------


def entering(shopper: str, party: str = "", credential: str = "tok") -> GateEvent:
    return GateEvent(0, "front", Passage.ENTRY, credential, party, shopper, False)


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
