"""Who is in the store, who pays with whom, and who is staff."""

from __future__ import annotations

from collections.abc import Set

from storegraph.observations import GateEvent


class People:
    """What gates tell of shoppers. One whom no gate has told of pays alone.

    Args:
        crew: Credentials that begin with this are staff's.
    """

    def __init__(self, crew: str) -> None:
        self._crew_mark = crew
        self._party_of: dict[str, str] = {}
        self._crew: set[str] = set()
        self._inside: set[str] = set()
        self._uncounted: set[str] = set()
        self._unbound = 0
        self._left: dict[str, int] = {}

    @property
    def inside(self) -> Set[str]:
        """Who came in and has not left."""
        return self._inside

    @property
    def counted(self) -> bool:
        """Whether gates have told of everybody who is inside, and it is known who each of them is."""
        return bool(self._inside) and not self._unbound and self._inside.isdisjoint(self._uncounted)

    def enter(self, event: GateEvent) -> None:
        """Somebody came in."""
        if not event.shopper_id:
            self._unbound += 1
            return
        self._inside.add(event.shopper_id)
        if event.derived:
            self._uncounted.add(event.shopper_id)
        self._left.pop(event.shopper_id, None)
        if event.credential.startswith(self._crew_mark):
            self._crew.add(event.shopper_id)
        else:
            self._party_of[event.shopper_id] = event.party or event.shopper_id

    def leave(self, event: GateEvent) -> None:
        """Somebody went out."""
        if not event.shopper_id:
            self._unbound = max(0, self._unbound - 1)
            return
        self._uncounted.discard(event.shopper_id)
        self._inside.discard(event.shopper_id)
        self._left[event.shopper_id] = event.stamp

    def is_crew(self, shopper_id: str) -> bool:
        """Whether somebody is staff: they restock, and nothing is billed to them."""
        return shopper_id in self._crew

    def party(self, shopper_id: str) -> str:
        """Who pays for what a shopper takes: themselves, if they were not seen to enter with others."""
        return self._party_of.get(shopper_id, shopper_id)

    def in_one_party(self, one: str, other: str) -> bool:
        """Whether two shoppers came in together."""
        return self._party_of.get(one) == self.party(other)

    def parties_since(self, stamp: int, seen: Set[str]) -> set[str]:
        """Parties of whom somebody is in the store, or has left at that moment or later.

        Args:
            stamp: Nanoseconds since the Unix epoch.
            seen: Who has been seen lately, by whatever way they came in.
        """
        present = {*self._inside, *(seen - self._left.keys())}
        present.update(shopper_id for shopper_id, left in self._left.items() if left >= stamp)
        return {self.party(shopper_id) for shopper_id in present}

    def forget(self, before: int) -> list[str]:
        """Lets go of who left before that moment, nanoseconds since the Unix epoch; gives who that was."""
        gone = [shopper_id for shopper_id, left in self._left.items() if left < before]
        for shopper_id in gone:
            del self._left[shopper_id]
        return gone
