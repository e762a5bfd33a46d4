"""In a browser the page promises to go to the second of what is chosen, and to show everything at that second."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from by_hand import NASTY, PLATE, corner, replayed, samples, took

from storegraph.evaluation.page.page import page_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to open the page in")

PROBE = """<script>
const all = (selector, told) => [...document.querySelectorAll(selector)].map(told);
document.querySelectorAll(".event")[1].click();
document.title = JSON.stringify({
  time: document.getElementById("time").value,
  head: all("#people .head", node => [node.getAttribute("cx"), node.getAttribute("cy")]),
  lit: all(".lit", node => node.dataset.scales),
  current: all(".event.current", node => node.dataset.event),
  carts: all("#carts li", node => node.textContent.slice(4)),
});
</script>
"""


def test_a_chosen_event_moves_people_plates_carts_and_the_slider_to_its_second(tmp_path: Path) -> None:
    page = page_of(corner(), replace(replayed(), interactions=(took(3), took(6.3))), samples())
    file = tmp_path / "page.html"
    file.write_text(page.replace("</body>", f"{PROBE}</body>"), encoding="utf-8")
    options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'browser'}", "--dump-dom")
    dumped = subprocess.run(
        [str(CHROMIUM), *options, file.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    seen = json.loads(unescape(dumped.stdout.partition("<title>")[2].partition("</title>")[0]))
    assert seen["time"] == "6.5"
    assert seen["head"] == [["330", "-350"]]
    assert seen["lit"] == ["G1.1.5 G1.2.5 G1.3.5 G1.4.5", PLATE, PLATE]  # on the map, the front and the curve
    assert seen["current"] == ["1"]
    assert seen["carts"] == [NASTY, "unknown goods ?"]
