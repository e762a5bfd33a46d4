"""The scenario language: what can stand in a scenario file. docs/scenarios.md tells every key.

A scenario is about any store: its goods are names that are bound to facings by what they must be, and what it does not
say is drawn when it is cast. Times are seconds since the beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, field_validator

from storegraph.store.model import Identifier, Part, Point2D, PositiveFloat

from ..faults.model import Fault, Seconds, Share
from ..script import Hand

Count = Annotated[int, Field(ge=1)]
Side = Annotated[float, Field(ge=-1, le=1)]
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


class Step(Part):
    """Something that somebody does.

    Attributes:
        at: Not before this moment.
        sync: Steps of several people with the same name here begin together.
    """

    SHORT: ClassVar[str]
    """The key that `- take: milk` sets."""
    GOODS: ClassVar[tuple[str, ...]] = ()
    """The keys that name goods."""
    PEOPLE: ClassVar[tuple[str, ...]] = ()
    """The keys that name people."""

    at: Seconds = 0.0
    sync: str = ""


class Look(Step):
    """Stands before goods and looks at them."""

    SHORT = "goods"
    GOODS = ("goods",)

    goods: str
    seconds: Seconds | None = None


class Wait(Step):
    """Stands where one is."""

    SHORT = "seconds"

    seconds: Seconds


class Walk(Step):
    """Walks to a point of the floor, x, y in `map`, metres."""

    SHORT = "to"

    to: Point2D


class Reach(Step):
    """A hand goes to goods.

    Attributes:
        hand: Which.
        side: Where the body stands before the goods: -1 to the left, 0 before them, 1 to the right.
    """

    SHORT = "goods"
    GOODS: ClassVar[tuple[str, ...]] = ("goods",)

    hand: Hand | None = None
    side: Side | None = None


class Take(Reach):
    """Takes goods with one grab of one hand.

    Attributes:
        goods: Which; several stand side by side.
        count: How many of each.
        among: Goods that they stand among, where somebody has put them there.
        lasts: From when the scales begin to be relieved until they are, seconds.
        press: Force of the hand on the goods before, grams.
    """

    GOODS = ("goods", "among")

    goods: Annotated[
        tuple[str, ...],
        BeforeValidator(lambda names: (names,) if isinstance(names, str) else names),
        Field(min_length=1),
    ]
    count: Count = 1
    among: str = ""
    lasts: PositiveFloat | None = None
    press: Seconds | None = None


class PutBack(Reach):
    """Puts goods that one carries on a shelf.

    Attributes:
        goods: Which.
        count: How many at once.
        to: Goods among which they are put; where they belong if left out.
        lasts: As of `Take`.
        press: As of `Take`; the hand presses after.
    """

    GOODS = ("goods", "to")

    goods: str
    count: Count = 1
    to: str = ""
    lasts: PositiveFloat | None = None
    press: Seconds | None = None


class Touch(Reach):
    """Leans on goods, or holds them where they stand, and moves nothing.

    Attributes:
        goods: Which.
        seconds: How long.
        force: Mean force on the scales, grams; negative where goods are lifted a little.
    """

    goods: str
    seconds: PositiveFloat | None = None
    force: float | None = None


class Restock(Step):
    """Puts new goods on their shelf, one after the other, or `at_once` together."""

    SHORT = "goods"
    GOODS = ("goods",)

    goods: str
    count: Count = 4
    at_once: bool = False


class HandOver(Step):
    """Gives goods that one carries to somebody, who has a `receive` for it."""

    SHORT = "goods"
    GOODS = ("goods",)
    PEOPLE = ("to",)

    goods: str
    count: Count = 1
    to: str


class Receive(Step):
    """Takes what somebody hands over."""

    SHORT = "giver"
    PEOPLE = ("giver",)

    giver: str


class Drop(Step):
    """Leaves goods that one carries on the floor."""

    SHORT = "goods"
    GOODS = ("goods",)

    goods: str
    count: Count = 1


class PickUp(Step):
    """Takes goods from the floor."""

    SHORT = "goods"
    GOODS = ("goods",)

    goods: str
    count: Count = 1


class Consume(Step):
    """Eats or drinks an item that one carries.

    Attributes:
        goods: Which.
        seconds: How long.
        wrapper: The share of the weight that is left.
    """

    SHORT = "goods"
    GOODS = ("goods",)

    goods: str
    seconds: PositiveFloat | None = None
    wrapper: Annotated[float, Field(gt=0, lt=1)] | None = None


class Meet(Step):
    """Stands pressed against somebody, who has a `meet` too."""

    SHORT = "other"
    PEOPLE = ("other",)

    other: str
    seconds: PositiveFloat = 3.0


class SwapPlaces(Step):
    """Walks to where somebody stands, who has a `swap_places` too."""

    SHORT = "other"
    PEOPLE = ("other",)

    other: str


class VisitKiosk(Step):
    """Leaves an e-mail address at the kiosk."""

    SHORT = "email"

    email: str


def names_in(step: Step) -> Iterator[str]:
    """The names of goods in a step."""
    for key in step.GOODS:
        value = getattr(step, key)
        yield from value if isinstance(value, tuple) else filter(None, (value,))


STEPS: Mapping[str, type[Step]] = {
    "look": Look,
    "wait": Wait,
    "walk": Walk,
    "take": Take,
    "put_back": PutBack,
    "touch": Touch,
    "restock": Restock,
    "hand_over": HandOver,
    "receive": Receive,
    "drop": Drop,
    "pick_up": PickUp,
    "consume": Consume,
    "meet": Meet,
    "swap_places": SwapPlaces,
    "visit_kiosk": VisitKiosk,
}
"""The steps by their word in the file."""

WORDS = {step: word for word, step in STEPS.items()}
"""The word for a kind of step."""


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
