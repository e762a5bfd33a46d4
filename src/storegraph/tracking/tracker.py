"""Follows people through all cameras of a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from storegraph.observations import COCO_17, GateEvent, Shopper, Shoppers
from storegraph.store.model import Camera, Gate
from storegraph.units import NANOSECONDS

from .association import Flags, Indices, Pairs, People, match
from .boxes.tracker import BoxTracker
from .cameras import CameraGroup
from .doubles import Doubles
from .entrances import Entrances
from .errors import TrackingError
from .figures import Figures
from .filtering import Floats
from .health import CameraHealth, CameraWatch
from .model import DEFAULTS, TrackingSettings
from .newcomers import Newcomer, Sighting
from .refinding import distinct, found_again, is_followed
from .skeleton import Skeleton
from .smoothing import FixedLag, Step
from .tracks import Track, newly_followed
from .unexplained import Unexplained
from .visits import Visits

Singles = NDArray[np.float32]

LOOKED_FOR = 2 * NANOSECONDS
"""Somebody lost from sight is recognised in a single picture for so long, although none of their joints is sure any
more: in a crowd, one camera often sees them before a second one does, and who stands beside them is taken for them
meanwhile. Ten crowds of twenty gained 0.8 points of IDF1 by it and by `figures.TWISTING` (docs/tracking.md)."""

_UPPER = np.triu_indices(3)
"""Rows and columns of xx, xy, xz, yy, yz and zz."""


class MultiViewTracker:
    """Follows people in 3D from their joints in the pictures of several cameras.

    Cameras need not be synchronised. A picture is taken in alone: the joints of everybody followed are predicted to its
    moment, its people are assigned to them, and each joint is a measurement of an extended Kalman filter. What several
    cameras see at about one time and nobody explains is a new person; one camera alone never makes one.

    Args:
        cameras: Calibrated cameras, as in the store file.
        joints: Names of the joints that are detected, in their order.
        settings: Of tracking.
        gates: Where people come and go, as in the store file; without any, everywhere.
    """

    def __init__(
        self,
        cameras: Sequence[Camera],
        joints: tuple[str, ...] = COCO_17,
        settings: TrackingSettings = DEFAULTS,
        gates: Sequence[Gate] = (),
    ) -> None:
        self._settings = settings
        self._boxes = BoxTracker(cameras)
        self._skeleton = Skeleton.of(joints)
        in_order = sorted(cameras, key=lambda camera: camera.id)
        self._ids = tuple(camera.id for camera in in_order)
        kinds = [[camera for camera in in_order if _fisheye(camera) is fisheye] for fisheye in (False, True)]
        self._cameras = tuple(CameraGroup.of(kind) for kind in kinds if kind)
        self._entrances = Entrances(gates, settings.gate_reach)
        self._figures = Figures(self._skeleton, settings)
        self._steps = FixedLag(settings.lag, self._skeleton)
        self._visits = Visits(self._entrances, settings)
        self._doubles = Doubles()
        self._watch = CameraWatch(self._ids)
        self._tracks: list[Track] = []
        self._pictures: dict[str, Floats] = {}
        self._unexplained = Unexplained(self._skeleton, settings)
        self._reappearing: list[tuple[Pairs, list[Sighting]]] = []
        self._stamp: int | None = None
        self._concluded: int | None = None

    def update(self, stamp: int, detections: Mapping[str, Floats]) -> Shoppers:
        """Takes in pictures of one moment, and gives everybody at that moment.

        Args:
            stamp: Nanoseconds since the Unix epoch, not before the last.
            detections: By camera id: joints x, y (pixels of the distorted picture) and score (0 to 1) of the people in
                its picture, shape [N, J, 3]; a joint with NaN or a low score is taken as not found. Or boxes alone, in
                all pictures from the first on: left, top, width, height and score, shape [N, 5], as of `BoxTracker`.

        Raises:
            TrackingError: A camera is not one of the tracker's, the shape is another, or time goes back.
        """
        if any(np.ndim(people) == 2 for people in detections.values()):
            return self._boxes.update(stamp, detections)
        self._advance(stamp)
        for camera, people in detections.items():
            self.observe(stamp, camera, people)
        self.conclude()
        return self.shoppers()

    def observe(self, stamp: int, camera: str, detections: Floats) -> None:
        """Takes in one picture; arguments and errors as of `update`.

        What it shows is found out together with the other pictures of its moment, when `conclude` is called or a
        picture of a later one comes.
        """
        if camera not in self._ids:
            raise TrackingError(f'camera "{camera}" is not one of {", ".join(self._ids)}')
        people = np.array(detections, dtype=np.float64)
        if people.ndim != 3 or people.shape[1:] != (len(self._skeleton.joints), 3):
            takes = f"[N, {len(self._skeleton.joints)}, 3]: x, y and score of each joint"
            raise TrackingError(
                f"camera {camera}: detections have shape {list(people.shape)}; the tracker takes {takes}"
            )
        if camera in self._pictures:
            self.conclude()
        self._advance(stamp)
        self._pictures[camera] = people

    def conclude(self) -> None:
        """Finds out what the pictures of a moment show: who is where, who is new, and who is gone."""
        now = self._stamp
        if now is None:
            return
        expected = (self._figures.mean.copy(), self._figures.covariance.copy()) if self._settings.lag else None
        for group in self._cameras:
            taken = [index for index, camera in enumerate(group.ids.tolist()) if camera in self._pictures]
            if taken:
                self._explain(group.select(np.array(taken)), now)
        self._pictures = {}
        self._welcome(self._unexplained.newcomers(now), now)
        self._recognise(now)
        seconds = (now - (self._concluded or now)) / NANOSECONDS
        self._concluded = now
        self._figures.hold_together(self._seen(now, self._settings.occluded_after), seconds)
        for track in self._tracks:
            track.confirm(now, self._settings)
        self._watch.judge(now)
        self._keep(self._visits.part(self._doubles.found(self._tracks, self._middles(), now), self._tracks))
        self._keep(self._visits.conclude(self._tracks, self._figures.places(), now))
        self._note(now, expected)

    def pass_gate(self, event: GateEvent) -> None:
        """Takes in what a gate tells: who came in on which credential, and that somebody went out.

        Whoever goes out is not waited for once out of sight.
        """
        self._visits.pass_gate(event, self._tracks, self._figures.places())

    def passages(self) -> tuple[GateEvent, ...]:
        """Who came in and went out since the last call, in the order of the stamps, which are those of the decisions.

        An entry is told `gate_window` after it was seen, bound to the credential that a gate told of; it is derived,
        and without a credential, where none did. An exit is derived where somebody vanished and no gate told of it.
        """
        return self._visits.passages()

    def shoppers(self) -> Shoppers:
        """Everybody, at the moment of the last picture.

        Raises:
            TrackingError: There has been no picture.
        """
        if self._stamp is None:
            raise TrackingError("nobody can be said to be anywhere before the first picture; call update")
        figures, known = self._figures, self._figures.known
        positions, covariance = _told(figures.positions, figures.covariance, known)
        confidence = np.where(known, figures.confidence, 0.0).astype(np.float32)
        return Shoppers(
            stamp=self._stamp,
            joints=self._skeleton.joints,
            shoppers=tuple(
                Shopper(
                    shopper_id=track.shopper_id,
                    state=track.state(self._stamp, self._settings),
                    positions=positions[index],
                    covariance=covariance[index],
                    confidence=confidence[index],
                )
                for index, track in enumerate(self._tracks)
            ),
        )

    def smoothed(self, told: Shoppers) -> Shoppers:
        """What `shoppers` told of a moment, with joints where the pictures up to the settings' lag after it show them.

        Nothing changes for a lag of 0, nor if it is asked later than twice the lag after the moment.
        """
        where = self._steps.smoothed(told.stamp) if self._settings.lag else {}
        better = []
        for shopper in told.shoppers:
            if shopper.shopper_id in where:
                positions, covariance = _told(*where[shopper.shopper_id], np.isfinite(shopper.positions[:, 0]))
                shopper = replace(shopper, positions=positions, covariance=covariance)
            better.append(shopper)
        return replace(told, shoppers=tuple(better))

    def camera_health(self) -> tuple[CameraHealth, ...]:
        """Which cameras look where they should, in the order of their ids."""
        return self._watch.health()

    def _advance(self, stamp: int) -> None:
        """Moves everybody on to a moment."""
        if self._stamp is not None and stamp < self._stamp:
            raise TrackingError(f"stamp {stamp} is before {self._stamp}, which was told before; sort by stamp")
        if self._pictures and stamp != self._stamp:
            self.conclude()
        self._stamp = stamp
        self._figures.predict(stamp)

    def _note(self, now: int, expected: tuple[Floats, Floats] | None) -> None:
        """Remembers a step, for `smoothed`; nothing where there is no lag."""
        if expected is not None:
            figures, people = self._figures, tuple(track.shopper_id for track in self._tracks)
            self._steps.note(Step(now, expected, people, figures.mean.copy(), figures.covariance.copy(), figures.known))

    def _explain(self, cameras: CameraGroup, now: int) -> None:
        """Finds the people in the pictures of some cameras among those followed, and keeps the others in mind."""
        people = self._people(cameras)
        self._watch.look(now, cameras, people, lambda: self._seen_lately(now))
        unexplained, lost = np.ones(len(people.camera), dtype=np.bool_), None
        if self._tracks and len(people.camera):
            positions, covariance = self._figures.positions, self._figures.covariance[..., :3, :3]
            pairs = match(cameras, people, positions, covariance, self._skeleton, self._settings)
            in_sight = self._in_sight(now)[pairs.tracks]
            lost = pairs.select(np.flatnonzero(~in_sight & self._seen(now, LOOKED_FOR)[pairs.tracks]))
            pairs = pairs.select(np.flatnonzero(in_sight))
            self._take_in(pairs, cameras.ids[people.camera[pairs.people]].tolist(), now)
            unexplained[pairs.people] = False
        people_left = np.flatnonzero(unexplained)
        sightings = self._unexplained.note(cameras, people, people_left, now)
        if lost is not None and len(lost.people):
            self._reappearing.append((lost, [sightings[row] for row in np.searchsorted(people_left, lost.people)]))

    def _recognise(self, now: int) -> None:
        """Finds those lost from sight whom one picture shows, unless that is explained by now or they are found."""
        for pairs, sightings in self._reappearing:
            still = [
                row
                for row, (track, sighting) in enumerate(zip(pairs.tracks.tolist(), sightings, strict=True))
                if self._tracks[track].last_seen < now and self._unexplained.explain(sighting)
            ]
            pairs = pairs.select(np.array(still, dtype=np.intp))
            self._take_in(pairs, [sightings[row].camera for row in still], now)
        self._reappearing = []

    def _take_in(self, pairs: Pairs, cameras: Sequence[str], now: int) -> None:
        """Takes in where people are seen who are recognised, and by which cameras."""
        self._figures.measure(pairs)
        seen_by: dict[int, list[str]] = {}
        for track, camera in zip(pairs.tracks.tolist(), cameras, strict=True):
            seen_by.setdefault(track, []).append(camera)
        for track, seeing in seen_by.items():
            self._tracks[track].see(seeing, now, self._settings)

    def _seen_lately(self, now: int) -> tuple[Floats, list[set[str]]]:
        """Known joints of everybody, shape [T, J, 3], else NaN, and the cameras that have just seen those confirmed."""
        lately = now - self._settings.occluded_after
        seen_by = [
            {camera for camera, stamp in track.seen.items() if stamp >= lately and track.confirmed}
            for track in self._tracks
        ]
        return np.where(self._figures.known[..., None], self._figures.positions, np.nan), seen_by

    def _in_sight(self, now: int) -> Flags:
        """Who can be recognised in a single picture, shape [T].

        Whoever has been out of sight for so long that no joint is known could be anybody; it takes two views to say
        where a person stands, and so who of those lost it must be: but for `LOOKED_FOR`. What shows them best is nobody
        else, all the same.
        """
        in_sight: Flags = self._figures.known.any(axis=1) | self._seen(now, self._settings.occluded_after)
        return in_sight

    def _seen(self, now: int, within: int) -> Flags:
        """Whom a camera has seen within so many nanoseconds, shape [T]."""
        return np.array([now - track.last_seen <= within for track in self._tracks], dtype=np.bool_)

    def _people(self, cameras: CameraGroup) -> People:
        """Everybody in the pictures of some cameras."""
        pictures = [self._pictures[camera] for camera in cameras.ids.tolist()]
        found = np.concatenate(pictures)
        usable = np.isfinite(found[..., 0] + found[..., 1]) & (found[..., 2] >= self._settings.least_score)
        camera = np.repeat(np.arange(len(pictures)), [len(picture) for picture in pictures])
        trusted = self._watch.weights(cameras.ids.tolist())[camera, None]
        weights = trusted * np.minimum(found[..., 2] / self._settings.sure_score, 1.0) ** 2
        return People(camera=camera, points=found[..., :2], weights=np.where(usable, weights, 0.0))

    def _welcome(self, arrived: Sequence[Newcomer], now: int) -> None:
        """Follows people whom nobody explains, unless they are followed already, or were and are found again."""
        followed = self._figures, self._tracks
        arrived = distinct([each for each in arrived if not is_followed(each, *followed, now, self._settings)])
        if not arrived:
            return
        trunk = self._skeleton.trunk
        places = np.array([np.nanmean(newcomer.positions[trunk, :2], axis=0) for newcomer in arrived])
        near = self._entrances.around(places).near.tolist()
        found = found_again(arrived, places, *followed, self._entrances, now, self._settings)
        for index, newcomer in enumerate(arrived):
            state = newcomer.positions, newcomer.covariance, newcomer.confidence
            seen = {sighting.camera: sighting.stamp for sighting in newcomer.sightings}
            if index in found:
                track = self._tracks[found[index]]
                track.seen |= seen
                track.in_two_views = now
                self._figures.put(found[index], *state)
            else:
                self._tracks.append(newly_followed(self._tracks, now, seen, at_gate=near[index]))
                self._figures.add(*state)

    def _middles(self) -> Floats:
        """Of the trunks, metres, shape [T, 3]; NaN where a joint of it is not known."""
        trunk, figures = self._skeleton.trunk, self._figures
        middles: Floats = np.where(figures.known[:, trunk, None], figures.positions[:, trunk], np.nan).mean(axis=1)
        return middles

    def _keep(self, staying: Indices) -> None:
        """Forgets all but these people, indices in ascending order."""
        if len(staying) < len(self._tracks):
            self._tracks = [self._tracks[index] for index in staying.tolist()]
            self._figures.keep(staying)


def _told(positions: Floats, covariance: Floats, known: Flags) -> tuple[Singles, Singles]:
    """Positions [..., J, 3] and xx, xy, xz, yy, yz and zz of covariances [..., J, N, N] as they are given out."""
    there = known[..., None]
    upper = np.where(there, covariance[..., _UPPER[0], _UPPER[1]], np.nan)
    return np.where(there, positions, np.nan).astype(np.float32), upper.astype(np.float32)


def _fisheye(camera: Camera) -> bool:
    return camera.distortion_model == "equidistant"
