"""Bags and replays as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from storegraph.observations import CartLine, Receipt, ScaleFault
from storegraph.store.model import Store

from .bag import BagReader, bag_size
from .interfaces import interfaces
from .messages import CONVERSIONS
from .recording import Recorded
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
    table.add_column("Shopper", overflow="fold", max_width=20)
    table.add_column("Product", overflow="fold")
    for name in ("Count", "Price", "Sure"):
        table.add_column(name, justify="right", no_wrap=True)
    for receipt in receipts:
        inside = f"{local_time(receipt.entered, store)}-{local_time(receipt.left, store)}"
        shopper = Text(receipt.shopper_id).append(f"\n{inside}", style="dim")
        if receipt.derived:
            shopper.append("\nentry, exit derived", style="dim")
        for line in receipt.lines:
            table.add_row(shopper, *_line_cells(line, store))
            shopper = Text("")
        if not receipt.lines:
            table.add_row(shopper, Text("nothing taken", style="italic"))
            shopper = Text("")
        table.add_row(shopper, Text("to pay", style="bold"), "", Text(money(receipt.total, store), style="bold"), "")
        if any(line.doubt for line in receipt.lines):
            table.add_row("", Text("in doubt", style="yellow"), "", money(receipt.in_doubt, store), "")
        if receipt.doubt:
            table.add_row("", Text(receipt.doubt, style="yellow"), "", "", "")
        table.add_section()
    return table


def _line_cells(line: CartLine, store: Store) -> tuple[RenderableType, ...]:
    name = Text(line.name or "unknown product", style="yellow" if line.doubt else "")
    name.append(f"\n{line.gtin}", style="dim")
    if line.doubt:
        name.append(f"\n{line.doubt}", style="italic")
    price = "-" if line.unit_price is None else money(line.amount, store)
    return name, str(line.count), price, f"{line.confidence:.1%}"


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
    lines += [Text(told, style="yellow") for told in cut_off_lines(report.cut_off)]
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
    lines += [Text(told, style="yellow") for told in _faults(report.faults)]
    return Group(*lines)


def _faults(faults: Iterable[ScaleFault]) -> Iterator[str]:
    """The scales that cannot be used at the end, by fixture and condition."""
    now = {(fault.fixture, fault.scale): fault.condition for fault in faults}
    broken = sorted((fixture, condition, scale) for (fixture, scale), condition in now.items() if condition)
    for (fixture, condition), group in groupby(broken, key=lambda entry: entry[:2]):
        scales = [scale for _, _, scale in group]
        more = f" and {len(scales) - 4} more" if len(scales) > 4 else ""
        noun = "scale" if len(scales) == 1 else "scales"
        yield f"{fixture}: {len(scales)} {noun} {condition.name.lower()}: {', '.join(scales[:4])}{more}"


def recording_line(recorded: Recorded) -> str:
    """How far a recording has come, in a line."""
    seconds = max(recorded.elapsed, 1e-3)
    files = f" in {recorded.files} files" if recorded.files > 1 else ""
    pace = f"{recorded.messages / seconds:.0f}/s, {recorded.size / seconds / 1e3:.0f} kB/s"
    lost = f", {recorded.lost} LOST" if recorded.lost else ""
    return (
        f"{recorded.messages} messages of {recorded.topics} topics, {recorded.size / 1e6:.2f} MB{files} "
        f"in {recorded.elapsed:.0f} s ({pace}){lost}"
    )


def bag_description(bag: BagReader) -> RenderableType:
    """What a bag holds, topic by topic, and whether this version reads it."""
    first, last = bag.span
    duration = (last - first) * 1e-9
    table = Table()
    table.add_column("Topic, type, whose definition", overflow="fold")
    table.add_column("Messages", justify="right", no_wrap=True)
    table.add_column("Hz", justify="right", no_wrap=True)
    for topic in bag.topics:
        rate = f"{(topic.count - 1) / duration:.1f}" if duration and topic.count > 1 else "-"
        what = Text(topic.name).append(f"\n{topic.message_type}\n", style="dim")
        table.add_row(what.append_text(_definition(topic.message_type, topic.type_hash)), str(topic.count), rate)
    begin = (
        datetime.fromtimestamp(first * 1e-9).astimezone().isoformat(timespec="milliseconds")
        if bag.message_count
        else "-"
    )
    head = Text(
        f"{bag.path}: {bag.message_count} messages over {duration:.1f} s from {begin}, "
        f"{bag_size(bag.path) / 1e6:.2f} MB"
    )
    return Group(head, *(Text(told, style="yellow") for told in cut_off_lines(bag.cut_off)), table)


def cut_off_lines(files: Iterable[Path]) -> Iterator[str]:
    """What is said of a bag's files that have no end."""
    for file in files:
        yield f"{file} is cut off: it is being recorded, or its recorder was killed; read up to its last whole record"


def _definition(message_type: str, type_hash: str) -> Text:
    if message_type not in KNOWN_TYPES:
        return Text("not the graph's", style="dim")
    known = interfaces().hash_rihs01(message_type)
    if type_hash in ("", known):
        return Text("this version's", style="green")
    return Text(f"another version's: {type_hash}, this version reads {known}", style="red")
