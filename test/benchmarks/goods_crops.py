"""What a hand holds, cut out of a picture; and what a catalogue shows of a product.

A cut is a square about the place beyond the wrist where goods are, along the forearm, of `SIDE` metres.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from storegraph.simulation.acting.world import item_size
from storegraph.simulation.rendering.light import Solid
from storegraph.simulation.rendering.packs import pack_of
from storegraph.simulation.rendering.people import PALM
from storegraph.simulation.rendering.surfaces import Textures
from storegraph.store.model import Product

Picture = NDArray[np.uint8]
Point = tuple[float, float]

SIDE = 0.36
"""Metres across a cut: the corner shop's largest packs are 20 cm high, and places are wrong by some centimetres."""

PIXELS = 40
"""Across a cut as it is looked at: 9 mm each, as cameras with 640 pixels see it from 3.4 m."""

FOREARM = 0.25
"""Metres from elbow to wrist (0.146 of a stature of 1.71 m; Winter, Biomechanics, 2009)."""

VIEWS = ((0.0, 15.0), (90.0, 15.0), (180.0, 15.0), (45.0, 50.0))
"""From where a pack is photographed for a catalogue: about it and up, degrees."""


def cut(picture: Picture, elbow: Point, wrist: Point, scale: float, side: float = SIDE) -> Picture:
    """What lies beyond a wrist, BGR, shape [PIXELS, PIXELS, 3]; grey where the picture ends.

    Args:
        picture: BGR, shape [height, width, 3].
        elbow: In pixels.
        wrist: The same.
        scale: Pixels a metre there.
        side: Metres across.
    """
    middle = np.array(wrist) + PALM / FOREARM * (np.array(wrist) - np.array(elbow))
    step = side * scale / PIXELS
    at = (np.arange(PIXELS) + 0.5 - PIXELS / 2) * step
    # Each pixel of a cut is the mean of what it covers, else fine print becomes noise.
    soft = cv2.GaussianBlur(picture, (0, 0), 0.4 * step) if step > 1.2 else picture
    columns = np.tile((middle[0] + at).astype(np.float32), (PIXELS, 1))
    rows = np.tile((middle[1] + at).astype(np.float32)[:, None], (1, PIXELS))
    grey = (128, 128, 128)
    return np.asarray(cv2.remap(soft, columns, rows, cv2.INTER_LINEAR, None, cv2.BORDER_CONSTANT, grey), np.uint8)


def catalogue_pictures(product: Product) -> Picture:
    """What a catalogue shows: the pack from `VIEWS`, filling the picture, before white; BGR, [4, PIXELS, PIXELS, 3]."""
    textures = Textures()
    goods = pack_of(product, textures).of_size(item_size(product))
    normals = goods.normals()
    solid = Solid(goods.vertices, goods.triangles)
    middle = (goods.vertices.min(axis=0) + goods.vertices.max(axis=0)) / 2
    double = 2 * PIXELS
    shown = []
    for about, up in np.radians(VIEWS):
        away = np.array([np.sin(about) * np.cos(up), -np.cos(about) * np.cos(up), np.sin(up)])
        right = np.array([np.cos(about), np.sin(about), 0.0])
        above = np.cross(away, right)
        flat = (goods.vertices - middle) @ np.column_stack([right, above])
        reach = 1.05 * float(np.abs(flat).max())
        at = ((np.arange(double) + 0.5) / double * 2 - 1) * reach
        start = middle + away + at[None, :, None] * right - at[:, None, None] * above
        rays = np.concatenate([start, np.broadcast_to(-away, start.shape)], axis=-1).reshape(-1, 6)
        _, triangle, shares = solid.cast(rays.astype(np.float32))
        met = triangle >= 0
        uv = (goods.uv[goods.triangles[triangle[met]]] * shares[met, :, None]).sum(axis=1)
        light = np.ones((double * double, 3), np.float32)
        facing = 0.75 + 0.25 * np.abs(normals[triangle[met]] @ away)[:, None]
        light[met] = textures.at(goods.textures[triangle[met]], uv) * facing
        small = cv2.resize(light.reshape(double, double, 3), (PIXELS, PIXELS), interpolation=cv2.INTER_AREA)
        shown.append(np.clip(255 * small ** (1 / 2.2), 0, 255).astype(np.uint8)[..., ::-1])
    return np.stack(shown)
