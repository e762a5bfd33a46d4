"""Goods that came back, prices that were reduced, and what the graph said of the goods."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds the columns, with what was so before, and makes the tables."""
    for name, kind in (("returned", sa.Integer()), ("wasted", sa.Integer()), ("reduced", sa.BigInteger())):
        op.add_column("line", sa.Column(name, kind, nullable=False, server_default="0"))
    op.create_table(
        "interaction",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("store", "event"),
    )
    op.create_index("interaction_by_stamp", "interaction", ["store", "stamp"])
    op.create_table(
        "holding",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=False),
        sa.Column("stamp", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("store", "payer", "gtin", "stamp"),
    )
    op.create_index("holding_by_stamp", "holding", ["store", "stamp"])


def downgrade() -> None:
    """Removes them, with all they hold."""
    op.drop_index("holding_by_stamp", table_name="holding")
    op.drop_table("holding")
    op.drop_index("interaction_by_stamp", table_name="interaction")
    op.drop_table("interaction")
    for name in ("reduced", "wasted", "returned"):
        op.drop_column("line", name)
