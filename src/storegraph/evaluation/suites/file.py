"""Reading suite files, and the suites that come with the package."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from storegraph.simulation.level import Level
from storegraph.simulation.scenarios.language import Shopping
from storegraph.simulation.scenarios.scenario import scenario_names
from storegraph.store.model import Part
from storegraph.store.named_file import file_of, names_in
from storegraph.store.part_file import load_part
from storegraph.store.problem import Problem, nearest, shown

from .degraded import Degraded
from .errors import SuiteError

_SUITES = "config/suites"

Seed = Annotated[int, Field(ge=0)]


class Entry(Part):
    """Runs of one class: a scenario in a store with some seeds, or recordings of a store.

    Attributes:
        label: Of the class; figures are told for each.
        store: The store file; a relative name counts from the suite file.
        scenario: A name of the library, or a `.yaml` file.
        seeds: The first and the last.
        shopping: Random people in place of the scenario's.
        level: How deep the cameras are simulated, where not as the suite says.
        faults: A file of faults.
        degraded: Sensors that fail in these runs, where not as the suite says.
        bags: A bag, or a folder of bags. The truth of `BAG` is the folder `BAG-truth`, or the file `BAG-truth.json`
            (`written.WrittenTruth`).
    """

    label: Annotated[str, Field(min_length=1)]
    store: str
    scenario: str = ""
    seeds: tuple[Seed, Seed] = (0, 0)
    shopping: Shopping | None = None
    level: Level | None = None
    faults: str = ""
    degraded: Degraded | None = None
    bags: str = ""


class SuiteFile(Part):
    """What stands in a suite file.

    Attributes:
        summary: In one sentence.
        like: Another suite file, with whose entries this one begins.
        level: How deep the cameras are simulated.
        degraded: Sensors that fail in all simulated runs.
        entries: What is played.
    """

    summary: Annotated[str, Field(min_length=1)]
    like: str = ""
    level: Level = "keypoints"
    degraded: Degraded | None = None
    entries: tuple[Entry, ...] = ()


class Suite(SuiteFile):
    """A suite that was read: names of files in it are absolute.

    Attributes:
        name: Of the file.
    """

    name: str


def suite_names() -> tuple[str, ...]:
    """The suites that come with the package, by name.

    Raises:
        ShareError: They are not installed.
    """
    return names_in(_SUITES)


def load_suite(name_or_path: Path | str) -> Suite:
    """Reads and checks a suite.

    Args:
        name_or_path: A name that comes with the package, or a file that ends with `.yaml`.

    Raises:
        SuiteError: There is no such suite, or the file has problems; all of them are told at once.
    """
    path = file_of(name_or_path, _SUITES, "suite", SuiteError)
    file = load_part(path, SuiteFile, SuiteError, lambda file: _problems_in(file, path.parent))
    entries = tuple(_placed(entry, path.parent) for entry in file.entries)
    if file.like:
        entries = load_suite(path.parent / file.like).entries + entries
    return Suite(**dict(file) | {"name": path.stem, "entries": entries})


def _problems_in(file: SuiteFile, folder: Path) -> Iterator[Problem]:
    """What no single value shows: files that are not there, and keys that do not go together."""
    if file.like and not (folder / file.like).is_file():
        yield Problem(("like",), f"{shown(file.like)} is no file in {folder}; it takes the name of a suite file")
    if not file.like and not file.entries:
        yield Problem(("entries",), "is empty; a suite has entries of its own or is `like` another one")
    for index, entry in enumerate(file.entries):
        place = ("entries", index)
        for key in ("store", "faults", "bags"):
            name = getattr(entry, key)
            if name and not (folder / name).exists():
                yield Problem((*place, key), f"{shown(name)} is not there; it counts from {folder}")
        if bool(entry.scenario) == bool(entry.bags):
            yield Problem(place, "has both scenario and bags, or neither; it takes one of them")
        elif entry.bags and (entry.shopping or entry.level or entry.faults or entry.degraded):
            text = "has bags, which take no shopping, level, faults or degraded; they go with a scenario"
            yield Problem(place, text)
        elif entry.scenario and not entry.scenario.endswith((".yaml", ".yml")):
            names = scenario_names()
            if entry.scenario not in names:
                text = f"{shown(entry.scenario)} is no scenario of the library{nearest(entry.scenario, names)}"
                yield Problem((*place, "scenario"), f"{text}; a file of your own ends with .yaml")
        if entry.seeds[1] < entry.seeds[0]:
            yield Problem((*place, "seeds"), f"{shown(entry.seeds)} must rise: the first and the last")


def _placed(entry: Entry, folder: Path) -> Entry:
    """The entry with absolute names of files."""
    named = {key: getattr(entry, key) for key in ("store", "faults", "bags")}
    changed = {key: str((folder / name).resolve()) for key, name in named.items() if name}
    if entry.scenario.endswith((".yaml", ".yml")):
        changed["scenario"] = str((folder / entry.scenario).resolve())
    return entry.model_copy(update=changed)
