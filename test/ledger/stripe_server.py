"""The part of Stripe's API that the ledger uses, as its reference describes it, on a port of this machine.

https://docs.stripe.com/api: form-encoded requests with a bearer key, JSON answers; a POST with an idempotency key that
was seen is answered as the first time; errors are an object `error` with type, code and message.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

KEY = "sk_test_ledger"


@dataclass
class StripeState:
    """What the server holds.

    Attributes:
        payments: PaymentIntents by id.
        refunds: Refunds by id.
        calls: Method and path of every request.
        hang_up: How often the next requests are carried out and not answered.
        broken: How often the next requests are answered with 500, and not carried out.
        forgets_keys: Idempotency keys are older than Stripe keeps them.
        now: Seconds since the Unix epoch.
        transactions: Balance transactions, the newest last. What is captured has one of all that was reserved and one
            that takes the rest back.
    """

    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    hang_up: int = 0
    broken: int = 0
    forgets_keys: bool = False
    now: int = 0
    transactions: list[dict[str, Any]] = field(default_factory=list)
    answered: dict[str, tuple[str, int, Any]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def answer(self, method: str, path: str, form: dict[str, str], key: str) -> tuple[int, Any]:
        """Status and body."""
        with self.lock:
            asked = json.dumps([path, form], sort_keys=True)
            if key and key in self.answered and not self.forgets_keys:
                before, status, body = self.answered[key]
                if before != asked:
                    return _error(400, "idempotency_error", "", "Keys can only be used with the same parameters")
                return status, body
            status, body = self._done(method, path.removeprefix("/v1/").split("/"), form)
            body = json.loads(json.dumps(body))
            if key:
                self.answered[key] = (asked, status, body)
            return status, body

    def _done(self, method: str, path: list[str], form: dict[str, str]) -> tuple[int, Any]:
        match method, path:
            case "POST", ["payment_intents"]:
                return self._create(form)
            case "GET", ["payment_intents", "search"]:
                step = form["query"].partition(":")[2].strip("'")
                found = [each for each in self.payments.values() if each["metadata"].get("step") == step]
                return 200, {"object": "search_result", "data": found, "has_more": False, "url": "/v1/payment_intents"}
            case "GET", ["payment_intents", name]:
                return 200, self.payments[name]
            case "POST", ["payment_intents", name, action]:
                return self._change(self.payments[name], action, form)
            case "GET", ["payment_methods", name]:
                if "unknown" in name:
                    return _error(404, "invalid_request_error", "resource_missing", "No such PaymentMethod")
                card = None if "sepa" in name else {"brand": "visa", "last4": "4242"}
                return 200, {"object": "payment_method", "id": name, "card": card}
            case "POST", ["refunds"]:
                payment = self.payments[form["payment_intent"]]
                name = f"re_{next(self.numbers)}"
                self.refunds[name] = refund = {
                    "object": "refund",
                    "id": name,
                    "amount": int(form["amount"]),
                    "payment_intent": payment["id"],
                    "status": "succeeded",
                    "failure_reason": None,
                    "metadata": _metadata(form),
                }
                self.moved("refund", -int(form["amount"]), refund)
                return 200, refund
            case "GET", ["balance_transactions"]:
                return 200, self._page_of_transactions(form)
            case "GET", ["refunds"]:
                mine = [each for each in self.refunds.values() if each["payment_intent"] == form["payment_intent"]]
                return 200, {"object": "list", "data": mine, "has_more": False, "url": "/v1/refunds"}
        return _error(404, "invalid_request_error", "resource_missing", "Unrecognized request URL")

    def _create(self, form: dict[str, str]) -> tuple[int, Any]:
        assert form["confirm"] == form["off_session"] == "true"
        manual = form["capture_method"] == "manual"
        amount = int(form["amount"])
        name = f"pi_{next(self.numbers)}"
        self.payments[name] = payment = {
            "object": "payment_intent",
            "id": name,
            "amount": amount,
            "amount_received": 0,
            "currency": form["currency"],
            "payment_method": form["payment_method"],
            "status": "requires_capture" if manual else "succeeded",
            "last_payment_error": None,
            "metadata": _metadata(form),
        }
        if "declined" in form["payment_method"]:
            payment |= {"status": "requires_payment_method"}
            status, body = _error(402, "card_error", "card_declined", "Your card was declined.")
            body["error"] |= {"decline_code": "insufficient_funds", "payment_intent": payment}
            return status, body
        if not manual:
            self._charged(payment, amount)
        return 200, payment

    def _change(self, payment: dict[str, Any], action: str, form: dict[str, str]) -> tuple[int, Any]:
        if payment["status"] != "requires_capture":
            told = f"This PaymentIntent has status {payment['status']}"
            return _error(400, "invalid_request_error", "payment_intent_unexpected_state", told)
        payment["metadata"] |= _metadata(form)
        match action:
            case "capture":
                payment |= {"status": "succeeded"}
                self._charged(payment, int(form["amount_to_capture"]))
            case "cancel":
                payment |= {"status": "canceled"}
            case "increment_authorization":
                payment |= {"amount": int(form["amount"])}
        return 200, payment

    def _charged(self, payment: dict[str, Any], amount: int) -> None:
        """Of less than was reserved there are two transactions (docs.stripe.com/reports/reporting-categories)."""
        payment["amount_received"] = amount
        source = {"object": "charge", "id": f"ch_{next(self.numbers)}", "payment_intent": payment["id"]}
        self.moved("charge", payment["amount"], source, fee=30)
        if amount < payment["amount"]:
            rest = {"object": "refund", "id": f"re_{next(self.numbers)}", "payment_intent": payment["id"]}
            self.moved("partial_capture_reversal", amount - payment["amount"], rest)

    def moved(self, category: str, amount: int, source: dict[str, Any], fee: int = 0, currency: str = "eur") -> None:
        """Notes a balance transaction."""
        told = {
            "object": "balance_transaction",
            "id": f"txn_{next(self.numbers)}",
            "amount": amount,
            "created": self.now,
            "currency": currency,
            "fee": fee,
            "net": amount - fee,
            "reporting_category": category,
            "source": source,
        }
        self.transactions.append(told)

    def _page_of_transactions(self, form: dict[str, str]) -> dict[str, Any]:
        """The newest first, some at a time, with the payment behind each (docs.stripe.com/api/pagination)."""
        assert form["expand[0]"] == "data.source.payment_intent"
        chosen = [
            each | {"source": each["source"] | {"payment_intent": self.payments.get(each["source"]["payment_intent"])}}
            if "payment_intent" in each["source"]
            else each
            for each in reversed(self.transactions)
            if int(form["created[gte]"]) <= each["created"] < int(form["created[lt]"])
            and each["currency"] == form["currency"]
        ]
        names = [each["id"] for each in chosen]
        rest = chosen[names.index(form["starting_after"]) + 1 :] if "starting_after" in form else chosen
        limit = int(form["limit"])
        more = len(rest) > limit
        return {"object": "list", "data": rest[:limit], "has_more": more, "url": "/v1/balance_transactions"}


def _metadata(form: dict[str, str]) -> dict[str, str]:
    return {name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")}


def _error(status: int, kind: str, code: str, message: str) -> tuple[int, Any]:
    return status, {"error": {"type": kind, "code": code, "message": message}}


@contextmanager
def stripe_server() -> Iterator[tuple[str, StripeState]]:
    """Its address, and what it holds."""
    state = StripeState()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve("")

        def do_POST(self) -> None:
            self._serve(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

        def _serve(self, body: str) -> None:
            url = urlsplit(self.path)
            state.calls.append(f"{self.command} {url.path}")
            if self.headers["Authorization"] != f"Bearer {KEY}":
                return self._answer(*_error(401, "invalid_request_error", "", "Invalid API Key provided"))
            if state.broken:
                state.broken -= 1
                return self._answer(*_error(500, "api_error", "", "An unknown error occurred"))
            form = dict(parse_qsl(url.query or body))
            answer = state.answer(self.command, unquote(url.path), form, self.headers.get("Idempotency-Key", ""))
            if state.hang_up:
                state.hang_up -= 1
                self.close_connection = True
                return None
            return self._answer(*answer)

        def _answer(self, status: int, content: Any) -> None:
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing: tests look at the answers."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
