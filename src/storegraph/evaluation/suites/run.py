"""What a suite consists of, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from storegraph.simulation.level import Level
from storegraph.simulation.scenarios.language import Shopping

from .degraded import Degraded
from .errors import SuiteError
from .file import Entry, Suite


@dataclass(frozen=True, slots=True)
class Simulation:
    """A recording to simulate.

    Attributes:
        scenario: A name of the library, or a `.yaml` file.
        seed: Of all that it leaves open.
        shopping: Random people in place of the scenario's.
        level: How deep the cameras are simulated.
        faults: A file of faults; None: none.
        degraded: Sensors that fail; None: none.
    """

    scenario: str
    seed: int
    shopping: Shopping | None
    level: Level
    faults: Path | None
    degraded: Degraded | None


@dataclass(frozen=True, slots=True)
class Run:
    """One recording to replay and to compare with its truth.

    Attributes:
        label: Of its class.
        name: Unique within the label.
        store: The store file.
        source: What to simulate, or the bag that is there.
    """

    label: str
    name: str
    store: Path
    source: Simulation | Path


def runs_of(suite: Suite) -> tuple[Run, ...]:
    """Everything that a suite plays, in its order.

    Raises:
        SuiteError: Two runs are the same, or a folder holds no bags.
    """
    runs = tuple(run for entry in suite.entries for run in _runs(entry, suite))
    seen: set[tuple[str, str]] = set()
    for run in runs:
        if (run.label, run.name) in seen:
            raise SuiteError(f"suite {suite.name}: {run.name} is there twice under {run.label}; take other seeds")
        seen.add((run.label, run.name))
    return runs


def sample(runs: Sequence[Run], count: int) -> tuple[Run, ...]:
    """So many runs, evenly from the first to the last; all of them where there are no more."""
    if count >= len(runs):
        return tuple(runs)
    return tuple(runs[(2 * place + 1) * len(runs) // (2 * count)] for place in range(count))


def _runs(entry: Entry, suite: Suite) -> Iterator[Run]:
    store = Path(entry.store)
    if entry.bags:
        for bag in _bags(Path(entry.bags)):
            yield Run(entry.label, bag.name, store, bag)
        return
    first, last = entry.seeds
    level = entry.level or suite.level
    faults = Path(entry.faults) if entry.faults else None
    for seed in range(first, last + 1):
        source = Simulation(entry.scenario, seed, entry.shopping, level, faults, entry.degraded or suite.degraded)
        yield Run(entry.label, f"{Path(entry.scenario).stem} in {store.stem}, seed {seed}", store, source)


def _bags(folder: Path) -> list[Path]:
    """A bag, or those in a folder, by name."""
    if (folder / "metadata.yaml").exists() or folder.suffix == ".mcap":
        return [folder]
    bags = [path for path in sorted(folder.iterdir()) if (path / "metadata.yaml").exists() or path.suffix == ".mcap"]
    if not bags:
        raise SuiteError(f"{folder}: holds no bags; a bag is a folder with metadata.yaml, or an .mcap file")
    return bags
