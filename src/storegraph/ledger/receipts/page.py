"""A receipt as text, HTML and PDF, in the shop's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from babel.dates import format_datetime
from babel.numbers import format_currency, format_percent
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from storegraph.ledger.books.facts import Payer
from storegraph.ledger.taxes import PARTS
from storegraph.units import NANOSECONDS

from .letter import Item, Letter, Standing

if TYPE_CHECKING:
    from fpdf import FPDF

Language = Literal["en", "de"]

LOCALES: dict[Language, str] = {"en": "en_GB", "de": "de_DE"}
"""How numbers and times are written; the currency is the store's in any case."""


@dataclass(frozen=True, slots=True)
class Words:
    """How a language says and writes what stands on a receipt."""

    language: Language
    said: dict[str, str]

    def money(self, letter: Letter, minor_units: int) -> str:
        """An amount of the store's currency."""
        return format_currency(
            letter.store.price(minor_units), letter.store.currency, locale=LOCALES[self.language], currency_digits=True
        )

    def moment(self, letter: Letter, stamp: int) -> str:
        """A time at the store, from nanoseconds since the Unix epoch."""
        zone = ZoneInfo(letter.store.time_zone)
        then = datetime.fromtimestamp(stamp // NANOSECONDS, zone)
        return format_datetime(then, "medium", tzinfo=zone, locale=LOCALES[self.language])

    def percent(self, share: float) -> str:
        """A share of one."""
        return format_percent(share, format="#,##0.##\xa0%", locale=LOCALES[self.language])


@cache
def words_of(language: Language) -> Words:
    """The words of a language."""
    text = (files(__package__) / "languages" / f"{language}.yaml").read_text(encoding="utf-8")
    return Words(language, {key: str(value).strip() for key, value in yaml.safe_load(text).items()})


def subject(letter: Letter, language: Language) -> str:
    """What a mail with it is called."""
    return words_of(language).said["subject"].format(store=letter.store.name)


def as_text(letter: Letter, language: Language, *, mailed: bool = True) -> str:
    """The receipt as plain text."""
    return templates().get_template("receipt.txt").render(content(letter, language, mailed=mailed)).rstrip() + "\n"


def as_html(letter: Letter, language: Language, *, mailed: bool = True) -> str:
    """The receipt as a page that needs nothing else; its styles stand in the tags, as mail programs want it."""
    return templates().get_template("receipt.html").render(content(letter, language, mailed=mailed))


def content(letter: Letter, language: Language, *, mailed: bool) -> dict[str, Any]:
    """What a receipt says, written as its language writes it; where it is mailed also what becomes of the address."""
    words = words_of(language)
    said = words.said
    return {
        "language": language,
        "words": said,
        "store": letter.store.name,
        "sender": letter.sender,
        "number": letter.number,
        "corrected": said["corrected"].format(revision=letter.revision) if letter.revision > 1 else "",
        "entered": words.moment(letter, letter.entered),
        "left": words.moment(letter, letter.left),
        "nothing": said["nothing_left"] if letter.emptied else said["nothing"],
        "items": [_item(letter, item, words) for item in letter.items],
        "total": words.money(letter, letter.owed),
        "shares": [
            {
                "tax_name": said["tax"].format(rate=words.percent(share.rate / PARTS)),
                "tax": words.money(letter, share.tax),
                "net": words.money(letter, share.net),
            }
            for share in letter.shares
        ],
        "open": words.money(letter, letter.waiting) if letter.waiting else "",
        "refunded": words.money(letter, letter.refunded) if letter.refunded else "",
        "paid": _paid(letter, said),
        "privacy": f"{said['privacy']} {said['privacy_address']}" if mailed else said["privacy"],
    }


def _item(letter: Letter, item: Item, words: Words) -> dict[str, Any]:
    return {
        "count": item.count,
        "name": item.name or words.said["unknown"],
        "price": "" if item.unit_price is None else words.money(letter, item.unit_price),
        "amount": "" if item.unit_price is None else words.money(letter, item.amount),
        "reduced": words.said["reduced"].format(amount=words.money(letter, item.reduced)) if item.reduced else "",
        "sure": f"{words.percent(_told(item.confidence))} {words.said['sure']}",
        "waiting": item.standing is Standing.WAITING,
        "dispute": item.dispute,
    }


def _told(confidence: float) -> float:
    """Whole percents, rounded down: nothing is 100 % sure that is not."""
    return int(confidence * 100) / 100


def _paid(letter: Letter, said: dict[str, str]) -> str:
    if not letter.owed:
        return ""
    if letter.payer is Payer.CASH:
        return said["cash"]
    if letter.last_four:
        return said["card_ending"].format(digits=letter.last_four)
    return said["card"] if letter.payer is Payer.CARD else ""


@cache
def templates() -> Environment:
    """The forms of this room's pages and mails."""
    return Environment(
        loader=PackageLoader("storegraph.ledger.receipts"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


def load_writers() -> None:
    """Loads what the first receipt of a process would wait for: fpdf2 takes 2.5 s of processor time."""
    import_module("fpdf")
    for name in ("receipt.txt", "receipt.html"):
        templates().get_template(name)


@cache
def _fonts() -> Path:
    """Where matplotlib has DejaVu, which has the letters of Europe and €; found without loading it."""
    matplotlib = find_spec("matplotlib")
    if matplotlib is None or matplotlib.origin is None:
        raise ModuleNotFoundError("matplotlib, whose fonts a receipt as PDF is set in, is not installed")
    return Path(matplotlib.origin).parent / "mpl-data" / "fonts" / "ttf"


def as_pdf(letter: Letter, language: Language, *, mailed: bool = True) -> bytes:
    """The receipt as PDF, A4."""
    from fpdf import FPDF
    from fpdf.enums import XPos, YPos

    said = content(letter, language, mailed=mailed)
    words = said["words"]
    page = FPDF(format="A4")
    page.set_creation_date(datetime.fromtimestamp(letter.left // NANOSECONDS, ZoneInfo(letter.store.time_zone)))
    page.set_title(f"{words['receipt']} {letter.number}")
    page.set_lang(language)
    page.add_page()
    page.add_font("DejaVu", fname=_fonts() / "DejaVuSans.ttf")
    page.add_font("DejaVu", style="B", fname=_fonts() / "DejaVuSans-Bold.ttf")

    def line(text: str, size: float = 10, style: Literal["", "B"] = "", align: Literal["L", "R"] = "L") -> None:
        page.set_font("DejaVu", style=style, size=size)
        page.multi_cell(0, size * 0.55, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    line(said["store"], 16, "B")
    for text in letter.sender.address:
        line(text)
    if letter.sender.tax_number:
        line(f"{words['tax_number']}: {letter.sender.tax_number}")
    page.ln(4)
    line(f"{words['receipt']} {letter.number}", 11, "B")
    if said["corrected"]:
        line(said["corrected"])
    line(f"{words['entered']}: {said['entered']}")
    line(f"{words['left']}: {said['left']}")
    page.ln(4)
    page.set_font("DejaVu", size=9)
    if said["items"]:
        _print_items(page, said)
    else:
        line(said["nothing"])
    page.ln(4)
    line(f"{words['total']}: {said['total']}", 13, "B", "R")
    for share in said["shares"]:
        line(f"{share['tax_name']}: {share['tax']} ({words['net']} {share['net']})", 9, align="R")
    if said["open"]:
        line(f"{words['open']}: {said['open']}", 9, align="R")
    if said["refunded"]:
        line(f"{words['refunded']}: {said['refunded']}", 9, align="R")
    if said["paid"]:
        line(said["paid"], 9, align="R")
    page.ln(6)
    line(said["privacy"], 8)
    return bytes(page.output())


def _print_items(page: FPDF, said: dict[str, Any]) -> None:
    """A row an item; where it can be disputed a click on its name leads there."""
    words = said["words"]
    with page.table(
        borders_layout="HORIZONTAL_LINES",
        col_widths=(14, 98, 24, 24),
        text_align=("LEFT", "LEFT", "RIGHT", "RIGHT"),
        v_align="TOP",
        line_height=4.5,
        padding=(1.5, 1),
    ) as table:
        table.row([words[key] for key in ("count", "item", "price", "amount")])
        for item in said["items"]:
            row = table.row()
            row.cell(str(item["count"]))
            about = [item["sure"], item["reduced"], words["waiting"] if item["waiting"] else ""]
            told = [item["name"], "; ".join(filter(None, about)), words["dispute"] if item["dispute"] else ""]
            row.cell("\n".join(filter(None, told)), link=item["dispute"] or None)
            row.cell(item["price"])
            row.cell(item["amount"])
