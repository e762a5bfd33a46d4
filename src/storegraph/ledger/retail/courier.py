"""Takes messages to an endpoint until it has them: at least once, those about one purchase in order.

A crash between the endpoint's answer and the note of it sends a message twice, under one `webhook-id`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Event

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
        told: Why the last of those that were not taken was not; empty where all were.
    """

    delivered: int = 0
    postponed: int = 0
    dead: int = 0
    told: str = field(default="", compare=False)


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
        self._ended = Event()

    def go_round(self, now: int) -> Round:
        """Notes what is to be told since, and delivers what is due.

        Args:
            now: Nanoseconds since the Unix epoch.
        """
        self.outbox.collect(now)
        done: list[tuple[str, str]] = []
        while not self._ended.is_set() and (due := self.outbox.due(now)):
            done += self._pool.map(partial(self._deliver, now=now), due)
        states = [state for state, _ in done]
        told = next((told for state, told in reversed(done) if told and state != "skipped"), "")
        return Round(states.count("delivered"), states.count("waiting"), states.count("dead"), told)

    def close(self) -> None:
        """Ends, after the messages that are under way; may be told while it goes round."""
        self._ended.set()
        self._pool.shutdown()
        self._poster.close()

    def _deliver(self, delivery: Delivery, now: int) -> tuple[str, str]:
        """Tries a message; gives the state it is in now, and why it was not taken."""
        if self._ended.is_set():
            return "left", ""
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

    def _noted(
        self, delivery: Delivery, state: str, now: int, *, due: int | None = None, told: str = ""
    ) -> tuple[str, str]:
        self.outbox.note(delivery, state, now, due=due, told=told)
        return state, told
