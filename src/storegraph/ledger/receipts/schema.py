"""The tables of receipts. None of them follows from the entries: addresses can be erased without a trace in the chain.

All times are nanoseconds since the Unix epoch.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from storegraph.ledger.books.schema import METADATA

ADDRESS = Table(
    "address",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("visit", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("given", BigInteger, nullable=False),
)
"""Where the receipt of one visit goes to, as given at the kiosk."""

REMEMBERED_ADDRESS = Table(
    "remembered_address",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("card", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("consented", BigInteger, nullable=False),
)
"""Where the receipts of a card go to from now on, by consent."""

LAST_FOUR = Table(
    "last_four",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("card", Text, primary_key=True),
    Column("digits", Text, nullable=False),
)
"""By which digits a customer finds a receipt; all that is ever known of a card's number."""

MAIL = Table(
    "mail",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("bill", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", BigInteger),
    Column("sent", BigInteger),
    Column("told", Text, nullable=False),
    Index("mail_by_due", "store", "due"),
)
"""What was sent, is to be sent, or cannot be: `waiting`, `sent`, `failed`, `superseded`."""

MAIL_CURSOR = Table(
    "mail_cursor",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
"""Up to which entry of each store's chain there is a mail for every settled bill that has an address."""
