"""The tables as they began."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes them."""
    op.create_table(
        "bill",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("bill", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("last_left", sa.BigInteger(), nullable=True),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("captured", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("cash", sa.BigInteger(), nullable=False),
        sa.Column("in_doubt", sa.BigInteger(), nullable=False),
        sa.Column("shrink", sa.BigInteger(), nullable=False),
        sa.Column("debt", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("open_step", sa.Text(), nullable=True),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("store", "bill"),
    )
    op.create_index("bill_by_card", "bill", ["store", "card"], unique=False)
    op.create_index("bill_by_due", "bill", ["store", "due"], unique=False)
    op.create_index("bill_by_open_step", "bill", ["store", "open_step"], unique=False)
    op.create_index("bill_by_party", "bill", ["store", "party"], unique=False)
    op.create_table(
        "card",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("store", "card"),
        sa.UniqueConstraint("store", "token"),
    )
    op.create_table(
        "cart_item",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("visit", sa.Text(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=False),
        sa.Column("bill", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("store", "visit", "gtin", "doubt"),
    )
    op.create_index(op.f("ix_cart_item_bill"), "cart_item", ["bill"], unique=False)
    op.create_table(
        "entry",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("store", "position"),
        sa.UniqueConstraint("store", "key"),
        sa.UniqueConstraint("store", "stream", "sequence"),
    )
    op.create_table(
        "head",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("cards", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("store"),
    )
    op.create_table(
        "line",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("bill", sa.Text(), nullable=False),
        sa.Column("visit", sa.Text(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=True),
        sa.Column("tax_class", sa.Text(), nullable=False),
        sa.Column("tax_rate", sa.Integer(), nullable=False),
        sa.Column("tax_included", sa.Boolean(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=False),
        sa.Column("charged", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("shrink", sa.Integer(), nullable=False),
        sa.Column("void", sa.Integer(), nullable=False),
        sa.Column("needs_review", sa.Boolean(), nullable=False),
        sa.Column("needs_age", sa.Boolean(), nullable=False),
        sa.Column("needs_payer", sa.Boolean(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("store", "line"),
    )
    op.create_index(op.f("ix_line_bill"), "line", ["bill"], unique=False)
    op.create_table(
        "step",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("bill", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("begun", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("store", "step"),
    )
    op.create_index(op.f("ix_step_bill"), "step", ["bill"], unique=False)
    op.create_table(
        "task",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("bill", sa.Text(), nullable=False),
        sa.Column("visit", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=True),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("store", "task"),
    )
    op.create_index(op.f("ix_task_bill"), "task", ["bill"], unique=False)
    op.create_table(
        "visit",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("visit", sa.Text(), nullable=False),
        sa.Column("bill", sa.Text(), nullable=False),
        sa.Column("shopper", sa.Text(), nullable=False),
        sa.Column("entered", sa.BigInteger(), nullable=True),
        sa.Column("left", sa.BigInteger(), nullable=True),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("store", "visit"),
    )
    op.create_index(op.f("ix_visit_bill"), "visit", ["bill"], unique=False)


def downgrade() -> None:
    """Removes them, with all they hold."""
    op.drop_index(op.f("ix_visit_bill"), table_name="visit")
    op.drop_table("visit")
    op.drop_index(op.f("ix_task_bill"), table_name="task")
    op.drop_table("task")
    op.drop_index(op.f("ix_step_bill"), table_name="step")
    op.drop_table("step")
    op.drop_index(op.f("ix_line_bill"), table_name="line")
    op.drop_table("line")
    op.drop_table("head")
    op.drop_table("entry")
    op.drop_index(op.f("ix_cart_item_bill"), table_name="cart_item")
    op.drop_table("cart_item")
    op.drop_table("card")
    op.drop_index("bill_by_party", table_name="bill")
    op.drop_index("bill_by_open_step", table_name="bill")
    op.drop_index("bill_by_due", table_name="bill")
    op.drop_index("bill_by_card", table_name="bill")
    op.drop_table("bill")
