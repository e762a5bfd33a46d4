"""Who may ask about a store by HTTP: bearer tokens (RFC 6750), of which the books hold digests only.

A token is 256 random bits, so a plain digest of it cannot be guessed back, as one of a password could.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from secrets import token_urlsafe

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from storegraph.card_number import looks_like_card_number
from storegraph.ledger.errors import RefusedError

from .schema import ACCESS_TOKEN

PREFIX = "sgt_"
"""What a token begins with, so that one that is found where it should not be is known for what it is."""

TOKEN_BYTES = 32


class May(StrEnum):
    """What a system may do."""

    READ = "read"
    DECIDE = "decide"  # and read


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose token it is.

    Attributes:
        store: That it may ask about.
        name: Of the system.
        may: What it may do.
    """

    store: str
    name: str
    may: May


def give_token(engine: Engine, store: str, name: str, may: May, now: int) -> str:
    """Makes a token for a system.

    Args:
        engine: The books.
        store: That it may ask about.
        name: Of the system, unique in the store.
        may: What it may do.
        now: Nanoseconds since the Unix epoch.

    Returns:
        The token, which nobody can find out later.

    Raises:
        RefusedError: The system has one, or its name looks like a card number.
    """
    if looks_like_card_number(name):
        raise RefusedError("name: looks like a card number; give the system's name")
    token = PREFIX + token_urlsafe(TOKEN_BYTES)
    row = {"store": store, "name": name, "digest": _digest(token), "may": may.value, "made": now}
    try:
        with engine.begin() as connection:
            connection.execute(insert(ACCESS_TOKEN).values(row))
    except IntegrityError:
        raise RefusedError(f"{name}: has a token of {store}; revoke it first") from None
    return token


def revoke_token(engine: Engine, store: str, name: str) -> None:
    """Takes a system's token away; it counts from the next request on.

    Raises:
        RefusedError: It has none.
    """
    mine = (ACCESS_TOKEN.c.store == store, ACCESS_TOKEN.c.name == name)
    with engine.begin() as connection:
        if not connection.execute(delete(ACCESS_TOKEN).where(*mine)).rowcount:
            raise RefusedError(f"{name}: has no token of {store}; `storegraph retail token list` says who has")


def holders(engine: Engine, store: str) -> tuple[Holder, ...]:
    """Which systems have a token of a store, by name."""
    query = _QUERY.where(ACCESS_TOKEN.c.store == store).order_by(ACCESS_TOKEN.c.name)
    with engine.connect().execution_options(reading=True) as connection:
        return tuple(Holder(row.store, row.name, May(row.may)) for row in connection.execute(query))


def holder_of(engine: Engine, token: str) -> Holder | None:
    """Whose token it is; None for nobody's."""
    with engine.connect().execution_options(reading=True) as connection:
        row = connection.execute(_QUERY.where(ACCESS_TOKEN.c.digest == _digest(token))).one_or_none()
    return None if row is None else Holder(row.store, row.name, May(row.may))


_QUERY = select(ACCESS_TOKEN.c.store, ACCESS_TOKEN.c.name, ACCESS_TOKEN.c.may)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
