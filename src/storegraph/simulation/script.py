"""What is to happen in one store, in every detail that is not physics: the scenario, with all choices made.

Times are seconds since the beginning. A place of goods is the index of a facing in `Store.facings`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from .faults.model import Fault

Hand = Literal["left", "right"]


class Credential(Enum):
    """What somebody presents at the gate."""

    CARD = "card"
    APP = "app"
    CREW = "crew"  # staff; never billed
    NONE = "none"  # walks in behind somebody


@dataclass(frozen=True, slots=True)
class Body:
    """How somebody is built.

    Attributes:
        stature: Metres.
        build: Breadth of the trunk and limbs, as a multiple of the mean of this stature.
        age: Years.
        looks: Seed of what only pictures show: clothes, skin, hair, face.
    """

    stature: float
    build: float
    age: float
    looks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that somebody does.

    Attributes:
        at: Not before this moment, seconds since the beginning.
        sync: Steps of several people with the same name here begin together: hands touch the goods, or people set out,
            at one moment.
    """

    at: float = 0.0
    sync: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Step):
    """Stands before goods and looks at them, for so many seconds."""

    facing: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Step):
    """Stands where one is, for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk(Step):
    """Walks to a point of the floor, x, y in `map`, metres, or as near as one can stand."""

    to: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Take(Step):
    """Takes goods with one grab of one hand.

    Attributes:
        goods: Facing and how many from there; several facings lie side by side.
        hand: With which.
        lasts: From when the scales begin to be relieved until they are, seconds.
        press: Force of the hand on the goods before, grams.
        side: Where the body stands before the goods: -1 to the left, 0 before them, 1 to the right, as it faces them.
    """

    goods: tuple[tuple[int, int], ...]
    hand: Hand
    lasts: float
    press: float
    side: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack(Step):
    """Puts goods that one carries on a shelf: where they belong, or elsewhere.

    Attributes:
        gtin: Which, of what is carried.
        count: How many at once.
        facing: Where to.
        hand, lasts, press, side: As of `Take`; the hand presses after.
    """

    gtin: str
    count: int
    facing: int
    hand: Hand
    lasts: float
    press: float
    side: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch(Step):
    """Leans or presses on goods, or holds them where they stand, and moves nothing.

    Attributes:
        facing: Which goods.
        hand: With which.
        seconds: How long.
        force: Mean force on the scales, grams; negative where goods are lifted a little.
        side: As of `Take`.
    """

    facing: int
    hand: Hand
    seconds: float
    force: float
    side: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Restock(Step):
    """Puts new goods into a facing: so many, one after the other, or `at_once` together."""

    facing: int
    count: int
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(Step):
    """Meets somebody and gives goods that one carries; the other has a `Receive` at this point of their script."""

    gtin: str
    count: int
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receive(Step):
    """Waits for somebody who hands goods over."""

    giver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(Step):
    """Leaves goods that one carries on the floor."""

    gtin: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PickUp(Step):
    """Takes goods from the floor, wherever they lie."""

    gtin: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Consume(Step):
    """Eats or drinks an item that one carries, for so many seconds; the wrapper stays, with a share of the weight."""

    gtin: str
    seconds: float
    wrapper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Meet(Step):
    """Stands pressed against somebody, who has a `Meet` too, for so many seconds; then goes on."""

    other: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapPlaces(Step):
    """Walks to where somebody stands, who has a `SwapPlaces` too and walks to where this one stood."""

    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitKiosk(Step):
    """Leaves an e-mail address at the kiosk."""

    email: str


AnyStep = (
    Look
    | Wait
    | Walk
    | Take
    | PutBack
    | Touch
    | Restock
    | HandOver
    | Receive
    | Drop
    | PickUp
    | Consume
    | Meet
    | SwapPlaces
    | VisitKiosk
)


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody in the script.

    Attributes:
        name: Unique in the script.
        body: How they are built.
        credential: What they present; the members of a party enter on the credential of its first.
        token: Opaque, of the credential; empty with none.
        party: Who pays together; unique for who pays alone.
        enters: When they come to the gate, seconds.
        follows: Name of somebody whom they walk in behind; empty where nobody.
        entrance: Gate id; empty where the store has no gate.
        exit: Gate id; empty where the store has no gate.
        pace: Metres per second, walking freely.
        turns_back: Goes out again straight after coming in, whatever the steps.
        steps: In their order.
    """

    name: str
    body: Body
    credential: Credential
    token: str
    party: str
    enters: float
    follows: str
    entrance: str
    exit: str
    pace: float
    turns_back: bool
    steps: tuple[AnyStep, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """A scenario, cast for a store.

    Attributes:
        scenario: Its name.
        seed: Of the casting; acting and sensors draw from seeds derived of it.
        roles: In the order in which they enter.
        stock: How many items lie in each facing at the beginning, shape of `Store.facings`.
        faults: Of the sensors; their times are seconds since the beginning.
        linger: How long the recording goes on after the last one has left, seconds.
    """

    scenario: str
    seed: int
    roles: tuple[Role, ...]
    stock: tuple[int, ...]
    faults: tuple[Fault, ...]
    linger: float
