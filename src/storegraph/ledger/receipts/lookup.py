"""The page on which a customer finds a receipt again without an account: four digits, the day, and what was charged.

Digits and day alone are no secret: four digits stand on every slip of the same card, and who stood in the shop knows
the day. What was charged stands on the statement of the card's owner and on their receipts, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.policy import nanoseconds
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS

from .finding import bills_of_day
from .forms import HEADERS, language_of, other_languages, read_form
from .letter import Letter, letter_of
from .links import dispute_link
from .page import Language, as_html, as_pdf, templates, words_of
from .pairing import DIGITS
from .settings import ReceiptSettings
from .tries import Tries

MINUTE, DAY = 60 * NANOSECONDS, 86_400 * NANOSECONDS

TRIES = 10
"""Wrong ones in a minute, of all who ask, before the page asks to wait. Who guesses all three hits one of a day's 300
receipts among 10,000 digits and some 2,000 amounts one time in 60,000: once in four days, and knows not whose it is."""

TRIES_OF_CARD = 5
"""Wrong ones about the same digits and day within a day. Who knows these of somebody has to guess one of some 2,000
amounts, and does one time in 400; then only the shop tells, to the customer too."""

_DIGITS = re.compile(rf"[0-9]{{{DIGITS}}}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNT = re.compile(r"[0-9]{1,9}([.,][0-9]{1,3})?")


class Lookup:
    """Shows a receipt to who knows what nobody else does.

    Args:
        engine: The books.
        store: Whose receipts.
        settings: How they look.
        secret: With which the links of their lines are signed.
        clock: Nanoseconds since the Unix epoch.
    """

    def __init__(
        self, engine: Engine, store: Store, settings: ReceiptSettings, secret: bytes, clock: Callable[[], int]
    ) -> None:
        self._engine = engine
        self._store = store
        self._settings = settings
        self._secret = secret
        self._clock = clock
        self._tries = Tries(TRIES, MINUTE)
        self._of_card: dict[tuple[str, date], Tries] = {}

    def route(self) -> Route:
        """For an application."""
        return Route("/receipts", self._answer, methods=["GET", "POST"])

    async def _answer(self, request: Request) -> Response:
        language = language_of(request, self._settings.language)
        if request.method == "GET":
            return self._form(language)
        form = await read_form(request)
        asked = [form.get(name, "") for name in ("digits", "day", "amount")]
        try:
            found = await run_in_threadpool(self._found, *asked)
        except SQLAlchemyError:
            found = "kiosk_later"
        if isinstance(found, str):
            return self._form(language, wrong=found)
        if "pdf" in form:
            file = {"Content-Disposition": 'attachment; filename="receipt.pdf"'}
            pdf = await run_in_threadpool(as_pdf, found, language, mailed=False)
            return Response(pdf, media_type="application/pdf", headers=HEADERS | file)
        return HTMLResponse(as_html(found, language, mailed=False), headers=HEADERS)

    def _found(self, digits: str, day: str, amount: str) -> Letter | str:
        """The receipt; or which words say why there is none."""
        if not (_DIGITS.fullmatch(digits) and _DAY.fullmatch(day) and _AMOUNT.fullmatch(amount)):
            return "lookup_unreadable"
        try:
            on = date.fromisoformat(day)
        except ValueError:  # a 30th of February
            return "lookup_unreadable"
        charged, now = Decimal(amount.replace(",", ".")), self._clock()
        of_card = self._tries_of(digits, on, now)
        if self._tries.used_up(now) or of_card.used_up(now):
            return "lookup_wait"
        with self._engine.connect().execution_options(reading=True) as connection:
            of_day = bills_of_day(connection, self._store, digits, on)
        found = [bill for bill in of_day if charged and charged in self._amounts(bill)]
        if not found:
            self._tries.note_wrong(now)
            of_card.note_wrong(now)
            return "lookup_unknown"
        return self._letter(found[0], digits, now) if len(found) == 1 else "lookup_ambiguous"

    def _tries_of(self, digits: str, day: date, now: int) -> Tries:
        self._of_card = {card: tries for card, tries in self._of_card.items() if not tries.over(now)}
        return self._of_card.setdefault((digits, day), Tries(TRIES_OF_CARD, DAY))

    def _amounts(self, bill: Bill) -> set[Decimal]:
        """What the customer may have read: on the statement of their card, or on a corrected receipt."""
        return {self._store.price(amount) for amount in (bill.owed, bill.captured)}

    def _letter(self, bill: Bill, digits: str, now: int) -> Letter:
        until = now + nanoseconds(self._settings.dispute_within)
        sender = self._settings.sender

        def link(line: str) -> str:
            return dispute_link(sender.link, self._secret, line, until)

        return letter_of(bill, self._store, sender, link, digits)

    def _form(self, language: Language, *, wrong: str = "") -> HTMLResponse:
        words = words_of(language).said
        form = templates().get_template("lookup.html")
        page = form.render(
            language=language,
            others=other_languages(language),
            store=self._store.name,
            words=words,
            wrong=words[wrong] if wrong else "",
            count=DIGITS,
        )
        return HTMLResponse(page, status_code=422 if wrong else 200, headers=HEADERS)
