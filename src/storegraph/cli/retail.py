"""Commands for the retailer's own systems: webhooks, the HTTP API, closed days and reports."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from storegraph import __version__

from .books import BOOKS, POLICY, STORE, opened
from .days import COMMANDS
from .staff import dispute_pages
from .terminal import FILE

if TYPE_CHECKING:
    from storegraph.ledger.retail.outbox import Outbox
    from storegraph.ledger.retail.settings import Endpoint, RetailSettings

SETTINGS = click.option("--settings", required=True, type=FILE, help="As config/retail.yaml.")
ENDPOINT = click.option("--endpoint", required=True, help="Its name in the settings.")

STRIPE_SECRET = "STRIPE_WEBHOOK_SECRET"
"""The environment variable with what Stripe signs its webhooks with."""


@click.group()
def retail() -> None:
    """Tell the retailer's systems of purchases, answer their questions, and close days."""


for _command in COMMANDS:
    retail.add_command(_command)


@retail.command()
def secret() -> None:
    """Make a secret that signs webhooks; the endpoint's maker needs it, too."""
    from base64 import b64encode
    from secrets import token_bytes

    from storegraph.ledger.retail.webhook import SECRET_PREFIX

    click.echo(SECRET_PREFIX + b64encode(token_bytes(32)).decode())


@retail.command()
@BOOKS
@SETTINGS
@click.option("--store", "only", help="Only this one; without it, every store in the books.")
@click.option("--every", type=click.FloatRange(min=0.1), help="Go round again each so many seconds, until stopped.")
def deliver(books: str, settings: Path, only: str | None, every: float | None) -> None:
    """Tell every endpoint of what was settled, and what it did not take before."""
    from storegraph.ledger.retail.courier import Courier
    from storegraph.ledger.retail.outbox import stores_to_tell_of

    engine, decided = opened(books), _settings(settings)
    couriers: dict[tuple[str, str], Courier] = {}
    while True:
        for endpoint in decided.endpoints:
            for store in (only,) if only else stores_to_tell_of(engine, endpoint, time.time_ns()):
                if (store, endpoint.name) not in couriers:
                    couriers[store, endpoint.name] = Courier(engine, store, endpoint)
                done = couriers[store, endpoint.name].go_round(time.time_ns())
                if done.delivered or done.postponed or done.dead:
                    told = f"{done.delivered} delivered, {done.postponed} to be tried again, {done.dead} dead"
                    click.echo(f"{store}\t{endpoint.name}\t{told}")
        if every is None:
            return
        time.sleep(every)


@retail.command()
@BOOKS
@STORE
@SETTINGS
@ENDPOINT
@click.option("--state", type=click.Choice(["waiting", "delivered", "dead", "skipped"]), help="Only those.")
def deliveries(books: str, store: str, settings: Path, endpoint: str, state: str | None) -> None:
    """List what an endpoint was told of, is to be told of, and could not be told of and why."""
    for each in _outbox(books, store, settings, endpoint).deliveries(state):
        click.echo(f"{each.position}\t{each.bill}\t{each.state}\t{each.attempts} attempts\t{each.told}".rstrip())


@retail.command()
@BOOKS
@STORE
@SETTINGS
@ENDPOINT
@click.argument("position", type=int, required=False)
def resend(books: str, store: str, settings: Path, endpoint: str, position: int | None) -> None:
    """Send dead messages again; or the one about entry POSITION, whatever became of it."""
    click.echo(f"{_outbox(books, store, settings, endpoint).resend(time.time_ns(), position)} to be sent")


@retail.command()
@BOOKS
@STORE
@SETTINGS
@ENDPOINT
@click.argument("position", type=int)
def skip(books: str, store: str, settings: Path, endpoint: str, position: int) -> None:
    """Give up the message about entry POSITION, so that later ones of its purchase can go."""
    _outbox(books, store, settings, endpoint).skip(position)


@retail.command()
@BOOKS
@POLICY
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where it listens; put a proxy with TLS before it."
)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="TCP; 0: a free one.")
@click.option(
    "--store-file", "files", multiple=True, type=FILE, help="A store's file, with its catalogue; may be repeated."
)
@click.option("--receipts", type=FILE, help="As config/receipts.yaml: the language of the pages.")
def serve(
    books: str, policy: Path | None, host: str, port: int, files: tuple[Path, ...], receipts: Path | None
) -> None:
    """Answer the questions of the retailer's systems by HTTP, until Ctrl-C.

    Where STRIPE_WEBHOOK_SECRET is in the environment, Stripe's webhooks are taken at /stripe/webhook, too. Where
    STOREGRAPH_LINK_SECRET is, the pages that receipts link to are served for each --store-file, at /shops/<store>.
    """
    import uvicorn
    from starlette.routing import BaseRoute, Mount

    from storegraph.ledger.policy import Policy, load_policy
    from storegraph.ledger.receipts.postman import SECRET
    from storegraph.ledger.retail.api import application
    from storegraph.ledger.retail.listener import Listener
    from storegraph.ledger.settlement.teller import Teller
    from storegraph.store.file import load_store

    engine, stores = opened(books), [load_store(file) for file in files]
    teller = Teller(engine, load_policy(policy) if policy else Policy())
    more: list[BaseRoute] = []
    if stripe := os.environ.get(STRIPE_SECRET, ""):
        more.append(Listener(engine, teller, stripe, time.time_ns).route())
    if secret := os.environ.get(SECRET, ""):
        for store in stores:
            pages = dispute_pages(engine, teller, store, secret, receipts)
            more.append(Mount(f"/shops/{store.id}", routes=[pages.route()]))
    catalogues = {store.id: store.products() for store in stores}
    app = application(engine, teller, time.time_ns, __version__, catalogues=catalogues, more=tuple(more))
    uvicorn.run(app, host=host, port=port, log_level="info")


@retail.group()
def token() -> None:
    """Say which systems may ask about a store by HTTP."""


@token.command()
@BOOKS
@STORE
@click.option("--may", type=click.Choice(["read", "decide"]), default="read", show_default=True)
@click.argument("name")
def give(books: str, store: str, may: str, name: str) -> None:
    """Make a token for the system NAME, and print it: it is shown this once."""
    from storegraph.ledger.retail.access import May, give_token

    click.echo(give_token(opened(books), store, name, May(may), time.time_ns()))


@token.command()
@BOOKS
@STORE
@click.argument("name")
def revoke(books: str, store: str, name: str) -> None:
    """Take the token of the system NAME away."""
    from storegraph.ledger.retail.access import revoke_token

    revoke_token(opened(books), store, name)


@token.command("list")
@BOOKS
@STORE
def list_tokens(books: str, store: str) -> None:
    """List the systems that have a token."""
    from storegraph.ledger.retail.access import holders

    for holder in holders(opened(books), store):
        click.echo(f"{holder.name}\t{holder.may}")


def _settings(path: Path) -> RetailSettings:
    from storegraph.ledger.retail.settings import load_retail_settings

    return load_retail_settings(path)


def _endpoint(settings: Path, name: str) -> Endpoint:
    from storegraph.ledger.errors import PolicyError

    known = {endpoint.name: endpoint for endpoint in _settings(settings).endpoints}
    if name not in known:
        raise PolicyError(f"{settings}: has no endpoint {name}; it has {', '.join(known) or 'none'}")
    return known[name]


def _outbox(books: str, store: str, settings: Path, endpoint: str) -> Outbox:
    from storegraph.ledger.retail.outbox import Outbox

    return Outbox(opened(books), store, _endpoint(settings, endpoint))
