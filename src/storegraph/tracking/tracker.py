"""Follows people through all cameras of a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from storegraph.observations import COCO_17, GateEvent, Passage, Shopper, Shoppers
from storegraph.store.model import Camera, Gate
from storegraph.units import NANOSECONDS

from .association import Flags, Indices, People, match
from .boxes.tracker import BoxTracker
from .cameras import CameraGroup
from .entrances import Entrances, Whereabouts
from .errors import TrackingError
from .figures import Figures
from .filtering import Floats
from .health import CameraHealth, CameraWatch
from .model import DEFAULTS, TrackingSettings
from .newcomers import WALKING, Newcomer, Sighting, newcomers
from .passages import Passages
from .skeleton import Skeleton
from .smoothing import FixedLag, Step
from .tracks import Track

Singles = NDArray[np.float32]

SAME = 0.3
"""Metres, mean over the joints: two figures nearer to each other are one person. Bodies that press against each other
have their middles as far apart as a trunk is deep."""

_UPPER = np.triu_indices(3)
"""Rows and columns of xx, xy, xz, yy, yz and zz."""

CERTAIN = 1000.0
"""Logarithm of a likelihood ratio: somebody who appears is somebody who was lost, as long as there is one it can be."""

ENTERING = 0.05
"""Per square metre: whoever appears at a gate comes in, unless somebody lost was expected there with a higher density
of probability. That of somebody lost for one second is higher up to a metre from where they were expected; after more
than four seconds it is so nowhere."""

STEP = 0.5
"""Metres that somebody lost may be from where they were expected, beside how far they can have walked."""

WELL_OUT = 0.5
"""Metres beyond a gate's line: a step outside, one is out even if the gate has not told so."""

SIGMAS = 4.0
"""So many standard deviations are that far: most people walk slower, and on in their direction. Of 90 made-up people
out of sight for a second (the trial `none for 1 s` of test/benchmarks/tracking.py) fewest were mistaken with 4 or 5."""


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
        self._passages = Passages(settings.gate_window)
        self._watch = CameraWatch(self._ids)
        self._passed: list[GateEvent] = []
        self._tracks: list[Track] = []
        self._pictures: dict[str, Floats] = {}
        self._unexplained: dict[str, list[Sighting]] = {}
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
        self._welcome(self._newcomers(now), now)
        seconds = (now - (self._concluded or now)) / NANOSECONDS
        self._concluded = now
        self._figures.hold_together(self._alone(now), seconds)
        for track in self._tracks:
            track.confirm(now, self._settings)
        self._watch.judge(now)
        around = self._entrances.around(self._figures.places())
        self._see_who_comes_in(around, now)
        self._see_who_is_out(around, now)
        self._passed += self._passages.bind(now)
        self._forget(around, now)
        self._note(now, expected)

    def pass_gate(self, event: GateEvent) -> None:
        """Takes in what a gate tells: who came in on which credential, and that somebody went out.

        Whoever goes out is not waited for once out of sight.
        """
        if event.passage is Passage.ENTRY:
            self._passages.tell(event)
            return
        leaving = None if self._passages.is_known(event) else self._leaving(event.gate)
        if leaving is not None:
            leaving.left = True
            self._passed += self._passages.leave(leaving.shopper_id, event.gate, event.stamp, derived=False)

    def passages(self) -> tuple[GateEvent, ...]:
        """Who came in and went out since the last call, in the order of the stamps, which are those of the decisions.

        An entry is told `gate_window` after it was seen, bound to the credential that a gate told of; it is derived,
        and without a credential, where none did. An exit is derived where somebody vanished and no gate told of it.
        """
        passed, self._passed = tuple(self._passed), []
        return passed

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
        unexplained = np.ones(len(people.camera), dtype=np.bool_)
        if self._tracks and len(people.camera):
            positions = np.where(self._in_sight(now)[:, None, None], self._figures.positions, np.nan)
            covariance = self._figures.covariance[..., :3, :3]
            pairs = match(cameras, people, positions, covariance, self._skeleton, self._settings)
            self._figures.measure(pairs)
            seen_by: dict[int, list[str]] = {}
            seeing_one = cameras.ids[people.camera[pairs.people]].tolist()
            for track, camera in zip(pairs.tracks.tolist(), seeing_one, strict=True):
                seen_by.setdefault(track, []).append(camera)
            for track, seeing in seen_by.items():
                self._tracks[track].see(seeing, now, self._settings)
            unexplained[pairs.people] = False
        for camera in cameras.ids.tolist():
            self._unexplained[camera] = []
        self._keep_in_mind(cameras, people, np.flatnonzero(unexplained), now)

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
        where a person stands, and so who of those lost it must be.
        """
        seen = [now - track.last_seen <= self._settings.occluded_after for track in self._tracks]
        in_sight: Flags = self._figures.known.any(axis=1) | np.array(seen)
        return in_sight

    def _people(self, cameras: CameraGroup) -> People:
        """Everybody in the pictures of some cameras."""
        pictures = [self._pictures[camera] for camera in cameras.ids.tolist()]
        found = np.concatenate(pictures)
        usable = np.isfinite(found[..., 0] + found[..., 1]) & (found[..., 2] >= self._settings.least_score)
        camera = np.repeat(np.arange(len(pictures)), [len(picture) for picture in pictures])
        weights = self._watch.weights(cameras.ids.tolist())[camera, None]
        return People(
            camera=camera, points=found[..., :2], scores=np.where(usable, weights * np.minimum(found[..., 2], 1.0), 0.0)
        )

    def _keep_in_mind(self, cameras: CameraGroup, people: People, unexplained: Indices, now: int) -> None:
        """Keeps people in pictures whom nobody explains: with what other cameras see, they may be new."""
        if not unexplained.size:
            return
        views = cameras.select(people.camera[unexplained])
        scores = people.scores[unexplained]
        rays = np.where((scores > 0)[..., None], views.rays(people.points[unexplained]), np.nan)
        pixels = self._settings.pixel_sigma / np.sqrt(np.where(scores > 0, scores, 1.0))
        angles = pixels / views.focal.mean(axis=1)[:, None]
        for index, camera in enumerate(views.ids.tolist()):
            sighting = Sighting(
                now, camera, views.centres[index].copy(), rays[index].copy(), angles[index].copy(), scores[index].copy()
            )
            self._unexplained[camera].append(sighting)

    def _newcomers(self, now: int) -> list[Newcomer]:
        """People whom several cameras see and nobody explains; what shows them is explained by that."""
        recent = [
            sighting
            for _, sightings in sorted(self._unexplained.items())
            for sighting in sightings
            if now - sighting.stamp <= self._settings.birth_window
        ]
        if len({sighting.camera for sighting in recent}) < 2:
            return []
        found = list(newcomers(recent, self._skeleton, self._settings))
        used = {id(sighting) for newcomer in found for sighting in newcomer.sightings}
        for camera, sightings in self._unexplained.items():
            self._unexplained[camera] = [sighting for sighting in sightings if id(sighting) not in used]
        return found

    def _welcome(self, arrived: Sequence[Newcomer], now: int) -> None:
        """Follows people whom nobody explains, unless they are followed already, or were and are found again."""
        arrived = _distinct([newcomer for newcomer in arrived if not self._followed(newcomer, now)])
        if not arrived:
            return
        places = [np.nanmean(newcomer.positions[self._skeleton.trunk, :2], axis=0) for newcomer in arrived]
        near = self._entrances.around(np.array(places)).near.tolist()
        found = self._found_again(arrived, places, near, now)
        for index, newcomer in enumerate(arrived):
            state = newcomer.positions, newcomer.covariance, newcomer.confidence
            seen = {sighting.camera: sighting.stamp for sighting in newcomer.sightings}
            if index in found:
                track = self._tracks[found[index]]
                track.seen |= seen
                track.in_two_views = now
                self._figures.put(found[index], *state)
            else:
                self._tracks.append(self._newly_followed(now, seen, at_gate=near[index]))
                self._figures.add(*state)

    def _followed(self, newcomer: Newcomer, now: int) -> bool:
        """Whether somebody who is seen in two views stands where a newcomer does."""
        known = self._figures.known & np.isfinite(newcomer.positions[:, 0])
        apart = np.linalg.norm(np.nan_to_num(newcomer.positions) - self._figures.positions, axis=2)
        for track, joints, distances in zip(self._tracks, known, apart, strict=True):
            sure = now - track.in_two_views <= self._settings.occluded_after
            if sure and joints.any() and float(distances[joints].mean()) < SAME:
                return True
        return False

    def _found_again(
        self, arrived: Sequence[Newcomer], places: Sequence[Floats], near: Sequence[bool], now: int
    ) -> dict[int, int]:
        """Which newcomers are whom of those lost: indices of tracks by those of newcomers.

        Each lost person who can have walked to a newcomer is one that it may be; of all assignments, the one is taken
        that goes best with where they were expected and how they are built. Who appears at a gate may also have come
        in.
        """
        likelihood = np.zeros((len(arrived), len(self._tracks)))
        for row, (newcomer, place) in enumerate(zip(arrived, places, strict=True)):
            distances = np.linalg.norm(self._figures.places() - place, axis=1)
            misfits = self._figures.misfit(newcomer.positions)
            comes_in = self._entrances.known and near[row]
            for index, track in enumerate(self._tracks):
                reach = STEP + WALKING * (now - track.last_seen) / NANOSECONDS
                sigma = reach / SIGMAS
                moved = float(distances[index] / sigma) ** 2 / 2
                density = np.exp(-moved) / (2 * np.pi * sigma**2)
                if distances[index] > reach or (comes_in and density < ENTERING):
                    continue
                if self._may_be(track, newcomer, now):
                    likelihood[row, index] = max(CERTAIN - moved - misfits[index], 1.0)
        rows, tracks = linear_sum_assignment(likelihood, maximize=True)
        pairs = zip(rows.tolist(), tracks.tolist(), strict=True)
        return {row: track for row, track in pairs if likelihood[row, track] > 0}

    def _may_be(self, track: Track, newcomer: Newcomer, now: int) -> bool:
        """Whether somebody followed was lost, and not seen beside the newcomer in one of its pictures."""
        beside = any(track.seen.get(each.camera) == each.stamp for each in newcomer.sightings)
        return now - track.in_two_views > self._settings.occluded_after and not beside

    def _alone(self, now: int) -> Indices:
        """Indices of people whom one camera sees, and no other."""
        after, alone = self._settings.occluded_after, []
        for index, track in enumerate(self._tracks):
            if now - track.last_seen <= after < now - track.in_two_views:
                alone.append(index)
        return np.array(alone, dtype=np.intp)

    def _see_who_comes_in(self, around: Whereabouts, now: int) -> None:
        """Notes who has appeared at a gate, or before one, and is on its inner side now."""
        for index, track in enumerate(self._tracks):
            track.at_gate |= bool(around.beyond[index] > 0)
            if track.confirmed and track.before_gate and around.inside[index]:
                track.came_in = True
                self._passages.come_in(track.shopper_id, around.gates[index], now)

    def _see_who_is_out(self, around: Whereabouts, now: int) -> None:
        """Ends the visits of those who are outside: an id dies at the gate, and who is still seen is somebody new.

        Otherwise who comes in next, where the other was lost to sight, would be taken for them.
        """
        for index, track in enumerate(self._tracks):
            if not (track.came_in and around.beyond[index] > (0.0 if track.left else WELL_OUT)):
                continue
            if not track.left:
                self._passed += self._passages.leave(track.shopper_id, around.gates[index], now, derived=True)
            self._tracks[index] = self._newly_followed(now, track.seen, at_gate=True)

    def _newly_followed(self, now: int, seen: dict[str, int], at_gate: bool) -> Track:
        number = sum(track.born == now for track in self._tracks)
        return Track(f"{now}.{number}", now, at_gate, seen, in_two_views=now)

    def _leaving(self, gate: str) -> Track | None:
        """Who goes out through a gate now: the nearest one, rather of those who have not just come in."""
        distances = self._entrances.distances(gate, self._figures.places()).tolist()
        leaving = [
            (self._passages.coming_in(track.shopper_id), distance, index)
            for index, (track, distance) in enumerate(zip(self._tracks, distances, strict=True))
            if track.is_inside and distance <= self._settings.gate_reach
        ]
        return self._tracks[min(leaving)[2]] if leaving else None

    def _forget(self, around: Whereabouts, now: int) -> None:
        """Ends the tracks of people who are gone."""
        kept = []
        for index, track in enumerate(self._tracks):
            outside = bool(around.beyond[index] > 0)
            if not track.over(now, bool(around.near[index]), outside, self._settings):
                kept.append(index)
            elif track.is_inside:
                self._passed += self._passages.leave(track.shopper_id, around.gates[index], now, derived=True)
        if len(kept) < len(self._tracks):
            self._tracks = [self._tracks[index] for index in kept]
            self._figures.keep(np.array(kept, dtype=np.intp))


def _told(positions: Floats, covariance: Floats, known: Flags) -> tuple[Singles, Singles]:
    """Positions [..., J, 3] and xx, xy, xz, yy, yz and zz of covariances [..., J, N, N] as they are given out."""
    there = known[..., None]
    upper = np.where(there, covariance[..., _UPPER[0], _UPPER[1]], np.nan)
    return np.where(there, positions, np.nan).astype(np.float32), upper.astype(np.float32)


def _fisheye(camera: Camera) -> bool:
    return camera.distortion_model == "equidistant"


def _distinct(arrived: Sequence[Newcomer]) -> list[Newcomer]:
    """One newcomer for each person: a detector may report somebody twice."""
    distinct: list[Newcomer] = []
    for newcomer in arrived:
        apart = [np.linalg.norm(newcomer.positions - other.positions, axis=1) for other in distinct]
        if not any(np.isfinite(each).any() and np.nanmean(each) < SAME for each in apart):
            distinct.append(newcomer)
    return distinct
