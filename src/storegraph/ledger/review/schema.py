"""What the graph said of the goods: the evidence behind the lines of the books. It is not part of the chain."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from storegraph.ledger.books.schema import METADATA

INTERACTION = Table(
    "interaction",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("event", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("stamp", BigInteger, nullable=False),
    Column("told", Text, nullable=False),
    Index("interaction_by_stamp", "store", "stamp"),
)
"""The newest revision of each interaction, as JSON."""

HOLDING = Table(
    "holding",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("payer", Text, primary_key=True),
    Column("gtin", Text, primary_key=True),
    Column("stamp", BigInteger, primary_key=True, autoincrement=False),
    Column("told", Text, nullable=False),
    Index("holding_by_stamp", "store", "stamp"),
)
"""What those who pay together held of a product from a moment on, as JSON: how many, and which interactions say so.
`payer` is their party, or the shopper without one."""
