"""What people find out about weight events, on its way from the books to the graph that learns from it."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, func, select

from storegraph.ledger.books.facts import EventJudged, read
from storegraph.ledger.books.schema import ENTRY
from storegraph.observations import Action, ItemCount, Verdict
from storegraph.units import NANOSECONDS

HEADWAY = NANOSECONDS
"""A verdict counts so long after it is told, nanoseconds: by then it has reached whoever learns from it, so that a
replay, which has it in time, learns the same. A message takes milliseconds; merges are behind the clock, not before."""


class NewVerdicts:
    """Finds what has been judged since it was last asked, by whatever way the books were told.

    Args:
        engine: The books.
        store: Whose.
    """

    def __init__(self, engine: Engine, store: str) -> None:
        self._engine = engine
        self._store = store
        with engine.connect().execution_options(reading=True) as connection:
            self._position = self._newest(connection)

    def read(self) -> list[EventJudged]:
        """What is new, in the order of the books.

        Raises:
            SQLAlchemyError: The database failed; what is new is found when it is asked again.
        """
        with self._engine.connect().execution_options(reading=True) as connection:
            newest = self._newest(connection)
            new = (
                select(ENTRY.c.kind, ENTRY.c.body)
                .where(ENTRY.c.store == self._store, ENTRY.c.position.between(self._position + 1, newest))
                .where(ENTRY.c.kind == EventJudged.KIND, ENTRY.c.body.is_not(None))
                .order_by(ENTRY.c.position)
            )
            rows = list(connection.execute(new))
        self._position = newest  # also where nothing was judged: what was looked through is not looked through again
        facts = (read(row.kind, row.body) for row in rows)
        return [fact for fact in facts if isinstance(fact, EventJudged)]

    def _newest(self, connection: Connection) -> int:
        """Position of the chain's last entry: a store's entries are written in turn, so none comes before it later."""
        newest = select(func.max(ENTRY.c.position)).where(ENTRY.c.store == self._store)
        return connection.execute(newest).scalar_one_or_none() or 0


def verdict_of(fact: EventJudged, stamp: int) -> Verdict:
    """What a person has found out about a weight event, as the graph takes it.

    Args:
        fact: Of the books.
        stamp: When it is told, nanoseconds since the Unix epoch.
    """
    action = Action[fact.action.upper().replace(" ", "_")]
    items = tuple(ItemCount(gtin, count) for gtin, count in fact.items)
    return Verdict(stamp + HEADWAY, fact.event, fact.shopper, action, items)
