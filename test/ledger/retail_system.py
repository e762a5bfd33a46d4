"""A system of a retailer's on this machine: takes webhooks as its maker was told to, or fails on demand."""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from storegraph.ledger.retail.settings import Endpoint

SECRET = "whsec_" + b64encode(bytes(range(32))).decode()
DROPPED = 0
"""In place of a status: the message is kept, and the connection closed without an answer."""


@dataclass
class RetailSystem:
    """What it was told.

    Attributes:
        told: Each message that it kept, in order, also those that came again.
        attempts: `webhook-id` of each request.
        answers: Statuses of the next answers, one after the other; 204 after them.
        refuses: Purchases whose messages are answered with 500.
    """

    told: list[dict[str, Any]] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    url: str = ""
    lock: Lock = field(default_factory=Lock)

    def endpoint(self, **changes: Any) -> Endpoint:
        """How it is told."""
        return Endpoint(name="erp", url=self.url, patience=5.0, **changes)

    def take(self, headers: Any, body: bytes) -> int:
        """The status of the answer."""
        with self.lock:
            self.attempts.append(headers["webhook-id"])
            if not is_signed(headers, body, SECRET):
                return 401
            message = json.loads(body)
            status = self.answers.pop(0) if self.answers else 204
            if message["data"]["id"] in self.refuses:
                status = 500
            if status in (204, DROPPED):
                self.told.append(message)
            return status


def is_signed(headers: Any, body: bytes, secret: str) -> bool:
    """As the Standard Webhooks specification tells receivers to check it."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(b64decode(secret.removeprefix("whsec_")), signed, sha256).digest()
    return f"v1,{b64encode(digest).decode()}" in headers["webhook-signature"].split(" ")


@contextmanager
def retail_system() -> Iterator[RetailSystem]:
    """One that listens."""
    system = RetailSystem()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            status = system.take(self.headers, self.rfile.read(int(self.headers["Content-Length"])))
            if status == DROPPED:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: tests look at what was told."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    system.url = f"http://127.0.0.1:{server.server_address[1]}/purchases"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield system
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
