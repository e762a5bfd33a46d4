"""Takes messages to an endpoint until it has them: at least once, those about one purchase in order.

A crash between the endpoint's answer and the note of it sends a message twice, under one `webhook-id`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Engine

from storegraph.ledger.policy import nanoseconds

from .outbox import Delivery, Outbox
from .settings import Endpoint
from .webhook import DeliveryError, Poster


@dataclass(frozen=True, slots=True)
class Round:
    """What a courier did.

    Attributes:
        delivered: Messages that the endpoint took.
        postponed: Messages that are tried again.
        dead: Messages that will not be tried again before somebody says so.
    """

    delivered: int = 0
    postponed: int = 0
    dead: int = 0


class Courier:
    """Delivers what one endpoint is owed by one store. At one time there should be one, else order is not kept.

    Args:
        engine: From `open_database`.
        store: Store id.
        endpoint: Who is told.

    Raises:
        PolicyError: There is no secret to sign with.
    """

    def __init__(self, engine: Engine, store: str, endpoint: Endpoint) -> None:
        self.outbox = Outbox(engine, store, endpoint)
        self._endpoint = endpoint
        self._poster = Poster(endpoint)
        self._pool = ThreadPoolExecutor(endpoint.at_once, thread_name_prefix=endpoint.name)

    def go_round(self, now: int) -> Round:
        """Notes what is to be told since, and delivers what is due.

        Args:
            now: Nanoseconds since the Unix epoch.
        """
        self.outbox.collect(now)
        states: list[str] = []
        while due := self.outbox.due(now):
            states += self._pool.map(partial(self._deliver, now=now), due)
        return Round(states.count("delivered"), states.count("waiting"), states.count("dead"))

    def close(self) -> None:
        """Ends, after the messages that are under way."""
        self._pool.shutdown()
        self._poster.close()

    def _deliver(self, delivery: Delivery, now: int) -> str:
        message = self.outbox.message(delivery.position)
        if message is None:
            return self._noted(delivery, "skipped", now, told="the purchase was erased")
        try:
            self._poster.post(message, now)
        except DeliveryError as error:
            waits = self._endpoint.retry_after
            if error.final or delivery.attempts >= len(waits):
                return self._noted(delivery, "dead", now, told=str(error))
            due = now + max(nanoseconds(waits[delivery.attempts]), 1)
            return self._noted(delivery, "waiting", now, due=due, told=str(error))
        return self._noted(delivery, "delivered", now)

    def _noted(self, delivery: Delivery, state: str, now: int, *, due: int | None = None, told: str = "") -> str:
        self.outbox.note(delivery, state, now, due=due, told=told)
        return state
