"""Cuts of hands drawn to learn from, with packs that no store sells.

A body that has just reached for a shelf is rendered before a random background, from random places below a ceiling.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from goods_crops import SIDE, catalogue_pictures, cut
from numpy.typing import NDArray

from storegraph.simulation.acting.world import item_size
from storegraph.simulation.chance import chance
from storegraph.simulation.performance import FRAME_RATE, Actor, Item, Performance
from storegraph.simulation.rendering.lens import NOISE, Lens
from storegraph.simulation.rendering.light import Lamps
from storegraph.simulation.rendering.packs import Pack, linear, pack_of
from storegraph.simulation.rendering.people import Moment, People
from storegraph.simulation.rendering.pictures import QUALITY
from storegraph.simulation.rendering.props import Held, Props
from storegraph.simulation.rendering.shop import shop_of
from storegraph.simulation.rendering.surfaces import Textures
from storegraph.simulation.rendering.view import CORNERS, Met
from storegraph.simulation.script import Hand
from storegraph.store.model import Product, Store

Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Point = tuple[float, float]

WIDER = 1.25
"""Of what is drawn to learn from, so that cuts of it can be moved and scaled."""

FOCAL = 380.0
"""Pixels, of a camera with 640 pixels across: that of the corner shop."""

WORDS = ("Nuss", "Kakao", "Reis", "Wasser", "Saft", "Brot", "Tee", "Mais", "Senf", "Seife", "Quark", "Apfel", "Linsen")

TOGETHER = 150
"""Products that are held by the people of one performance: to dress somebody costs as much as ten cuts."""


def unknown_product(draw: np.random.Generator) -> Product:
    """A product that no store sells: its code is one for use within a shop (GS1 prefix 29)."""
    name = " ".join(str(word) for word in draw.choice(WORDS, 2, replace=False))
    code = f"29{int(draw.integers(10**11)):011d}"
    return Product(gtin=code, name=name, unit_weight=float(np.exp(draw.uniform(np.log(80), np.log(1700)))))


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Cuts to learn from.

    Attributes:
        cuts: `WIDER` than those that are looked at, BGR, shape [N, PIXELS, PIXELS, 3].
        product: Which of `catalogue` each holds, -1 where nothing, shape [N].
        seen: Share of the cut on which goods are seen, shape [N].
        catalogue: Pictures of each product, shape [M, views, PIXELS, PIXELS, 3].
    """

    cuts: Picture
    product: NDArray[np.int64]
    seen: Singles
    catalogue: Picture


class _Given(Props):
    """What hands hold, whatever the performance says."""

    def __init__(self) -> None:
        self.held: tuple[Held, ...] = ()

    def held_at(self, seconds: float) -> tuple[Held, ...]:
        return self.held


class _Holder:
    """The one actor of a performance, who holds what they are given."""

    def __init__(self, performance: Performance, lamps: Lamps) -> None:
        self.textures = Textures()
        self._props, self._packs = _Given(), dict[str, Pack]()
        self._actor = performance.actors[0].name
        self._people = People(performance, self._props, self._packs, lamps)

    def holding(self, product: Product, hand: Hand, frame: int) -> Moment:
        """Them in a frame, with a product in a hand."""
        self._packs[product.gtin] = pack_of(product, self.textures)
        item = Item(product.gtin, product.gtin, 0.0, item_size(product))
        self._props.held = (Held(0.0, 1.0, item, self._actor, hand),)
        moment = self._people.at(frame)
        assert moment is not None
        return moment


def drawn(store: Store, performances: Iterator[Performance], products: int, cameras: int, seed: int) -> Drawn:
    """Draws cuts of hands.

    Args:
        store: Whose lamps shine.
        performances: Who reaches for goods, and how.
        products: How many different packs are held.
        cameras: How many look at each; every third looks at the other hand, which is empty.
        seed: Of all that is drawn.
    """
    draw = chance(seed, "goods", "cuts")
    lamps = Lamps.of(shop_of(store, Textures()).lamps)
    cuts, product, seen, catalogue = [], [], [], []
    for number in range(products):
        if number % TOGETHER == 0:
            performance = next(performances)
            reaching, holders = _reaching(performance), dict[str, _Holder]()
        actor, hand, frame = reaching[int(draw.integers(len(reaching)))]
        one = unknown_product(draw)
        if actor.name not in holders:
            holders[actor.name] = _Holder(replace(performance, actors=(actor,)), lamps)
        moment = holders[actor.name].holding(one, hand, frame)
        textures = holders[actor.name].textures
        joints = actor.joints[frame - actor.first].astype(np.float64)
        catalogue.append(catalogue_pictures(one))
        elsewhere = catalogue[int(draw.integers(len(catalogue)))]
        for view in range(cameras):
            empty = view % 3 == 2  # the other hand
            left = (hand == "left") != empty
            elbow, wrist = (joints[7], joints[9]) if left else (joints[8], joints[10])
            shown, goods = _seen(moment, textures, elbow, wrist, elsewhere, draw)
            cuts.append(shown)
            seen.append(goods)
            product.append(number if goods else -1)
    return Drawn(np.stack(cuts), np.array(product), np.array(seen, np.float32), np.stack(catalogue))


def _reaching(performance: Performance) -> list[tuple[Actor, Hand, int]]:
    """Who has just taken something, with which hand, in which frame."""
    actors = {actor.name: actor for actor in performance.actors}
    return [
        (actors[movement.actor], movement.hand, frame)
        for movement in performance.movements
        for seconds in np.linspace(0.2, 2.5, 8)
        if (frame := round(((movement.begin + movement.end) / 2 + seconds) * FRAME_RATE)) <= actors[movement.actor].last
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """What a camera sees about a point.

    Attributes:
        eye: Where it is, metres.
        axes: Right, down and forward, unit, shape [3, 3].
        middle: The pixel that sees the point.
        pixels: Across and down.
        scale: Pixels a metre at the point.
    """

    eye: Floats
    axes: Floats
    middle: Floats
    pixels: int
    scale: float

    @classmethod
    def about(cls, point: Floats, draw: np.random.Generator) -> _Window:
        """From somewhere below a ceiling, 0.8 to 4.5 m beside the point."""
        away, about = draw.uniform(0.8, 4.5), draw.uniform(0, 2 * np.pi)
        eye = np.array([point[0] + away * np.cos(about), point[1] + away * np.sin(about), draw.uniform(2.2, 3.2)])
        distance = float(np.linalg.norm(point - eye))
        forward = (point - eye) / distance
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right /= np.linalg.norm(right)
        down = np.cross(forward, right)
        roll = np.radians(draw.normal(0, 8))
        turned = np.cos(roll) * right + np.sin(roll) * down, np.cos(roll) * down - np.sin(roll) * right
        scale = FOCAL / distance
        pixels = int(np.ceil(SIDE * (WIDER + 0.75) * scale)) + 2
        return cls(eye, np.array([*turned, forward]), pixels / 2 - 0.5 + draw.uniform(0, 1, 2), pixels, scale)

    def projected(self, point: Floats) -> Point:
        """Where a point is seen, pixels."""
        x, y, depth = self.axes @ (point - self.eye)
        column, row = self.middle + FOCAL * np.array([x, y]) / depth
        return float(column), float(row)

    def rays(self, corner: Point) -> Singles:
        """Through every pixel, off its centre, shape [pixels * pixels, 6]."""
        column, row = np.meshgrid(np.arange(self.pixels), np.arange(self.pixels))
        at = np.column_stack([column.ravel(), row.ravel()]) + corner - self.middle
        direction = np.column_stack([at / FOCAL, np.ones(len(at))]) @ self.axes
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        return np.column_stack([np.broadcast_to(self.eye, direction.shape), direction]).astype(np.float32)


def _seen(
    moment: Moment, textures: Textures, elbow: Floats, wrist: Floats, packs: Picture, draw: np.random.Generator
) -> tuple[Picture, float]:
    """The cut of a hand in a camera's picture, and the share of what is looked at that shows goods."""
    window = _Window.about(wrist, draw)
    scene = _background(window.pixels, packs, draw)
    light, goods = np.zeros(scene.shape, np.float32), np.zeros((*scene.shape[:2], 1), np.float32)
    for corner in CORNERS:
        _, triangle, shares = moment.solid.cast(window.rays(corner))
        met = np.flatnonzero(triangle >= 0)
        through = scene.reshape(-1, 3).copy()
        through[met] = Met(met, met, triangle[met], shares[met]).light(moment, textures)
        light += through.reshape(scene.shape) / len(CORNERS)
        goods += (triangle >= moment.bodies).reshape(goods.shape) / len(CORNERS)
    ends = window.projected(elbow), window.projected(wrist)
    shown = cut(np.repeat((255 * goods).astype(np.uint8), 3, axis=2), *ends, window.scale)
    return cut(_developed(light, draw), *ends, window.scale, SIDE * WIDER), float(shown.mean() / 255)


def _developed(light: Singles, draw: np.random.Generator) -> Picture:
    """What a camera sends of light, shape [H, W, 3], with an exposure and a white balance that are drawn."""
    height, width, _ = light.shape
    gain = np.exp(draw.normal(-0.35, 0.3)) * draw.normal(1, 0.03, 3)
    grain = draw.standard_normal((height + 64, width + 64, 3), np.float32) * np.float32(NOISE)
    arriving = np.broadcast_to(gain.astype(np.float32), light.shape).copy()
    _, coded = cv2.imencode(".jpg", Lens(arriving, grain, 0, "").develop(light, 0), (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def _background(pixels: int, packs: Picture, draw: np.random.Generator) -> Singles:
    """What is behind: floor or wall, or a shelf with rows of packs; linear light, shape [pixels, pixels, 3]."""
    base = draw.uniform(60, 230) * np.clip(draw.normal(1, 0.06, 3), 0.7, 1.3)
    coarse = np.clip(base + draw.normal(0, 18, (4, 4, 1)), 0, 255).astype(np.uint8)
    scene = cv2.resize(coarse, (pixels, pixels), interpolation=cv2.INTER_LINEAR)
    if draw.random() < 0.5:
        size = max(4, int(pixels * draw.uniform(0.12, 0.4)))
        small = cv2.resize(packs[0][2:-2, 10:-10, ::-1], (max(2, int(size * 0.6)), size), interpolation=cv2.INTER_AREA)
        gap = int(draw.integers(0, 4))
        for top in range(-int(draw.integers(size)), pixels, int(size * draw.uniform(1.2, 2))):
            for left in range(-int(draw.integers(size)), pixels, small.shape[1] + gap):
                if draw.random() < 0.85:
                    y, x = max(top, 0), max(left, 0)
                    part = small[y - top : pixels - top, x - left : pixels - left]
                    scene[y : y + part.shape[0], x : x + part.shape[1]] = part
    return linear(np.asarray(scene)) * np.float32(draw.uniform(0.25, 1.1))
