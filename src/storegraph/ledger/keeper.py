"""Keeps the books of a live store, beside the graph and never in its way: what it is told waits for the disk."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from threading import Event, Thread

from sqlalchemy.exc import SQLAlchemyError

from storegraph.observations import Cart, GateEvent, Observation, Passage, Receipt
from storegraph.store.model import Store

from .books.database import open_database
from .errors import PaymentError
from .payments.provider import PaymentProvider
from .payments.sandbox import Sandbox
from .policy import Policy, load_policy
from .settings import BooksSettings
from .settlement.bookkeeper import Bookkeeper
from .settlement.inputs import ChangeCart, Enter, Input, Leave
from .settlement.runner import Clock, Runner
from .settlement.writer import Writer

LOG = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between two looks for what is due; deadlines are hours."""


class Keeper:
    """Tells the books what the graph says, and has the provider asked what they want asked.

    Args:
        store: Of the graph.
        settings: Where the books are.
        clock: Event time.

    Raises:
        LedgerError: The books, the policy or the provider cannot be used.
    """

    def __init__(self, store: Store, settings: BooksSettings, clock: Clock) -> None:
        policy = load_policy(Path(settings.policy)) if settings.policy else Policy()
        provider = provider_of(settings)
        self._clock = clock
        self._engine = open_database(settings.books)
        writer = Writer(self._engine, store.id, policy, store.products())
        self.bookkeeper = Bookkeeper(self._engine, store.id, writer)
        self._runner = None
        if provider is not None:
            self._runner = Runner(self.bookkeeper, provider, store.currency, clock, settings.payments_at_once)
            self._runner.start()
        self._refused = ""
        self._ended = Event()
        self._ticking = Thread(target=self._tick, name="due", daemon=True)
        self._ticking.start()

    def close(self) -> None:
        """Writes what was told, and ends."""
        self._ended.set()
        self._ticking.join()
        if self._runner is not None:
            self._runner.stop()
        self.bookkeeper.close()
        self._engine.dispose()

    def taken_in(self, observation: Observation) -> None:
        """Is told what the graph says: who came in, what carts hold, what somebody left with."""
        told = input_of(observation)
        if told is not None:
            self.bookkeeper.tell(told).add_done_callback(lambda future: self._note(future.exception()))

    @property
    def problem(self) -> str:
        """What is wrong; empty where all is well."""
        of_provider = ""
        if self._runner is not None:
            silent = self._runner.unanswered
            of_provider = self._runner.problem or (f"the provider did not answer {silent} times" if silent else "")
        return self.bookkeeper.problem or of_provider or self._refused

    def _tick(self) -> None:
        while not self._ended.wait(TICK):
            try:
                if self._runner is not None:
                    self._runner.pick_up()
                for told in self.bookkeeper.advance(self._clock()):
                    told.add_done_callback(lambda future: self._note(future.exception()))
            except SQLAlchemyError as error:
                LOG.error("the books cannot be read: %s", str(error).splitlines()[0])

    def _note(self, error: BaseException | None) -> None:
        if error is not None:
            self._refused = str(error)
            LOG.error("%s", error)


def input_of(observation: Observation) -> Input | None:
    """What an observation tells the books; None for what they have nothing to do with."""
    match observation:
        case GateEvent(passage=Passage.ENTRY) if observation.shopper_id:
            return Enter(
                stamp=observation.stamp,
                visit=f"{observation.shopper_id}@{observation.stamp}",
                shopper=observation.shopper_id,
                party=observation.party,
                token=observation.credential,
                derived=observation.derived,
            )
        case Cart():
            return ChangeCart(observation)
        case Receipt():
            return Leave(observation)
        case _:
            return None


def provider_of(settings: BooksSettings) -> PaymentProvider | None:
    """Who moves the money; None where nobody is named.

    Raises:
        PaymentError: There is no such provider, or its key is missing.
    """
    match settings.provider:
        case "":
            return None
        case "sandbox":
            return Sandbox()
        case "stripe":
            from .payments.stripe import Stripe

            key = os.environ.get("STRIPE_API_KEY", "")
            if not key:
                raise PaymentError("provider stripe: STRIPE_API_KEY is not set in the environment; it holds the key")
            return Stripe(key, settings.provider_address or None)
        case other:
            raise PaymentError(f'parameter provider: "{other}" is not known; it takes sandbox or stripe')
