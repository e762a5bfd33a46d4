"""Casting a scenario for a store: all that it leaves open is chosen, which makes the script."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from numpy.random import Generator

from storegraph.store.model import Store
from storegraph.store.problem import listed, shown

from .. import script
from ..acting.world import capacities
from ..chance import chance
from ..errors import SimulationError
from ..faults.file import problems_in_store
from ..faults.model import Fault
from ..script import Body, Credential, Role, Script
from . import language_steps
from .generator import random_people
from .goods import Candidate, Need, bound_goods, candidates_in
from .language import DRAWN, Person, Scenario
from .language_steps import names_in
from .population import drawn_body, drawn_pace
from .steps import Sides, cast_steps, sides_of

FILLING = (0.5, 1.0)
"""How full facings are at the beginning, as a share of their room."""

FIRST = (0.5, 2.0)
"""When the first one comes, seconds."""

FOLLOWING = (1.5, 4.0)
"""Seconds from one to the next, where the scenario does not say when they come."""

FOLLOWING_IN_PARTY = (0.8, 1.5)
"""Seconds from one to the next of a party: they pass the gate one close behind the other."""


def cast(scenario: Scenario, store: Store, seed: int) -> Script:
    """Makes a scenario's script for a store.

    Args:
        scenario: What is to happen.
        store: Where.
        seed: Decides about everything that the scenario leaves open, not negative.

    Returns:
        The script; the same for the same arguments.

    Raises:
        SimulationError: The store has not what the scenario needs.
    """
    room = capacities(store)
    candidates = candidates_in(store, room)
    people = scenario.people
    try:
        needs = _needs(people, {person.name: _body(person, seed) for person in people})
        goods = bound_goods(scenario.goods, candidates.values(), needs, chance(seed, "casting", "goods"))
        if scenario.shopping:
            bound = {candidate.facing for candidate in goods.values()}
            others = {str(index): candidate for index, candidate in candidates.items() if index not in bound}
            people += random_people(scenario.shopping, others, chance(seed, "casting", "shopping"))
        else:
            others = {}
        roles = _roles(people, goods | others, store, seed)
        faults = tuple(_fault(fault, index, goods, store, seed) for index, fault in enumerate(scenario.faults))
    except SimulationError as error:
        raise SimulationError(f"scenario {scenario.name}, store {store.id}: {error}") from None
    return Script(
        scenario=scenario.name,
        seed=seed,
        roles=roles,
        stock=_stock(roles, room, store, chance(seed, "casting", "stock")),
        faults=faults,
        linger=scenario.linger,
    )


def _needs(people: Iterable[Person], bodies: Mapping[str, Body]) -> dict[str, Need]:
    """What is done with goods, by their name: all that is taken or brought must have room, in reach of all."""
    room: Counter[str] = Counter()
    reach: dict[str, float] = {}
    for person in people:
        for step in person.does:
            match step:
                case language_steps.Take(goods=names, count=count, among=""):
                    room.update(dict.fromkeys(names, count))
                case language_steps.Restock(goods=name, count=count):
                    room[name] += count
            if isinstance(step, language_steps.Reach | language_steps.Look | language_steps.Restock):
                for name in names_in(step):
                    reach[name] = min(reach.get(name, math.inf), bodies[person.name].stature)
    return {name: Need(room[name], limit) for name, limit in reach.items()}


def _roles(people: Sequence[Person], goods: Mapping[str, Candidate], store: Store, seed: int) -> tuple[Role, ...]:
    """Everybody, in the order in which they enter; the members of a party with the credential of its first."""
    sides = sides_of(people, goods)
    enters = dict(_entering(people, chance(seed, "casting", "entering")))
    roles = [_role(person, enters[person.name], goods, sides, store, seed) for person in people]
    roles.sort(key=lambda role: role.enters)
    first = {role.party: role for role in reversed(roles)}
    return tuple(
        replace(role, credential=first[role.party].credential, token=first[role.party].token) for role in roles
    )


def _entering(people: Sequence[Person], generator: Generator) -> Iterator[tuple[str, float]]:
    """Everybody's name, and when they come to the gate, seconds."""
    before: Person | None = None
    moment = 0.0
    for person in people:
        if before is None:
            drawn = generator.uniform(*FIRST)
        elif person.party and person.party == before.party:
            drawn = moment + generator.uniform(*FOLLOWING_IN_PARTY)
        else:
            drawn = moment + generator.uniform(*FOLLOWING)
        moment = drawn if person.enters is None else person.enters
        before = person
        yield person.name, round(moment, 3)


def _role(person: Person, enters: float, goods: Mapping[str, Candidate], sides: Sides, store: Store, seed: int) -> Role:
    if store.kiosk is None and any(isinstance(step, language_steps.VisitKiosk) for step in person.does):
        raise SimulationError(f"people.{person.name}.does: has a visit_kiosk, but the store has no kiosk")
    body = _body(person, seed)
    generator = chance(seed, "casting", "role", person.name)
    pace = drawn_pace(body, generator)
    credential = Credential(person.credential)
    token = f"{'crew' if credential is Credential.CREW else 'tok'}-{generator.bytes(4).hex()}"
    entrance = _gate(person, "entrance", _open_gates(store, "entry"), store, generator)
    exit_ = _gate(person, "exit", _open_gates(store, "exit"), store, generator)
    return Role(
        name=person.name,
        body=body,
        credential=credential,
        token="" if credential is Credential.NONE else token,
        party=person.party or person.name,
        enters=enters,
        follows=person.follows,
        entrance=entrance,
        exit=entrance if person.leaves_by_the_entrance else exit_,
        pace=pace if person.pace is None else person.pace,
        turns_back=person.turns_back,
        steps=cast_steps(person, goods, sides, chance(seed, "casting", "steps", person.name)),
    )


def _body(person: Person, seed: int) -> Body:
    return drawn_body(person, chance(seed, "casting", "body", person.name))


def _open_gates(store: Store, passage: str) -> list[str]:
    return [gate.id for gate in store.gates if passage in gate.passages]


def _gate(person: Person, key: str, gates: Sequence[str], store: Store, generator: Generator) -> str:
    """The gate that somebody uses one way; empty where the store has none at all."""
    said: str = getattr(person, key)
    if said and said not in gates:
        raise SimulationError(
            f"people.{person.name}.{key}: {shown(said)} is no gate for that; there are {listed(gates)}"
        )
    if store.gates and not gates:
        raise SimulationError(f"people.{person.name}.{key}: the store has gates, but none for that")
    drawn = gates[int(generator.integers(len(gates)))] if gates else ""
    return said or drawn


def _fault(fault: Fault, index: int, goods: Mapping[str, Candidate], store: Store, seed: int) -> Fault:
    """The fault with the streams and the scales of the store, where the scenario has its own names for them."""
    generator = chance(seed, "casting", "fault", str(index))
    names = {name: candidate.fixture for name, candidate in goods.items()}
    cameras, fixtures = [camera.id for camera in store.cameras], [fixture.id for fixture in store.fixtures]
    for name, ids in zip(DRAWN, (cameras, fixtures), strict=True):
        if ids:
            names[name] = ids[int(generator.integers(len(ids)))]
    stream = fault.stream
    for name, id_ in names.items():
        stream = stream.replace(f"{{{name}}}", id_.replace(".", "_"))
    scales = [
        scale
        for name in fault.scales
        for scale in (store.facings[goods[name].facing].scales if name in goods else (name,))
    ]
    cast_fault = fault.model_copy(update={"stream": stream, "scales": tuple(scales)})
    if problems := list(problems_in_store(cast_fault, store, index)):
        raise SimulationError("; ".join(map(str, problems)))
    return cast_fault


def _stock(roles: Iterable[Role], room: Sequence[int], store: Store, generator: Generator) -> tuple[int, ...]:
    """How many items lie in each facing: as it happens, but enough for what is taken, with room for what is brought."""
    taken, brought = Counter[int](), Counter[int]()
    for step in (step for role in roles for step in role.steps):
        match step:
            case script.Take(goods=goods):
                taken.update(dict(goods))
            case script.Restock(facing=facing, count=count):
                brought[facing] += count
    stock: list[int] = []
    for index, (place, most) in enumerate(zip(store.facings, room, strict=True)):
        drawn = math.ceil(most * generator.uniform(*FILLING))
        wanted = max(taken[index], min(drawn, most - brought[index]))
        stock.append(0 if place.gtin is None else min(wanted, most))
    return tuple(stock)
