"""People in pictures whom nobody followed explains: with what other cameras see a moment later, they may be new."""

from __future__ import annotations

import numpy as np

from .association import Indices, People
from .cameras import CameraGroup
from .model import TrackingSettings
from .newcomers import Newcomer, Sighting, newcomers
from .skeleton import Skeleton


class Unexplained:
    """Of each camera, whom nobody explains in its last picture.

    Args:
        skeleton: Of the joints.
        settings: Of tracking.
    """

    def __init__(self, skeleton: Skeleton, settings: TrackingSettings) -> None:
        self._skeleton = skeleton
        self._settings = settings
        self._sightings: dict[str, list[Sighting]] = {}

    def note(self, cameras: CameraGroup, people: People, unexplained: Indices, now: int) -> list[Sighting]:
        """Takes in the pictures of some cameras, with the indices of those people whom nobody explains.

        Returns:
            These people, in the order of the indices.
        """
        for camera in cameras.ids.tolist():
            self._sightings[camera] = []
        if not unexplained.size:
            return []
        views = cameras.select(people.camera[unexplained])
        weights = people.weights[unexplained]
        rays = np.where((weights > 0)[..., None], views.rays(people.points[unexplained]), np.nan)
        pixels = self._settings.pixel_sigma / np.sqrt(np.where(weights > 0, weights, 1.0))
        angles = pixels / views.focal.mean(axis=1)[:, None]
        sightings = [
            Sighting(
                now,
                camera,
                views.centres[index].copy(),
                rays[index].copy(),
                angles[index].copy(),
                weights[index].copy(),
            )
            for index, camera in enumerate(views.ids.tolist())
        ]
        for sighting in sightings:
            self._sightings[sighting.camera].append(sighting)
        return sightings

    def newcomers(self, now: int) -> list[Newcomer]:
        """People whom several cameras see; what shows them is explained by that."""
        recent = [
            sighting
            for _, sightings in sorted(self._sightings.items())
            for sighting in sightings
            if now - sighting.stamp <= self._settings.birth_window
        ]
        if len({sighting.camera for sighting in recent}) < 2:
            return []
        found = list(newcomers(recent, self._skeleton, self._settings))
        for newcomer in found:
            for sighting in newcomer.sightings:
                self.explain(sighting)
        return found

    def explain(self, sighting: Sighting) -> bool:
        """Takes one out that is explained now; False where it had been before."""
        others = [other for other in self._sightings[sighting.camera] if other is not sighting]
        was_there = len(others) < len(self._sightings[sighting.camera])
        self._sightings[sighting.camera] = others
        return was_there
