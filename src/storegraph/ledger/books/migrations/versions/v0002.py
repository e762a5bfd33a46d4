"""Where receipts go to, and what became of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "address",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("visit", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("given", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("store", "visit"),
    )
    op.create_table(
        "remembered_address",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("consented", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("store", "card"),
    )
    op.create_table(
        "last_four",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("digits", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("store", "card"),
    )
    op.create_table(
        "mail",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("bill", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("sent", sa.BigInteger(), nullable=True),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("store", "bill", "revision"),
    )
    op.create_index("mail_by_due", "mail", ["store", "due"], unique=False)
    op.create_table(
        "mail_cursor",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("store"),
    )


def downgrade() -> None:
    """Removes them, with all they hold."""
    op.drop_table("mail_cursor")
    op.drop_index("mail_by_due", table_name="mail")
    op.drop_table("mail")
    op.drop_table("last_four")
    op.drop_table("remembered_address")
    op.drop_table("address")
