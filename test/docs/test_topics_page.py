"""The page of topics is made from the code, and the pictures can be made again."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from documentation_pages import ROOT, text_of

DOCS = ROOT / "docs"


def texts(picture: Path) -> list[str]:
    """The texts of an SVG; numbers, which follow every change of the stages, as a sign that there is one."""
    return [re.sub(r"[\d.]+", "#", text) for text in re.findall(r"<text [^>]*>([^<]*)</text>", text_of(picture))]


def test_the_page_of_topics_is_up_to_date() -> None:
    generator = runpy.run_path(str(DOCS / "generate_topics.py"))
    assert text_of(DOCS / "topics.md") == generator["page"](), "python docs/generate_topics.py writes it"


def test_the_picture_of_a_pick_can_be_made_again(tmp_path: Path) -> None:
    runpy.run_path(str(DOCS / "pictures" / "make.py"))["main"](tmp_path / "pick.svg")
    assert texts(tmp_path / "pick.svg") == texts(DOCS / "pictures" / "pick.svg")
    assert "Who?" in texts(tmp_path / "pick.svg")
