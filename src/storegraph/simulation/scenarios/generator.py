"""Random people: when they come, with whom, and what they do; written in the scenario language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from numpy.random import Generator

from .assortment import Assortment
from .goods import Candidate
from .language import GUEST, Person, Shopping
from .language_steps import HandOver, Look, PutBack, Receive, Restock, Step, Take, Touch
from .tricks import JOINT_TRICKS, TRICKS

# Nobody has measured the following shares for such a store. They let each of these things happen a few times among
# thirty visitors, and no test of accuracy depends on their values.

_TWO = 0.15
"""How often one takes two of a kind."""

_BROWSES = 0.4
"""How often one looks at something else first."""

_TOUCHES = 0.1
"""How often one only touches something first."""

_HANDS_OVER = 0.2
"""How often members of a party hand something over to each other."""

_CHILD = 0.4
"""How often somebody who comes along is a child."""

_ELDER = 0.2
"""How often an adult is old: of the adults in Germany, 27 % are 65 and older (Destatis, 2023), and they shop less."""

_APP = 0.4
"""How often one has an app in place of a card."""

_JOINT = 0.5
"""How often a trick is one of two people."""

_REACH, _CHILD_REACH = 1.4, 1.0
"""Highest shelves that adults and children go to, metres: the statures of the smallest whom `population` draws; nobody
reaches much higher."""

_SHELVES = 2.0
"""Mean of how many facings staff restock on one round."""

_RESTOCKED = 8
"""How many items they bring to each at most: a case."""

_CASE = 0.5
"""How often they put them on the shelf together, as they come in their case."""

_WAY, _STEP = 12.0, 5.0
"""Seconds a visit takes at least, and for every step more, roughly: nothing but the number of those inside depends on
it."""


def random_people(shopping: Shopping, goods: Mapping[str, Candidate], generator: Generator) -> tuple[Person, ...]:
    """Makes up visits.

    Args:
        shopping: How many, how often, how bad.
        goods: The facings from which they take, by their index as a text: nobody else does.
        generator: Decides about everything.

    Returns:
        People with all their steps, in the order in which they come; they can play them.
    """
    within_reach = {name: candidate for name, candidate in goods.items() if candidate.height <= _REACH}
    return tuple(_Shopping(shopping, Assortment(within_reach, generator)).people())


@dataclass
class _Visit:
    """One person, while it is made up."""

    name: str
    age_group: str = "adult"
    credential: str = "card"
    party: str = ""
    does: list[Step] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it takes, roughly."""
        return _WAY + _STEP * len(self.does)

    def suits(self, candidate: Candidate) -> bool:
        """Whether they reach so high; who has left something among goods does not take from there."""
        left = any(isinstance(step, PutBack) and step.to == str(candidate.facing) for step in self.does)
        return not left and candidate.height <= (_CHILD_REACH if self.age_group == "child" else _REACH)

    def person(self, enters: float) -> Person:
        """In the scenario language."""
        return Person.model_validate(
            {
                "name": self.name,
                "age_group": self.age_group,
                "credential": self.credential,
                "party": self.party,
                "enters": round(enters, 3),
                "does": tuple(self.does),
            }
        )


class _Shopping:
    """Makes up one arrival after the other."""

    def __init__(self, shopping: Shopping, goods: Assortment) -> None:
        self._shopping = shopping
        self._goods = goods
        self._generator = goods.generator
        self._came = 0

    def people(self) -> Iterator[Person]:
        """Everybody; who finds the store full waits outside until somebody must have left."""
        moment = 0.0
        leaving: list[float] = []
        while (moment := moment + self._generator.exponential(60 / self._shopping.rate)) < self._shopping.seconds:
            self._goods.advance(moment)
            visits = self._arrival(moment)
            enters = moment
            for visit in visits:
                leaving = sorted(end for end in leaving if end > enters)
                if len(leaving) >= self._shopping.people:
                    enters = leaving[-self._shopping.people]
                leaving.append(enters + visit.seconds)
                yield visit.person(enters)
                enters += 1.0

    def _arrival(self, moment: float) -> list[_Visit]:
        """Those who come together: staff, two who know of each other, or a party."""
        shopping = self._shopping
        if self._happens(shopping.crew):
            return [self._crew(moment)]
        if self._happens(shopping.skill):
            if shopping.people > 1 and self._happens(_JOINT) and (pair := self._pair()):
                return pair
            return [self._adversary()]
        return self._party()

    def _crew(self, moment: float) -> _Visit:
        visit = self._visit(credential="crew")
        for _ in range(self._count(_SHELVES)):
            # What they bring is there twice as long after as they may need.
            if lacking := self._goods.restocked(_RESTOCKED, moment + 2 * (_WAY + 3 * _STEP)):
                name, count = lacking
                visit.does.append(Restock(goods=name, count=count, at_once=self._happens(_CASE)))
        return visit

    def _party(self) -> list[_Visit]:
        weights = self._shopping.parties
        drawn = 1 + int(self._generator.choice(len(weights), p=[weight / sum(weights) for weight in weights]))
        size = min(drawn, self._shopping.people)
        visits = [self._visit()]
        visits += [self._visit(age_group="child" if self._happens(_CHILD) else "") for _ in range(size - 1)]
        for visit in visits:
            for _ in range(self._count(self._shopping.basket if visit is visits[0] else self._shopping.basket / 2)):
                self._purchase(visit)
            if size > 1:
                visit.party = f"{visits[0].name}_party"
        if size > 1 and self._happens(_HANDS_OVER) and (name := self._goods.relied_on()):
            giver, receiver = visits[:2]
            giver.does += [Take(goods=(name,)), HandOver(goods=name, to=receiver.name)]
            receiver.does.append(Receive(giver=giver.name))
        return visits

    def _purchase(self, visit: _Visit) -> None:
        """Something is taken, perhaps after a look at something else, and perhaps put back."""
        goods, does = self._goods, visit.does
        if self._happens(_BROWSES) and (name := goods.seen(visit.suits)):
            does.append(Look(goods=name))
        if self._happens(_TOUCHES) and (name := goods.seen(visit.suits)):
            does.append(Touch(goods=name))
        if self._happens(self._shopping.put_backs):
            if name := goods.relied_on(visit.suits):
                misplaced = self._happens(self._shopping.misplaced)
                place = goods.among(name, 0.0, suits=visit.suits) if misplaced else None
                does += [Take(goods=(name,)), PutBack(goods=name, to=place or "")]
            return
        count = 2 if self._happens(_TWO) else 1
        if name := goods.taken(visit.suits, count):
            does.append(Take(goods=(name,), count=count))

    def _adversary(self) -> _Visit:
        """Somebody who misleads once, and shops."""
        visit = self._visit()
        visit.does += self._goods.one_of(TRICKS)(self._goods, self._shopping.skill) or ()
        self._purchase(visit)
        return visit

    def _pair(self) -> list[_Visit]:
        """Two who mislead together, and shop; nobody where the goods for it are not there."""
        pair = [self._visit(), self._visit()]
        names = (pair[0].name, pair[1].name)
        steps = self._goods.one_of(JOINT_TRICKS)(self._goods, self._shopping.skill, names)
        if not steps:
            return []
        for visit, joint in zip(pair, steps, strict=True):
            visit.does += joint
            self._purchase(visit)
        return pair

    def _visit(self, age_group: str = "", credential: str = "") -> _Visit:
        self._came += 1
        return _Visit(
            name=f"{GUEST}{self._came}",
            age_group=age_group or ("elder" if self._happens(_ELDER) else "adult"),
            credential=credential or ("app" if self._happens(_APP) else "card"),
        )

    def _count(self, mean: float) -> int:
        """One, and as many more as chance has it."""
        return 1 + int(self._generator.poisson(max(mean - 1, 0.0)))

    def _happens(self, share: float) -> bool:
        return bool(self._generator.random() < share)
