"""Business days: what each of them changed, and closing them for good.

A day is closed by a fact in the store's chain. An entry counts for the day of its stamp; one that is written after that
day was closed counts for the first that is still open. So what was closed never changes, no entry is lost or counts
twice, and all days together, with what is still open, give the bills as they stand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select

from storegraph.ledger.books.bill import Bill
from storegraph.ledger.books.chain import Entry
from storegraph.ledger.books.facts import Action, DayClosed, StepEnded, TaxTotal, Totals, read
from storegraph.ledger.books.folding import after, after_erased
from storegraph.ledger.books.page import Books
from storegraph.ledger.books.record import DAY_STREAM, PAGE, entries, entries_of, is_bill
from storegraph.ledger.books.schema import ENTRY
from storegraph.ledger.errors import RefusedError
from storegraph.units import NANOSECONDS


@dataclass(frozen=True, slots=True)
class Closed:
    """A day that was closed.

    Attributes:
        position: Of its entry in the store's chain.
        hash: Of that entry. Written down elsewhere, it shows later that the day was not changed.
        fact: What the entry says.
    """

    position: int
    hash: str
    fact: DayClosed

    @property
    def end(self) -> int:
        """Of the day, nanoseconds since the Unix epoch."""
        return end_of(date.fromisoformat(self.fact.day), ZoneInfo(self.fact.time_zone))


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that the payment provider moved.

    Attributes:
        reference: Its name of the payment.
        amount: Taken, minor units; below zero when it was given back.
        bill: What for; empty where only the provider knows.
    """

    reference: str
    amount: int
    bill: str = ""


def begin_of(day: date, zone: ZoneInfo) -> int:
    """When a day begins, nanoseconds since the Unix epoch."""
    return int(datetime.combine(day, time(), zone).timestamp()) * NANOSECONDS


def end_of(day: date, zone: ZoneInfo) -> int:
    """When a day is over, nanoseconds since the Unix epoch."""
    return begin_of(day + timedelta(days=1), zone)


def day_of(stamp: int, zone: ZoneInfo) -> date:
    """The day of a moment that is given as nanoseconds since the Unix epoch."""
    return datetime.fromtimestamp(stamp // NANOSECONDS, UTC).astimezone(zone).date()


def closed_days(connection: Connection, store: str) -> list[Closed]:
    """The days that were closed, by day."""
    of_days = (ENTRY.c.stream >= DAY_STREAM, ENTRY.c.stream < f"{DAY_STREAM}~")
    query = select(ENTRY.c.position, ENTRY.c.hash, ENTRY.c.kind, ENTRY.c.body).where(ENTRY.c.store == store, *of_days)
    found = []
    for row in connection.execute(query.order_by(ENTRY.c.stream)):
        fact = read(row.kind, row.body)
        assert isinstance(fact, DayClosed)
        found.append(Closed(row.position, row.hash, fact))
    return found


def close_days(engine: Engine, store: str, zone: ZoneInfo, last: date, now: int) -> list[Closed]:
    """Closes every day that is still open, up to one, in one transaction: nobody else writes meanwhile.

    Args:
        engine: The books.
        store: Whose.
        zone: Of the store.
        last: The last day to close.
        now: Nanoseconds since the Unix epoch.

    Returns:
        The days that were closed.

    Raises:
        RefusedError: The last day is not over.
    """
    if now < end_of(last, zone):
        raise RefusedError(f"{last}: is not over; a day is closed after its end")
    books = Books(store, engine.dialect)
    with engine.begin() as connection:
        page = books.open(connection)
        before = next(reversed(closed_days(connection, store)), None)
        first = _next_day(connection, store, zone, before)
        closed: list[Closed] = []
        while first is not None and first <= last:
            counted, rest = _counted(connection, store, before, end_of(first, zone), page.chain.position + 1)
            day = first.isoformat()
            fact = DayClosed(
                day, zone.key, len(counted), _digest(counted), rest, _totals(connection, store, _by_stream(counted))
            )
            page.add(f"{DAY_STREAM}{day}", 1, f"close/{day}", now, fact)
            before = Closed(page.entries[-1].position, page.entries[-1].hash, fact)
            closed.append(before)
            first += timedelta(days=1)
        books.write(connection, page)
    return closed


def totals_of_open_day(connection: Connection, store: str) -> Totals:
    """What was written and counts for no closed day."""
    days = closed_days(connection, store)
    counted, _ = _counted(connection, store, days[-1] if days else None, None, None)
    return _totals(connection, store, _by_stream(counted))


def movements_of(connection: Connection, store: str, day: Closed) -> list[Movement]:
    """What the provider moved on a closed day, by bill."""
    found = []
    for entry, before, _ in _changes(connection, store, _by_stream(_recounted(connection, store, day))):
        step = before.open_step
        if entry.kind == StepEnded.KIND and entry.body is not None and step is not None:
            fact = read(entry.kind, entry.body)
            assert isinstance(fact, StepEnded)
            if fact.done and step.action in (Action.CAPTURE, Action.CHARGE, Action.REFUND):
                amount = -step.amount if step.action is Action.REFUND else step.amount
                found.append(Movement(fact.reference, amount, entry.stream))
    return found


def problems_of_days(connection: Connection, store: str) -> Iterator[str]:
    """Where a closed day is not what the entries give, in words; what retention has erased is not added up again."""
    for day in closed_days(connection, store):
        counted = _recounted(connection, store, day)
        if _digest(counted) != day.fact.digest:
            yield f"{store}: day {day.fact.day}: other entries count for it than when it was closed"
        elif all(entry.body is not None for entry in counted):
            totals = _totals(connection, store, _by_stream(counted))
            if totals != day.fact.totals:
                yield f"{store}: day {day.fact.day}: its totals are {totals} by the entries, not {day.fact.totals}"


def _next_day(connection: Connection, store: str, zone: ZoneInfo, before: Closed | None) -> date | None:
    """The first day that is open; None where nothing was ever written."""
    if before is not None:
        return date.fromisoformat(before.fact.day) + timedelta(days=1)
    stamps = [entry.stamp for entry in entries(connection, store) if is_bill(entry.stream)]
    return day_of(min(stamps), zone) if stamps else None


def _counted(
    connection: Connection, store: str, before: Closed | None, end: int | None, position: int | None
) -> tuple[list[Entry], int]:
    """The entries that count for a day.

    Args:
        connection: To the books.
        store: Whose.
        before: The day before; None for the first.
        end: Of the day, nanoseconds since the Unix epoch; None for all that count for no closed day.
        position: Of the entry that closes it; None for all that there are.

    Returns:
        They, by position; and the position before which none counts for a later day.
    """
    counted, rest = [], None
    for entry in entries(connection, store, before.fact.rest - 1 if before else 0):
        if position is not None and entry.position >= position:
            break
        if not is_bill(entry.stream):
            continue
        if end is not None and entry.stamp >= end:
            rest = rest or entry.position
        elif before is None or entry.position > before.position or entry.stamp >= before.end:
            counted.append(entry)
    return counted, rest or position or 0


def _recounted(connection: Connection, store: str, day: Closed) -> list[Entry]:
    earlier = [each for each in closed_days(connection, store) if each.fact.day < day.fact.day]
    return _counted(connection, store, earlier[-1] if earlier else None, day.end, day.position)[0]


def _digest(counted: list[Entry]) -> str:
    return sha256("\n".join(entry.hash for entry in counted).encode()).hexdigest()


def _by_stream(counted: list[Entry]) -> dict[str, set[int]]:
    """The positions of entries, by their bills."""
    positions: dict[str, set[int]] = {}
    for entry in counted:
        positions.setdefault(entry.stream, set()).add(entry.position)
    return positions


def _changes(connection: Connection, store: str, counted: Mapping[str, set[int]]) -> Iterator[tuple[Entry, Bill, Bill]]:
    """Each entry that counts, with its bill before and after it."""
    names = sorted(counted)
    for start in range(0, len(names), PAGE):
        bill = Bill("")
        for entry in entries_of(connection, store, names[start : start + PAGE]):
            before = bill if bill.bill == entry.stream else Bill(entry.stream)
            if entry.body is None:
                bill = after_erased(before, entry.key)
            else:
                bill = after(before, read(entry.kind, entry.body), entry.stamp, entry.key)
            if entry.position in counted[entry.stream]:
                yield entry, before, bill


def _totals(connection: Connection, store: str, counted: Mapping[str, set[int]]) -> Totals:
    sums: Counter[str] = Counter()
    net: Counter[int] = Counter()
    tax: Counter[int] = Counter()
    for _, before, bill in _changes(connection, store, counted):
        sums["sold"] += max(bill.owed - before.owed, 0)
        sums["taken_back"] += max(before.owed - bill.owed, 0)
        for figure, value in _figures(bill).items():
            sums[figure] += value
        for figure, value in _figures(before).items():
            sums[figure] -= value
        for of, sign in ((bill, 1), (before, -1)):
            for share in of.by_rate:
                net[share.rate] += sign * share.net
                tax[share.rate] += sign * share.tax
    taxes = tuple(TaxTotal(rate, net[rate], tax[rate]) for rate in sorted(net) if net[rate] or tax[rate])
    names = set(Totals.__dataclass_fields__) - {"taxes"}
    return Totals(taxes=taxes, **{name: sums[name] for name in names})


def _figures(bill: Bill) -> dict[str, int]:
    """What of a bill is counted by day."""
    charges = bill.charges.values()
    return {
        "visits": sum(visit.left is not None for visit in bill.visits.values()),
        "settled": bool(bill.settled),
        "captured": bill.captured,
        "refunded": bill.refunded,
        "cash": bill.cash,
        "debts": bill.debt,
        "shrink": sum(charge.shrink * (charge.unit_price or 0) for charge in charges),
        "in_doubt": sum(charge.waiting * (charge.unit_price or 0) for charge in charges),
    }
