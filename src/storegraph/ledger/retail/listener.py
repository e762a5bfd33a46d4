"""Takes what Stripe tells by webhook to the books: an answer that did not come with the call, or one that came late.

https://docs.stripe.com/webhooks
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from storegraph.card_number import looks_like_card_number
from storegraph.ledger.books.verify import stores
from storegraph.ledger.errors import PaymentError
from storegraph.ledger.payments.provider import Outcome
from storegraph.ledger.payments.stripe import answer_from_webhook
from storegraph.ledger.settlement.inputs import Answer
from storegraph.ledger.settlement.steps import step_of
from storegraph.ledger.settlement.teller import Teller

from .api import body_of

PATH = "/stripe/webhook"
"""Where Stripe is told to send to."""

LONGEST_WEBHOOK = 1_000_000
"""Bytes of a webhook at most; Stripe's hold one object of some kilobytes."""


class Listener:
    """Writes what a provider tells into the books.

    Args:
        engine: The books, of any number of stores.
        teller: Writes.
        secret: What Stripe signs with, `whsec_…`.
        clock: Nanoseconds since the Unix epoch.
    """

    def __init__(self, engine: Engine, teller: Teller, secret: str, clock: Callable[[], int]) -> None:
        self._engine = engine
        self._teller = teller
        self._secret = secret
        self._clock = clock

    def route(self) -> Route:
        """For the application."""
        return Route(PATH, self._listen, methods=["POST"])

    async def _listen(self, request: Request) -> Response:
        payload = await body_of(request, LONGEST_WEBHOOK)
        try:
            answered = answer_from_webhook(payload, request.headers.get("stripe-signature", ""), self._secret)
        except PaymentError as error:
            raise HTTPException(400, str(error)) from None
        if answered is not None:
            await run_in_threadpool(self._tell, *answered)
        return Response(status_code=204)

    def _tell(self, key: str, outcome: Outcome) -> None:
        """Writes an answer; one about an order of nobody here is another system's on the same account."""
        store, step = step_of(key)
        if store in stores(self._engine):
            reason = "not to be repeated" if looks_like_card_number(outcome.reason) else outcome.reason
            self._teller.tell(store, Answer(self._clock(), step, outcome.done, outcome.reference, reason))
