"""A page promises to show what was concluded, to need nothing else, and to take no name for markup."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from by_hand import NASTY, PLATE, corner, replayed, samples, truth

from storegraph.evaluation.agreement import Agreement, agreement
from storegraph.evaluation.page.page import page_of


class Read(HTMLParser):
    """What a browser would make of a page: elements with their attributes, and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self._open: list[str] = []
        self.data: dict = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            del self._open[len(self._open) - 1 - self._open[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        if inside == "script":
            if dict(self.elements[-1][1]).get("type") == "application/json":
                self.data = json.loads(data)
        elif inside != "style" and data.strip():
            self.said.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())

    def of_class(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.elements if name in (attributes.get("class") or "").split()]


@pytest.fixture(scope="module")
def compared() -> Agreement:
    return agreement(replayed(), truth(), corner())


@pytest.fixture(scope="module")
def page(compared: Agreement) -> str:
    return page_of(corner(), replayed(), samples(), agreement=compared, title="by hand")


def test_a_page_needs_nothing_from_elsewhere(page: str) -> None:
    for tag, attributes in Read(page).elements:
        assert tag not in ("link", "img", "iframe", "object")
        assert not {"src", "href", "xlink:href"} & attributes.keys()
    assert re.findall(r"https?://[^\"' ]*", page) == ["http://www.w3.org/2000/svg"]
    assert "@import" not in page and "url(" not in page


def test_names_are_text_wherever_they_stand(page: str) -> None:
    read = Read(page)
    assert NASTY in read.text
    assert "who: ann 60%; what: <i>unknown</i>" in read.text
    assert len([tag for tag, _ in read.elements if tag == "script"]) == 2
    assert "<script>alert" not in page and "<b>7f" not in page and "<i>unknown" not in page
    assert NASTY in read.data["carts"][0]["lines"][0][1]


def test_an_interaction_stands_with_its_probabilities_and_the_truth_beside_it(page: str) -> None:
    read = Read(page)
    (event,) = read.of_class("event")
    assert event["data-event"] == "0"
    assert f"ann took 1 x {NASTY}" in read.text
    assert "96.9 %" in read.text and "99.9 %" in read.text  # never rounded up
    assert "nobody seen" in read.text and "hand 5 cm away" in read.text
    assert "found" in read.text


def test_the_same_person_has_one_name_and_colour_everywhere(page: str) -> None:
    data = Read(page).data
    assert {track["name"] for track in data["tracks"]} == {"ann"} == {each["name"] for each in data["events"]}
    assert {each["hue"] for each in (*data["tracks"], *data["truth"], *data["events"], *data["carts"])} == {250.0}


def test_people_are_where_they_were_in_every_frame(page: str) -> None:
    data = Read(page).data
    (track,) = data["tracks"]
    assert track["first"] * data["step"] == pytest.approx(1.0)
    assert len(track["frames"]) * data["step"] == pytest.approx(7.3, abs=0.2)  # and two frames more
    assert track["frames"][5][:2] == [230, -350]
    assert track["frames"][5][10:12] == [None, None]  # the wrist that is not seen


def test_a_receipt_stands_beside_what_is_owed(page: str) -> None:
    read = Read(page)
    assert "6.49" in read.text
    assert "1 to review, 0 wrong" in read.text
    assert len(read.of_class("differs")) == 0


def test_weights_are_drawn_with_the_span_of_their_event(page: str) -> None:
    read = Read(page)
    (curve,) = read.of_class("curve")
    assert curve["data-scales"] == PLATE
    (span,) = [attributes for tag, attributes in read.elements if tag == "rect" and "data-event" in attributes]
    assert (float(span["x"] or 0), float(span["width"] or 0)) == (3.0, 0.4)
    assert "+0 g" in read.text and "-517 g" in read.text


def test_a_fault_of_a_scale_is_told_and_marked(page: str) -> None:
    read = Read(page)
    assert "silent from second 2.0: F1.1.4" in read.text
    (plate,) = read.of_class("faulty")
    assert plate["data-scales"] == "F1.1.4"


def test_what_was_missed_is_in_the_list_too() -> None:
    compared = agreement(replayed(), truth(taken=(("ann", 3.1), ("ann", 6.0))), corner())
    read = Read(page_of(corner(), replayed(), samples(), agreement=compared))
    assert len(read.of_class("event")) == 2
    assert "nothing was concluded" in read.text and f"really: ann took 1 x {NASTY}" in read.text
    assert "1 of 2" in read.text
    assert len(read.of_class("differs")) == 1


def test_one_event_stands_once_with_all_that_really_happened_then() -> None:
    compared = agreement(replayed(), truth(taken=(("ann", 3.1), ("bob", 3.1))), corner())
    read = Read(page_of(corner(), replayed(), samples(), agreement=compared))
    assert len(read.of_class("event")) == 1
    assert f"really: ann took 1 x {NASTY}" in read.text
    assert f"really: bob took 1 x {NASTY} (wrong: who)" in read.text
    assert "1 of 2" in read.text


def test_without_a_truth_nothing_is_said_of_it() -> None:
    read = Read(page_of(corner(), replayed(), samples()))
    assert "really" not in read.text and "found" not in read.text
    assert f"shopper 1 took 1 x {NASTY}" in read.text  # a tracker's ids are long
    assert read.data["truth"] == []


@pytest.mark.parametrize(
    "compared", [None, agreement(replayed(empty=True), truth(taken=()), corner())], ids=["bare", "compared"]
)
def test_an_empty_recording_has_a_page_too(compared: Agreement | None) -> None:
    read = Read(page_of(corner(), replayed(empty=True), [], agreement=compared))
    assert "Nothing was moved on any shelf." in read.text
    assert "No plate changed." in read.text
    assert read.data["tracks"] == [] == read.data["events"]


def test_equal_results_give_the_same_page(page: str, compared: Agreement) -> None:
    assert page_of(corner(), replayed(), samples(), agreement=compared, title="by hand") == page
