"""The scenario language: what can stand in a scenario file. docs/scenarios.md tells every key.

A scenario is about any store: its goods are names that are bound to facings by what they must be, and what it does not
say is drawn when it is cast. Times are seconds since the beginning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from storegraph.store.model import Identifier, Part, PositiveFloat

from ..faults.model import Fault, Seconds, Share
from .language_steps import Step

Years = Annotated[float, Field(ge=4, le=100)]
Stature = Annotated[float, Field(ge=0.9, le=2.2)]
Limits = tuple[float, float]


def _rising(limits: Limits | None) -> Limits | None:
    if limits and limits[0] > limits[1]:
        raise ValueError("must be a range, from the lower to the higher")
    return limits


GUEST = "guest_"
"""How the names of random people begin, and nobody else's."""


DRAWN = ("camera", "fixture")
"""What stands in braces in the stream of a fault for one of the store that is drawn."""


class Goods(Part):
    """What goods must be; names refer to goods above them in the file.

    Two names are never bound to one facing, nor to one product unless `same_product_as` says so.

    Attributes:
        product: GTIN or name, of a scenario for one store.
        age_limited: Whether the product is sold to the old enough only.
        weight: Of one item, grams, from and to.
        height: Of the shelf above the floor, metres, from and to.
        plates: On how many scales the facing stands.
        beside: Stands next to these on the same shelf.
        right_of: Stands next to these, to the right.
        weighs_like: One weighs what one of these weighs, within `within` grams.
        within: Of `weighs_like`, grams.
        same_product_as: Is another facing of the same product.
        same_fixture_as: Stands in the same fixture.
        other_fixture_than: Stands in another fixture.
    """

    REFERENCES: ClassVar = (
        "beside",
        "right_of",
        "weighs_like",
        "same_product_as",
        "same_fixture_as",
        "other_fixture_than",
    )

    product: str = ""
    age_limited: bool | None = None
    weight: Limits | None = None
    height: Limits | None = None
    plates: Literal["one", "several"] | None = None
    beside: str = ""
    right_of: str = ""
    weighs_like: str = ""
    within: PositiveFloat = 10.0
    same_product_as: str = ""
    same_fixture_as: str = ""
    other_fixture_than: str = ""

    _ranges = field_validator("weight", "height")(_rising)


class Person(Part):
    """Somebody who comes in.

    Attributes:
        name: Unique in the scenario; does not begin with `guest_`.
        age_group: child: 5 to 12 years; adult: 18 to 65; elder: 66 to 90.
        age: Years, from and to, in place of the group's.
        stature: Metres, from and to; else by age.
        credential: What they present at the gate.
        party: Who pays together, on the credential of who enters first; alone where left out.
        enters: When they come to the gate; else shortly after the one before.
        follows: Somebody whom they walk in behind.
        entrance: Gate id, of a scenario for one store.
        exit: Gate id, of a scenario for one store.
        leaves_by_the_entrance: Goes out where they came in.
        pace: Metres per second, walking freely.
        turns_back: Goes out again straight after coming in.
        does: In this order.
    """

    name: Identifier
    age_group: Literal["child", "adult", "elder"] = "adult"
    age: tuple[Years, Years] | None = None
    stature: tuple[Stature, Stature] | None = None
    credential: Literal["card", "app", "crew", "none"] = "card"
    party: str = ""
    enters: Seconds | None = None
    follows: str = ""
    entrance: str = ""
    exit: str = ""
    leaves_by_the_entrance: bool = False
    pace: Annotated[float, Field(ge=0.3, le=1.6)] | None = None
    turns_back: bool = False
    does: tuple[Step, ...] = ()

    _ranges = field_validator("age", "stature")(_rising)


class Shopping(Part):
    """People who come and shop, or do worse, as chance has it.

    Attributes:
        people: At most so many are inside at once, as far as can be told before.
        rate: Arrivals a minute; they are a Poisson process.
        seconds: How long people come in.
        parties: Weights of one, two, three … people who come together.
        crew: Share of arrivals that are staff, who restock.
        basket: Mean of how often somebody takes something.
        put_backs: Share of what is taken that is put back.
        misplaced: Share of what is put back that ends in a wrong place.
        skill: Of the adversary: the share of visits made to mislead, and how well the goods for it are chosen.
    """

    people: Annotated[int, Field(ge=1, le=50)] = 10
    rate: PositiveFloat = 6.0
    seconds: PositiveFloat = 60.0
    parties: Annotated[tuple[Share, ...], Field(min_length=1)] = (0.7, 0.2, 0.1)
    crew: Share = 0.05
    basket: PositiveFloat = 3.0
    put_backs: Share = 0.15
    misplaced: Share = 0.1
    skill: Share = 0.0

    @field_validator("parties")
    @classmethod
    def _somebody(cls, weights: tuple[float, ...]) -> tuple[float, ...]:
        if not sum(weights):
            raise ValueError("must have a weight above 0")
        return weights


class ScenarioFile(Part):
    """What stands in a scenario file.

    Attributes:
        summary: In one sentence.
        goods: What goods must be, by their names here.
        people: Who comes in.
        shopping: Who else comes in.
        faults: Of the sensors. Their `scales` may name goods: the plates under them. In `stream`, `{camera}` and
            `{fixture}` stand for one that is drawn, `{milk}` for the fixture in which these goods stand.
        linger: How long the recording goes on after the last one has left, seconds.
    """

    summary: Annotated[str, Field(min_length=1)]
    goods: Mapping[str, Goods] = Field(default_factory=dict)
    people: tuple[Person, ...] = ()
    shopping: Shopping | None = None
    faults: tuple[Fault, ...] = ()
    linger: Seconds = 2.0


class Scenario(ScenarioFile):
    """What is to happen, as far as it is said.

    Attributes:
        name: Of the file.
    """

    name: str
