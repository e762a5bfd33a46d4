"""The tables of the books. `entry`, `head` and `card` are the record; the others follow from it and can be made again.

All times are nanoseconds since the Unix epoch, all amounts minor units of the store's currency.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, MetaData, Table, Text, UniqueConstraint

METADATA = MetaData()

ENTRY = Table(
    "entry",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("stream", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("stamp", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text),
    Column("digest", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("store", "stream", "sequence"),
    UniqueConstraint("store", "key"),
)
"""The chain: written once, never changed; but a body is erased when its time of retention is over."""

HEAD = Table(
    "head",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    Column("cards", BigInteger, nullable=False),
)
"""The end of each store's chain, and how many card numbers it has given. Who writes holds a lock on its row."""

CARD = Table(
    "card",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("card", Text, primary_key=True),
    Column("token", Text),
    Column("standing", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    UniqueConstraint("store", "token"),
)
"""Which token a card number stands for. A number is never given twice; an erased card keeps its number alone."""

BILL = Table(
    "bill",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("bill", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("payer", Text, nullable=False),
    Column("card", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("last_left", BigInteger),
    Column("owed", BigInteger, nullable=False),
    Column("tax", BigInteger, nullable=False),
    Column("captured", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("cash", BigInteger, nullable=False),
    Column("in_doubt", BigInteger, nullable=False),
    Column("shrink", BigInteger, nullable=False),
    Column("debt", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("open_step", Text),
    Column("due", BigInteger),
    Index("bill_by_card", "store", "card"),
    Index("bill_by_party", "store", "party"),
    Index("bill_by_due", "store", "due"),
    Index("bill_by_open_step", "store", "open_step"),
    Index("bill_by_left", "store", "last_left", "bill"),
)

VISIT = Table(
    "visit",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("visit", Text, primary_key=True),
    Column("bill", Text, nullable=False, index=True),
    Column("shopper", Text, nullable=False),
    Column("entered", BigInteger),
    Column("left", BigInteger),
    Column("gate", Text, nullable=False),
    Column("doubt", Text, nullable=False),
)
Index("visit_inside", VISIT.c.store, sqlite_where=VISIT.c.left.is_(None), postgresql_where=VISIT.c.left.is_(None))

CART_ITEM = Table(
    "cart_item",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("visit", Text, primary_key=True),
    Column("gtin", Text, primary_key=True),
    Column("doubt", Text, primary_key=True),
    Column("bill", Text, nullable=False, index=True),
    Column("count", Integer, nullable=False),
    Column("unit_price", BigInteger),
)
"""What is held by those who are still inside."""

LINE = Table(
    "line",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("line", Text, primary_key=True),
    Column("bill", Text, nullable=False, index=True),
    Column("visit", Text, nullable=False),
    Column("gtin", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("unit_price", BigInteger),
    Column("tax_class", Text, nullable=False),
    Column("tax_rate", Integer, nullable=False),
    Column("tax_included", Boolean, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("doubt", Text, nullable=False),
    Column("charged", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("shrink", Integer, nullable=False),
    Column("void", Integer, nullable=False),
    Column("needs_review", Boolean, nullable=False),
    Column("needs_age", Boolean, nullable=False),
    Column("needs_payer", Boolean, nullable=False),
    Column("deadline", BigInteger, nullable=False),
    Column("returned", Integer, nullable=False),
    Column("wasted", Integer, nullable=False),
    Column("reduced", BigInteger, nullable=False),
)
"""What somebody left with; `count` is `charged + waiting + shrink + void + returned + wasted`."""

TASK = Table(
    "task",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("task", Text, primary_key=True),
    Column("bill", Text, nullable=False, index=True),
    Column("visit", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("deadline", BigInteger),
    Column("told", Text, nullable=False),
)
"""What waits for a person; the kinds are those of `tasks.Kind`."""

STEP = Table(
    "step",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("bill", Text, nullable=False, index=True),
    Column("action", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("begun", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("done", Boolean),
    Column("reference", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
"""What a provider was asked, and what it answered."""
