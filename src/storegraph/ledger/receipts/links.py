"""Links by which whoever has a receipt can say something about a line of it, without an account.

A link holds what it is about and until when, and a keyed digest of both (HMAC-SHA-256, RFC 2104), so that nobody can
make one up.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from hashlib import sha256

from storegraph.ledger.errors import RefusedError


def signed(key: bytes, line: str, until: int) -> str:
    """What a link about a line carries.

    Args:
        key: The shop's secret.
        line: Which.
        until: Nanoseconds since the Unix epoch.

    Returns:
        Letters, digits, `-`, `_` and one dot.
    """
    told = f"{until}/{line}".encode()
    return f"{_text(told)}.{_text(_digest(key, told))}"


def dispute_link(base: str, key: bytes, line: str, until: int) -> str:
    """Where a line can be disputed; empty where the shop has no pages.

    Args:
        base: Where they are, as `sender.link` of the settings.
        key: The shop's secret.
        line: Which.
        until: Nanoseconds since the Unix epoch.
    """
    return f"{base.rstrip('/')}/disputes/{signed(key, line, until)}" if base else ""


def line_of(key: bytes, carried: str, now: int) -> str:
    """The line that a link is about.

    Raises:
        RefusedError: It was not made with this key, or is too old.
    """
    content, _, digest = carried.partition(".")
    try:
        told, given = _bytes(content), _bytes(digest)
    except (Error, ValueError):
        raise RefusedError("this link is damaged; open the one in the receipt") from None
    if not hmac.compare_digest(given, _digest(key, told)):
        raise RefusedError("this link is damaged; open the one in the receipt")
    until, _, line = told.decode().partition("/")
    if now > int(until):
        raise RefusedError("this link is too old; ask the shop")
    return line


def _digest(key: bytes, told: bytes) -> bytes:
    return hmac.digest(key, told, sha256)


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
