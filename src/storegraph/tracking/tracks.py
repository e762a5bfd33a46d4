"""How long somebody is followed: from the first sight to the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storegraph.observations import ShopperState

from .model import TrackingSettings

PATIENCE = 5
"""Somebody lost inside is waited for at most so many times as long as they had been followed: who was seen for a second
beside others may have been one of these, and would be there to be taken for the next one who is found again."""


@dataclass(slots=True)
class Track:
    """What is known of a followed person beside the joints. Times are nanoseconds since the Unix epoch.

    Attributes:
        shopper_id: Opaque.
        born: First seen.
        at_gate: Whether that was at a gate, or on the way to one from outside.
        seen: When each camera has last seen this person, by its id.
        in_two_views: When two cameras have last seen this person at about one time.
        confirmed: Whether it is taken for a person.
        crossed: When this person, seen before a gate, got to its inner side as far as is known; None if they did not.
        came_in: Whether this person was seen to come in.
        left: Whether a gate has told that this person went out.
    """

    shopper_id: str
    born: int
    at_gate: bool
    seen: dict[str, int]
    in_two_views: int
    confirmed: bool = False
    crossed: int | None = None
    came_in: bool = False
    left: bool = False

    @property
    def last_seen(self) -> int:
        """By any camera."""
        return max(self.seen.values())

    @property
    def is_inside(self) -> bool:
        """Whether this is somebody in the store, who has not left."""
        return self.confirmed and not self.left and not self.before_gate

    @property
    def before_gate(self) -> bool:
        """Whether this person was seen at a gate and has not come in."""
        return self.at_gate and not self.came_in

    def see(self, cameras: Sequence[str], stamp: int, settings: TrackingSettings) -> None:
        """Some cameras see this person."""
        self.seen.update(dict.fromkeys(cameras, stamp))
        if len(cameras) >= 2 or sum(stamp - seen <= settings.birth_window for seen in self.seen.values()) >= 2:
            self.in_two_views = stamp

    def confirm(self, stamp: int, settings: TrackingSettings) -> None:
        """Takes a person for one who has been in two views for long enough."""
        long_enough = settings.confirm_at_gate if self.at_gate else settings.confirm_elsewhere
        self.confirmed |= self.in_two_views - self.born >= long_enough and self.state(stamp, settings) != _OCCLUDED

    def state(self, stamp: int, settings: TrackingSettings) -> ShopperState:
        """How the position is known at a moment."""
        if not self.confirmed:
            return ShopperState.TENTATIVE
        return _OCCLUDED if stamp - self.last_seen > settings.occluded_after else ShopperState.TRACKED

    def over(self, stamp: int, at_gate: bool, outside: bool, awaited: bool, settings: TrackingSettings) -> bool:
        """Whether nobody is followed here any more.

        Args:
            stamp: Now.
            at_gate: Whether the person is at a gate.
            outside: Whether that is on its outer side.
            awaited: Whether the nearest gate has told of somebody who came in and has not been seen to.
            settings: Of tracking.
        """
        if not self.confirmed:
            return stamp - self.in_two_views > settings.tentative_for
        unseen = stamp - self.last_seen
        if self.before_gate and awaited:
            return unseen > settings.leaves_after
        if self.left or outside or self.before_gate:
            return unseen > settings.occluded_after
        followed_for = self.last_seen - self.born
        waited_for = 0 if at_gate else min(settings.occluded_for, PATIENCE * followed_for)
        return unseen > max(settings.leaves_after, waited_for)


_OCCLUDED = ShopperState.OCCLUDED


def newly_followed(tracks: Sequence[Track], now: int, seen: dict[str, int], at_gate: bool) -> Track:
    """Of somebody seen for the first time, beside those who are followed; the id is the stamp and a number."""
    number = sum(track.born == now for track in tracks)
    return Track(f"{now}.{number}", now, at_gate, seen, in_two_views=now)
