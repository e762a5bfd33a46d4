"""The retailer's systems under ROS: they are told of purchases and answered as long as the store runs.

It is no stage: it reads the books that the ledger's node writes, and no topic. When it dies the store goes on, and what
was not delivered is delivered once it is back.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine
from starlette.applications import Starlette

from storegraph.graph.diagnostics import Level, Status
from storegraph.graph.managed import ManagedNode
from storegraph.ledger.books.database import open_database
from storegraph.ledger.errors import PolicyError
from storegraph.ledger.policy import Policy, load_policy
from storegraph.ledger.serving import Serving
from storegraph.ledger.settlement.teller import Teller
from storegraph.store.model import Store

from .courier import Round
from .parameters import RetailNodeSettings
from .rounds import CourierRounds, Couriers
from .serving import whole_application
from .settings import RetailSettings, load_retail_settings


class RetailNode(ManagedNode):
    """Webhooks to every endpoint about this store, and the HTTP API."""

    def set_up(self, store: Store, settings: RetailNodeSettings) -> None:
        """Reads the files and opens the books.

        Raises:
            LedgerError: One of them cannot be used, or a secret is not in the environment.
        """
        self._told: RetailSettings = _settings(settings)
        self._engine: Engine = open_database(settings.books)
        policy = load_policy(Path(settings.policy)) if settings.policy else Policy()
        receipts = Path(settings.receipts) if settings.receipts else None
        teller = Teller(self._engine, policy)
        self._app: Starlette = whole_application(
            self._engine, teller, [store], lambda: self.now, self.version, receipts
        )
        self._couriers = [Couriers(self._engine, endpoint, store.id) for endpoint in self._told.endpoints]

    def join(self) -> None:
        """Begins to deliver, and to serve as soon as the port can be had."""
        self._rounds = [CourierRounds(couriers, time.time_ns, self._log) for couriers in self._couriers]
        api = self._told.api
        self._serving = Serving(self._app, api.host, api.port) if api is not None else None

    def leave(self) -> None:
        """Ends, after what is under way."""
        if self._serving is not None:
            self._serving.close()
        for rounds in self._rounds:
            rounds.close()

    def clean_up(self) -> None:
        """Lets go of the books."""
        self._engine.dispose()

    def statuses(self) -> Iterator[Status]:
        """Whether each endpoint is told, and where questions are answered."""
        for rounds in self._rounds:
            dead = f"{rounds.dead} messages are dead; `storegraph retail deliveries --state dead` lists them"
            wrong = "; ".join(filter(None, [rounds.problem, dead if rounds.dead else ""]))
            yield Status(Level.WARN if wrong else Level.OK, rounds.endpoint, wrong or "is told of purchases")
        if self._serving is not None:
            url = self._serving.url
            yield Status(Level.OK if url else Level.ERROR, "api", f"answers at {url}" if url else self._serving.problem)

    def _log(self, _: str, endpoint: str, done: Round) -> None:
        """Only what did not go well: who wants to see all looks into the books."""
        if done.told:
            counts = f"{done.delivered} delivered, {done.postponed} to be tried again, {done.dead} dead"
            self.get_logger().warning(f"{endpoint}: {counts}: {done.told}")


def _settings(settings: RetailNodeSettings) -> RetailSettings:
    if not settings.retail:
        raise PolicyError("parameter retail is not set; it names a file as config/retail.yaml")
    if not settings.books:
        raise PolicyError("parameter books is not set; it names the books that the ledger's node keeps")
    return load_retail_settings(Path(settings.retail))
