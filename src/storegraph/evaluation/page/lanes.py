"""When everybody was there and what they did, on one line each. Places are per cent of the recording."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .people import Person, Track
from .story import Event


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that somebody did.

    Attributes:
        event: Index of the event.
        left: Where its middle is.
        kind: "take", "put_back" or "none".
        text: When, and what, in words.
    """

    event: int
    left: float
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """Somebody's line.

    Attributes:
        person: Whose.
        spans: Left and width of each time they were there.
        marks: What they did.
    """

    person: Person
    spans: tuple[tuple[float, float], ...]
    marks: tuple[Mark, ...]


def lanes_of(tracks: Iterable[Track], events: Sequence[Event], times: Sequence[float], seconds: float) -> list[Lane]:
    """A lane for everybody who has a track, in the order in which they appear.

    Args:
        tracks: Several may be of one person.
        events: What happened.
        times: Of the tracks' frames, seconds.
        seconds: Length of the recording.
    """
    tracks_of: dict[Person, list[Track]] = {}
    for track in tracks:
        tracks_of.setdefault(track.person, []).append(track)
    return [
        Lane(
            person,
            tuple(_span(times[track.first], times[track.first + len(track.frames) - 1], seconds) for track in held),
            tuple(
                Mark(
                    index,
                    round(50 * (event.begin + event.end) / seconds, 2),
                    event.deed.action.name.lower(),
                    f"{event.clock} {event.deed.summary}",
                )
                for index, event in enumerate(events)
                if event.deed and event.person == person
            ),
        )
        for person, held in tracks_of.items()
    ]


def _span(begin: float, end: float, seconds: float) -> tuple[float, float]:
    return round(100 * begin / seconds, 2), round(100 * (end - begin) / seconds, 2)
