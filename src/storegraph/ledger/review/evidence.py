"""The evidence behind a line: what the graph said of the goods, kept beside the books for as long as policy says."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects import postgresql, sqlite

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.charge import Charge
from storegraph.ledger.books.lines import bill_of_visit
from storegraph.ledger.settlement.naming import visit_of
from storegraph.observations import Holding, Interaction
from storegraph.units import NANOSECONDS

from .schema import HOLDING, INTERACTION

Told = TypeVar("Told", Interaction, Holding)

SETTLING = 60 * NANOSECONDS
"""What is told of a visit so long after its end still belongs to it: settlement waits 3 s (`settle_after`), a minute
leaves room for shops that wait longer. Who comes back on the same card within it has the evidence of both visits."""

TOGETHER = 500
"""Interactions written in one transaction at most."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the graph said of a line.

    Attributes:
        holding: How many they have, by probability; None where nothing was told.
        interactions: That it rests on, in the order of time, as far as they are kept.
    """

    holding: Holding | None
    interactions: tuple[Interaction, ...]


class EvidenceWriter:
    """Writes what the graph says, when somebody has time for it: who tells it does not wait for the disk.

    Args:
        engine: From `open_database`.
        store: Store id.
    """

    def __init__(self, engine: Engine, store: str) -> None:
        self._engine = engine
        self._store = store
        self._told: deque[Interaction] = deque()

    def note(self, interaction: Interaction) -> None:
        """Takes what is to be written; from any thread."""
        self._told.append(interaction)

    def write(self) -> None:
        """Writes what was noted; of an interaction the newest revision counts, however often it is told.

        Raises:
            SQLAlchemyError: The database failed; what was noted is written the next time.
        """
        while group := list(islice(self._told, TOGETHER)):
            events = {each.event_id: each for each in sorted(group, key=lambda each: each.revision)}
            holdings = {(held.party, held.gtin, each.stamp): held for each in group for held in each.holdings}
            with self._engine.begin() as connection:
                self._put(connection, INTERACTION, [self._event_row(each) for each in events.values()])
                self._put(connection, HOLDING, [self._holding_row(*name, held) for name, held in holdings.items()])
            for _ in group:
                self._told.popleft()

    def _event_row(self, told: Interaction) -> dict[str, Any]:
        row = {"store": self._store, "event": told.event_id, "revision": told.revision, "stamp": told.stamp}
        return {**row, "told": _as_json(_INTERACTION, told)}

    def _holding_row(self, payer: str, gtin: str, stamp: int, held: Holding) -> dict[str, Any]:
        return {"store": self._store, "payer": payer, "gtin": gtin, "stamp": stamp, "told": _as_json(_HOLDING, held)}

    def _put(self, connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        statement: Any = insert(table)
        key = [column.name for column in table.primary_key.columns]
        values = {name: statement.excluded[name] for name in rows[0] if name not in key}
        newer = None if table is HOLDING else statement.excluded.revision >= INTERACTION.c.revision
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=values, where=newer), rows)


def evidence_of(connection: Connection, store: str, bill: Bill, charge: Charge) -> Evidence:
    """What the graph said of a line; of one that a person added, what it said of the line that was decided then.

    Args:
        connection: To the books.
        store: Store id.
        bill: Of the line.
        charge: The line.
    """
    if charge.cause:
        other = bill_of_visit(connection, store, visit_of(charge.cause))
        return evidence_of(connection, store, other, other.charges[charge.cause]) if other else Evidence(None, ())
    visit = bill.visit(charge.visit)
    until = (visit.left or charge.deadline) + SETTLING
    query = (
        select(HOLDING.c.told)
        .where(HOLDING.c.store == store, HOLDING.c.payer.in_([name for name in (bill.party, visit.shopper) if name]))
        .where(HOLDING.c.gtin == charge.line.gtin, HOLDING.c.stamp >= bill.opened, HOLDING.c.stamp <= until)
        .order_by(HOLDING.c.stamp.desc())
        .limit(1)
    )
    told = connection.execute(query).scalar_one_or_none()
    if told is None:
        return Evidence(None, ())
    holding = _HOLDING.validate_json(told)
    return Evidence(holding, interactions(connection, store, holding.events))


def interactions(connection: Connection, store: str, events: Iterable[str]) -> tuple[Interaction, ...]:
    """Some interactions, in the order of time, as far as they are kept."""
    query = select(INTERACTION.c.told).where(INTERACTION.c.store == store, INTERACTION.c.event.in_(tuple(events)))
    found = [_INTERACTION.validate_json(told) for told in connection.execute(query).scalars()]
    return tuple(sorted(found, key=lambda each: (each.begin, each.event_id)))


_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
"""An unknown hand distance is written as NaN: pydantic's own writer would make it null, which is no number."""

_INTERACTION = TypeAdapter(Interaction)
_HOLDING = TypeAdapter(Holding)


def _as_json(adapter: TypeAdapter[Told], told: Told) -> str:
    return _JSON.encode(adapter.dump_python(told, mode="json"))
