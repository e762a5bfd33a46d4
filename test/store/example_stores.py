"""Stores for the tests of the store: a realistic one, and any that hypothesis can think of."""

from __future__ import annotations

import math
from itertools import count

from hypothesis import strategies as st

from storegraph.store import Camera, Facing, Fixture, Gate, Kiosk, Product, Scale, Shelf, Store

PLATE = 0.1016
"""Width of a scale, metres: four inches."""


def corner_shop(shelves: int = 6, plates: int = 12, products: int = 60) -> Store:
    """Four gondolas in a row, a fridge at the side wall, two of them back to back; ceiling cameras in the corners.

    Args:
        shelves: Of each fixture.
        plates: Scales of each shelf.
        products: In the catalogue; every second plate begins a facing, the catalogue is laid out again and again.
    """
    width = plates * PLATE
    places = [
        ("G1", (0.6, 4.2, 0.0), 0.0),
        ("G2", (0.9 + width, 4.2, 0.0), 0.0),
        ("G3", (1.4 + width, 2.74, 0.0), math.pi),
        ("G4", (1.4, 1.9, 0.0), 0.0),
        ("F1", (1.7 + 2 * width, 3.4, 0.0), -math.pi / 2),
    ]
    fixtures = tuple(_fixture(name, position, yaw, shelves, plates) for name, position, yaw in places)
    catalogue = tuple(
        Product(
            gtin=with_check_digit(f"40012345{place:04d}"),
            name=f"Article {place}",
            price=99 + place,
            unit_weight=50.0 + 7 * place,
        )
        for place in range(products)
    )
    ids = [[scale.id for scale in shelf.scales] for fixture in fixtures for shelf in fixture.shelves]
    pairs = [tuple(shelf[first : first + 2]) for shelf in ids for first in range(0, len(shelf), 2)]
    facings = tuple(Facing(gtin=catalogue[place % products].gtin, scales=pair) for place, pair in enumerate(pairs))
    east, north = 2.2 + 2 * width, 4.7
    return Store(
        id="corner_shop",
        name="Shop at the corner",
        currency="EUR",
        time_zone="Europe/Berlin",
        outline=((0.0, 0.0), (east, 0.0), (east, north), (0.0, north)),
        gates=(Gate(id="front", from_point=(0.3, 0.0), to_point=(1.5, 0.0)),),
        kiosk=Kiosk(id="kiosk", position=(1.9, 0.4)),
        cameras=tuple(
            looking_down(f"ceiling_{number}", (x, y, 2.9), math.atan2(north / 2 - y, east / 2 - x), tilt=0.7)
            for number, (x, y) in enumerate(
                ((0.1, 0.1), (east - 0.1, 0.1), (east - 0.1, north - 0.1), (0.1, north - 0.1))
            )
        ),
        fixtures=fixtures,
        facings=facings,
        catalogue=catalogue,
    )


def looking_down(name: str, position: tuple[float, float, float], heading: float, tilt: float) -> Camera:
    """A camera that looks towards a heading in `map`, tilted down from the horizon; both in radians."""
    forward = (math.cos(heading) * math.cos(tilt), math.sin(heading) * math.cos(tilt), -math.sin(tilt))
    right = (math.sin(heading), -math.cos(heading), 0.0)
    down = tuple(
        forward[(axis + 1) % 3] * right[(axis + 2) % 3] - forward[(axis + 2) % 3] * right[(axis + 1) % 3]
        for axis in range(3)
    )
    return Camera(
        id=name,
        width=1280,
        height=720,
        focal_length=(700.0, 700.0),
        principal_point=(640.0, 360.0),
        distortion=(-0.1, 0.01, 0.0, 0.0, 0.0),
        position=position,
        orientation=_quaternion(right, down, forward),
    )


def with_check_digit(digits: str) -> str:
    """A GTIN from all its digits but the last."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-weighted % 10}"


def _fixture(name: str, position: tuple[float, float, float], yaw: float, shelves: int, plates: int) -> Fixture:
    return Fixture(
        id=name,
        position=position,
        yaw=yaw,
        size=(round(plates * PLATE, 4), 0.42, 1.9),
        shelves=tuple(
            Shelf(
                id=f"{name}.{level}",
                height=round(0.2 + 0.28 * (level - 1), 2),
                clearance=0.24,
                scales=tuple(
                    Scale(
                        id=f"{name}.{level}.{plate + 1}", position=(round(plate * PLATE, 4), 0.0), size=(PLATE, 0.4064)
                    )
                    for plate in range(plates)
                ),
            )
            for level in range(1, shelves + 1)
        ),
    )


def _quaternion(*axes: tuple[float, ...]) -> tuple[float, float, float, float]:
    """The rotation whose columns are these axes, as x, y, z, w with a w that is not zero."""
    (xx, yx, zx), (xy, yy, zy), (xz, yz, zz) = axes
    w = math.sqrt(1 + xx + yy + zz) / 2
    return ((zy - yz) / (4 * w), (xz - zx) / (4 * w), (yx - xy) / (4 * w), w)


_coordinates = st.floats(-100, 100)
_points = st.tuples(_coordinates, _coordinates)
_texts = st.text(st.characters(codec="utf-8"), max_size=20)


@st.composite
def stores(draw: st.DrawFn) -> Store:
    """Any store whose parts fit each other."""
    names = (f"{draw(st.sampled_from(['A', 'no', 'e1.', 'Z_']))}{number}" for number in count(1))
    catalogue = draw(st.lists(_products(), max_size=4, unique_by=lambda product: product.gtin))
    fixtures, facings = [], []
    for _ in range(draw(st.integers(1, 2))):
        shelves = []
        size = draw(st.tuples(*[st.floats(0.1, 3)] * 3))
        for height in sorted(draw(st.lists(st.floats(0, size[2]), max_size=2))):
            plates = draw(st.integers(0, 3))
            scales = tuple(
                Scale(id=next(names), position=(size[0] * place / plates, 0.0), size=(size[0] / plates, size[1]))
                for place in range(plates)
            )
            shelves.append(Shelf(id=next(names), height=height, clearance=draw(st.floats(0.01, 1)), scales=scales))
            gtin = draw(st.sampled_from([None, *(product.gtin for product in catalogue)]))
            if scales:
                facings.append(Facing(gtin=gtin, scales=tuple(scale.id for scale in scales)))
        fixtures.append(
            Fixture(
                id=next(names),
                position=(*draw(_points), draw(_coordinates)),
                yaw=draw(st.floats(-4, 4)),
                size=size,
                shelves=tuple(shelves),
            )
        )
    camera = looking_down(next(names), (*draw(_points), 3.0), draw(st.floats(-3, 3)), draw(st.floats(0.1, 1.3)))
    return Store(
        id="any",
        name=draw(_texts),
        currency=draw(st.sampled_from(["EUR", "JPY", "KWD"])),
        time_zone=draw(st.sampled_from(["UTC", "America/Los_Angeles"])),
        outline=tuple(draw(st.lists(_points, min_size=3, max_size=5))) if draw(st.booleans()) else (),
        gates=(
            Gate(id=next(names), from_point=(0.0, 0.0), to_point=(draw(st.floats(0.01, 9)), 0.0), passages=("entry",)),
        ),
        kiosk=draw(st.none() | st.builds(Kiosk, id=st.just(next(names)), position=_points)),
        cameras=(camera,) if draw(st.booleans()) else (),
        fixtures=tuple(fixtures),
        facings=tuple(facings),
        catalogue=tuple(catalogue),
    )


def _products() -> st.SearchStrategy[Product]:
    codes = st.text("0123456789", min_size=1, max_size=14) | st.sampled_from(
        ["7 up", "ü", "no", "1e5", "~", "#", "'\""]
    )
    weights = st.none() | st.floats(0.1, 1e5)
    return st.builds(
        Product,
        gtin=codes,
        name=_texts,
        price=st.none() | st.integers(0, 10**9),
        unit_weight=weights,
        unit_weight_sigma=weights,
        age_limit=st.none() | st.integers(0, 120),
        tax_class=_texts,
    )
