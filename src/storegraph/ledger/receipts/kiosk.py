"""The page of the kiosk in the shop: four digits and a mail address, before leaving. It shows nothing of a visit."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from storegraph.ledger.errors import RefusedError
from storegraph.store.model import Store
from storegraph.units import NANOSECONDS

from .addresses import LONGEST as LONGEST_ADDRESS
from .addresses import Addresses, checked_address
from .forms import HEADERS, language_of, other_languages, read_form
from .page import Language, templates, words_of
from .pairing import DIGITS, visits_inside
from .tries import Tries

TRIES = 10
"""Wrong digits in a minute, of all who stand at the kiosk, before it asks to wait: of 10,000 codes, with 30 in use, a
guess is right one time in 330, so somebody who tries them one by one takes half an hour for another's receipt, in view
of the shop."""
MINUTE = 60 * NANOSECONDS


class Kiosk:
    """Takes addresses for receipts.

    Args:
        engine: The books.
        store: Where it stands.
        clock: Nanoseconds since the Unix epoch.
        language: That it begins with; each page leads to the others.
    """

    def __init__(self, engine: Engine, store: Store, clock: Callable[[], int], language: Language) -> None:
        self._engine = engine
        self._store = store
        self._clock = clock
        self._language = language
        self._addresses = Addresses(engine, store.id)
        self._tries = Tries(TRIES, MINUTE)

    def route(self) -> Route:
        """For an application."""
        return Route("/", self._answer, methods=["GET", "POST"])

    async def _answer(self, request: Request) -> Response:
        shown = language_of(request, self._language)
        if request.method == "GET":
            return self._page(shown)
        form = await read_form(request)
        digits, address = (form.get(name, "") for name in ("digits", "address"))
        try:
            wrong = await run_in_threadpool(self._take, digits, address, remember="remember" in form)
        except SQLAlchemyError:
            wrong = "kiosk_later"
        if not wrong:
            return self._page(shown, thanked=True)
        return self._page(
            shown, wrong=wrong, digits=digits if wrong == "kiosk_address_wrong" and len(digits) == DIGITS else ""
        )

    def _take(self, digits: str, address: str, *, remember: bool) -> str:
        """Takes an address; gives which words say why not, nothing where it was taken."""
        now = self._clock()
        if self._tries.used_up(now):
            return "kiosk_wait"
        try:
            checked_address(address)
        except RefusedError:
            return "kiosk_address_wrong"
        with self._engine.connect().execution_options(reading=True) as connection:
            visits = visits_inside(connection, self._store.id, digits)
        if len(visits) != 1:
            self._tries.note_wrong(now)
            return "kiosk_ambiguous" if visits else "kiosk_unknown"
        try:
            self._addresses.take(visits[0], address, now, remember=remember)
        except RefusedError:  # of a visit without a card nothing can be remembered
            self._addresses.take(visits[0], address, now)
        return ""

    def _page(self, language: Language, *, wrong: str = "", digits: str = "", thanked: bool = False) -> HTMLResponse:
        words = words_of(language).said
        form = templates().get_template("kiosk.html")
        page = form.render(
            language=language,
            others=other_languages(language),
            store=self._store.name,
            words=words,
            wrong=words[wrong] if wrong else "",
            digits=digits,
            count=DIGITS,
            longest=LONGEST_ADDRESS,
            thanked=thanked,
        )
        return HTMLResponse(page, status_code=422 if wrong else 200, headers=HEADERS)
