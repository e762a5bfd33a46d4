"""Whether the parts of a scenario fit each other, and whether its people can play it to the end."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from storegraph.store.problem import KeyPath, Problem, listed, nearest, shown

from .language import DRAWN, GUEST, Goods, Person, Scenario
from .language_steps import WORDS, Consume, Drop, HandOver, Meet, PickUp, PutBack, Receive, Step, SwapPlaces, Take


def problems_of_names(scenario: Scenario) -> Iterator[Problem]:
    """Names that stand for nothing, or for two things.

    Args:
        scenario: As read; places in it are those of its file.
    """
    yield from _goods(scenario.goods)
    people = [person.name for person in scenario.people]
    syncs: dict[str, list[tuple[str, KeyPath]]] = defaultdict(list)
    for index, person in enumerate(scenario.people):
        path: KeyPath = ("people", index)
        if person.name in people[:index]:
            yield Problem((*path, "name"), f"{shown(person.name)} is there twice; names are unique")
        if person.name.startswith(GUEST):
            yield Problem((*path, "name"), f"{shown(person.name)} is a name of random people; it takes another one")
        if person.party in people:
            yield Problem((*path, "party"), f"{shown(person.party)} is a person; a party has a name of its own")
        if person.follows:
            yield from _somebody_else(person.follows, person, people, (*path, "follows"))
        for number, step in enumerate(person.does):
            place = (*path, "does", number, WORDS[type(step)])
            yield from _step(step, place, person, scenario.goods, people)
            if step.sync:
                syncs[step.sync].append((person.name, (*place, "sync")))
    for name, users in syncs.items():
        if len({user for user, _ in users}) < max(2, len(users)):
            text = "must stand in one step each of at least two people"
            yield Problem(
                users[0][1], f"{shown(name)} {text}; it stands in steps of {listed(user for user, _ in users)}"
            )
    for index, fault in enumerate(scenario.faults):
        for name in re.findall(r"\{(.*?)\}", fault.stream):
            if name not in (known := [*DRAWN, *scenario.goods]):
                text = f"has {shown(name)} in braces{nearest(name, known)}; there stand {listed(known)}"
                yield Problem(("faults", index, "stream"), f"{shown(fault.stream)} {text}")
    if not scenario.people and scenario.shopping is None:
        yield Problem((), "has nobody; a scenario has people, or shopping")


def _goods(goods: Mapping[str, Goods]) -> Iterator[Problem]:
    names = list(goods)
    for place, (name, wanted) in enumerate(goods.items()):
        if name in DRAWN:
            yield Problem(("goods", name), "is no name for goods, as it stands for one that is drawn in faults")
        if not name.isidentifier():
            yield Problem(("goods", name), "is no name for goods; it takes letters, digits and _, a letter first")
        for key in Goods.REFERENCES:
            other = getattr(wanted, key)
            if other and other not in names[:place]:
                known = f"is no name of goods above{nearest(other, names[:place])}; there are {listed(names[:place])}"
                yield Problem(("goods", name, key), f"{shown(other)} {known}")


def _step(
    step: Step, place: KeyPath, person: Person, goods: Mapping[str, Goods], people: list[str]
) -> Iterator[Problem]:
    for key in step.GOODS:
        value = getattr(step, key)
        for name in value if isinstance(value, tuple) else (value,):
            if name not in goods and (name or type(step).model_fields[key].is_required()):
                known = f"is no name of goods{nearest(name, goods)}; there are {listed(goods)}"
                yield Problem((*place, key), f"{shown(name)} {known}")
    for key in step.PEOPLE:
        yield from _somebody_else(getattr(step, key), person, people, (*place, key))


def _somebody_else(name: str, person: Person, people: list[str], place: KeyPath) -> Iterator[Problem]:
    if name == person.name:
        yield Problem(place, f"{shown(name)} is the same person; it takes somebody else")
    elif name not in people:
        yield Problem(place, f"{shown(name)} is nobody{nearest(name, people)}; there are {listed(people)}")


def problems_of_play(scenario: Scenario) -> Iterator[Problem]:
    """Steps that cannot happen: nobody carries what is to be put back, nobody comes to whom one waits for.

    The steps are gone through as the people would, whose order in time is not known but where one waits for another.

    Args:
        scenario: One without problems of names.
    """
    play = _Play(scenario)
    while play.goes_on():
        pass
    yield from play.problems
    for index, person in enumerate(scenario.people):
        if (step := play.next_step(person.name)) is not None:
            place = ("people", index, "does", play.done[person.name], WORDS[type(step)])
            yield Problem(place, f"never happens: {play.waits_for(step)}")


class _Play:
    """Who has done how many steps, and where everything is meanwhile."""

    def __init__(self, scenario: Scenario) -> None:
        self.problems: list[Problem] = []
        self.done: Counter[str] = Counter()
        self._people = {person.name: (index, person) for index, person in enumerate(scenario.people)}
        self._product = _products(scenario.goods)
        self._carried: dict[str, Counter[str]] = defaultdict(Counter)
        self._on_floor: Counter[str] = Counter()
        self._misplaced: Counter[tuple[str, str]] = Counter()
        self._misplaced_by: Counter[tuple[str, str]] = Counter()

    def next_step(self, name: str) -> Step | None:
        """What somebody does next; None where nothing is left."""
        _, person = self._people[name]
        if person.turns_back or self.done[name] >= len(person.does):
            return None
        return person.does[self.done[name]]

    def goes_on(self) -> bool:
        """Lets everybody do what they can; whether anybody could do anything."""
        before = self.done.total()
        for name in self._people:
            while (step := self.next_step(name)) is not None and (together := self._together(name, step)):
                for each in together:
                    self._do(each)
        return self.done.total() > before

    def waits_for(self, step: Step) -> str:
        """Why a step does not happen, in words."""
        match step:
            case Step(sync=sync) if sync:
                return f"not everybody comes to the step with sync {shown(sync)}"
            case HandOver(to=other):
                return f"{other} does not come to a `receive: …` from here"
            case Receive(giver=other) | Meet(other=other) | SwapPlaces(other=other):
                return f"{other} does not come to the step that goes with it"
            case PickUp(goods=goods):
                return f"{goods} does not lie on the floor"
            case Take(among=among):
                return f"nobody has put it among {among}"
        raise AssertionError(step)

    def _together(self, name: str, step: Step) -> tuple[str, ...]:
        """Who does this step now, in their order; nobody where it has to wait."""
        if step.sync:
            users = [
                user for user, (_, person) in self._people.items() if any(s.sync == step.sync for s in person.does)
            ]
            coming = [user for user in users if (other := self.next_step(user)) and other.sync == step.sync]
            return tuple(users) if users == coming else ()
        match step:
            case HandOver():
                return (name, step.to) if self._is(step.to, Receive, name) else ()
            case Receive():
                return ()  # the giver's hand-over does both
            case Meet() | SwapPlaces():
                return (name, step.other) if self._is(step.other, type(step), name) else ()
            case PickUp():
                return (name,) if self._on_floor[self._product[step.goods]] >= step.count else ()
            case Take(among=among) if among:
                stand = all(self._misplaced[self._product[goods], among] >= step.count for goods in step.goods)
                return (name,) if stand else ()
        return (name,)

    def _is(self, name: str, kind: type[Step], other: str) -> bool:
        step = self.next_step(name)
        return isinstance(step, kind) and all(getattr(step, key) == other for key in kind.PEOPLE)

    def _do(self, name: str) -> None:
        step = self.next_step(name)
        carried = self._carried[name]
        match step:
            case Take():
                for goods in step.goods:
                    carried[self._product[goods]] += step.count
                    if step.among:
                        self._misplaced[self._product[goods], step.among] -= step.count
                        self._misplaced_by[name, step.among] -= step.count
                    elif self._misplaced_by[name, goods] > 0:
                        self._tell(name, f"gets what {name} has put there before; say `among: {goods}` of what that is")
            case PickUp():
                carried[self._product[step.goods]] += step.count
                self._on_floor[self._product[step.goods]] -= step.count
            case Consume():
                self._need(name, step.goods, 1)
            case PutBack():
                self._need(name, step.goods, step.count)
                carried[self._product[step.goods]] -= step.count
                if step.to not in ("", step.goods):
                    self._misplaced[self._product[step.goods], step.to] += step.count
                    self._misplaced_by[name, step.to] += step.count
            case Drop():
                self._need(name, step.goods, step.count)
                carried[self._product[step.goods]] -= step.count
                self._on_floor[self._product[step.goods]] += step.count
            case HandOver():
                self._need(name, step.goods, step.count)
                carried[self._product[step.goods]] -= step.count
                self._carried[step.to][self._product[step.goods]] += step.count
        self.done[name] += 1

    def _need(self, name: str, goods: str, count: int) -> None:
        """Writes it down if somebody does not carry what the next step needs."""
        has = self._carried[name][self._product[goods]]
        if has < count:
            self._tell(name, f"needs {count} of {goods}; {name} carries {max(has, 0)} then")

    def _tell(self, name: str, text: str) -> None:
        """Writes down what is wrong with somebody's next step."""
        index, person = self._people[name]
        number = self.done[name]
        self.problems.append(Problem(("people", index, "does", number, WORDS[type(person.does[number])]), text))


def _products(goods: Mapping[str, Goods]) -> dict[str, str]:
    """The first name of the product of each name."""
    products: dict[str, str] = {}
    for name, wanted in goods.items():
        products[name] = products.get(wanted.same_product_as, name)
    return products
