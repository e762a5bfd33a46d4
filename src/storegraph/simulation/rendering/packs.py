"""What goods look like: a form and a printed pack for every product, the same in every store."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.simulation.chance import chance
from storegraph.store.model import Product

from .surfaces import Surfaces, Texture, Textures, box, turned_body

Size = tuple[float, float, float]
Picture = NDArray[np.uint8]

PRINT = 96
"""Texels on a pack's front, across and down: 2 mm on a pack of 20 cm, a fifth of a pixel's width."""


class Form(Enum):
    """What a pack is."""

    BOX = "box"
    CAN = "can"
    BOTTLE = "bottle"
    JAR = "jar"


@dataclass(frozen=True, slots=True)
class Pack:
    """How a product is packed; numbers are those of textures."""

    form: Form
    front: int
    side: int
    lid: int

    def of_size(self, size: Size) -> Surfaces:
        """A pack standing on z = 0 at the origin, its front along -y, metres."""
        width, depth, height = size
        radius = min(width, depth) / 2
        match self.form:
            case Form.BOX:
                low, high = (-width / 2, -depth / 2, 0.0), (width / 2, depth / 2, height)
                return box(low, high, self.front, self.side, self.side)
            case Form.CAN:
                return turned_body(
                    [(radius, 0, 1), (radius, 0.96 * height, 0), (0.92 * radius, height, 0)], self.front, self.lid
                )
            case Form.JAR:
                outline = [
                    (radius, 0, 1),
                    (radius, 0.72 * height, 0.05),
                    (0.8 * radius, 0.8 * height, 0),
                    (0.82 * radius, height, 0),
                ]
                return turned_body(outline, self.front, self.lid)
            case Form.BOTTLE:
                outline = [
                    (radius, 0, 1), (radius, 0.55 * height, 0.1), (0.38 * radius, 0.78 * height, 0),
                    (0.34 * radius, 0.93 * height, 0), (0.4 * radius, height, 0),
                ]  # fmt: skip
                return turned_body(outline, self.front, self.lid)


def pack_of(product: Product, textures: Textures) -> Pack:
    """The pack of a product, drawn from its GTIN; its print goes into `textures`."""
    draw = chance(0, "pack", product.gtin)
    forms = (Form.BOX, Form.CAN, Form.BOTTLE, Form.JAR)
    form = forms[int(draw.choice(4, p=(0.55, 0.15, 0.2, 0.1)))]
    ground, second = _colours(draw)
    front = _print(draw, product.name, ground, second)
    side = np.asarray(cv2.GaussianBlur(front[:, ::-1], (0, 0), 6), np.uint8)
    lid = second if draw.random() < 0.5 else (60, 60, 60)
    return Pack(
        form,
        textures.add(linear(front)),
        textures.add(linear(side)),
        textures.add(linear(np.full((1, 1, 3), lid, np.uint8))),
    )


def linear(picture: Picture) -> Texture:
    """Linear reflectance of an sRGB picture; paint and paper reflect 3 to 90 % of the light."""
    values = picture.astype(np.float32) / 255
    bent = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return np.asarray(0.03 + 0.85 * bent, np.float32)


def _colours(draw: np.random.Generator) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Ground and second colour: clear ones, apart in hue or in lightness."""
    hue = draw.integers(0, 180)
    lively = draw.random() < 0.75
    ground = (hue, draw.integers(120, 230) if lively else draw.integers(0, 40), draw.integers(110, 235))
    other = ((hue + draw.integers(40, 140)) % 180, draw.integers(60, 240), draw.integers(60, 250))
    pair = cv2.cvtColor(np.array([[ground, other]], np.uint8), cv2.COLOR_HSV2RGB)[0].tolist()
    return tuple(pair[0]), tuple(pair[1])


def _print(draw: np.random.Generator, name: str, ground: tuple[int, ...], second: tuple[int, ...]) -> Picture:
    """A pack's front: ground, a band or an arch, a picture of something, and the name."""
    n = PRINT
    front = np.full((n, n, 3), ground, np.uint8)
    light = tuple(int(c) for c in np.clip(np.array(ground) * 0.4 + 150, 0, 255))
    match int(draw.integers(4)):
        case 0:
            cv2.rectangle(front, (0, int(n * draw.uniform(0.5, 0.7))), (n, n), second, -1)
        case 1:
            cv2.ellipse(
                front,
                (n // 2, n),
                (int(0.7 * n), int(draw.uniform(0.4, 0.7) * n)),
                0,
                180,
                360,
                second,
                -1,
                cv2.LINE_AA,
            )
        case 2:
            left = int(n * draw.uniform(0.0, 0.25))
            cv2.rectangle(front, (left, 0), (left + n // 4, n), second, -1)
        case _:
            cv2.line(
                front,
                (0, int(n * draw.uniform(0.6, 0.9))),
                (n, int(n * draw.uniform(0.3, 0.6))),
                second,
                n // 5,
                cv2.LINE_AA,
            )
    for _ in range(int(draw.integers(2, 6))):
        centre = (int(n * draw.uniform(0.2, 0.8)), int(n * draw.uniform(0.6, 0.9)))
        colour = tuple(int(c) for c in draw.integers(30, 240, 3))
        cv2.circle(front, centre, int(n * draw.uniform(0.06, 0.14)), colour, -1, cv2.LINE_AA)
    top = int(n * draw.uniform(0.1, 0.2))
    cv2.rectangle(front, (n // 12, top), (n - n // 12, top + n // 3), light, -1)
    ink = tuple(int(c) for c in np.array(second) // 3)
    for line, word in enumerate(name.split()[:2]):
        cv2.putText(
            front,
            word[:10],
            (n // 8, top + n // 7 + line * n // 7),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.38,
            ink,
            1,
            cv2.LINE_AA,
        )
    return front
