"""Light in the shop: panels in the ceiling, what comes back from walls and floor, and shadows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import open3d as o3d
from numpy.typing import NDArray

from .shop import Lamp
from .surfaces import Floats

Singles = NDArray[np.float32]

PANEL = 3.2
"""Light of a panel, so that a floor two metres below a lamp and its neighbours gets about 1, which is white."""

AMBIENT = 0.42
"""What comes back from everywhere, by the same measure: a third of all light in a room with bright walls."""

REACH = 0.8
"""Metres within which something keeps that light off."""

CLOSE = 0.004
"""Metres that a shadow ray starts off its surface, so that it does not meet it."""


class Solid:
    """Triangles that rays meet (Embree, by Open3D)."""

    def __init__(self, vertices: NDArray[np.floating], triangles: NDArray[np.integer]) -> None:
        self._scene = o3d.t.geometry.RaycastingScene()
        self._scene.add_triangles(
            o3d.core.Tensor(np.ascontiguousarray(vertices, np.float32)),
            o3d.core.Tensor(np.ascontiguousarray(triangles, np.uint32)),
        )

    def cast(self, rays: Singles) -> tuple[Singles, NDArray[np.int64], Singles]:
        """What rays meet first.

        Args:
            rays: Origin and unit direction, shape [N, 6].

        Returns:
            Distance, metres, inf where nothing is met; the triangle met, -1 where none; and the shares of its three
            corners, shape [N, 3].
        """
        met = self._scene.cast_rays(o3d.core.Tensor(np.ascontiguousarray(rays, np.float32)))
        triangle = met["primitive_ids"].numpy().astype(np.int64)
        triangle[triangle == o3d.t.geometry.RaycastingScene.INVALID_ID] = -1
        uv = met["primitive_uvs"].numpy()
        return met["t_hit"].numpy(), triangle, np.column_stack([1 - uv.sum(axis=1), uv])

    def free(self, points: Singles, targets: Singles) -> NDArray[np.bool_]:
        """Whether nothing is between points and targets, shape [N]; both [N, 3]."""
        rays = np.column_stack([points, targets - points]).astype(np.float32)
        occluded = self._scene.test_occlusions(o3d.core.Tensor(rays), tnear=0.0, tfar=1.0)
        free: NDArray[np.bool_] = ~occluded.numpy()
        return free


def blended(values: Singles, corners: NDArray[np.integer], shares: Singles) -> Singles:
    """Values of vertices, shape [V, ...], where rays meet triangles: by corners and their shares, both [N, 3]."""
    first, second, third = shares.T.reshape(3, -1, *(1,) * (values.ndim - 1))
    mixed: Singles = values[corners[:, 0]] * first + values[corners[:, 1]] * second + values[corners[:, 2]] * third
    return mixed


@dataclass(frozen=True, slots=True, eq=False)
class Lamps:
    """Panels that shine down.

    Attributes:
        centres: In `map`, metres, shape [L, 3].
        sizes: Along x and y, metres, shape [L, 2].
    """

    centres: Singles
    sizes: Singles

    @classmethod
    def of(cls, lamps: Sequence[Lamp]) -> Lamps:
        """As arrays."""
        return cls(
            np.array([lamp.centre for lamp in lamps], np.float32), np.array([lamp.size for lamp in lamps], np.float32)
        )

    def arriving(self, points: Singles, normals: Singles) -> Singles:
        """What each lamp gives a surface if nothing is in between, shape [N, L]; points and unit normals [N, 3]."""
        arriving = np.empty((len(points), len(self.centres)), np.float32)
        for lamp, centre in enumerate(self.centres):
            x, y, z = (centre - points).T
            square = np.maximum(x * x + y * y + z * z, 0.25)
            across = x * normals[:, 0] + y * normals[:, 1] + z * normals[:, 2]
            arriving[:, lamp] = np.maximum(across, 0) * np.maximum(z, 0) / (square * square)
        return arriving * np.float32(PANEL)

    def seen(self, points: Singles, solid: Solid, jitter: Singles) -> NDArray[np.bool_]:
        """Whether a point of each lamp is seen from each point, shape [N, L]; `jitter` [N, 2], 0 to 1, picks it."""
        seen = np.empty((len(points), len(self.centres)), bool)
        for lamp, (centre, size) in enumerate(zip(self.centres, self.sizes, strict=True)):
            shifted = (jitter + np.float32(0.618 * lamp)) % 1 - 0.5
            targets = np.tile(centre, (len(points), 1))
            targets[:, :2] += shifted * size
            seen[:, lamp] = solid.free(points, targets)
        return seen


def lit(points: Singles, normals: Singles, lamps: Lamps, solid: Solid, jitter: Singles, samples: int) -> Singles:
    """Light that arrives at surfaces, shape [N]: 1 makes a white surface white.

    Args:
        points: In `map`, metres, shape [N, 3].
        normals: Unit, shape [N, 3].
        lamps: What shines.
        solid: What throws shadows.
        jitter: Random numbers, 0 to 1, shape [N, 2].
        samples: Rays to each lamp, and twice as many for what comes from everywhere.
    """
    start = points + np.float32(CLOSE) * normals
    arriving = lamps.arriving(start, normals)
    light = np.zeros(len(points), np.float32)
    for sample in range(samples):
        moved = (jitter + np.float32(sample) * np.array([0.7549, 0.5698], np.float32)) % 1
        light += (arriving * lamps.seen(start, solid, moved)).sum(axis=1) / samples
    around = openness(start, normals, solid, jitter, 2 * samples) * (0.75 + 0.25 * normals[:, 2])
    return np.asarray(light + np.float32(AMBIENT) * around, np.float32)


def openness(points: Singles, normals: Singles, solid: Solid, jitter: Singles, rays: int) -> Singles:
    """How much of the room surfaces look at, and not at something near, 0 to 1, shape [N]; arguments as of `lit`."""
    share = np.zeros(len(points), np.float32)
    for ray in range(rays):
        moved = (jitter + np.float32(ray) * np.array([0.5698, 0.7549], np.float32)) % 1
        share += solid.free(points, points + np.float32(REACH) * _scattered(normals, moved)) / np.float32(rays)
    return share


def _scattered(normals: Singles, draws: Singles) -> Singles:
    """Directions about normals, with the cosine of Lambert's law; two draws of 0 to 1 pick each."""
    turn, height = 2 * np.pi * draws[:, 0], 1 - 2 * draws[:, 1]
    across = np.sqrt(np.maximum(0, 1 - height * height))
    sphere = np.column_stack([across * np.cos(turn), across * np.sin(turn), height]).astype(np.float32)
    directions = normals + 0.999 * sphere
    unit: Singles = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return unit


def self_shadow(vertices: Floats, triangles: NDArray[np.integer], normals: Floats, rays: int = 48) -> Singles:
    """How open a body is to the room at each vertex, 0 to 1, shape [V]."""
    solid = Solid(vertices, triangles)
    points = (vertices + 0.006 * normals).astype(np.float32)
    normals32 = normals.astype(np.float32)
    # A Fibonacci lattice: even, and the same for everybody.
    index = np.arange(rays, dtype=np.float32)
    draws = np.column_stack([(index * np.float32(0.618034)) % 1, (index + 0.5) / rays])
    open_share = np.zeros(len(points), np.float32)
    for draw in draws:
        away = _scattered(normals32, np.broadcast_to(draw, (len(points), 2)))
        open_share += solid.free(points, points + np.float32(REACH) * away) / rays
    return open_share
