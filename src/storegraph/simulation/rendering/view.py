"""What one camera sees: the shop, which is kept, and before it the people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.simulation.chance import chance
from storegraph.store.model import Camera
from storegraph.tracking.cameras import CameraGroup

from .light import AMBIENT, Lamps, Solid, blended, lit, openness
from .people import Moment, texture_of
from .surfaces import Surfaces, Textures

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Flags = NDArray[np.bool_]

CORNERS = ((-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25))
"""Where a pixel is looked through, off its centre, pixels: four rays a pixel keep edges smooth."""

SAMPLES = 3
"""Rays from each point of the shop to each lamp; they are smoothed over `SMOOTH` pixels around."""
SMOOTH = 2

COARSE = 6
"""Pixels from one point to the next at which people's shadows are computed: lamps a metre long throw none sharper."""

AROUND = 5
"""Rays from each of those points that tell how much of the room somebody hides."""

EVERY = 7
"""Of so many vertices one tells where in the picture somebody is, with `BESIDE` pixels around."""
BESIDE = 4

SHADOW = 1.1
"""Metres around somebody within which a shadow of theirs is seen."""

DAYLIGHT = np.float32(1.5)
"""Light outdoors, as 1 makes a white surface white: through a shop's door the street looks nearly white."""

DISTANT = np.float32(1e6)
"""Metres; where nothing is."""


class Window(NamedTuple):
    """Some of a picture's pixels."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def pixels(self) -> tuple[slice, slice]:
        """As an index of rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def grown(self, by: int, height: int, width: int) -> Window:
        """With so many more pixels on each side, as far as the picture goes."""
        return Window(
            max(0, self.top - by), min(height, self.bottom + by), max(0, self.left - by), min(width, self.right + by)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """The shop with its goods in one state, for rays."""

    surfaces: Surfaces
    textures: Textures
    normals: Singles
    outdoors: Flags
    solid: Solid
    lamps: Lamps

    @classmethod
    def of(cls, surfaces: Surfaces, textures: Textures, lamps: Lamps, outdoors: Sequence[int]) -> Stage:
        """Ready for rays; the sun shines on what has the textures `outdoors`."""
        solid = Solid(surfaces.vertices, surfaces.triangles)
        normals = surfaces.normals().astype(np.float32)
        return cls(surfaces, textures, normals, np.isin(surfaces.textures, outdoors), solid, lamps)


@dataclass(frozen=True, slots=True, eq=False)
class Met:
    """Where rays meet people and what they hold.

    Attributes:
        rays: Which rays do, of those that were cast, shape [N].
        pixels: Of the picture, counted row by row, shape [N].
        triangles: Of the moment, shape [N].
        shares: Of the triangles' corners, shape [N, 3].
    """

    rays: NDArray[np.intp]
    pixels: NDArray[np.intp]
    triangles: NDArray[np.int64]
    shares: Singles

    def of(self, some: Flags) -> Met:
        """Some of them."""
        return Met(self.rays[some], self.pixels[some], self.triangles[some], self.shares[some])

    def light(self, moment: Moment, textures: Textures) -> Singles:
        """What comes from there, linear, shape [N, 3]."""
        colours = np.empty((len(self.triangles), 3), np.float32)
        body = self.triangles < moment.bodies
        colours[body] = moment.cloth.at(self.triangles[body], self.shares[body])
        held = self.triangles[~body] - moment.bodies
        colours[~body] = texture_of(moment.goods, held, self.shares[~body], textures)
        return colours * blended(moment.light, moment.triangles[self.triangles], self.shares)[:, None]


class View:
    """One camera's view.

    The light that comes from the shop is computed once, and again where goods come or go; what comes from people is
    computed for each picture.
    """

    def __init__(self, camera: Camera, seed: int) -> None:
        self._group = CameraGroup.of([camera])
        self.height, self.width = camera.height, camera.width
        columns, rows = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
        middle = np.stack((columns, rows), axis=-1).astype(np.float64)
        self._middle = self._rays(middle)
        self._through = [self._rays(middle + corner) for corner in CORNERS]
        self._jitter = chance(seed, "light", camera.id).random((camera.height, camera.width, 2), np.float32)
        self._shop = np.zeros((camera.height, camera.width, 3), np.float32)
        self._distance = np.full((camera.height, camera.width), DISTANT)
        self._facing = np.zeros((camera.height, camera.width, 3), np.float32)

    @property
    def shop(self) -> Singles:
        """Light that comes from the shop without people, linear, shape [H, W, 3]."""
        return self._shop

    def window(self, points: Floats, margin: int = 0) -> Window | None:
        """The pixels in which some points, metres in `map`, shape [N, 3], and what is between them, are seen.

        Returns:
            The whole picture where one of them is beside or behind the camera; None where they are out of the picture.
        """
        pixels = self._group.project(points[None])[0][0]
        if np.isnan(pixels).all():
            return None
        if np.isnan(pixels).any():
            return Window(0, self.height, 0, self.width)
        (left, top), (right, bottom) = np.floor(pixels.min(axis=0)), np.ceil(pixels.max(axis=0)) + 1
        window = Window(int(top), int(bottom), int(left), int(right)).grown(margin, self.height, self.width)
        return window if window.top < window.bottom and window.left < window.right else None

    def look(self, stage: Stage, window: Window | None = None) -> None:
        """Looks at the shop anew, at least in a window."""
        whole = Window(0, self.height, 0, self.width)
        inner = window or whole
        outer = inner.grown(SMOOTH, self.height, self.width)
        rays = self._middle[outer.pixels]
        distance, triangle, _ = stage.solid.cast(rays.reshape(-1, 6))
        met = triangle >= 0
        points = (
            rays.reshape(-1, 6)[:, :3]
            + np.where(met, distance, 0).astype(np.float32)[:, None] * rays.reshape(-1, 6)[:, 3:]
        )
        normals = _towards(stage.normals[triangle], rays.reshape(-1, 6)[:, 3:])
        light = np.full(len(points), DAYLIGHT)
        jitter = self._jitter[outer.pixels].reshape(-1, 2)
        indoors = met & ~stage.outdoors[triangle]
        light[indoors] = lit(points[indoors], normals[indoors], stage.lamps, stage.solid, jitter[indoors], SAMPLES)

        shape = rays.shape[:2]
        distance = np.where(met, distance, DISTANT).reshape(shape)
        normals = np.where(met[:, None], normals, 0).reshape(*shape, 3)
        light = _smoothed(light.reshape(shape), distance, normals)
        cut = (
            slice(inner.top - outer.top, inner.bottom - outer.top),
            slice(inner.left - outer.left, inner.right - outer.left),
        )
        self._distance[inner.pixels], self._facing[inner.pixels] = distance[cut], normals[cut]
        colours = np.mean([self._colours(stage, through[inner.pixels]) for through in self._through], axis=0)
        self._shop[inner.pixels] = colours * light[cut][..., None]

    def see(self, moment: Moment | None, textures: Textures, lamps: Lamps) -> Singles:
        """The light of shop and people, linear, shape [H, W, 3]."""
        if moment is None:
            return self._shop.copy()
        scene = self._shop * self._shade(moment, lamps)[..., None]
        for_rays = np.zeros((self.height, self.width), bool)
        for vertices in moment.parts:
            if window := self.window(vertices[::EVERY].astype(np.float64), BESIDE):
                for_rays[window.pixels] = True
        pixels = np.flatnonzero(for_rays)
        if not len(pixels):
            return scene
        met = self._meet(moment, self._middle.reshape(-1, 6)[pixels], pixels)
        edges = self._edges(met.pixels, moment.label[met.triangles])
        inner = met.of(~edges.ravel()[met.pixels])
        before = scene.reshape(-1, 3)
        before[inner.pixels] = inner.light(moment, textures)
        border = np.flatnonzero(edges)
        before[border] = self._mixed(moment, textures, before, border)
        return scene

    def _rays(self, pixels: Floats) -> Singles:
        """Origin and direction of each pixel, shape [H, W, 6]; those that the lens does not have go nowhere."""
        directions = self._group.rays(pixels[None])[0]
        directions = np.where(np.isnan(directions), 0.0, directions)
        centres = np.broadcast_to(self._group.centres[0], directions.shape)
        return np.concatenate((centres, directions), axis=-1).astype(np.float32)

    def _colours(self, stage: Stage, rays: Singles) -> Singles:
        """Reflectance of the shop along rays [..., 6], shape [..., 3]; black where nothing is."""
        _, triangle, shares = stage.solid.cast(rays.reshape(-1, 6))
        met = triangle >= 0
        colours = np.zeros((len(triangle), 3), np.float32)
        colours[met] = texture_of(stage.surfaces, triangle[met], shares[met], stage.textures)
        return colours.reshape(*rays.shape[:-1], 3)

    def _meet(self, moment: Moment, rays: Singles, pixels: NDArray[np.intp]) -> Met:
        """Where rays [N, 6] through some pixels [N] meet people before they meet the shop."""
        distance, triangle, shares = moment.solid.cast(rays)
        seen = np.flatnonzero((triangle >= 0) & (distance < self._distance.ravel()[pixels]))
        return Met(seen, pixels[seen], triangle[seen], shares[seen])

    def _edges(self, where: NDArray[np.intp], what: NDArray[np.int64]) -> Flags:
        """Pixels at which something ends, shape [H, W]."""
        labels = np.zeros((self.height, self.width), np.int16)
        labels.ravel()[where] = what + 2
        edges = np.zeros(labels.shape, bool)
        for axis in (0, 1):
            differs = np.diff(labels, axis=axis) != 0
            edges[tuple(slice(None, -1) if axis == a else slice(None) for a in (0, 1))] |= differs
            edges[tuple(slice(1, None) if axis == a else slice(None) for a in (0, 1))] |= differs
        return edges

    def _mixed(self, moment: Moment, textures: Textures, shop: Singles, pixels: NDArray[np.intp]) -> Singles:
        """The light in pixels at which something ends: the mean through their corners, shape [N, 3]."""
        rays = np.concatenate([through.reshape(-1, 6)[pixels] for through in self._through])
        corners = np.tile(pixels, len(self._through))
        met = self._meet(moment, rays, corners)
        light = shop[corners]
        light[met.rays] = met.light(moment, textures)
        mixed: Singles = light.reshape(len(self._through), -1, 3).mean(axis=0)
        return mixed

    def _shade(self, moment: Moment, lamps: Lamps) -> Singles:
        """What people leave of the light in the shop, 0 to 1, shape [H, W]."""
        rays = self._middle[::COARSE, ::COARSE].reshape(-1, 6)
        distance = self._distance[::COARSE, ::COARSE].ravel()
        points = rays[:, :3] + distance[:, None] * rays[:, 3:]
        near = np.zeros(len(points), bool)
        for vertices in moment.parts:
            near |= np.hypot(*(points[:, :2] - vertices[:, :2].mean(axis=0)).T) < SHADOW
        near &= distance < DISTANT
        left = np.ones(len(points), np.float32)
        normals = self._facing[::COARSE, ::COARSE].reshape(-1, 3)[near]
        start = points[near] + np.float32(0.01) * normals
        arriving = lamps.arriving(start, normals)
        jitter = self._jitter[::COARSE, ::COARSE].reshape(-1, 2)[near]
        passing = (arriving * lamps.seen(start, moment.solid, jitter)).sum(axis=1)
        around = np.float32(AMBIENT) * openness(start, normals, moment.solid, jitter, AROUND)
        left[near] = (passing + around) / (arriving.sum(axis=1) + np.float32(AMBIENT))
        shape = (-(-self.height // COARSE), -(-self.width // COARSE))
        coarse = cv2.GaussianBlur(left.reshape(shape), (0, 0), 0.8)
        return np.asarray(cv2.resize(coarse, (self.width, self.height), interpolation=cv2.INTER_LINEAR), np.float32)


def _towards(normals: Singles, directions: Singles) -> Singles:
    """Normals on the side that is seen."""
    away = (normals * directions).sum(axis=-1, keepdims=True) > 0
    return np.where(away, -normals, normals)


def _smoothed(light: Singles, distance: Singles, normals: Singles) -> Singles:
    """The mean over pixels around that lie in the same plane, about as far away."""
    total, weights = np.zeros_like(light), np.zeros_like(light)
    padded = [
        np.pad(a, [(SMOOTH, SMOOTH), (SMOOTH, SMOOTH), (0, 0)][: a.ndim], mode="edge")
        for a in (light, distance, normals)
    ]
    height, width = light.shape
    for row in range(2 * SMOOTH + 1):
        for column in range(2 * SMOOTH + 1):
            there_light, there, facing = (a[row : row + height, column : column + width] for a in padded)
            same = (facing * normals).sum(axis=-1) > 0.95
            same &= np.abs(there - distance) < 0.02 * distance
            total += same * there_light
            weights += same
    return np.asarray(total / np.maximum(weights, 1), np.float32)
