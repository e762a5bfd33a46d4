"""What people do in a session, and what of it the recorder gets wrong."""

from __future__ import annotations

from dataclasses import dataclass

from autocheckout_shop import Cell


@dataclass(frozen=True, slots=True)
class Touch:
    """A hand takes goods from a plate or puts them on it.

    Attributes:
        who: Name of the person.
        at: When the weight begins to change, seconds after the session's begin.
        cell: Where.
        count: Taken; below zero: put back; 0: the hand only presses on what is there.
        barcode: Of what is put back; None: what is planned on the plate.
        hand: -1 left, 1 right.
        beside: Where the person stands, metres to the right of where the hand would be straight before them.
        seconds: How long the weight changes.
        spread: Share of the goods that stands on the next plate to the right.
        swings: Whether the goods hang or lean, and go on moving.
    """

    who: str
    at: float
    cell: Cell
    count: int = 1
    barcode: str | None = None
    hand: int = 1
    beside: float = 0.0
    seconds: float = 0.2
    spread: float = 0.0
    swings: bool = False


@dataclass(frozen=True, slots=True)
class HandOver:
    """Goods go from hand to hand, where both stand.

    Attributes:
        giver: Name.
        taker: Name.
        at: Seconds after the session's begin.
        barcode: Of one thing that the giver holds.
    """

    giver: str
    taker: str
    at: float
    barcode: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the session.

    Attributes:
        name: In the script.
        enters: Seconds; None: stands there from the first snapshot.
        leaves: Seconds; None: still there at the last.
    """

    name: str
    enters: float | None = None
    leaves: float | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """A target is lost, and comes back under another id.

    Attributes:
        who: Name.
        at: When it is lost, seconds.
        gap: For how long, seconds.
    """

    who: str
    at: float
    gap: float


@dataclass(frozen=True, slots=True)
class Exchange:
    """Two people have each other's ids for a while.

    Attributes:
        who: Their names.
        begin: Seconds.
        end: Seconds.
    """

    who: tuple[str, str]
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Session:
    """A script, and how it is recorded; by default as BENCHMARK-1.

    Attributes:
        name: Of the session; sessions of one class begin alike.
        seconds: How long it is.
        people: One to three.
        acts: In any order.
        breaks: Targets lost and found.
        exchanges: Ids mixed up.
        without_wrists: Whether head, neck and shoulders are all that is seen.
        plates: First and last second of the load cells; None: as long as the session.
        people_ahead: By how much people's clock is ahead of the plates', seconds.
        pause: First and last second of a time of which nothing is recorded, and in which shelves are filled.
        heavier: How much heavier things of a product are than the catalogue says, by barcode; grams where it says none.
    """

    name: str
    seconds: float
    people: tuple[Person, ...]
    acts: tuple[Touch | HandOver, ...]
    breaks: tuple[Break, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    without_wrists: bool = False
    plates: tuple[float, float] | None = None
    people_ahead: float = 0.0
    pause: tuple[float, float] | None = None
    heavier: tuple[tuple[str, float], ...] = ()

    def touches(self, who: str | None = None) -> list[Touch]:
        """In the order of time, of one person or of all."""
        touches = [act for act in self.acts if isinstance(act, Touch) and who in (None, act.who)]
        return sorted(touches, key=lambda touch: touch.at)
