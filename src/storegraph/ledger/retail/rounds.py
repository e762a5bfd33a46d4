"""Couriers that go round until they are told to end; an endpoint that answers slowly holds up no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import Engine

from storegraph.ledger.rounds import Rounds
from storegraph.units import NANOSECONDS

from .courier import Courier, Round
from .outbox import dead_messages, stores_to_tell_of
from .settings import Endpoint
from .webhook import secrets_of

PAUSE = 1.0
"""Seconds between two rounds: nobody waits for a webhook. A round with nothing to do is one question to the books."""

COUNTED_AGAIN = 60 * NANOSECONDS
"""Nanoseconds. Staff sends dead messages again in another process; counting goes through all that were delivered."""

Told = Callable[[str, str, Round], None]
"""Is told the store, the endpoint, and what a courier did."""


class Couriers:
    """Those to one endpoint: one for each store that has something to tell.

    Args:
        engine: The books.
        endpoint: Who is told.
        only: The one store that it is told of; empty for every store in the books.

    Raises:
        PolicyError: There is no secret to sign with.
    """

    def __init__(self, engine: Engine, endpoint: Endpoint, only: str = "") -> None:
        secrets_of(endpoint)
        self.endpoint = endpoint
        self._engine = engine
        self._only = only
        self._couriers: dict[str, Courier] = {}
        self._closed = False

    def go_round(self, now: int) -> Iterator[tuple[str, Round]]:
        """Delivers what is due; gives each store of which something was, and what was done.

        Args:
            now: Nanoseconds since the Unix epoch.
        """
        for store in stores_to_tell_of(self._engine, self.endpoint, now, self._only):
            if self._closed:
                return
            if store not in self._couriers:
                self._couriers[store] = Courier(self._engine, store, self.endpoint)
            done = self._couriers[store].go_round(now)
            if done != Round():
                yield store, done

    def dead(self) -> int:
        """How many messages will not be tried again before somebody says so."""
        return dead_messages(self._engine, self.endpoint, self._only)

    def close(self) -> None:
        """Ends, after the messages that are under way; may be told from another thread."""
        self._closed = True
        for courier in list(self._couriers.values()):
            courier.close()


class CourierRounds:
    """Has couriers go round in a thread of their own until it is closed.

    Args:
        couriers: Who go.
        clock: Nanoseconds since the Unix epoch, as the receivers have it: they refuse what was signed long ago.
        told: Called from the thread about each store of which something was delivered, or tried.
        pause: Seconds between two rounds.

    Attributes:
        dead: Messages that will not be tried again before somebody says so.
    """

    def __init__(self, couriers: Couriers, clock: Callable[[], int], told: Told, pause: float = PAUSE) -> None:
        self.dead = 0
        self._refused = ""
        self._couriers = couriers
        self._clock = clock
        self._told = told
        self._counted = 0
        self._rounds = Rounds(f"to {couriers.endpoint.name}", self._go_round, pause)

    @property
    def endpoint(self) -> str:
        """The name of who is told."""
        return self._couriers.endpoint.name

    @property
    def problem(self) -> str:
        """Why there are no rounds, or why the last message that was tried was not taken; empty where all is well."""
        return self._rounds.problem or self._refused

    def close(self) -> None:
        """Ends, after the messages that are under way."""
        self._couriers.close()
        self._rounds.close()

    def _go_round(self) -> None:
        now = self._clock()
        if now - self._counted >= COUNTED_AGAIN:
            self.dead = self._couriers.dead()
            self._counted = now
        for store, done in self._couriers.go_round(now):
            self.dead += done.dead
            self._refused = done.told
            self._told(store, self.endpoint, done)
