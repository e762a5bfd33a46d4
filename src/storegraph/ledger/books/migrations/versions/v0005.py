"""What leaves for the retailer's systems: deliveries and tokens; and finding purchases by when people left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes the tables and the index."""
    op.create_table(
        "delivery",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bill", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("store", "endpoint", "position"),
    )
    op.create_index("delivery_by_due", "delivery", ["endpoint", "due"], unique=False)
    op.create_index("delivery_by_bill", "delivery", ["store", "endpoint", "bill"], unique=False)
    op.create_table(
        "delivery_cursor",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("store", "endpoint"),
    )
    op.create_table(
        "access_token",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("may", sa.Text(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("store", "name"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("bill_by_left", "bill", ["store", "last_left", "bill"], unique=False)


def downgrade() -> None:
    """Removes them, with all they hold."""
    op.drop_index("bill_by_left", table_name="bill")
    op.drop_table("access_token")
    op.drop_table("delivery_cursor")
    op.drop_index("delivery_by_bill", table_name="delivery")
    op.drop_index("delivery_by_due", table_name="delivery")
    op.drop_table("delivery")
