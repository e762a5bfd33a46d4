"""Commands for the retailer's own systems: webhooks, the HTTP API, closed days and reports."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from storegraph import __version__

from .books import BOOKS, POLICY, STORE, opened
from .days import COMMANDS
from .rows import OUT, show
from .serving import serve_pages
from .terminal import FILE

if TYPE_CHECKING:
    from storegraph.ledger.retail.courier import Round
    from storegraph.ledger.retail.outbox import Outbox
    from storegraph.ledger.retail.settings import Endpoint, RetailSettings

SETTINGS = click.option("--settings", required=True, type=FILE, help="As config/retail.yaml.")
ENDPOINT = click.option("--endpoint", required=True, help="Its name in the settings.")


EXAMPLES = """\b
Once:        storegraph retail secret                # signs webhooks; goes into the environment
             storegraph retail token give --books BOOKS --store ID erp
While open:  storegraph up STORE --set books=BOOKS --set retail=config/retail.yaml
             (or, on another machine, `storegraph retail deliver --every 1` and `storegraph retail serve`)
Each night:  storegraph retail close --books BOOKS --store STORE
             storegraph retail reconcile --books BOOKS --store STORE --first DAY
For people:  storegraph retail sales, losses, stock  # tables, CSV or Parquet
When told:   storegraph retail deliveries --state dead ..., then resend or skip

BOOKS is a SQLite file or a PostgreSQL URL (or STOREGRAPH_BOOKS in the environment), STORE a store's file, ID its id.
"""


@click.group(epilog=EXAMPLES)
def retail() -> None:
    """Tell the retailer's systems of purchases, answer their questions, close days, and report."""


for _command in COMMANDS:
    retail.add_command(_command)


@retail.command()
def secret() -> None:
    """Make a secret that signs webhooks.

    The endpoint's maker needs it, too. Put it into the environment as STOREGRAPH_WEBHOOK_SECRET, or as the
    endpoint's `secret` names it.
    """
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
    """Tell every endpoint what is due.

    That is what was settled since, and what it did not take before.

    Messages are signed as the Standard Webhooks specification says. What is not taken is tried again, for three days by
    default; then it is dead, and `resend` or `skip` decide. Run one `deliver` for an endpoint, and none where
    `storegraph up` has `retail` set for the same store.
    """
    from storegraph.ledger.retail.rounds import CourierRounds, Couriers

    engine, decided = opened(books), _settings(settings)
    couriers = [Couriers(engine, endpoint, only or "") for endpoint in decided.endpoints]
    if every is not None:
        _rounds = [CourierRounds(each, time.time_ns, _tell_done, every) for each in couriers]
        Event().wait()
    for each in couriers:
        for store, done in each.go_round(time.time_ns()):
            _tell_done(store, each.endpoint.name, done)


@retail.command()
@BOOKS
@STORE
@SETTINGS
@ENDPOINT
@click.option("--state", type=click.Choice(["waiting", "delivered", "dead", "skipped"]), help="Only those.")
@OUT
def deliveries(books: str, store: str, settings: Path, endpoint: str, state: str | None, out: Path | None) -> None:
    """List the messages to an endpoint.

    What it was told of, is to be told of, and could not be told of and why.

    The position of a message is what `resend` and `skip` take.
    """
    from storegraph.ledger.retail.outbox import DeliveryRow, delivery_rows

    show(DeliveryRow, delivery_rows(_outbox(books, store, settings, endpoint).deliveries(state)), out)


@retail.command()
@BOOKS
@STORE
@SETTINGS
@ENDPOINT
@click.argument("position", type=int, required=False)
def resend(books: str, store: str, settings: Path, endpoint: str, position: int | None) -> None:
    """Send dead messages again.

    Or the one about entry POSITION, whatever became of it. They go out with the next round of `deliver`, or of the
    running store.
    """
    click.echo(f"{_outbox(books, store, settings, endpoint).resend(time.time_ns(), position)} to be sent")


@retail.command()
@BOOKS
@STORE
@SETTINGS
@ENDPOINT
@click.argument("position", type=int)
def skip(books: str, store: str, settings: Path, endpoint: str, position: int) -> None:
    """Give up the message about entry POSITION.

    Then later ones of its purchase can go.
    """
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
    """Serve the HTTP API, until Ctrl-C.

    Each system that asks needs a token (`storegraph retail token give`). What there is to ask is told at /openapi.json.

    Where STRIPE_WEBHOOK_SECRET is in the environment, Stripe's webhooks are taken at /stripe/webhook, too. Where
    STOREGRAPH_LINK_SECRET is, the pages for customers are served for each --store-file, at /shops/<store>.
    """
    from storegraph.ledger.policy import Policy, load_policy
    from storegraph.ledger.retail.serving import whole_application
    from storegraph.ledger.settlement.teller import Teller
    from storegraph.store.file import load_store

    engine, stores = opened(books), [load_store(file) for file in files]
    teller = Teller(engine, load_policy(policy) if policy else Policy())
    app = whole_application(engine, teller, stores, time.time_ns, __version__, receipts)
    serve_pages(app, host, port)


@retail.group()
def token() -> None:
    """Say which systems may ask about a store by HTTP."""


@token.command()
@BOOKS
@STORE
@click.option(
    "--may",
    type=click.Choice(["read", "decide"]),
    default="read",
    show_default=True,
    help="Decide: also about lines in doubt, ages and returns.",
)
@click.argument("name")
def give(books: str, store: str, may: str, name: str) -> None:
    """Make a token for the system NAME, and print it: it is shown this once.

    It goes along with each question as `Authorization: Bearer TOKEN`, and is good for this store.
    """
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
    from storegraph.ledger.retail.access import Holder, holders

    show(Holder, holders(opened(books), store), None)


def _tell_done(store: str, endpoint: str, done: Round) -> None:
    why = f": {done.told}" if done.told else ""
    told = f"{done.delivered} delivered, {done.postponed} to be tried again, {done.dead} dead{why}"
    click.echo(f"{store}\t{endpoint}\t{told}")


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
