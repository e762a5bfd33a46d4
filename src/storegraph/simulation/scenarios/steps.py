"""The steps of one person, with everything chosen that the scenario leaves open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from numpy.random import Generator

from .. import script
from ..errors import SimulationError
from ..script import AnyStep, Hand
from . import language_steps
from .goods import Candidate
from .language import Person
from .language_steps import Step

LOOKING = (0.4, 1.5)
"""How long one looks at goods before the hand goes there, seconds."""

BROWSING = (1.0, 3.0)
"""How long a `look` is, seconds."""

GRAB = (0.08, 0.5)
"""From when the scales begin to be relieved until they are, seconds: from the one real pick there is (docs/realism.md)
to a quick pick of docs/weighing.md."""

PRESS = (40.0, 150.0)
"""Force of a hand on goods that it grasps or lets go, grams: a part of the hand's weight; the arm carries the rest."""

TOUCH = (0.5, 2.0)
"""How long a hand rests on goods, seconds."""

REST = (100.0, 400.0)
"""Force of a hand that rests on goods, grams: up to the whole hand, 0.6 % of the body (Winter, Biomechanics and Motor
Control of Human Movement, table 4.1)."""

MEAL = (4.0, 8.0)
"""How long it takes to eat something, seconds: a snack."""

WRAPPER = (0.02, 0.08)
"""What an empty package weighs, as a share of the full one."""

RIGHT_HANDED = 0.894
"""Share of people (Papadatou-Pastou et al., Psychological Bulletin 146:481, 2020)."""

OTHER_HAND = 0.2
"""How often one reaches with the other hand, because it is nearer or free."""

Sides = Mapping[tuple[str, str], float]
"""On which side of the goods somebody stands, by their name and the sync of the step."""


def sides_of(people: Sequence[Person], goods: Mapping[str, Candidate]) -> Sides:
    """Places people who reach into one fixture together side by side: from left to right as their goods lie.

    Where they reach for the same goods, in their own order.
    """
    together: dict[tuple[str, str], list[tuple[float, int, str]]] = defaultdict(list)
    for order, person in enumerate(people):
        for step in person.does:
            if step.sync and isinstance(step, language_steps.Reach):
                facing = goods[_first(step)]
                together[step.sync, facing.fixture].append((facing.left, order, person.name))
    return {
        (name, sync): 2 * place / (len(standing) - 1) - 1
        for (sync, _), standing in together.items()
        for place, (_, _, name) in enumerate(sorted(standing))
        if len(standing) > 1
    }


def cast_steps(
    person: Person, goods: Mapping[str, Candidate], sides: Sides, generator: Generator
) -> tuple[AnyStep, ...]:
    """What somebody does, in every detail.

    Args:
        person: With the steps of the language.
        goods: The facing of every name.
        sides: Where people stand who reach together.
        generator: Decides.

    Raises:
        SimulationError: Goods are to be taken with one grab that do not stand side by side.
    """
    return tuple(_StepCasting(person, goods, sides, generator).steps())


class _StepCasting:
    """Draws what one person's steps leave open."""

    def __init__(self, person: Person, goods: Mapping[str, Candidate], sides: Sides, generator: Generator) -> None:
        self._person = person
        self._goods = goods
        self._sides = sides
        self._generator = generator
        self._usual: Hand = "right" if generator.random() < RIGHT_HANDED else "left"

    def steps(self) -> Iterator[AnyStep]:
        """All of them; before a hand goes to goods, one looks at them, unless the moment is set."""
        for step in self._person.does:
            if (
                isinstance(step, language_steps.Take | language_steps.Touch)
                and not step.sync
                and not step.at
                and not step.side
            ):
                yield script.Look(facing=self._goods[_first(step)].facing, seconds=self._drawn(LOOKING))
            yield self._step(step)

    def _step(self, step: Step) -> AnyStep:
        at, sync, goods = step.at, step.sync, self._goods
        match step:
            case language_steps.Look():
                seconds = self._said(step.seconds, BROWSING)
                return script.Look(at=at, sync=sync, facing=goods[step.goods].facing, seconds=seconds)
            case language_steps.Wait():
                return script.Wait(at=at, sync=sync, seconds=step.seconds)
            case language_steps.Walk():
                return script.Walk(at=at, sync=sync, to=step.to)
            case language_steps.Take():
                return script.Take(
                    at=at,
                    sync=sync,
                    goods=self._grabbed(step),
                    hand=self._hand(step),
                    lasts=self._said(step.lasts, GRAB),
                    press=self._said(step.press, PRESS),
                    side=self._side(step),
                )
            case language_steps.PutBack():
                return script.PutBack(
                    at=at,
                    sync=sync,
                    gtin=goods[step.goods].product.gtin,
                    count=step.count,
                    facing=goods[step.to or step.goods].facing,
                    hand=self._hand(step),
                    lasts=self._said(step.lasts, GRAB),
                    press=self._said(step.press, PRESS),
                    side=self._side(step),
                )
            case language_steps.Touch():
                return script.Touch(
                    at=at,
                    sync=sync,
                    facing=goods[step.goods].facing,
                    hand=self._hand(step),
                    seconds=self._said(step.seconds, TOUCH),
                    force=self._said(step.force, REST),
                    side=self._side(step),
                )
            case language_steps.Restock():
                facing = goods[step.goods].facing
                return script.Restock(at=at, sync=sync, facing=facing, count=step.count, at_once=step.at_once)
            case language_steps.HandOver():
                gtin = goods[step.goods].product.gtin
                return script.HandOver(at=at, sync=sync, gtin=gtin, count=step.count, to=step.to)
            case language_steps.Receive():
                return script.Receive(at=at, sync=sync, giver=step.giver)
            case language_steps.Drop():
                return script.Drop(at=at, sync=sync, gtin=goods[step.goods].product.gtin, count=step.count)
            case language_steps.PickUp():
                return script.PickUp(at=at, sync=sync, gtin=goods[step.goods].product.gtin, count=step.count)
            case language_steps.Consume():
                return script.Consume(
                    at=at,
                    sync=sync,
                    gtin=goods[step.goods].product.gtin,
                    seconds=self._said(step.seconds, MEAL),
                    wrapper=self._said(step.wrapper, WRAPPER),
                )
            case language_steps.Meet():
                return script.Meet(at=at, sync=sync, other=step.other, seconds=step.seconds)
            case language_steps.SwapPlaces():
                return script.SwapPlaces(at=at, sync=sync, other=step.other)
            case language_steps.VisitKiosk():
                return script.VisitKiosk(at=at, sync=sync, email=step.email)
        raise AssertionError(step)

    def _grabbed(self, step: language_steps.Take) -> tuple[tuple[int, int], ...]:
        """Facings and how many from each, from left to right."""
        names = (step.among,) if step.among else step.goods
        facings = sorted((self._goods[name] for name in names), key=lambda facing: facing.left)
        for one, other in pairwise(facings):
            if not one.is_beside(other):
                raise SimulationError(
                    f"{self._person.name} takes {' and '.join(names)} with one grab, which do not stand side by side; "
                    "say `beside` of these goods"
                )
        count = step.count * len(step.goods) if step.among else step.count
        return tuple((facing.facing, count) for facing in facings)

    def _hand(self, step: language_steps.Reach) -> Hand:
        other: Hand = "left" if self._usual == "right" else "right"
        drawn = other if self._generator.random() < OTHER_HAND else self._usual
        return step.hand or drawn

    def _side(self, step: language_steps.Reach) -> float:
        return step.side if step.side is not None else self._sides.get((self._person.name, step.sync), 0.0)

    def _said(self, said: float | None, drawn: tuple[float, float]) -> float:
        """What the scenario says, or what is drawn; drawn in any case, so that saying one thing changes no other."""
        value = self._drawn(drawn)
        return value if said is None else said

    def _drawn(self, limits: tuple[float, float]) -> float:
        return round(self._generator.uniform(*limits), 3)


def _first(step: language_steps.Reach) -> str:
    """The name of the goods that a step begins at, where they stand."""
    match step:
        case language_steps.Take(goods=(name, *_), among=among):
            return among or name
        case language_steps.PutBack(goods=goods, to=to):
            return to or goods
        case language_steps.Touch(goods=goods):
            return goods
    raise AssertionError(step)
