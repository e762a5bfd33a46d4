"""The tables of what leaves for the retailer's systems. None of them follows from the entries alone.

All times are nanoseconds since the Unix epoch.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from storegraph.ledger.books.schema import METADATA

DELIVERY = Table(
    "delivery",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("endpoint", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("bill", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", BigInteger),
    Column("ended", BigInteger),
    Column("told", Text, nullable=False),
    Index("delivery_by_due", "endpoint", "due"),
    Index("delivery_by_bill", "store", "endpoint", "bill"),
)
"""Which entries an endpoint is to be told of, and what became of it: `waiting`, `delivered`, `dead`, `skipped`."""

DELIVERY_CURSOR = Table(
    "delivery_cursor",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("endpoint", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
"""Up to which entry of each store's chain there is a delivery for everything that an endpoint is told of."""

ACCESS_TOKEN = Table(
    "access_token",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("may", Text, nullable=False),
    Column("made", BigInteger, nullable=False),
)
"""Which systems may `read` of a store by HTTP, or `decide`, too. Of a token there is only the SHA-256 digest."""
