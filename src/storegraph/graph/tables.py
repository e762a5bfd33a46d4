"""Bags and replays as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from storegraph.observations import CartLine, Receipt, ScaleCondition
from storegraph.store.model import Store

from .bag import BagReader, bag_size
from .interfaces import interfaces
from .messages import CONVERSIONS
from .replay import SHOWN, ReplayReport

KNOWN_TYPES = {conversion.message_type for conversion in CONVERSIONS.values()}


def local_time(stamp: int, store: Store) -> str:
    """Nanoseconds since the epoch as the shop's clock shows them."""
    return datetime.fromtimestamp(stamp * 1e-9, ZoneInfo(store.time_zone)).strftime("%H:%M:%S")


def money(minor_units: int, store: Store) -> str:
    """An amount with its currency."""
    return f"{store.price(minor_units)} {store.currency}"


def receipts_table(receipts: Iterable[Receipt], store: Store) -> Table:
    """Receipts, line by line; what is in doubt is yellow and says why."""
    table = Table(title="Receipts", title_justify="left")
    for name in ("Shopper", "In the store"):
        table.add_column(name, no_wrap=True)
    for name in ("Product", "GTIN"):
        table.add_column(name, overflow="fold")
    for name in ("Count", "Price", "Sure"):
        table.add_column(name, justify="right", no_wrap=True)
    for receipt in receipts:
        inside = f"{local_time(receipt.entered, store)}-{local_time(receipt.left, store)}"
        first = (receipt.shopper_id, inside + (" (derived)" if receipt.derived else ""))
        for line in receipt.lines:
            table.add_row(*first, *_line_cells(line, store))
            first = ("", "")
        doubt = f" + {money(receipt.in_doubt, store)} in doubt" if any(line.doubt for line in receipt.lines) else ""
        summary = Text("to pay" if receipt.lines else "nothing taken", style="bold")
        table.add_row(*first, summary, "", "", Text(money(receipt.total, store) + doubt, style="bold"), "")
        table.add_section()
    return table


def _line_cells(line: CartLine, store: Store) -> tuple[RenderableType, ...]:
    name = Text(line.name or "unknown product", style="yellow" if line.doubt else "")
    if line.doubt:
        name.append(f"\n{line.doubt}", style="italic")
    price = "-" if line.unit_price is None else money(line.amount, store)
    return name, line.gtin, str(line.count), price, f"{line.confidence:.1%}"


def replay_summary(report: ReplayReport) -> RenderableType:
    """How the replay went: speed, and everything that was dropped, with the reason."""
    lines = [
        Text(
            f"{report.messages} messages, {report.interaction_count} interactions, {report.receipt_count} receipts; "
            f"{report.recorded:.1f} s recorded, replayed in {report.elapsed:.3f} s ({report.ratio:.0f} x real time)"
        )
    ]
    if report.receipt_count > SHOWN:
        lines.append(Text(f"The last {SHOWN} receipts are shown; receipts.json holds all.", style="yellow"))
    lines += [
        Text(f"{name}: {count} messages ignored; the store file knows no such fixture", style="yellow")
        for name, count in report.ignored.items()
    ]
    lines += [Text(f"refused {count} x {reason}", style="yellow") for reason, count in sorted(report.refused.items())]
    for (node, name), counters in report.counters.items():
        dropped = {
            "late": counters.late,
            "duplicate": counters.duplicates,
            "implausibly far ahead": counters.implausible,
            "released early": counters.forced,
        }
        told = ", ".join(f"{count} {what}" for what, count in dropped.items() if count)
        if told:
            lines.append(Text(f"{node}, {name}: {told}", style="yellow"))
    broken = {fault.scale: fault.condition for fault in report.faults}
    for condition in (ScaleCondition.SILENT, ScaleCondition.STUCK):
        scales = sorted(scale for scale, now in broken.items() if now is condition)
        if scales:
            told = ", ".join(scales[:8]) + (f" and {len(scales) - 8} more" if len(scales) > 8 else "")
            lines.append(Text(f"scales {condition.name.lower()}: {told}", style="yellow"))
    return Group(*lines)


def bag_description(bag: BagReader) -> RenderableType:
    """What a bag holds, topic by topic, and whether this version reads it."""
    first, last = bag.span
    duration = (last - first) * 1e-9
    table = Table()
    table.add_column("Topic", overflow="fold")
    table.add_column("Type", overflow="fold")
    table.add_column("Messages", justify="right")
    table.add_column("Hz", justify="right")
    table.add_column("Definition", overflow="fold")
    for topic in bag.topics:
        rate = f"{(topic.count - 1) / duration:.1f}" if duration and topic.count > 1 else "-"
        table.add_row(topic.name, topic.message_type, str(topic.count), rate, _definition(topic.message_type, topic.type_hash))
    begin = datetime.fromtimestamp(first * 1e-9).astimezone().isoformat(timespec="milliseconds") if bag.message_count else "-"
    head = Text(
        f"{bag.path}: {bag.message_count} messages over {duration:.1f} s from {begin}, {bag_size(bag.path) / 1e6:.2f} MB"
    )
    return Group(head, table)


def _definition(message_type: str, type_hash: str) -> Text:
    if message_type not in KNOWN_TYPES:
        return Text("not the graph's", style="dim")
    known = interfaces().hash_rihs01(message_type)
    if type_hash in ("", known):
        return Text("this version's", style="green")
    return Text(f"another version's: {type_hash}, this version reads {known}", style="red")
