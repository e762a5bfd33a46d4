"""The sessions: what such competitions' scripts ask of people, each with goods drawn anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from autocheckout_script import Break, Exchange, HandOver, Person, Session, Touch
from autocheckout_shop import Cell, Shop

Draw = np.random.Generator


def sessions(shop: Shop, rounds: int) -> Iterator[Session]:
    """All classes of sessions, several times over."""
    for number in range(rounds):
        for made in CLASSES:
            rng = np.random.default_rng([number, CLASSES.index(made)])
            yield replace(made(shop, rng), name=f"{made.__name__} {number}")


def _cells(shop: Shop, rng: Draw, gondolas: tuple[int, ...], many: int, heavy: float = 0.0) -> list[Cell]:
    """Plates of different products, of which at least two plates are one product's."""
    choice = [
        [cell for cell in cells if cell.gondola in gondolas]
        for barcode, cells in shop.facings().items()
        if shop.weights[barcode] >= heavy
    ]
    choice = [cells for cells in choice if len(cells) > 1]
    drawn = rng.choice(len(choice), size=many, replace=False)
    return [choice[number][rng.integers(len(choice[number]) - 1)] for number in drawn]


def _beside(shop: Shop, cell: Cell, product: bool) -> Cell:
    """The nearest plate to the right, or else left, on which another product lies (or the same)."""
    row = [other for other in shop.planned if other[:2] == cell[:2] and other != cell]
    row.sort(key=lambda other: (abs(other.plate - cell.plate), -other.plate))
    return next(other for other in row if (shop.planned[other] != shop.planned[cell]) == product)


def _tour(shop: Shop, rng: Draw, who: str, begin: float, cells: list[Cell], pace: float = 4.5) -> list[Touch]:
    """One thing after the other, in the order of the row so that nobody has to run."""
    touches, now = [], begin
    for cell in sorted(cells, key=lambda cell: shop.places[cell].front):
        touches.append(Touch(who, now, cell, int(rng.choice([1, 1, 1, 2])), hand=int(rng.choice([-1, 1]))))
        now += pace + rng.uniform(0, 1.0)
    return touches


def one_thing(shop: Shop, rng: Draw) -> Session:
    """One customer, one product, as BENCHMARK-1."""
    (cell,) = _cells(shop, rng, (1, 2, 3, 4), 1)
    return Session("", 20, (Person("a", None, 18),), (Touch("a", 9, cell),))


def several_things(shop: Shop, rng: Draw) -> Session:
    """Five products along the row, one or two of each."""
    acts = _tour(shop, rng, "a", 8, _cells(shop, rng, (1, 2, 3, 4), 5))
    return Session("", 45, (Person("a", 2, 40),), tuple(acts))


def three_of_one(shop: Shop, rng: Draw) -> Session:
    """Three of one at once, then three of another one by one."""
    one, other = _cells(shop, rng, (1, 3), 2)
    acts = [Touch("a", 8, one, 3, seconds=0.5), *(Touch("a", at, other) for at in (14.0, 16.2, 18.1))]
    return Session("", 30, (Person("a", 1, 26),), tuple(acts))


def both_hands(shop: Shop, rng: Draw) -> Session:
    """Two products side by side, with both hands at nearly the same moment."""
    acts = []
    for number, cell in enumerate(_cells(shop, rng, (1, 3), 2)):
        other = _beside(shop, cell, product=True)
        left, right = sorted((cell, other), key=lambda cell: cell.plate)
        at = 8.0 + 8 * number
        acts += [Touch("a", at, left, hand=-1), Touch("a", at + rng.uniform(0.1, 0.5), right, hand=1)]
    return Session("", 30, (Person("a", 1, 26),), tuple(acts))


def put_back(shop: Shop, rng: Draw) -> Session:
    """Takes three products and puts one of them back where it was."""
    one, two, three = sorted(_cells(shop, rng, (1, 2, 3, 4), 3))
    acts = (
        Touch("a", 7, one),
        Touch("a", 10, one, -1),
        Touch("a", 15.5, two),
        Touch("a", 21, three, 2),
        Touch("a", 24, three, -1),
    )
    return Session("", 33, (Person("a", 1, 30),), acts)


def put_back_elsewhere(shop: Shop, rng: Draw) -> Session:
    """Takes two products and puts one on another's plate."""
    one, two, three = _cells(shop, rng, (1, 2, 3), 3)
    acts = (Touch("a", 7, one), Touch("a", 13, two), Touch("a", 19, three, -1, shop.planned[one], spread=0.0))
    return Session("", 30, (Person("a", 1, 27),), acts)


def thirty_grams(shop: Shop, rng: Draw) -> Session:
    """Bags of 30 g, hung, of which neighbours weigh the same."""
    cells = [Cell(4, 3, plate) for plate in (1, 3, 5, 7, 9)] + [Cell(2, 1, 7)]
    drawn = sorted(rng.choice(len(cells), size=4, replace=False), reverse=True)
    acts = [Touch("a", 8 + 5 * k, cells[n], swings=bool(k % 2), seconds=0.4) for k, n in enumerate(drawn)]
    return Session("", 34, (Person("a", 2, 30),), tuple(acts))


def light_on_noisy(shop: Shop, rng: Draw) -> Session:
    """A bag of 30 g is put among bottles of gondola 1, where noise is several grams; a bottle is taken there too."""
    bag = Cell(4, 3, 5)
    (cell,) = _cells(shop, rng, (1,), 1, heavy=400)
    acts = (Touch("a", 7, bag), Touch("a", 13, cell, -1, shop.planned[bag]), Touch("a", 17, cell))
    return Session("", 26, (Person("a", 1, 23),), acts)


def same_weights(shop: Shop, rng: Draw) -> Session:
    """Neighbours of one weight: one of each is taken, one is put back on the other's plate."""
    a, b = ((Cell(4, 1, 1), Cell(4, 1, 3)), (Cell(3, 2, 5), Cell(3, 2, 7)), (Cell(4, 2, 1), Cell(4, 2, 3)))[
        int(rng.integers(3))
    ]
    acts = (Touch("a", 7, a), Touch("a", 10, b), Touch("a", 14, b, -1, shop.planned[a]), Touch("a", 17, a))
    return Session("", 26, (Person("a", 1, 23),), acts)


def two_on_two_plates(shop: Shop, rng: Draw) -> Session:
    """Goods that stand across two plates."""
    cells = [cells for cells in shop.facings().values() if len(cells) > 2 and cells[0].gondola in (2, 3)]
    drawn = rng.choice(len(cells), size=3, replace=False)
    acts = []
    for number, row in enumerate(sorted(cells[int(n)] for n in drawn)):
        acts.append(Touch("a", 8 + 5 * number, row[0], spread=float(rng.uniform(0.2, 0.6)), seconds=0.4))
    return Session("", 30, (Person("a", 1, 26),), tuple(acts))


def two_apart(shop: Shop, rng: Draw) -> Session:
    """Two customers take at the same moment, from different gondolas."""
    acts = _tour(shop, rng, "a", 7, _cells(shop, rng, (1,), 3)) + _tour(
        shop, rng, "b", 7.2, _cells(shop, rng, (3, 4), 3)
    )
    return Session("", 30, (Person("a", 1, 26), Person("b", 1.5, 27)), tuple(acts))


def two_at_one_shelf(shop: Shop, rng: Draw) -> Session:
    """Two customers stand beside each other and take from one shelf within a second."""
    acts = []
    for number, cell in enumerate(_cells(shop, rng, (1, 3), 2)):
        other = _beside(shop, cell, product=True)
        left, right = sorted((cell, other), key=lambda cell: cell.plate)
        at = 8.0 + 9 * number
        acts += [
            Touch("a", at, left, hand=1, beside=-0.1),
            Touch("b", at + rng.uniform(0.2, 1.0), right, hand=-1, beside=0.1),
        ]
    return Session("", 32, (Person("a", 1, 27), Person("b", 1.5, 28)), tuple(acts))


def two_at_one_facing(shop: Shop, rng: Draw) -> Session:
    """Two customers take the same product, one from each side, one second apart; then one puts it back."""
    one, other = _cells(shop, rng, (1, 3), 2)
    acts = (
        Touch("a", 8, one, hand=1, beside=-0.12),
        Touch("b", 9.2, one, hand=-1, beside=0.12),
        Touch("b", 12, one, -1, hand=-1, beside=0.12),
        Touch("a", 18, other, 2),
        Touch("b", 23, other),
    )
    return Session("", 33, (Person("a", 1, 29), Person("b", 1.5, 30)), acts)


def handed_and_put_back(shop: Shop, rng: Draw) -> Session:
    """One gives a thing to the other, who puts it back."""
    one, other = sorted(_cells(shop, rng, (1,), 2))
    acts = (
        Touch("a", 7, one),
        Touch("b", 8, other),
        HandOver("a", "b", 11, shop.planned[one]),
        Touch("b", 15, one, -1),
    )
    return Session("", 26, (Person("a", 1, 22), Person("b", 1.5, 23)), acts)


def handed_and_kept(shop: Shop, rng: Draw) -> Session:
    """One gives a thing to the other, who leaves with it. The truth is that of the hands at the door."""
    one, other = sorted(_cells(shop, rng, (1,), 2))
    acts = (Touch("a", 7, one), Touch("b", 8, other), HandOver("a", "b", 11, shop.planned[one]))
    return Session("", 26, (Person("a", 1, 20), Person("b", 1.5, 21)), acts)


def three_for_long(shop: Shop, rng: Draw) -> Session:
    """Three customers for five minutes, each with two dozen things, of which some are put back."""
    acts: list[Touch] = []
    for number, (name, gondolas) in enumerate((("a", (1, 2)), ("b", (2, 3)), ("c", (3, 4)))):
        for begin in (8.0, 78.0, 148.0, 218.0):
            part = _tour(shop, rng, name, begin + 2 * number, _cells(shop, rng, gondolas, 6), pace=6.0)
            acts += [*part, replace(part[-1], at=part[-1].at + 3.5, count=-1)]
    people = (Person("a", 2, 285), Person("b", 3, 290), Person("c", 4, None))
    return Session("", 300, people, tuple(acts))


def no_wrists(shop: Shop, rng: Draw) -> Session:
    """Head, neck and shoulders are all that is seen of two customers."""
    return replace(two_apart(shop, rng), without_wrists=True)


def lost_and_found(shop: Shop, rng: Draw) -> Session:
    """A target is lost for 0.8 s and comes back under another id; then what was taken before is put back."""
    one, two = sorted(_cells(shop, rng, (1, 2), 2))
    acts = (Touch("a", 8, one), Touch("a", 12, one, -1), Touch("a", 17.5, two))
    return Session("", 26, (Person("a", 1, 23),), acts, breaks=(Break("a", 10, 0.8),))


def lost_beside_another(shop: Shop, rng: Draw) -> Session:
    """The same with another customer 0.8 m away."""
    one, two = sorted(_cells(shop, rng, (1, 3), 2))
    far = _beside(shop, one, product=True)
    acts = (
        Touch("a", 8, one, hand=-1, beside=-0.3),
        Touch("b", 9, far, hand=1, beside=0.5),
        Touch("a", 12, one, -1, hand=-1, beside=-0.3),
        Touch("a", 18, two),
    )
    return Session("", 28, (Person("a", 1, 24), Person("b", 2, 25)), acts, breaks=(Break("a", 10, 1.5),))


def ids_exchanged(shop: Shop, rng: Draw) -> Session:
    """Two customers beside each other have each other's ids for a second and a half."""
    session = two_at_one_shelf(shop, rng)
    return replace(session, exchanges=(Exchange(("a", "b"), 10.5, 12.0),))


def clocks_apart(shop: Shop, rng: Draw) -> Session:
    """Two at one shelf, people's clock 0.3 or 0.5 s ahead of the plates' or behind."""
    return replace(two_at_one_shelf(shop, rng), people_ahead=float(rng.choice([-0.5, -0.3, 0.3, 0.5])))


def plates_later(shop: Shop, rng: Draw) -> Session:
    """The plates begin four seconds after the people and end three before; everybody is there all the time."""
    acts = _tour(shop, rng, "a", 7, _cells(shop, rng, (1, 2), 3))
    return Session("", 30, (Person("a"), Person("b")), tuple(acts), plates=(4, 27))


def fifth_gondola(shop: Shop, rng: Draw) -> Session:
    """The gondola across the end of the row, whose plates are silent in BENCHMARK-1 and work here."""
    one, two = sorted(_cells(shop, rng, (5,), 2))
    acts = (Touch("a", 8, one), Touch("a", 13, two, 2), Touch("a", 18, one, -1))
    return Session("", 26, (Person("a", 1, 24),), acts)


def taken_at_the_end(shop: Shop, rng: Draw) -> Session:
    """A thing is taken 0.7 s before the last snapshot; the customer is still there, and the plates end with them."""
    one, two = sorted(_cells(shop, rng, (1, 3), 2))
    acts = (Touch("a", 8, one), Touch("a", 17, two))
    return Session("", 20, (Person("a"),), acts, plates=(0, 18.2))


def two_recordings(shop: Shop, rng: Draw) -> Session:
    """Two sessions in one folder, a minute apart; between them the shelves were filled."""
    first, second = _cells(shop, rng, (1, 2), 3), _cells(shop, rng, (1, 3), 3)
    acts = _tour(shop, rng, "a", 8, first) + _tour(shop, rng, "b", 100, second)
    people = (Person("a", 2, 27), Person("b", 94, None))
    return Session("", 122, people, tuple(acts), pause=(32, 91))


def touched_only(shop: Shop, rng: Draw) -> Session:
    """Hands press on goods and leave them; one thing is taken."""
    one, two, three, four = sorted(_cells(shop, rng, (1, 2, 3, 4), 4))
    acts = [Touch("a", at, cell, 0, seconds=0.8) for at, cell in ((7.0, one), (12.0, two), (22.0, four))]
    return Session("", 32, (Person("a", 1, 28),), (*acts, Touch("a", 17, three)))


def other_weights(shop: Shop, rng: Draw) -> Session:
    """What is taken weighs 6 % more than the catalogue says, or less."""
    cells = _cells(shop, rng, (1, 3), 3, heavy=60)
    heavier = tuple(
        (shop.planned[cell], 0.06 * float(rng.choice([-1, 1])) * shop.weights[shop.planned[cell]]) for cell in cells
    )
    acts = tuple(Touch("a", 8 + 5 * k, cell) for k, cell in enumerate(sorted(cells)))
    return Session("", 30, (Person("a", 1, 26),), acts, heavier=heavier)


def unknown_weight(shop: Shop, rng: Draw) -> Session:
    """A bottle of 480 g, for which the catalogue says 1.6; and another."""
    kombucha, other = Cell(5, 3, 6), Cell(5, 4, 1)
    acts = (Touch("a", 8, kombucha), Touch("a", 13, other))
    return Session("", 24, (Person("a", 1, 20),), acts, heavier=((shop.planned[kombucha], 480.0),))


def three_at_one_gondola(shop: Shop, rng: Draw) -> Session:
    """Three customers 0.45 m apart at one gondola take within two seconds."""
    shelves = [int(shelf) for shelf in rng.choice([2, 3, 4, 5], size=3)]
    acts = []
    for number, (name, plate) in enumerate((("a", 2), ("b", 6), ("c", 10))):
        hand = int(rng.choice([-1, 1]))
        acts.append(Touch(name, 8 + float(rng.uniform(0, 2)), Cell(3, shelves[number], plate), hand=hand))
        acts.append(Touch(name, 13 + float(rng.uniform(0, 2)), Cell(3, shelves[-number], plate), hand=hand))
    return Session("", 26, (Person("a", 1, 20), Person("b", 2, 21), Person("c", 3, 22)), tuple(acts))


def one_after_the_other(shop: Shop, rng: Draw) -> Session:
    """One customer leaves, and 1.2 s later another comes in through the same door."""
    one, two = _cells(shop, rng, (1, 2), 2)
    acts = (Touch("a", 7, one), Touch("b", 20, two))
    return Session("", 30, (Person("a", 1, 13), Person("b", 14.2, 27)), acts)


def two_without_wrists(shop: Shop, rng: Draw) -> Session:
    """Two at one shelf, of whom head, neck and shoulders are all that is seen."""
    return replace(two_at_one_shelf(shop, rng), without_wrists=True)


def quick_hands(shop: Shop, rng: Draw) -> Session:
    """Three things from two facings side by side in two seconds; then one is put back and another taken."""
    acts = []
    for number, cell in enumerate(_cells(shop, rng, (1, 3), 2)):
        other, begin = _beside(shop, cell, product=True), 8.0 + 10 * number
        acts += [Touch("a", begin, cell), Touch("a", begin + 1.0, other), Touch("a", begin + 1.9, cell)]
        acts += [Touch("a", begin + 2.9, cell, -1), Touch("a", begin + 3.8, other)]
    return Session("", 32, (Person("a", 1, 28),), tuple(acts))


CLASSES: tuple[Callable[[Shop, Draw], Session], ...] = (
    one_thing,
    several_things,
    three_of_one,
    both_hands,
    put_back,
    put_back_elsewhere,
    thirty_grams,
    light_on_noisy,
    same_weights,
    two_on_two_plates,
    two_apart,
    two_at_one_shelf,
    two_at_one_facing,
    handed_and_put_back,
    handed_and_kept,
    three_for_long,
    no_wrists,
    lost_and_found,
    lost_beside_another,
    ids_exchanged,
    clocks_apart,
    plates_later,
    fifth_gondola,
    taken_at_the_end,
    two_recordings,
    touched_only,
    other_weights,
    unknown_weight,
    three_at_one_gondola,
    one_after_the_other,
    two_without_wrists,
    quick_hands,
)
