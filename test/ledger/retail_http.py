"""The HTTP API of a shop on a real port."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from shop_ledger import HOUR, NINE, PRODUCTS
from sqlalchemy import Engine
from starlette.applications import Starlette

from storegraph import __version__
from storegraph.ledger.policy import Policy
from storegraph.ledger.retail.api import application
from storegraph.ledger.retail.listener import Listener
from storegraph.ledger.settlement.teller import Teller

SECRET = "whsec_stripe"
LATER = NINE + 24 * HOUR


def retail_application(engine: Engine) -> Starlette:
    """The HTTP API of a shop's books, which also takes what Stripe tells."""
    teller = Teller(engine, Policy())
    more = (Listener(engine, teller, SECRET, lambda: LATER).route(),)
    return application(engine, teller, lambda: LATER, __version__, catalogues={"corner": PRODUCTS}, more=more)


@contextmanager
def listening(app: Starlette) -> Iterator[str]:
    """Its address, on a real port."""
    with socket.create_server(("127.0.0.1", 0)) as port:
        running = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [port]})
        thread.start()
        while not running.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{port.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join()
