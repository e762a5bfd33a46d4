"""The store model: what stands where, what lies on it, what it costs.

Frames (REP-103): `map` is the store's, z up, metres. A fixture's frame has its origin in the lower left front corner as a
shopper facing it sees it, x along the front edge to the right, y into the fixture, z up. A scale's position is that of its
left front corner, in its fixture's x and y; its height is its shelf's. A camera's optical frame has z forward, x right, y down.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.]*$", max_length=64)]
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
        unit_weight_sigma: Standard deviation of one item's weight, grams; None: the default of `spread`.
        age_limit: Years a customer must be; None where everybody may buy it.
        tax_class: As the shop's accounts name it.
    """

    gtin: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$")]
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
    """

    gtin: str | None
    scales: Annotated[tuple[Identifier, ...], Field(min_length=1)]


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

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
    name: str
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    time_zone: str
    outline: tuple[Point2D, ...] = ()
    gates: tuple[Gate, ...] = ()
    kiosk: Kiosk | None = None
    cameras: tuple[Camera, ...] = ()
    fixtures: Annotated[tuple[Fixture, ...], Field(min_length=1)]
    facings: tuple[Facing, ...] = ()
    catalogue: tuple[Product, ...] = ()

    def products(self) -> dict[str, Product]:
        """The catalogue by GTIN."""
        return {product.gtin: product for product in self.catalogue}

    def price(self, minor_units: int) -> Decimal:
        """Minor units as an amount of the currency, as people write it."""
        return Decimal(minor_units).scaleb(-MINOR_UNIT_DIGITS.get(self.currency, 2))


MINOR_UNIT_DIGITS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}
"""Digits after the decimal point where they are not two (ISO 4217)."""
