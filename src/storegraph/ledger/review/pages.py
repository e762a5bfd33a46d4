"""The page that the link in a receipt leads to: one click more, and the line is disputed.

Reading the page changes nothing, for mail programs and virus scanners follow links.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_currency
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from storegraph.ledger.books.charge import Charge
from storegraph.ledger.books.facts import Claim
from storegraph.ledger.books.lines import charge_of_line
from storegraph.ledger.errors import RefusedError
from storegraph.ledger.receipts.forms import HEADERS, read_form
from storegraph.ledger.receipts.links import line_of
from storegraph.ledger.receipts.lookup import Lookup
from storegraph.ledger.receipts.page import LOCALES, Language, templates, words_of
from storegraph.ledger.receipts.settings import ReceiptSettings, load_receipt_settings
from storegraph.ledger.settlement.inputs import Dispute
from storegraph.ledger.settlement.teller import Teller
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS

Tell = Callable[[Dispute], object]
"""Writes a dispute into the books.

Raises:
    LedgerError: It was refused.
"""


class DisputePages:
    """Pages on which lines of receipts are disputed.

    Args:
        engine: The books.
        store: Whose receipts.
        tell: Writes a dispute.
        secret: With which the links are signed.
        clock: Nanoseconds since the Unix epoch.
        language: Of the pages.
    """

    def __init__(
        self, engine: Engine, store: Store, tell: Tell, secret: bytes, clock: Callable[[], int], language: Language
    ) -> None:
        self._engine = engine
        self._store = store
        self._tell = tell
        self._secret = secret
        self._clock = clock
        self._language = language

    def route(self) -> Route:
        """For an application; receipts link to it as `<sender.link>/disputes/…`."""
        return Route("/disputes/{carried}", self._answer, methods=["GET", "POST"])

    async def _answer(self, request: Request) -> Response:
        form = await read_form(request) if request.method == "POST" else None
        try:
            page = await run_in_threadpool(self._page, request.path_params["carried"], form)
        except RefusedError:
            over = words_of(self._language).said["dispute_over"]
            return HTMLResponse(self._written(told=over), status_code=410, headers=HEADERS)
        return HTMLResponse(page, headers=HEADERS)

    def _page(self, carried: str, form: dict[str, str] | None) -> str:
        now = self._clock()
        line = line_of(self._secret, carried, now)
        charge = self._charge(line)
        if charge.dispute is None and form is not None:
            self._tell(_disputed(line, form, now))
            charge = self._charge(line)
        if charge.dispute is not None:
            until = self._day(charge.dispute.deadline)
            return self._written(told=words_of(self._language).said["dispute_noted"].format(until=until))
        if not charge.charged:
            raise RefusedError(f"line {line}: nothing of it is charged")
        return self._asking(charge)

    def _charge(self, line: str) -> Charge:
        with self._engine.connect().execution_options(reading=True) as connection:
            charge = charge_of_line(connection, self._store.id, line)
        if charge is None:
            raise RefusedError(f"line {line}: is not known")
        return charge

    def _asking(self, charge: Charge) -> str:
        said = words_of(self._language).said
        price = self._store.price(charge.amount)
        amount = format_currency(price, self._store.currency, locale=LOCALES[self._language], currency_digits=True)
        claims = [(claim.value, said[f"dispute_{claim.name.lower()}"]) for claim in Claim]
        name = charge.line.name or said["unknown"]
        return self._written(told="", count=charge.charged, name=name, amount=amount, claims=claims)

    def _written(self, **content: object) -> str:
        words = words_of(self._language).said
        template = templates().get_template("dispute.html")
        return template.render(language=self._language, store=self._store.name, words=words, **content)

    def _day(self, stamp: int) -> str:
        then = datetime.fromtimestamp(stamp // NANOSECONDS, ZoneInfo(self._store.time_zone))
        return format_date(then, "long", locale=LOCALES[self._language])


def customer_pages(
    engine: Engine, teller: Teller, store: Store, secret: str, clock: Callable[[], int], receipts: Path | None
) -> list[BaseRoute]:
    """The pages of a store for its customers: on which lines are disputed, and on which a receipt is found again.

    Args:
        engine: The books.
        teller: Writes disputes.
        store: Whose receipts.
        secret: With which their links are signed.
        clock: Nanoseconds since the Unix epoch.
        receipts: Settings of receipts; None for the defaults.

    Raises:
        PolicyError: These are wrong.
    """
    settings, key = load_receipt_settings(receipts) if receipts else ReceiptSettings(), secret.encode()
    disputes = DisputePages(engine, store, lambda told: teller.tell(store.id, told), key, clock, settings.language)
    return [disputes.route(), Lookup(engine, store, settings, key, clock).route()]


def _disputed(line: str, form: dict[str, str], now: int) -> Dispute:
    right, claim = form.get("right", "0"), form.get("claim", "")
    if claim not in {each.value for each in Claim} or not right.isascii() or not right.isdecimal():
        raise RefusedError(f"line {line}: the form was not filled as it asks for")
    return Dispute(now, line, Claim(claim), int(right))
