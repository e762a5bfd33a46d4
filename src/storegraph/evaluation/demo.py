"""The demonstration: a simulated visit of four people, replayed, compared with the truth, and shown."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from storegraph.graph.replay import Progress, ReplayReport, replay
from storegraph.graph.tables import replay_summary
from storegraph.share import shared
from storegraph.simulation.scenarios.scenario import load_scenario
from storegraph.simulation.simulate import Simulated, simulate
from storegraph.store.file import load_store
from storegraph.store.model import Store

from .agreement import Agreement
from .movements import movements_table
from .page.file import write_page
from .receipts import comparison_table

SCENARIO = "demo"
STORE_FILE = "config/stores/corner.yaml"

Bar = Callable[[str], AbstractContextManager[Progress]]
"""Shows how far something has come, given what it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Demo:
    """What the demonstration left.

    Attributes:
        store: Where it plays.
        store_file: That store's file.
        simulated: The recording and the truth.
        report: How its replay went.
        results: The folder of the replay.
        agreement: How well its results agree with the truth.
        page: The HTML file that shows all of it.
    """

    store: Store
    store_file: Path
    simulated: Simulated
    report: ReplayReport
    results: Path
    agreement: Agreement
    page: Path


def demo(out: Path, bar: Bar, seed: int) -> Demo:
    """Simulates, replays, compares, and makes the page; what an earlier demonstration left in `out` is replaced.

    Args:
        out: Folder for `simulated`, `simulated-truth`, `replayed` and `index.html`.
        bar: Shows how far it has come.
        seed: Of the simulation.

    Raises:
        OutputError: `out` cannot be written.
    """
    store_file = shared("storegraph", STORE_FILE)
    store = load_store(store_file)
    with bar("simulating four people in a shop") as progress:
        simulated = simulate(load_scenario(SCENARIO), store, seed, out / "simulated", replace=True, progress=progress)
    with bar("replaying what the sensors said") as progress:
        report = replay(simulated.bag, store, out / "replayed", progress=progress)
    page = out / "index.html"
    agreed = write_page(page, store, out / "replayed", simulated.bag, simulated.truth, replace=True)
    assert agreed is not None  # there is a truth
    return Demo(store, store_file, simulated, report, out / "replayed", agreed, page)


def demo_tables(shown: Demo) -> RenderableType:
    """The demonstration as tables for a terminal."""
    agreed, simulated = shown.agreement, shown.simulated
    names = {product.gtin: product.name for product in shown.store.catalogue}
    begin, actor_of = agreed.truth.happened.begin, agreed.identities.actor_of
    return Group(
        Text(
            f"{simulated.performance.duration:.1f} s with {len(simulated.performance.actors)} people, simulated in "
            f"{simulated.elapsed:.1f} s ({simulated.ratio:.0f} x real time)"
        ),
        replay_summary(shown.report),
        Text(),
        movements_table(agreed.findings, names, actor_of, begin),
        comparison_table(agreed.parties, names, "Party"),
    )


def next_steps(shown: Demo) -> str:
    """Where to look, and what to try next."""
    return (
        f"\nLook at {shown.page} in a browser. What to try next:\n"
        f"  storegraph info {shown.simulated.bag}\n"
        f"  storegraph store show {shown.store_file}\n"
        f"  less {shown.results}/interactions.json\n"
        "  storegraph scenarios"
    )
