"""All that is answered by HTTP in one application, and the port that it listens at."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread

import uvicorn
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from storegraph.ledger.errors import LedgerError
from storegraph.ledger.receipts.postman import SECRET as LINK_SECRET
from storegraph.ledger.review.pages import customer_pages
from storegraph.ledger.settlement.teller import Teller
from storegraph.store.model import Store

from .api import application
from .listener import Listener
from .settings import Api

STRIPE_SECRET = "STRIPE_WEBHOOK_SECRET"
"""The environment variable with what Stripe signs its webhooks with."""


class ServingError(LedgerError):
    """Nobody can be answered."""


def whole_application(
    engine: Engine,
    teller: Teller,
    stores: Sequence[Store],
    clock: Callable[[], int],
    version: str,
    receipts: Path | None = None,
) -> Starlette:
    """The API; Stripe's webhooks and the pages for customers, where the environment has their secrets.

    Args:
        engine: The books.
        teller: Writes decisions, disputes and the provider's answers.
        stores: Those whose catalogues are known, and which have pages.
        clock: When it is, nanoseconds since the Unix epoch.
        version: Of Storegraph.
        receipts: Settings of receipts, for the pages' language; None for the defaults.

    Raises:
        PolicyError: The settings of receipts are wrong.
    """
    more: list[BaseRoute] = []
    if stripe := os.environ.get(STRIPE_SECRET, ""):
        more.append(Listener(engine, teller, stripe, clock).route())
    if secret := os.environ.get(LINK_SECRET, ""):
        for store in stores:
            pages = customer_pages(engine, teller, store, secret, clock, receipts)
            more.append(Mount(f"/shops/{store.id}", routes=pages))
    catalogues = {store.id: store.products() for store in stores}
    return application(engine, teller, clock, version, catalogues=catalogues, more=tuple(more))


class Serving:
    """Answers at a port in a thread of its own, until it is closed.

    Args:
        app: What answers.
        api: Where.

    Attributes:
        url: Where it is found; the port is the one that was taken.

    Raises:
        ServingError: The address cannot be listened at.
    """

    def __init__(self, app: Starlette, api: Api) -> None:
        try:
            family = socket.AF_INET6 if ":" in api.host else socket.AF_INET
            self._port = socket.create_server((api.host, api.port), family=family)
        except OSError as error:
            raise ServingError(
                f"{api.host}:{api.port}: cannot be listened at: {error.strerror}; end the program that has the port, "
                "or set api.host and api.port to others"
            ) from error
        host = f"[{api.host}]" if family == socket.AF_INET6 else api.host
        self.url = f"http://{host}:{self._port.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [self._port]}, name="api", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends, after the answers that are under way."""
        self._server.should_exit = True
        self._thread.join()
        self._port.close()
