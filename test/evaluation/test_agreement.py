"""Results promise to agree with the truth of a simulation where the sensors tell it, and to be compared as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from storegraph.atomic import OutputError
from storegraph.evaluation.agreement import Agreement
from storegraph.evaluation.movements import Outcome
from storegraph.evaluation.page.file import write_page
from storegraph.evaluation.receipts import Verdict
from storegraph.graph.replay import replay
from storegraph.simulation.scenarios.scenario import load_scenario
from storegraph.simulation.simulate import simulate
from storegraph.simulation.truth import truth_beside
from storegraph.store.file import load_store

STORE = load_store(Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml")
SHOPPERS = ("group_on_one_token", 3)
"""A scenario and a seed in which a party shops; what a tracker would say is simulated too, so that it is quick."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated bag, its truth, and its replay."""
    folder = tmp_path_factory.mktemp("simulated")
    name, seed = SHOPPERS
    simulate(load_scenario(name), STORE, seed, folder / "bag", level="shoppers")
    replay(folder / "bag", STORE, folder / "results")
    return folder


@pytest.fixture(scope="module")
def agreed(folder: Path) -> Agreement:
    bag = folder / "bag"
    agreed = write_page(folder / "page.html", STORE, folder / "results", bag, truth_beside(bag))
    assert agreed is not None
    return agreed


def test_a_party_is_found_as_it_was_and_charged_nothing_that_it_does_not_owe(agreed: Agreement) -> None:
    names = {person.name for person in agreed.truth.happened.people}
    assert set(agreed.identities.actor_of.values()) == names
    assert agreed.identities.switches == 0
    assert {finding.outcome for finding in agreed.findings} <= {Outcome.FOUND, Outcome.NOTHING}
    assert len([finding for finding in agreed.findings if finding.movements]) > 0
    assert {each.payer for each in agreed.shoppers} == names
    (party,) = agreed.parties
    assert party.payer == next(iter(agreed.truth.happened.parties))
    assert {each.verdict for each in (*agreed.shoppers, party)} <= {Verdict.EXACT, Verdict.REVIEW}


def test_the_page_is_one_file_of_less_than_three_megabytes(folder: Path, agreed: Agreement) -> None:
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert len(page) < 3e6
    for person in agreed.truth.happened.people:
        assert person.name in page


def test_a_page_that_is_there_is_kept_unless_it_may_be_replaced(folder: Path, agreed: Agreement) -> None:
    before = (folder / "page.html").read_bytes()
    with pytest.raises(OutputError, match=r"page\.html"):
        write_page(folder / "page.html", STORE, folder / "results", folder / "bag")
    assert (folder / "page.html").read_bytes() == before
    assert write_page(folder / "page.html", STORE, folder / "results", folder / "bag", replace=True) is None
