"""What Alembic runs: the migrations, on the connection that `storegraph.ledger.books.database` gives."""

from __future__ import annotations

from alembic import context

from storegraph.ledger.books.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
