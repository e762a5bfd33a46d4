"""A message to a system of the retailer's, signed as the Standard Webhooks specification says.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import hmac
import os
from base64 import b64decode, b64encode
from binascii import Error
from dataclasses import dataclass
from hashlib import sha256

import httpx

from storegraph.ledger.errors import LedgerError, PolicyError
from storegraph.units import NANOSECONDS

from .settings import Endpoint

SECRET_PREFIX = "whsec_"
"""What a secret begins with, so that one that is found where it should not be is known for what it is."""

SHORTEST_SECRET = 24
"""Bytes of a secret at least, as the specification says."""

LONGEST_ANSWER = 200
"""Characters of a refusal that are noted."""

GONE = 410
"""The status by which an endpoint says that it wants nothing more."""


class DeliveryError(LedgerError):
    """A message was not taken.

    Attributes:
        final: Trying again will not help.
    """

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


@dataclass(frozen=True, slots=True)
class Message:
    """What an endpoint is told.

    Attributes:
        id: The same whenever it is sent, so that the receiver takes it once.
        body: JSON.
    """

    id: str
    body: bytes


def signature(secret: bytes, message: Message, timestamp: int) -> str:
    """The signature of a message.

    Args:
        secret: Shared with the receiver.
        message: What is signed.
        timestamp: Of this attempt, seconds since the Unix epoch.

    Returns:
        `v1,` and the HMAC-SHA-256 of id, timestamp and body, base64.
    """
    signed = b".".join((message.id.encode(), str(timestamp).encode(), message.body))
    return f"v1,{b64encode(hmac.digest(secret, signed, sha256)).decode()}"


def secrets_of(endpoint: Endpoint) -> tuple[bytes, ...]:
    """What signs the messages to an endpoint: usually one secret, two while one is replaced by another.

    Raises:
        PolicyError: The environment does not hold it, or what it holds is none.
    """
    told = os.environ.get(endpoint.secret, "").split()
    if not told:
        raise PolicyError(f"endpoint {endpoint.name}: {endpoint.secret} is not in the environment; it holds the secret")
    secrets = tuple(_secret(text) for text in told)
    if any(len(secret) < SHORTEST_SECRET for secret in secrets):
        raise PolicyError(
            f"endpoint {endpoint.name}: {endpoint.secret} holds no secret; it is {SECRET_PREFIX} and the base64 of at "
            f"least {SHORTEST_SECRET} random bytes, as `storegraph retail secret` makes them"
        )
    return secrets


def _secret(text: str) -> bytes:
    """The bytes of a secret; none where it is not one."""
    try:
        return b64decode(text.removeprefix(SECRET_PREFIX), validate=True) if text.startswith(SECRET_PREFIX) else b""
    except (Error, ValueError):
        return b""


class Poster:
    """Posts messages to one endpoint. May be used from several threads.

    Args:
        endpoint: Which.

    Raises:
        PolicyError: There is no secret to sign with.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._secrets = secrets_of(endpoint)
        self._client = httpx.Client(timeout=endpoint.patience)

    def post(self, message: Message, now: int) -> None:
        """Posts a message; one that it redirects is not taken.

        Args:
            message: What.
            now: Nanoseconds since the Unix epoch.

        Raises:
            DeliveryError: It was not taken.
        """
        timestamp = now // NANOSECONDS
        headers = {
            "content-type": "application/json",
            "user-agent": "Storegraph",
            "webhook-id": message.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(signature(secret, message, timestamp) for secret in self._secrets),
        }
        try:
            answer = self._client.post(self._endpoint.url, content=message.body, headers=headers)
        except httpx.HTTPError as error:
            raise DeliveryError(f"{type(error).__name__}: {error}"[:LONGEST_ANSWER]) from error
        if not answer.is_success:
            told = f"{answer.status_code} {answer.reason_phrase}"
            raise DeliveryError(told[:LONGEST_ANSWER], final=answer.status_code == GONE)

    def close(self) -> None:
        """Closes its connections."""
        self._client.close()
