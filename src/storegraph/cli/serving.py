"""Pages and an API that the command line serves until Ctrl-C."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import click

from .books import BOOKS, POLICY, opened
from .terminal import FILE

STORE_FILE = click.option("--store", "store_file", required=True, type=FILE, help="The store's file.")
SETTINGS = click.option("--settings", type=FILE, help="As config/receipts.yaml; without it, the defaults.")


def serve_pages(application: Any, host: str, port: int) -> None:
    """Serves an ASGI application.

    No address that was asked for stands in a log: it may hold a signed link, or what somebody typed.
    """
    import uvicorn

    uvicorn.run(application, host=host, port=port, access_log=False)


@click.command()
@BOOKS
@POLICY
@STORE_FILE
@SETTINGS
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where it listens; put a proxy with TLS before it."
)
@click.option("--port", default=8081, show_default=True, type=click.IntRange(0, 65535), help="TCP; 0: a free one.")
def pages(books: str, policy: Path | None, store_file: Path, settings: Path | None, host: str, port: int) -> None:
    """Serve the pages for customers, until Ctrl-C.

    At /receipts they find a receipt again, by the last four digits of their card, the day, and what was charged. At
    /disputes/… are the pages that receipts link to, on which lines are disputed.
    """
    from starlette.applications import Starlette

    from storegraph.ledger.errors import PolicyError
    from storegraph.ledger.policy import Policy, load_policy
    from storegraph.ledger.receipts.postman import SECRET
    from storegraph.ledger.review.pages import customer_pages
    from storegraph.ledger.settlement.teller import Teller
    from storegraph.store.file import load_store

    secret = os.environ.get(SECRET, "")
    if not secret:
        raise PolicyError(f"{SECRET}: is not in the environment; it holds what signs the links of receipts")
    engine = opened(books)
    teller = Teller(engine, load_policy(policy) if policy else Policy())
    routes = customer_pages(engine, teller, load_store(store_file), secret, time.time_ns, settings)
    serve_pages(Starlette(routes=routes), host, port)


@click.command()
@BOOKS
@STORE_FILE
@SETTINGS
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where it listens: of a tablet, the shop's own net."
)
@click.option("--port", default=8082, show_default=True, type=click.IntRange(0, 65535), help="TCP; 0: a free one.")
def kiosk(books: str, store_file: Path, settings: Path | None, host: str, port: int) -> None:
    """Serve the kiosk's page, until Ctrl-C.

    On it customers who are inside the shop leave an address for their receipt.
    """
    from starlette.applications import Starlette

    from storegraph.ledger.receipts.kiosk import Kiosk
    from storegraph.ledger.receipts.settings import ReceiptSettings, load_receipt_settings
    from storegraph.store.file import load_store

    language = (load_receipt_settings(settings) if settings else ReceiptSettings()).language
    page = Kiosk(opened(books), load_store(store_file), time.time_ns, language)
    application = Starlette(routes=[page.route()])
    serve_pages(application, host, port)
