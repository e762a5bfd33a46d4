"""Whether the store is open; and finding those who are inside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes the table and the index."""
    op.create_table(
        "opening",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("store", "since"),
    )
    inside = sa.text('"left" IS NULL')
    op.create_index("visit_inside", "visit", ["store"], sqlite_where=inside, postgresql_where=inside)


def downgrade() -> None:
    """Removes them, with all they hold."""
    op.drop_index("visit_inside", table_name="visit")
    op.drop_table("opening")
