"""Where cameras were found to be, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storegraph.store.model import Camera, Store

from .bundle import Adjusted, Scene
from .turning import Floats, vector
from .viewpoint import CENTRE, CLOCK, TURN, UNKNOWNS, axes


@dataclass(frozen=True, slots=True, eq=False)
class PlacedCamera:
    """A camera of a report.

    Attributes:
        camera: As it was found.
        before: As the store file had it.
        position_sigma: Standard deviation along x, y, z of `map`, metres.
        plane: Covariance of x and y, square metres, shape [2, 2].
        orientation_sigma: Standard deviation about x, y, z of `map`, radians.
        clock: By how much its clock is behind that of the first camera, and the standard deviation, seconds; None where
            that was not asked.
        seen: Where points were seen, pixels, shape [N, 2].
        projected: Where they should have been, shape [N, 2].
        picture: What it saw, grey; None where there are no pictures.
    """

    camera: Camera
    before: Camera
    position_sigma: tuple[float, float, float]
    plane: Floats
    orientation_sigma: tuple[float, float, float]
    clock: tuple[float, float] | None
    seen: Floats
    projected: Floats
    picture: NDArray[np.uint8] | None

    @property
    def rms(self) -> float:
        """Root mean square of the distances between what was seen and what should have been, pixels."""
        return float(np.sqrt(np.nanmean(((self.projected - self.seen) ** 2).sum(axis=1))))

    @property
    def median(self) -> float:
        """Their median, pixels: some of what a network sees of people is simply wrong."""
        return float(np.nanmedian(np.linalg.norm(self.projected - self.seen, axis=1)))

    @property
    def moved(self) -> float:
        """How far it is from where the store file had it, metres."""
        return math.dist(self.camera.position, self.before.position)

    @property
    def turned(self) -> float:
        """By how much it is turned against the store file, radians."""
        return float(np.linalg.norm(vector(axes(self.camera) @ axes(self.before).T)))


@dataclass(frozen=True, slots=True)
class PlacedSheet:
    """A marker or board of a report.

    Attributes:
        name: For people.
        position: Where its middle was found to be, metres.
        off: How far that is from where it was measured, metres; None: it was not measured.
    """

    name: str
    position: tuple[float, float, float]
    off: float | None


@dataclass(frozen=True, slots=True, eq=False)
class PlacesReport:
    """Where cameras are.

    Attributes:
        store: That they are in.
        method: "markers" or "people".
        cameras: In the order of the store file.
        sheets: Markers and boards.
        remarks: What somebody should know, in sentences.
    """

    store: Store
    method: str
    cameras: tuple[PlacedCamera, ...]
    sheets: tuple[PlacedSheet, ...]
    remarks: tuple[str, ...]


def placed_cameras(
    before: Sequence[Camera], adjusted: Adjusted, scene: Scene, pictures: Mapping[str, NDArray[np.uint8]], timed: bool
) -> tuple[PlacedCamera, ...]:
    """The cameras of a report.

    Args:
        before: As the store file has them.
        adjusted: What was found.
        scene: The one scene from which it was.
        pictures: Of cameras, by id.
        timed: Whether the clocks were asked.
    """
    cameras = []
    sightings = scene.sightings
    for index, (camera, old) in enumerate(zip(adjusted.cameras, before, strict=True)):
        own = slice(index * UNKNOWNS, (index + 1) * UNKNOWNS)
        covariance = adjusted.covariance[own, own]
        sigma = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        rows = sightings.cameras == index
        clock = float(adjusted.unknowns[index, CLOCK.start]), float(sigma[CLOCK.start])
        cameras.append(
            PlacedCamera(
                camera=camera,
                before=old,
                position_sigma=tuple(sigma[CENTRE].tolist()),
                plane=covariance[3:5, 3:5],
                orientation_sigma=tuple(sigma[TURN].tolist()),
                clock=clock if timed else None,
                seen=sightings.pixels[rows],
                projected=adjusted.projected[0][rows],
                picture=pictures.get(camera.id),
            )
        )
    return tuple(cameras)
