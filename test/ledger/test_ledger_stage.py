"""The ledger promises that carts follow interactions, that only the sure is charged, that nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from storegraph.ledger.model import LedgerSettings
from storegraph.ledger.stage import LedgerStage
from storegraph.observations import (
    Action,
    Candidate,
    Cart,
    GateEvent,
    Holding,
    Hypothesis,
    Interaction,
    ItemCount,
    ItemsProbability,
    Observation,
    Passage,
    Receipt,
    Share,
)
from storegraph.store.model import Fixture, Product, Store

SECOND = 1_000_000_000
COFFEE, TEA, UNPRICED = "4006381333931", "4012345678901", "2000000000008"
STORE = Store(
    id="corner",
    name="Corner",
    currency="EUR",
    time_zone="Europe/Berlin",
    fixtures=(Fixture(id="G1", position=(0, 0, 0), size=(1, 0.4, 2)),),
    catalogue=(
        Product(gtin=COFFEE, name="Coffee", price=649, unit_weight=500),
        Product(gtin=TEA, name="Tea", price=199, unit_weight=100),
        Product(gtin=UNPRICED, name="Sample", price=None, unit_weight=20),
    ),
)


def entry(second: float, shopper: str = "7") -> GateEvent:
    return GateEvent(round(second * SECOND), "front", Passage.ENTRY, "token", f"party of {shopper}", shopper, False)


def leaving(second: float, shopper: str = "7") -> GateEvent:
    return GateEvent(round(second * SECOND), "front", Passage.EXIT, "", "", shopper, False)


def interaction(
    second: float, action: Action, gtin: str, count: int = 1, shopper: str = "7", probability: float = 0.99
) -> Interaction:
    """One explanation with a probability, and that somebody else did it with the rest."""
    stamp = round(second * SECOND)
    items = (ItemCount(gtin, count),) if action is not Action.NONE else ()
    actions = [0.0, 0.0, 0.0]
    actions[action] = 1.0
    return Interaction(
        stamp=stamp,
        event_id=f"G1.S1.P1@{stamp}",
        begin=stamp,
        end=stamp,
        fixture="G1",
        scales=("G1.S1.P1",),
        delta=0.0,
        sigma=1.0,
        who=(Candidate(shopper, probability, 0.1), Candidate("8", 1 - probability, 0.4)),
        what=(ItemsProbability(items, 1.0),),
        action=(actions[0], actions[1], actions[2]),
        hypotheses=(Hypothesis(shopper, action, items, probability), Hypothesis("8", action, items, 1 - probability)),
    )


class Holdings:
    """What everybody holds, as attribution would tell it if each interaction stood for itself."""

    def __init__(self) -> None:
        self.party: dict[str, str] = {}
        self.taken: dict[tuple[str, str], list[tuple[int, float]]] = {}
        self.events: dict[tuple[str, str], list[str]] = {}

    def told(self, observation: GateEvent | Interaction) -> GateEvent | Interaction:
        """The observation, an interaction with what it changes."""
        if isinstance(observation, GateEvent):
            if observation.passage is Passage.ENTRY:
                self.party[observation.shopper_id] = observation.party
            return observation
        best = observation.hypotheses[0]
        return replace(observation, holdings=tuple(self._moved(observation, best, item) for item in best.items))

    def _moved(self, interaction: Interaction, best: Hypothesis, item: ItemCount) -> Holding:
        party = self.party.get(best.shopper_id, best.shopper_id)
        taken = self.taken.setdefault((party, item.gtin), [])
        self.events.setdefault((party, item.gtin), []).append(interaction.event_id)
        if best.action is Action.TAKE:
            taken.append((item.count, best.probability))
        else:
            last = max(index for index, (_, probability) in enumerate(taken) if probability)
            count, probability = taken[last]
            taken[last] = count, probability * (1 - best.probability)
        counts = np.ones(1)
        for count, probability in taken:
            counts = np.convolve(counts, [1 - probability, *[0.0] * (count - 1), probability])
        expected = sum(count * probability for count, probability in taken)
        return Holding(
            party,
            item.gtin,
            tuple(counts.tolist()),
            (Share(best.shopper_id, expected),),
            tuple(self.events[party, item.gtin]),
        )


def run(observations: Iterable[GateEvent | Interaction], stage: LedgerStage | None = None) -> list[Observation]:
    stage = stage or LedgerStage(STORE)
    holdings = Holdings()
    given_ = []
    for observation in map(holdings.told, observations):
        given_ += stage.advance(observation.stamp)
        given_ += stage.process(observation)
    return [*given_, *stage.finish()]


def receipts(observations: Iterable[GateEvent | Interaction]) -> list[Receipt]:
    return [each for each in run(observations) if isinstance(each, Receipt)]


def test_what_was_taken_is_on_the_receipt_with_its_price() -> None:
    (receipt,) = receipts(
        [entry(1), interaction(2, Action.TAKE, COFFEE), interaction(3, Action.TAKE, TEA, 2), leaving(4)]
    )
    assert [(line.gtin, line.count, line.unit_price, line.doubt) for line in receipt.lines] == [
        (COFFEE, 1, 649, ""),
        (TEA, 2, 199, ""),
    ]
    assert (receipt.total, receipt.in_doubt) == (1047, 0)
    assert (receipt.entered, receipt.left) == (SECOND, 4 * SECOND)


def test_what_was_put_back_is_not_on_the_receipt() -> None:
    (receipt,) = receipts(
        [entry(1), interaction(2, Action.TAKE, COFFEE), interaction(3, Action.PUT_BACK, COFFEE), leaving(4)]
    )
    assert receipt.lines == ()
    assert receipt.total == 0


def test_who_takes_nothing_gets_an_empty_receipt() -> None:
    (receipt,) = receipts([entry(1), leaving(4)])
    assert (receipt.lines, receipt.total) == ((), 0)


def test_a_doubtful_taking_is_not_charged_and_says_why() -> None:
    (receipt,) = receipts([entry(1), interaction(2, Action.TAKE, COFFEE, probability=0.6), leaving(4)])
    (line,) = receipt.lines
    assert (receipt.total, receipt.in_doubt) == (0, 649)
    assert line.doubt == "who: 7 60%, 8 40%"
    assert line.confidence == 0.6


def test_a_sure_item_is_charged_beside_a_doubtful_one_of_the_same_product() -> None:
    taken = [interaction(2, Action.TAKE, COFFEE), interaction(3, Action.TAKE, COFFEE, probability=0.6)]
    (receipt,) = receipts([entry(1), *taken, leaving(4)])
    assert [(line.count, bool(line.doubt)) for line in receipt.lines] == [(1, False), (1, True)]
    assert (receipt.total, receipt.in_doubt) == (649, 649)


def test_a_doubtful_put_back_leaves_the_item_in_doubt() -> None:
    moved = [interaction(2, Action.TAKE, COFFEE), interaction(3, Action.PUT_BACK, COFFEE, probability=0.6)]
    (receipt,) = receipts([entry(1), *moved, leaving(4)])
    (line,) = receipt.lines
    assert line.doubt.startswith("may have been put back")
    assert receipt.total == 0


def test_an_item_without_a_price_waits_for_a_person() -> None:
    (receipt,) = receipts([entry(1), interaction(2, Action.TAKE, UNPRICED), leaving(4)])
    assert receipt.lines[0].doubt == "the catalogue has no price"


def test_a_product_the_catalogue_does_not_know_waits_for_a_person() -> None:
    (receipt,) = receipts([entry(1), interaction(2, Action.TAKE, ""), leaving(4)])
    assert receipt.lines[0].doubt == "the catalogue does not know the product"


def test_nothing_of_a_shopper_who_was_not_seen_to_enter_is_charged() -> None:
    (receipt,) = receipts([interaction(2, Action.TAKE, COFFEE), leaving(4)])
    assert receipt.lines[0].doubt == "the shopper was not seen to enter"
    assert receipt.derived


def test_an_interaction_in_which_no_goods_moved_changes_no_cart() -> None:
    (receipt,) = receipts([entry(1), interaction(2, Action.NONE, ""), leaving(4)])
    assert receipt.lines == ()


def test_what_is_weighed_shortly_after_leaving_still_counts() -> None:
    (receipt,) = receipts([entry(1), leaving(4), interaction(5, Action.TAKE, COFFEE)])
    assert receipt.total == 649


def test_a_visit_is_settled_once_however_often_the_exit_is_reported() -> None:
    assert len(receipts([entry(1), leaving(4), leaving(4.5), leaving(20)])) == 1


def test_who_is_still_inside_keeps_an_open_cart() -> None:
    stage = LedgerStage(STORE)
    given_ = run([entry(1), interaction(2, Action.TAKE, COFFEE)], stage)
    assert not any(isinstance(each, Receipt) for each in given_)
    assert [visit.shopper_id for visit in stage.open_visits] == ["7"]
    cart = given_[-1]
    assert isinstance(cart, Cart)
    assert cart.total == 649


def test_where_data_was_lost_nothing_of_the_visits_in_progress_is_charged() -> None:
    stage = LedgerStage(STORE)
    holdings = Holdings()
    for observation in (entry(1), interaction(2, Action.TAKE, COFFEE), entry(3, "8")):
        list(stage.process(holdings.told(observation)))
    carts = list(stage.doubt(4 * SECOND))
    assert [(cart.shopper_id, cart.stamp, cart.total) for cart in carts] == [("7", 4 * SECOND, 0), ("8", 4 * SECOND, 0)]
    assert list(stage.doubt(5 * SECOND)) == []  # said once
    list(stage.process(holdings.told(interaction(6, Action.TAKE, TEA))))
    list(stage.process(entry(7, "9")))
    for shopper in "789":
        list(stage.process(leaving(9, shopper)))
    receipts = {each.shopper_id: each for each in stage.finish() if isinstance(each, Receipt)}
    assert {shopper: bool(receipt.doubt) for shopper, receipt in receipts.items()} == {"7": True, "8": True, "9": False}
    assert (receipts["7"].total, receipts["7"].in_doubt) == (0, 649 + 199)


def test_the_receipt_comes_when_it_is_due_and_not_before() -> None:
    stage = LedgerStage(STORE, LedgerSettings(settle_after=3 * SECOND))
    for observation in (entry(1), leaving(4)):
        list(stage.process(observation))
    assert list(stage.advance(7 * SECOND)) == []
    (receipt,) = stage.advance(7 * SECOND + 1)
    assert receipt.stamp == 7 * SECOND


def party_of_two(counts: tuple[float, ...], first: float, second: float) -> list[GateEvent | Interaction]:
    """Two on one credential, one of whom has some coffee."""
    holding = Holding("pair", COFFEE, counts, (Share("7", first), Share("8", second)), ())
    return [
        replace(entry(1, "7"), party="pair"),
        replace(entry(1.5, "8"), party="pair"),
        replace(interaction(2, Action.TAKE, COFFEE, probability=0.5), holdings=(holding,)),
    ]


def settled(observations: Iterable[GateEvent | Interaction]) -> dict[str, list[tuple[str, int, bool]]]:
    stage = LedgerStage(STORE)
    told: dict[str, list[tuple[str, int, bool]]] = {}
    for observation in observations:
        for given_ in (*stage.advance(observation.stamp), *stage.process(observation)):
            if isinstance(given_, Receipt):
                told[given_.shopper_id] = [(line.gtin, line.count, bool(line.doubt)) for line in given_.lines]
    for given_ in stage.finish():
        assert isinstance(given_, Receipt)
        told[given_.shopper_id] = [(line.gtin, line.count, bool(line.doubt)) for line in given_.lines]
    return told


def test_who_of_a_party_has_something_is_no_doubt() -> None:
    told = settled([*party_of_two((0.0, 1.0), 0.45, 0.55), leaving(4, "7"), leaving(5, "8")])
    assert told == {"7": [], "8": [(COFFEE, 1, False)]}


def test_what_one_of_a_party_has_paid_for_is_not_charged_to_the_last() -> None:
    told = settled([*party_of_two((0.0, 0.0, 0.0, 1.0), 1.9, 1.1), leaving(4, "7"), leaving(20, "8")])
    assert told == {"7": [(COFFEE, 2, False)], "8": [(COFFEE, 1, False)]}


def test_the_count_that_is_sure_is_charged_and_the_rest_is_in_doubt() -> None:
    told = settled([*party_of_two((0.0, 0.02, 0.5, 0.48), 2.5, 0.0), leaving(4, "7"), leaving(5, "8")])
    assert told["7"] == [(COFFEE, 2, False), (COFFEE, 1, True)]


def test_each_item_in_doubt_is_a_line_of_its_own_with_its_own_probability() -> None:
    stage = LedgerStage(STORE)
    for observation in (*party_of_two((0.3, 0.4, 0.3), 1.0, 0.0), leaving(4, "7")):
        list(stage.process(observation))
    (receipt,) = (each for each in stage.finish() if isinstance(each, Receipt))
    lines = receipt.lines
    assert [(line.count, round(line.confidence, 6)) for line in lines] == [(1, 0.7), (1, 0.3)]
    assert [line.doubt.partition(":")[0] for line in lines] == ["item 1", "item 2"]


def coffees(second: float, count: int, shopper: str, *events: str) -> Interaction:
    """What the party holds by now, as attribution tells it with every event that it rests on."""
    holding = Holding("pair", COFFEE, (*[0.0] * count, 1.0), (Share(shopper, float(count)),), events)
    return replace(interaction(second, Action.TAKE, COFFEE, shopper=shopper), holdings=(holding,))


def test_what_a_party_has_paid_for_is_not_charged_to_one_of_them_who_comes_in_when_the_others_are_settled() -> None:
    told = settled(
        [
            replace(entry(1, "7"), party="pair"),
            coffees(2, 2, "7", "e1"),
            leaving(4, "7"),
            replace(entry(8, "8"), party="pair"),
            coffees(9, 3, "8", "e1", "e2"),
            leaving(11, "8"),
            replace(entry(15, "9"), party="pair"),
            coffees(16, 4, "9", "e1", "e2", "e3"),
            leaving(18, "9"),
        ]
    )
    assert told == {"7": [(COFFEE, 2, False)], "8": [(COFFEE, 1, False)], "9": [(COFFEE, 1, False)]}


def doubtful_coffee_of_one_who_left(later: Holding) -> list[GateEvent | Interaction]:
    """One of two leaves with a coffee in doubt; what the party holds by then is told while the other is inside."""
    holding = Holding("pair", COFFEE, (0.4, 0.6), (Share("7", 0.6), Share("8", 0.0)), ("e1",))
    return [
        replace(entry(1, "7"), party="pair"),
        replace(entry(1.5, "8"), party="pair"),
        replace(interaction(2, Action.TAKE, COFFEE, probability=0.6), holdings=(holding,)),
        leaving(4, "7"),
        replace(interaction(12, Action.TAKE, COFFEE, shopper="8"), holdings=(later,)),
        leaving(20, "8"),
    ]


def test_what_was_in_doubt_of_one_who_left_is_not_charged_to_the_last_when_it_is_sure() -> None:
    sure = Holding("pair", COFFEE, (0.0, 1.0), (Share("7", 1.0), Share("8", 0.0)), ("e1",))
    assert settled(doubtful_coffee_of_one_who_left(sure)) == {"7": [(COFFEE, 1, True)], "8": []}


def test_what_the_last_takes_is_charged_beside_what_is_in_doubt_of_one_who_left() -> None:
    one_more = Holding("pair", COFFEE, (0.0, 0.4, 0.6), (Share("7", 0.6), Share("8", 1.0)), ("e1", "e2"))
    assert settled(doubtful_coffee_of_one_who_left(one_more)) == {"7": [(COFFEE, 1, True)], "8": [(COFFEE, 1, False)]}
    not_theirs = Holding("pair", COFFEE, (0.0, 1.0), (Share("7", 0.0), Share("8", 1.0)), ("e1", "e2"))
    assert settled(doubtful_coffee_of_one_who_left(not_theirs)) == {
        "7": [(COFFEE, 1, True)],
        "8": [(COFFEE, 1, False)],
    }


def test_what_a_party_takes_on_a_later_visit_is_charged_though_they_have_paid_for_as_much_before() -> None:
    told = settled(
        [
            replace(entry(1, "7"), party="pair"),
            coffees(2, 2, "7", "e1"),
            leaving(4, "7"),
            replace(entry(60, "8"), party="pair"),
            coffees(62, 2, "8", "e2"),
            leaving(64, "8"),
        ]
    )
    assert told == {"7": [(COFFEE, 2, False)], "8": [(COFFEE, 2, False)]}


def test_what_is_told_of_somebody_who_has_been_settled_opens_no_visit() -> None:
    stage = LedgerStage(STORE)
    told = party_of_two((0.0, 1.0), 1.0, 0.0)
    for observation in (*told, leaving(4, "7"), leaving(5, "8")):
        list(stage.process(observation))
    list(stage.advance(60 * SECOND))
    assert list(stage.process(replace(told[-1], stamp=61 * SECOND))) == []
    assert stage.open_visits == ()


moves = st.lists(
    st.tuples(
        st.sampled_from(["7", "8", "9"]),
        st.sampled_from([Action.TAKE, Action.PUT_BACK]),
        st.sampled_from([COFFEE, TEA]),
    ),
    max_size=30,
)


@given(moves)
def test_every_item_taken_is_on_exactly_one_receipt_unless_it_was_put_back(
    walked: list[tuple[str, Action, str]],
) -> None:
    held: Counter[tuple[str, str]] = Counter()
    observations: list[GateEvent | Interaction] = [entry(0, shopper) for shopper in "789"]
    for index, (shopper, action, gtin) in enumerate(walked):
        if action is Action.PUT_BACK and not held[shopper, gtin]:
            continue
        held[shopper, gtin] += 1 if action is Action.TAKE else -1
        observations.append(interaction(1 + index, action, gtin, shopper=shopper, probability=1.0))
    observations += [leaving(100 + index, shopper) for index, shopper in enumerate("789")]
    given_ = receipts(observations)
    billed = {(receipt.shopper_id, line.gtin): line.count for receipt in given_ for line in receipt.lines}
    assert billed == {key: count for key, count in held.items() if count}
    assert len(given_) == 3
