"""Store files: what is read, what is refused and in which words, and what is written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from example_stores import corner_shop, stores
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storegraph.atomic import OutputError
from storegraph.store import Store, StoreError, load_store, write_store
from storegraph.store.source import Source

GOOD = """\
id: kiosk
name: Kiosk
currency: EUR
time_zone: Europe/Berlin
gates:
  - {id: door, from_point: [0, 0], to_point: [1, 0]}
cameras:
  - id: ceiling
    width: 640
    height: 480
    focal_length: [500, 500]
    principal_point: [320, 240]
    position: [1, 1, 3]
    orientation: [1, 0, 0, 0]
fixtures:
  - id: G1
    position: [0, 2, 0]
    size: [1.0, 0.4, 1.5]
    shelves:
      - id: G1.1
        height: 0.2
        clearance: 0.3
        scales:
          - {id: G1.1.1, position: [0, 0], size: [0.5, 0.4]}
          - {id: G1.1.2, position: [0.5, 0], size: [0.5, 0.4]}
      - id: G1.2
        height: 0.6
        clearance: 0.3
        scales:
          - {id: G1.2.1, position: [0, 0], size: [0.5, 0.4]}
facings:
  - {gtin: "4001234500003", scales: [G1.1.1, G1.1.2]}
catalogue:
  - {gtin: "4001234500003", name: Cola, price: 150, unit_weight: 350.5}
"""


def problems_of(text: str, folder: Path) -> list[str]:
    """What is wrong with a store file of this text, without the folder's name."""
    path = folder / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StoreError) as error:
        load_store(path)
    return [problem.removeprefix(f"{folder}/") for problem in error.value.problems]


def test_a_store_file_gives_the_store(tmp_path: Path):
    (tmp_path / "shop.yaml").write_text(GOOD)
    store = load_store(tmp_path / "shop.yaml")
    assert store.fixtures[0].shelves[0].scales[1].position == (0.5, 0.0)
    assert store.products()["4001234500003"].unit_weight == 350.5
    assert store.gates[0].passages == ("entry", "exit")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("id: kiosk", "id: Kiosk", '1: id "Kiosk" is not allowed; it takes a small letter'),
        ("name: Kiosk", "nam: Kiosk", "2: nam is no key here (did you mean name?)"),
        ("name: Kiosk", "", "1: name is missing; needed are id, name, currency, time_zone, fixtures"),
        ("name: Kiosk", "name: 365", '2: name 365 must be a text; write it in quotes: "365"'),
        ("EUR", "EURO", '3: currency "EURO" is not a currency (did you mean EUR?)'),
        ("Europe/Berlin", "Berlin", '4: time_zone "Berlin" is not a time zone (did you mean'),
        ("Europe/Berlin", "Europe", '4: time_zone "Europe" is not a time zone'),
        ("Europe/Berlin", "../etc", '4: time_zone "../etc" is not a time zone'),
        ("gates:", "outline: [[0, 0], [1, 1]]\ngates:", "5: outline a list of 2 must hold at least 3 corners"),
        ("to_point: [1, 0]", "to_point: [0, 0]", "6: gates[0].to_point [0, 0] is from_point too"),
        ("to_point: [1, 0]", "to_point: [1]", "6: gates[0].to_point [1] must hold 2 numbers, but holds 1"),
        ("to_point: [1, 0]", "to_point: [1, 0, 0]", "6: gates[0].to_point [1, 0, 0] must hold 2 numbers, but holds 3"),
        ("to_point: [1, 0]", "to_point: [1, .inf]", "6: gates[0].to_point[1] inf must be a finite number"),
        ("to_point: [1, 0]", 'to_point: [1, "0"]', '6: gates[0].to_point[1] "0" must be a number'),
        ("to_point: [1, 0]", "to_point: 1", "6: gates[0].to_point 1 must be a list"),
        (
            "[1, 0]}",
            "[1, 0], passages: [in]}",
            "6: gates[0].passages[0] \"in\" is not allowed; it takes 'entry' or 'exit'",
        ),
        (
            "width: 640",
            "width: 300",
            "12: cameras[0].principal_point [320, 240] lies outside the picture; cx is from 0",
        ),
        ("[320, 240]", "[320, -1]", "12: cameras[0].principal_point [320, -1] lies outside the picture; cy is from 0"),
        (
            "width: 640",
            "width: 640\n    distortion: [0.1, 0, 0, 0]",
            "10: cameras[0].distortion [0.1, 0, 0, 0] has 4 coef",
        ),
        ("[1, 0, 0, 0]", "[1, 1, 0, 0]", "14: cameras[0].orientation [1, 1, 0, 0] has length 1.414"),
        (
            "size: [1.0, 0.4, 1.5]",
            "size: [0.9, 0.4, 1.5]",
            "25: fixtures[0].shelves[0].scales[1].position [0.5, 0] puts",
        ),
        (
            "size: [1.0, 0.4, 1.5]",
            "size: [1, 0.3, 1.5]",
            "24: fixtures[0].shelves[0].scales[0].position [0, 0] puts the",
        ),
        ("size: [1.0, 0.4, 1.5]", "size: [1, 0.4, 0.5]", "27: fixtures[0].shelves[1].height 0.6 is above its fixture"),
        ("height: 0.6", "height: 0.1", "27: fixtures[0].shelves[1].height 0.1 is below the shelf before it, at 0.2 m"),
        ("height: 0.6", "height: true", "27: fixtures[0].shelves[1].height true must be a number"),
        ("height: 0.6", "height: null", "27: fixtures[0].shelves[1].height null must be a number"),
        (
            "[0.5, 0], size",
            "[0.4, 0], size",
            "25: fixtures[0].shelves[0].scales[1].position [0.4, 0] lays the scale 0.100",
        ),
        (
            "id: G1.2.1",
            "id: G1.1.1",
            '30: fixtures[0].shelves[1].scales[0].id "G1.1.1" is taken by fixtures[0].shelves[0]',
        ),
        ("id: G1.2\n", "id: G1.1\n", '26: fixtures[0].shelves[1].id "G1.1" is taken by fixtures[0].shelves[0]'),
        ("G1.1.2]", "G1.2.1]", '32: facings[0].scales[1] "G1.2.1" is of fixtures[0].shelves[1], those before of'),
        ("G1.1.2]", "G1.1.9]", '32: facings[0].scales[1] "G1.1.9" is no scale (did you mean G1.1.'),
        ("G1.1.2]", "G1.1.1]", '32: facings[0].scales[1] "G1.1.1" is under facings[0] too'),
        ("scales: [G1.1.1, G1.1.2]", "scales: []", "32: facings[0].scales [] must hold at least 1"),
        (
            '{gtin: "4001234500003", s',
            '{gtin: "4001234500013", s',
            '32: facings[0].gtin "4001234500013" is not in the cat',
        ),
        (
            '"4001234500003", name',
            "4001234500003, name",
            "34: catalogue[0].gtin 4001234500003 must be a text; write it in",
        ),
        ("price: 150", "price: 1.50", "34: catalogue[0].price 1.5 must be a whole number of minor units: 150 for 1.50"),
        ("price: 150", "price: -150", "34: catalogue[0].price -150 must not be less than 0"),
        ("unit_weight: 350.5", "unit_weight: -3", "34: catalogue[0].unit_weight -3 must be greater than 0"),
        ("price: 150", "age_limit: 180", "34: catalogue[0].age_limit 180 must not be greater than 120"),
        ("price: 150", "name: Mate", "34: catalogue[0].name is there twice, in lines 34 and 34"),
        ("price: 150", "price: !!int 150", "34: catalogue[0].price has the tag tag:yaml.org,2002:int"),
        ("price: 150", "price: *one", "34: catalogue[0].price *one stands for nothing"),
    ],
)
def test_a_mistake_is_told_with_its_line_key_value_and_what_is_allowed(
    old: str, new: str, problem: str, tmp_path: Path
):
    assert GOOD.count(old) >= 1
    found = problems_of(GOOD.replace(old, new, 1), tmp_path)
    assert any(line.startswith(f"shop.yaml:{problem}") for line in found), found


def test_ids_that_are_one_name_in_a_topic_are_refused(tmp_path: Path):
    second = "  - {id: G_1, position: [3, 2, 0], size: [1, 1, 1]}\nfacings:"
    found = problems_of(GOOD.replace("id: G1\n", "id: G.1\n").replace("facings:", second), tmp_path)
    assert found == [
        'shop.yaml:31: fixtures[1].id "G_1" is in a topic the same as "G.1" of fixtures[0]; every id is given once'
    ]


def test_problems_of_every_kind_are_told_at_once_in_the_order_of_the_file(tmp_path: Path):
    text = (
        GOOD.replace("EUR", "EURO").replace("height: 0.2", "height: high").replace("[0.5, 0], size", "[0.3, 0], size")
    )
    text = text.replace("G1.1.2]", "G1.1.2, G1.2.1]").replace("price: 150", "prise: 150")
    keys = [line.split(": ")[1].split(" ")[0] for line in problems_of(text, tmp_path)]
    assert keys == [
        "currency",
        "fixtures[0].shelves[0].height",
        "fixtures[0].shelves[0].scales[1].position",
        "facings[0].scales[2]",
        "catalogue[0].prise",
    ]


def test_what_cannot_be_known_is_not_held_against_a_facing(tmp_path: Path):
    (line,) = problems_of(GOOD.replace("scales:\n          - {id: G1.2.1", "scales: none\n#"), tmp_path)
    assert line.startswith("shop.yaml:29: fixtures[0].shelves[1].scales")
    (line,) = problems_of(GOOD.replace("catalogue:\n  -", "catalogue:\n ").replace("facings", "facings"), tmp_path)
    assert line.startswith("shop.yaml:33: catalogue a mapping must be a list")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "shop.yaml: is empty"),
        (b"# nothing yet\n", "shop.yaml: is empty"),
        (b"a: 1\nb: [1\nc: 2\n", "shop.yaml:3: is no YAML: "),
        (b"name: caf\xe9\n", "shop.yaml:1: is not UTF-8 (byte 0xe9); save it as UTF-8"),
        (b"a: \x00\n", "shop.yaml: is no YAML: "),
        (b"- 1\n- 2\n", "shop.yaml:1: [1, 2] must be a mapping"),
        (b"a: 1\n---\nb: 2\n", "shop.yaml:2: begins a second document"),
        (b"? [a]\n: 1\n", "shop.yaml:1: has a list or a mapping as a key"),
        (b"[" * 100_000, "shop.yaml:1: is nested more than 32 levels deep"),
        (b"a: &a [*a]\n", "shop.yaml:1: a[0] *a stands for nothing"),
    ],
)
def test_a_file_that_holds_no_store_is_told_so(content: bytes, problem: str, tmp_path: Path):
    path = tmp_path / "shop.yaml"
    path.write_bytes(content)
    with pytest.raises(StoreError) as error:
        load_store(path)
    assert any(line.removeprefix(f"{tmp_path}/").startswith(problem) for line in error.value.problems)


def test_a_file_that_is_not_there_and_a_folder_are_told_so(tmp_path: Path):
    with pytest.raises(StoreError, match=r"nowhere\.yaml: there is no such file"):
        load_store(tmp_path / "nowhere.yaml")
    with pytest.raises(StoreError, match="is a folder"):
        load_store(tmp_path)


@given(st.text(max_size=300) | st.binary(max_size=300))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_at_all_causes_another_error(tmp_path: Path, content: str | bytes):
    path = tmp_path / "shop.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    with pytest.raises(StoreError):
        load_store(path)


values = st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=5)


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_value_is_replaced_by_the_file_is_read_or_refused(tmp_path: Path, data: st.DataObject):
    content = yaml.safe_load(GOOD)
    replacement = data.draw(
        values | st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values, max_size=2)
    )
    node: Any = content
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(node[key], dict | list) or not node[key] or data.draw(st.booleans()):
            node[key] = replacement
            break
        node = node[key]
    path = tmp_path / "shop.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    try:
        store = load_store(path)
    except StoreError as error:
        assert all(problem.startswith(str(tmp_path)) for problem in error.problems)
        assert list(error.problems) == list(dict.fromkeys(error.problems))
    else:
        assert write_store(store, tmp_path / "again.yaml", replace=True)


def test_plain_text_is_read_as_it_looks(tmp_path: Path):
    path = tmp_path / "plain.yaml"
    path.write_text("[no, 1:30, 012345670128, 010, 2026-01-01, 1_000, 1e-3, -.5, 7, ~, true, .inf]")
    texts = ("no", "1:30", "012345670128", "010", "2026-01-01", "1_000")
    assert Source(path).data == (*texts, 0.001, -0.5, 7, None, True, float("inf"))


def test_a_catalogue_may_have_its_own_file(tmp_path: Path):
    store, products = GOOD.split("catalogue:\n")
    (tmp_path / "shop.yaml").write_text(store + "catalogue: goods.yaml\n")
    (tmp_path / "goods.yaml").write_text(products)
    assert [product.name for product in load_store(tmp_path / "shop.yaml").catalogue] == ["Cola"]


def test_problems_of_a_catalogue_name_its_own_file_and_lines(tmp_path: Path):
    store, products = GOOD.split("catalogue:\n")
    (tmp_path / "goods.yaml").write_text(f"# goods\n{products}  - {{gtin: a, name: b, price: -1, name: c}}\n")
    assert problems_of(store.replace("EUR", "EURO") + "catalogue: goods.yaml\n", tmp_path) == [
        'shop.yaml:3: currency "EURO" is not a currency (did you mean EUR?); '
        "it takes an ISO 4217 code such as EUR or USD",
        "goods.yaml:3: catalogue[1].name is there twice, in lines 3 and 3; once is allowed",
        "goods.yaml:3: catalogue[1].price -1 must not be less than 0",
    ]


def test_a_catalogue_that_cannot_be_read_does_not_hide_the_other_problems(tmp_path: Path):
    store, _ = GOOD.split("catalogue:\n")
    currency, missing = problems_of(store.replace("EUR", "EURO") + "catalogue: goods.yaml\n", tmp_path)
    assert currency.startswith("shop.yaml:3: currency")
    assert missing == "goods.yaml: there is no such file"


def test_a_catalogue_of_a_name_that_no_file_can_have_is_told_so(tmp_path: Path):
    store, _ = GOOD.split("catalogue:\n")
    assert problems_of(store + 'catalogue: "goods\\0"\n', tmp_path) == ["goods\0: is no name of a file"]


def test_equal_parts_may_be_written_once_with_an_anchor(tmp_path: Path):
    text = GOOD.replace("size: [0.5, 0.4]}", "size: &plate [0.5, 0.4]}", 1).replace(
        "size: [0.5, 0.4]}", "size: *plate}"
    )
    (tmp_path / "shop.yaml").write_text(text)
    (tmp_path / "plain.yaml").write_text(GOOD)
    assert load_store(tmp_path / "shop.yaml") == load_store(tmp_path / "plain.yaml")


@given(stores())
@settings(max_examples=40, deadline=None)
def test_a_written_store_is_read_back_the_same(store: Store):
    with tempfile.TemporaryDirectory() as folder:
        assert load_store(write_store(store, Path(folder) / "shop.yaml")) == store


def test_a_scale_and_a_facing_are_written_in_one_line(tmp_path: Path):
    lines = write_store(corner_shop(), tmp_path / "shop.yaml").read_text().splitlines()
    assert lines[0].startswith("# ")
    assert "    - {id: G1.1.2, position: [0.1016, 0.0], size: [0.1016, 0.4064]}" in lines
    assert '- {gtin: "4001234500003", scales: [G1.1.1, G1.1.2]}' in lines


def test_another_file_is_not_overwritten_unless_told(tmp_path: Path):
    path = write_store(corner_shop(), tmp_path / "shop.yaml")
    before = path.read_bytes()
    assert write_store(corner_shop(), path) == path
    with pytest.raises(StoreError, match="is there already and differs"):
        write_store(corner_shop(products=3), path)
    assert path.read_bytes() == before
    write_store(corner_shop(products=3), path, replace=True)
    assert load_store(path) == corner_shop(products=3)


def test_a_store_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = write_store(corner_shop(), tmp_path / "shop.yaml")
    before = path.read_bytes()

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OutputError, match="No space left"):
        write_store(corner_shop(products=3), path, replace=True)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["shop.yaml"]


def test_a_store_whose_parts_do_not_fit_is_not_written(tmp_path: Path):
    store = corner_shop().model_copy(update={"catalogue": ()})
    with pytest.raises(StoreError, match=r'shop\.yaml: facings\[0\]\.gtin "4001234500003" is not in the catalogue'):
        write_store(store, tmp_path / "shop.yaml")
    assert not (tmp_path / "shop.yaml").exists()


def test_a_large_store_is_read_with_the_same_words_each_time(tmp_path: Path):
    path = write_store(corner_shop(products=700), tmp_path / "shop.yaml")
    path.write_text(path.read_text().replace("size: [0.1016", "size: [0.1216"))
    told = []
    for _ in range(2):
        with pytest.raises(StoreError) as error:
            load_store(path)
        told.append(error.value.problems)
    assert told[0] == told[1]
    assert len(told[0]) > 300
