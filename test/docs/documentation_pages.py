"""The pages of the documentation, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bags/*.md")])

FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<content>.*?)^```$", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"(?:^ {4}.*\n)+", re.MULTILINE)
INLINE = re.compile(r"`([^`\n]+)`")


def name(page: Path) -> str:
    """A page's path in the checkout: what pytest shows."""
    return str(page.relative_to(ROOT))


def text_of(page: Path) -> str:
    """A page as it is."""
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    """A page without its blocks of code."""
    return INDENTED.sub("", FENCE.sub("", text_of(page)))


def fenced(page: Path, language: str) -> list[str]:
    """The blocks of code of one language."""
    return [match["content"] for match in FENCE.finditer(text_of(page)) if match["language"] == language]


def code_lines(page: Path) -> Iterator[str]:
    """All lines of all blocks that are of no language: what is typed, and what is printed."""
    for block in fenced(page, ""):
        yield from block.splitlines()
    for match in INDENTED.finditer(FENCE.sub("", text_of(page))):
        yield from (line[4:] for line in match[0].splitlines())


def section(page: Path, heading: str) -> str:
    """The text below a heading, up to the next one."""
    return re.split(r"^#+ ", text_of(page).split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def rows(markdown: str) -> list[list[str]]:
    """The cells of the tables in a text, without heads and rules."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rules = [index for index, line in enumerate(cells) if set("".join(line)) <= {"-", " "}]
    return [line for index, line in enumerate(cells) if index not in rules and index + 1 not in rules]
