"""All that is answered by HTTP, in one application."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from storegraph.ledger.receipts.postman import SECRET as LINK_SECRET
from storegraph.ledger.review.pages import customer_pages
from storegraph.ledger.settlement.teller import Teller
from storegraph.store.model import Store

from .api import application
from .listener import Listener

STRIPE_SECRET = "STRIPE_WEBHOOK_SECRET"
"""The environment variable with what Stripe signs its webhooks with."""


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
