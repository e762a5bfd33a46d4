"""The steps of the scenario language: what somebody can be told to do. docs/scenarios.md tells every key.

Times are seconds since the beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from storegraph.store.model import Part, Point2D, PositiveFloat

from ..faults.model import Seconds
from ..script import Hand

Count = Annotated[int, Field(ge=1)]
Side = Annotated[float, Field(ge=-1, le=1)]


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
