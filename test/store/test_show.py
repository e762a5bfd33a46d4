"""What people see of a store."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from example_stores import corner_shop
from rich.console import Console

from storegraph.store import Store, StoreError, write_store
from storegraph.store.picture import draw
from storegraph.store.show import check, show


def printed(width: int = 200) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=width), out


def small_shop() -> Store:
    return corner_shop(shelves=1, plates=2, products=2)


def test_a_checked_store_is_summed_up_with_its_notes(tmp_path: Path):
    store = corner_shop()
    path = write_store(
        store.model_copy(update={"facings": store.facings[:-1], "name": "Shop [bold]"}), tmp_path / "shop.yaml"
    )
    console, out = printed()
    check(path, console)
    assert out.getvalue().splitlines()[1:] == [
        "Shop [bold] (corner_shop), EUR, Europe/Berlin",
        "fixtures: 5, shelves: 30, scales: 360",
        "facings: 179, their products: 60, products in all: 60",
        "cameras: 4, gates: 1, a kiosk",
        "note: scales under no facing (2): F1.6.11, F1.6.12",
    ]


def test_the_table_has_every_shelf_with_its_height_scales_and_goods(tmp_path: Path):
    path = write_store(small_shop(), tmp_path / "shop.yaml")
    console, out = printed()
    show(path, tmp_path / "shop.svg", console)
    rows = [
        [cell.strip() for cell in line.strip("│").split("│")] for line in out.getvalue().splitlines() if "│" in line
    ]
    assert ["G3", "G3.1", "0.20", "2: G3.1.1 … G3.1.2", "Article 0 (2)"] in rows


def test_the_picture_names_what_stands_in_the_store():
    store = small_shop()
    texts = {
        "".join(element.itertext())
        for element in ElementTree.fromstring(draw(store, ".svg")).iter()
        if element.tag[-4:] == "text"
    }
    assert {"G1", "G2", "G3", "G4", "F1", "front", "kiosk", "ceiling_0", "Article 0", "Article 1"} <= texts


def test_the_same_store_gives_the_same_picture_in_another_process(tmp_path: Path):
    path = write_store(small_shop(), tmp_path / "shop.yaml")
    code = (
        "import sys; from storegraph.store import load_store; from storegraph.store.picture import draw;"
        "sys.stdout.buffer.write(draw(load_store(sys.argv[1]), '.svg'))"
    )
    there = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, check=True).stdout
    assert there == draw(small_shop(), ".svg")


def test_a_store_of_one_bare_fixture_can_be_drawn():
    store = small_shop()
    bare = store.fixtures[0].model_copy(update={"shelves": ()})
    alone = {
        "outline": (),
        "gates": (),
        "kiosk": None,
        "cameras": (),
        "fixtures": (bare,),
        "facings": (),
        "catalogue": (),
    }
    assert draw(store.model_copy(update=alone), ".png").startswith(b"\x89PNG")


def test_a_picture_of_another_kind_is_refused_before_anything_is_written(tmp_path: Path):
    path = write_store(small_shop(), tmp_path / "shop.yaml")
    console, out = printed()
    with pytest.raises(StoreError, match=r"shop\.pdf: pictures are \.svg or \.png"):
        show(path, tmp_path / "shop.pdf", console)
    assert out.getvalue() == ""
    assert [entry.name for entry in tmp_path.iterdir()] == ["shop.yaml"]


def test_nobody_waits_for_matplotlib_who_draws_nothing():
    code = "import sys, storegraph.store.show; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
