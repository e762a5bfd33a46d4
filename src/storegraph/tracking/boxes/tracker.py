"""Follows people through all cameras from boxes alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from storegraph.observations import Shopper, Shoppers, ShopperState
from storegraph.store.model import Camera
from storegraph.tracking.cameras import CameraGroup
from storegraph.tracking.errors import TrackingError
from storegraph.units import NANOSECONDS

from .births import arrivals
from .doors import Doors
from .evidence import Picture
from .explanations import NONE, Explanations
from .lost import LostPeople, Track, unlike
from .model import DEFAULTS, HEIGHT, SEEN, BoxSettings, Floats, Indices, People
from .motion import moved
from .pictures import pictures_of
from .postures import in_any_posture
from .sampling import at_odds, sampled

JOINTS = ("head", "hip", "floor")
"""What a box tells of a person: the crown, the middle of the body, and where it stands."""

SHARES = np.array([1.0, 0.53, 0.0])
"""Of the height. Hips: Winter, Biomechanics and Motor Control of Human Movement, 4th ed., figure 4.1."""

SAME_PLACE, SAME_SPEED = 0.08, 0.3
"""Metres and metres per second: what one person may be in two explanations is one thing if it differs by less."""

NEGLIGIBLE = 12.0
"""Logarithm of how much less likely an explanation is that is not followed up."""

ROUNDS = 3
"""Those who appear hide others who appear; whom they hide is looked for once they are known."""


class BoxTracker:
    """Follows people in 3D from the boxes around them in the pictures of several cameras.

    A person is a body, mostly upright: a place on the floor, a velocity and a height. Boxes of all cameras that may be
    one person are weighed together; several explanations of who is who are kept side by side, and the best is told.

    Args:
        cameras: Calibrated cameras, as in the store file.
        settings: Of following boxes.
    """

    def __init__(self, cameras: Sequence[Camera], settings: BoxSettings = DEFAULTS) -> None:
        self._settings = settings
        in_order = sorted(cameras, key=lambda camera: camera.id)
        fisheye = [camera for camera in in_order if camera.distortion_model == "equidistant"]
        kinds = [camera for camera in in_order if camera not in fisheye], fisheye
        self._groups = tuple(CameraGroup.of(kind) for kind in kinds if kind)
        self._people = People.nobody()
        self._members: Indices = np.zeros((1, 0), dtype=np.intp)
        self._weights: Floats = np.zeros(1)
        self._tracks: list[Track] = []
        self._lost = LostPeople(settings.lost_for)
        self._doors = Doors()
        self._born = 0
        self._stamp: int | None = None
        self._random = np.random.default_rng(0)

    def update(self, stamp: int, detections: Mapping[str, Floats]) -> Shoppers:
        """Takes in pictures of one moment, and gives everybody at that moment.

        Args:
            stamp: Nanoseconds since the Unix epoch, not before the last.
            detections: By camera id: left, top, width, height (pixels of the distorted picture) and score (0 to 1) of
                the boxes in its picture, shape [N, 5].

        Raises:
            TrackingError: A camera is not one of the tracker's, its boxes cannot be what they should, the stamp is no
                whole number, or time goes back.
        """
        if not isinstance(stamp, int | np.integer):
            raise TrackingError(f"stamp {stamp!r} is not whole nanoseconds; of seconds give round(1e9 * seconds)")
        pictures = pictures_of(self._groups, detections)
        if self._stamp is not None and stamp < self._stamp:
            raise TrackingError(f"stamp {stamp} is before {self._stamp}, which was told before; sort by stamp")
        if self._stamp is not None:
            self._people = moved(self._people, (stamp - self._stamp) / NANOSECONDS, self._settings)
        self._stamp = stamp
        if pictures:
            unexplained = self._explain(pictures, stamp)
            self._welcome(pictures, unexplained, stamp)
            self._judge(stamp)
        return self.shoppers()

    def shoppers(self) -> Shoppers:
        """Everybody, at the moment of the last picture.

        Raises:
            TrackingError: There has been no picture.
        """
        if self._stamp is None:
            raise TrackingError("nobody can be said to be anywhere before the first picture; call update")
        best = self._people.take(self._members[0])
        everybody = zip(self._tracks, best.mean, best.covariance, best.there.tolist(), strict=True)
        return Shoppers(self._stamp, JOINTS, tuple(self._shopper(*each) for each in everybody))

    def _shopper(self, track: Track, mean: Floats, covariance: Floats, there: float) -> Shopper:
        positions = np.column_stack((np.tile(mean[:2], (len(SHARES), 1)), SHARES * mean[HEIGHT]))
        seen = covariance[SEEN[:, None], SEEN]
        columns = [
            np.full(len(SHARES), seen[0, 0]),
            np.full(len(SHARES), seen[0, 1]),
            seen[0, 2] * SHARES,
            np.full(len(SHARES), seen[1, 1]),
            seen[1, 2] * SHARES,
            seen[2, 2] * SHARES**2,
        ]
        assert self._stamp is not None
        if not track.confirmed:
            state = ShopperState.TENTATIVE
        else:
            state = ShopperState.TRACKED if track.seen == self._stamp else ShopperState.OCCLUDED
        return Shopper(
            track.shopper_id,
            state,
            positions.astype(np.float32),
            np.column_stack(columns).astype(np.float32),
            np.full(len(SHARES), there, dtype=np.float32),
        )

    def _explain(self, pictures: Sequence[Picture], stamp: int) -> list[Indices]:
        """Finds out who is in which box; gives the boxes of each picture that nobody explains."""
        settings = self._settings
        everything = [np.arange(len(picture.boxes)) for picture in pictures]
        if not self._tracks:
            return everything
        best = self._people.take(self._members[0])
        explained = in_any_posture(pictures, self._people, best, settings)
        shares = np.exp(self._weights - self._weights.max())
        numbers = np.maximum(np.round(settings.samples * shares / shares.sum()), 1).astype(np.intp)
        chains = np.repeat(np.arange(len(self._members)), numbers)
        places = self._people.mean[:, None, :2] + explained.off[..., :2]
        against = at_odds(explained, places, self._people.label, settings)
        choice, worth = sampled(explained, against, self._members, chains, self._random)
        self._continue(explained, chains, choice, self._weights[chains] + worth)
        boxes = self._best_boxes
        for column, track in enumerate(self._tracks):
            if (boxes[column] != NONE).any():
                track.seen = stamp
        return [np.setdiff1d(all_, boxes[:, camera]) for camera, all_ in enumerate(everything)]

    def _continue(self, explained: Explanations, chains: Indices, choice: Indices, weights: Floats) -> None:
        """Keeps the best explanations of everybody, and what follows from them."""
        persons = self._members[chains]
        depth = explained.score.shape[1]
        joint, first = np.unique(persons * depth + choice, axis=0, return_index=True)
        # Two hypotheses may come to the same; what led to it is summed up.
        weights = weights[first]
        order = np.argsort(-weights, kind="stable")[: self._settings.hypotheses]
        order = order[weights[order] > weights[order[0]] - NEGLIGIBLE]
        joint, weights = joint[order], weights[order]
        keys, inverse = np.unique(joint, return_inverse=True)
        self._best_boxes = explained.boxes[joint[0] // depth, joint[0] % depth]
        self._people = _updated(self._people, explained, keys // depth, keys % depth)
        self._members = inverse.reshape(joint.shape)
        self._weights = weights - weights[0]
        self._merge()

    def _merge(self) -> None:
        """Makes one of what is nearly the same, so that the explanations kept differ in what matters."""
        people, members = self._people, self._members.copy()
        for column in range(members.shape[1]):
            kept: list[int] = []
            for node in dict.fromkeys(members[:, column].tolist()):
                for other in kept:
                    off = np.abs(people.mean[node] - people.mean[other])
                    alike = (people.posture[node] == people.posture[other]).all()
                    if alike and off[:2].max() < SAME_PLACE and off[2:4].max() < SAME_SPEED:
                        members[members[:, column] == node, column] = other
                        break
                else:
                    kept.append(node)
        distinct, inverse = np.unique(members, axis=0, return_inverse=True)
        weights = np.full(len(distinct), -np.inf)
        np.logaddexp.at(weights, inverse.reshape(-1), self._weights)
        order = np.argsort(-weights, kind="stable")
        self._members, self._weights = distinct[order], weights[order] - weights[order[0]]
        self._tidy()

    def _tidy(self) -> None:
        used, inverse = np.unique(self._members, return_inverse=True)
        self._people = self._people.take(used)
        self._members = inverse.reshape(self._members.shape)

    def _welcome(self, pictures: Sequence[Picture], unexplained: list[Indices], stamp: int) -> None:
        """Follows who appears, under their old id where they were lost."""
        for _ in range(ROUNDS):
            new = arrivals(pictures, unexplained, self._people.take(self._members[0]), self._settings)
            for index in range(len(new.people.mean)):
                self._follow(new.people.take(np.array([index])), stamp)
            if not len(new.boxes):
                break
            unexplained = [np.setdiff1d(left, new.boxes[:, each]) for each, left in enumerate(unexplained)]
        if len(self._people.mean):
            self._tidy()

    def _follow(self, person: People, stamp: int) -> None:
        """Follows somebody who appears, for somebody who is lost, or who is thought to be near and is not seen."""
        column = self._astray(person, stamp)
        if column is None:
            place, height = person.mean[0, :2], float(person.mean[0, HEIGHT])
            found = self._lost.found_again(place, height, stamp, self._doors.at_one(place))
            self._tracks.append(found or self._new(place, stamp))
            column = self._members.shape[1]
            self._members = np.pad(self._members, ((0, 0), (0, 1)))
        label = int(self._people.label.max(initial=-1)) + 1
        self._people = self._people.and_also(person._replace(label=np.array([label])))
        self._members[:, column] = len(self._people.mean) - 1
        self._tracks[column].seen = stamp

    def _new(self, place: Floats, stamp: int) -> Track:
        self._born += 1
        self._doors.come_in(place, stamp)
        return Track(f"{stamp}.{self._born}", stamp)

    def _astray(self, person: People, stamp: int) -> int | None:
        """Whom of those followed and not seen somebody is who appears."""
        mean = self._people.mean[self._members[0]]
        likely: list[tuple[float, int]] = []
        for column, track in enumerate(self._tracks):
            if track.seen == stamp:
                continue
            apart = float(np.linalg.norm(person.mean[0, :2] - mean[column, :2]))
            taller = float(person.mean[0, HEIGHT] - mean[column, HEIGHT])
            differs = unlike(apart, taller, stamp - track.seen)
            if differs is not None:
                likely.append((differs, column))
        return min(likely)[1] if likely else None

    def _judge(self, stamp: int) -> None:
        """Decides who is there, and who is not any more."""
        shares = np.exp(self._weights - self._weights.max())
        there = (shares / shares.sum()) @ self._people.there[self._members]
        kept = []
        for column, track in enumerate(self._tracks):
            track.confirmed |= bool(there[column] >= self._settings.believed)
            if there[column] >= self._settings.given_up:
                kept.append(column)
            elif track.confirmed:
                mean = self._people.mean[self._members[0, column]]
                self._lost.lose(track, mean[:2].copy(), float(mean[HEIGHT]))
        self._lost.forget(stamp)
        if len(kept) < len(self._tracks):
            self._tracks = [self._tracks[column] for column in kept]
            self._members = self._members[:, kept]
            self._merge()


def _updated(people: People, explained: Explanations, rows: Indices, choice: Indices) -> People:
    """What is known of people after each was explained in some way."""
    before = people.take(rows)
    prior = before.covariance[:, SEEN[:, None], SEEN]
    inverse = np.linalg.inv(prior)
    posterior = np.linalg.inv(inverse + explained.information[rows, choice])
    gain = before.covariance[:, :, SEEN] @ inverse
    mean = before.mean + (gain @ explained.off[rows, choice][..., None])[..., 0]
    covariance = before.covariance - gain @ (prior - posterior) @ gain.swapaxes(1, 2)
    covariance = 0.5 * (covariance + covariance.swapaxes(1, 2))
    return People(mean, covariance, explained.there[rows, choice], before.label, explained.posture[rows, choice])
