"""The store model: what stands where, what lies on it, what it costs.

Frames (REP-103): `map` is the store's, z up, metres. A fixture's frame has its origin in the lower left front corner as
a shopper facing it sees it, x along the front edge to the right, y into the fixture, z up. A scale's position is that
of its left front corner, in its fixture's x and y; its height is its shelf's. A camera's optical frame has z forward, x
right, y down.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from .currency import CURRENCIES, MINOR_UNIT_DIGITS
from .problem import nearest

DISTORTION_COEFFICIENTS = {"plumb_bob": 5, "rational_polynomial": 8, "equidistant": 4}
"""How many coefficients each distortion model has (`sensor_msgs/CameraInfo`, `sensor_msgs/distortion_models.hpp`)."""

UNIT_LENGTH_TOLERANCE = 1e-3
"""How far a unit quaternion's length may be from one: its four components may have been written to three decimals."""


def _matching(pattern: str, allowed: str) -> AfterValidator:
    """A string of this pattern as a whole; the error says in words what is allowed."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"is not allowed; it takes {allowed}")
        return text

    return AfterValidator(check)


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError(f"is not a currency{nearest(code, CURRENCIES)}; it takes an ISO 4217 code such as EUR or USD")
    return code


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there, not a name, or a directory of names
        close = nearest(name, available_timezones())
        raise ValueError(f"is not a time zone{close}; it takes an IANA name such as Europe/Berlin") from None
    return name


Identifier = Annotated[
    str, _matching(r"[A-Za-z][A-Za-z0-9_.]{0,63}", "a letter, then letters, digits, _ or ., together at most 64")
]
"""A name that may stand in a ROS topic (dots become underscores there)."""

Point2D = tuple[float, float]
Point3D = tuple[float, float, float]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Part(BaseModel):
    """Any part of a store file: immutable, and without keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Scale(Part):
    """A load-cell plate.

    Attributes:
        id: Unique in the store.
        position: Left front corner in the fixture's x, y, metres.
        size: Width along the front and depth, metres.
    """

    id: Identifier
    position: Point2D
    size: tuple[PositiveFloat, PositiveFloat]


class Shelf(Part):
    """A level of a fixture.

    Attributes:
        id: Unique in the store.
        height: Of the surface above the fixture's origin, metres.
        clearance: Free height above the surface, metres.
        scales: May be empty: a shelf that does not weigh.
    """

    id: Identifier
    height: Annotated[float, Field(ge=0)]
    clearance: PositiveFloat
    scales: tuple[Scale, ...] = ()


class Fixture(Part):
    """A gondola, fridge or table.

    Attributes:
        id: Unique in the store; the topic is `scales/<id>/samples`.
        position: Lower left front corner in `map`, metres.
        yaw: Turn about z, radians; 0 when a shopper facing it looks along +y of `map`.
        size: Width along the front, depth, height, metres.
        shelves: From the bottom up.
    """

    id: Identifier
    position: Point3D
    yaw: float = 0.0
    size: tuple[PositiveFloat, PositiveFloat, PositiveFloat]
    shelves: tuple[Shelf, ...] = ()


class Product(Part):
    """An article of the catalogue.

    Attributes:
        gtin: GTIN, or the shop's own code where an article has none. Unique in the catalogue.
        name: For people.
        price: Of one, minor units of the store's currency; None: not for sale without a person.
        unit_weight: Mean weight of one, grams; None where not known.
        unit_weight_sigma: Standard deviation of one item's weight, grams; None where not known.
        age_limit: Years a customer must be; None where everybody may buy it.
        tax_class: As the shop's accounts name it.
    """

    gtin: Annotated[str, _matching(r"\S(.{0,62}\S)?", "1 to 64 characters on one line, no space at either end")]
    name: str
    price: Annotated[int, Field(ge=0)] | None = None
    unit_weight: PositiveFloat | None = None
    unit_weight_sigma: PositiveFloat | None = None
    age_limit: Annotated[int, Field(ge=0, le=120)] | None = None
    tax_class: str = "standard"


class Facing(Part):
    """A place where a product lies.

    Attributes:
        gtin: The product; None: the place is empty by plan.
        scales: Under it, at least one, all of one shelf.
        stock: How many of it lie there when the store opens; None where nobody has counted.
    """

    gtin: str | None
    scales: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    stock: Annotated[int, Field(ge=0)] | None = None


class Camera(Part):
    """A calibrated camera.

    Attributes:
        id: Unique in the store; the topics are `cameras/<id>/…`.
        width: Pixels.
        height: Pixels.
        focal_length: fx, fy, pixels.
        principal_point: cx, cy, pixels.
        distortion_model: As in `sensor_msgs/CameraInfo`.
        distortion: Its coefficients, in that message's order.
        position: Of the optical centre in `map`, metres.
        orientation: Of the optical frame in `map`, unit quaternion x, y, z, w.
    """

    id: Identifier
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    focal_length: tuple[PositiveFloat, PositiveFloat]
    principal_point: Point2D
    distortion_model: Literal["plumb_bob", "rational_polynomial", "equidistant"] = "plumb_bob"
    distortion: tuple[float, ...] = ()
    position: Point3D
    orientation: tuple[float, float, float, float]

    @field_validator("principal_point")
    @classmethod
    def _in_picture(cls, point: Point2D, info: ValidationInfo) -> Point2D:
        for value, axis, extent in zip(point, "xy", ("width", "height"), strict=True):
            if extent in info.data and not 0 <= value <= info.data[extent]:
                raise ValueError(f"lies outside the picture; c{axis} is from 0 to its {extent}, {info.data[extent]} px")
        return point

    @field_validator("distortion")
    @classmethod
    def _of_model(cls, coefficients: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
        model = info.data.get("distortion_model")
        if model and coefficients and len(coefficients) != DISTORTION_COEFFICIENTS[model]:
            takes = f"{model} takes {DISTORTION_COEFFICIENTS[model]}, or none at all"
            raise ValueError(f"has {len(coefficients)} coefficients; {takes}")
        return coefficients

    @field_validator("orientation")
    @classmethod
    def _of_unit_length(cls, quaternion: tuple[float, ...]) -> tuple[float, ...]:
        length = math.hypot(*quaternion)
        if abs(length - 1) > UNIT_LENGTH_TOLERANCE:
            raise ValueError(f"has length {length:.4g}; a rotation is a unit quaternion x, y, z, w")
        return quaternion


class Gate(Part):
    """An entrance, an exit, or both.

    Attributes:
        id: Unique in the store.
        from_point: One end of the line people cross, x, y in `map`, metres.
        to_point: The other end. Going in, `from_point` is on the left.
        passages: Which ways are open.
    """

    id: Identifier
    from_point: Point2D
    to_point: Point2D
    passages: Annotated[tuple[Literal["entry", "exit"], ...], Field(min_length=1)] = ("entry", "exit")

    @field_validator("to_point")
    @classmethod
    def _elsewhere(cls, point: Point2D, info: ValidationInfo) -> Point2D:
        if point == info.data.get("from_point"):
            raise ValueError("is from_point too; people cross a line, so its ends lie apart")
        return point


class Kiosk(Part):
    """Where shoppers may leave an e-mail address.

    Attributes:
        id: Unique in the store.
        position: x, y in `map`, metres.
    """

    id: Identifier
    position: Point2D


class Store(Part):
    """A whole store.

    Attributes:
        id: Also the ROS namespace of its graph.
        name: For people.
        currency: ISO 4217.
        time_zone: IANA name; receipts are dated in it.
        outline: Corners of the walls in `map`, metres; may be empty.
    """

    id: Annotated[
        str, _matching(r"[a-z][a-z0-9_]{0,63}", "a small letter, then small letters, digits or _, together at most 64")
    ]
    name: str
    currency: Annotated[str, AfterValidator(_currency)]
    time_zone: Annotated[str, AfterValidator(_time_zone)]
    outline: tuple[Point2D, ...] = ()
    gates: tuple[Gate, ...] = ()
    kiosk: Kiosk | None = None
    cameras: tuple[Camera, ...] = ()
    fixtures: tuple[Fixture, ...]
    facings: tuple[Facing, ...] = ()
    catalogue: tuple[Product, ...] = ()

    @field_validator("outline")
    @classmethod
    def _encloses(cls, corners: tuple[Point2D, ...]) -> tuple[Point2D, ...]:
        if 0 < len(corners) < 3:
            raise ValueError("must hold at least 3 corners, or be left out")
        return corners

    def products(self) -> dict[str, Product]:
        """The catalogue by GTIN."""
        return {product.gtin: product for product in self.catalogue}

    def price(self, minor_units: int) -> Decimal:
        """Minor units as an amount of the currency, as people write it."""
        return Decimal(minor_units).scaleb(-MINOR_UNIT_DIGITS.get(self.currency, 2))
