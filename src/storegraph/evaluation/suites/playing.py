"""Plays one run: simulates its recording, replays it, and compares what was concluded with the truth.

What each step makes is kept under a name that says what it depends on, so that a suite that was interrupted goes on
where it was, and a change of attribution neither simulates nor tracks again:

    recordings/KEY/bag, bag-truth    what the sensors said, and the truth
    seen/KEY/bag                     who was where and which weights changed
    results/KEY.json                 what came of it (`outcome.Played`)
    visits/KEY.html                  the page of a run in which not every receipt is exact and sure
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from pydantic import ValidationError

from storegraph.atomic import whole_file
from storegraph.evaluation.agreement import agreement
from storegraph.evaluation.page.file import write_page
from storegraph.evaluation.replayed import read_replay
from storegraph.graph.bag import BagReader, BagWriter
from storegraph.graph.nodes import STAGE_NODES, recorded_inputs
from storegraph.graph.replay import BAG, ReplayReport, replay
from storegraph.graph.starting import Start, stage_settings
from storegraph.graph.topics import KEYPOINTS, SCALE_SAMPLES, WEIGHT_EVENTS
from storegraph.simulation.faults.file import load_faults
from storegraph.simulation.faults.model import Fault
from storegraph.simulation.scenarios.scenario import load_scenario
from storegraph.simulation.truth import read_truth, truth_beside
from storegraph.store.file import load_store
from storegraph.store.model import Store

from .degraded import drawn_faults
from .fingerprint import CONCLUDED, SEEN, SENSED, fingerprint, of_bag, of_code, of_topics
from .outcome import Guess, Played, Visit
from .run import Run, Simulation
from .visits import guesses_of, mistakes_of, visits_of
from .written import WrittenTruth, load_written, owed_by

SEEING = ("tracking", "weighing")
"""Nodes whose results are kept: they take most of the time."""

NEEDED = recorded_inputs(tuple(node for node in STAGE_NODES if node.name not in SEEING))
"""What the nodes behind them take."""

TOOK = "took.json"
"""Processor seconds of the steps that made what lies in a folder."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Settings under which runs are played.

    Attributes:
        name: What is special about them; empty: nothing.
        settings: Of the stages, by name, as text.
        params_file: A ROS parameter file; None: defaults.
    """

    name: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    params_file: Path | None = None

    def settings_in(self, store: Path) -> dict[str, object]:
        """What the stages are set to in a store, by the names of their nodes.

        Raises:
            StartError: A name or a value is not one that there is.
        """
        return stage_settings(Start(store, params_file=self.params_file, settings=self.settings))


@dataclass(frozen=True, slots=True)
class _Recording:
    """A bag and what it depends on; the truth lies beside it.

    Attributes:
        bag: What the sensors said.
        key: What that depends on.
        took: Processor seconds of the steps that made it.
        truth: What the truth depends on, where that is not the same.
    """

    bag: Path
    key: str
    took: Mapping[str, float]
    truth: str = ""


def play(run: Run, variant: Variant, work: Path) -> Played:
    """Plays a run, or reads what came of it earlier.

    Args:
        run: What to play.
        variant: Under which settings.
        work: Folder for what is kept.

    Returns:
        What came of it. An error is told there: one run that dies is not the end of a suite.
    """
    try:
        return _played(run, variant, work)
    except Exception as error:  # whatever a stage does wrong, the other runs are to be played
        return Played(label=run.label, name=run.name, error=f"{type(error).__name__}: {error}")


def _played(run: Run, variant: Variant, work: Path) -> Played:
    store = _store(run.store)
    settings = variant.settings_in(run.store)
    recording = _recorded(run, store, work)
    seen_by = [repr(settings[name]) for name in SEEING]
    seen_key = fingerprint(recording.key, of_code(SEEN), of_topics(*NEEDED), seen_by)
    concluded_by = [repr(each) for name, each in sorted(settings.items()) if name not in SEEING]
    key = fingerprint(seen_key, of_code(CONCLUDED), concluded_by, recording.truth)
    kept, page = work / "results" / f"{key}.json", work / "visits" / f"{key}.html"
    if earlier := _earlier(kept, page):
        return earlier.model_copy(update={"label": run.label, "name": run.name})
    seen = work / "seen" / seen_key
    with TemporaryDirectory(prefix=".replay-", dir=work) as folder:
        results = Path(folder) / "replayed"
        took = _replayed(recording, seen, store, results, settings)
        played = _judged(run, store, recording, results)
        if any(visit.review or not visit.exact for visit in played.visits):
            truth = truth_beside(recording.bag)
            write_page(page, store, results, recording.bag, truth if truth.is_dir() else None, replace=True)
            played = played.model_copy(update={"page": page.name})
    times = {step: round(seconds, 2) for step, seconds in {**recording.took, **took}.items()}
    played = played.model_copy(update={"times": times})
    with whole_file(kept, replace=True) as fresh:
        fresh.write_text(played.model_dump_json() + "\n", encoding="utf-8")
    return played


def _earlier(kept: Path, page: Path) -> Played | None:
    """What came of the same run earlier; None where it has to be played, or its page is gone."""
    try:
        played = Played.model_validate_json(kept.read_bytes())
    except (OSError, ValidationError):
        return None
    return None if played.page and not page.exists() else played


# ---- What the sensors said -------------------------------------------------------------------------------------------


def _recorded(run: Run, store: Store, work: Path) -> _Recording:
    """The bag that is there, or a simulation of it."""
    source = run.source
    if isinstance(source, Path):
        truth = fingerprint(of_bag(truth_beside(source)), of_bag(_written_beside(source)))
        return _Recording(source, fingerprint(of_bag(source), store.model_dump_json()), {}, truth)
    scenario = load_scenario(source.scenario)
    if source.shopping is not None:
        scenario = scenario.model_copy(update={"shopping": source.shopping})
    faults = _faults(source, store)
    told = [scenario.model_dump_json(), source.seed, source.level, [fault.model_dump_json() for fault in faults]]
    key = fingerprint(told, store.model_dump_json(), of_code(SENSED), of_topics(KEYPOINTS, SCALE_SAMPLES))
    bag = work / "recordings" / key / "bag"
    if not (bag.exists() and truth_beside(bag).exists() and (bag.parent / TOOK).exists()):
        from storegraph.simulation.simulate import simulate  # takes seconds to import, and what is kept does without

        began = process_time()
        simulate(scenario, store, source.seed, bag, level=source.level, faults=faults, replace=True)
        _tell(bag.parent, {"simulated": process_time() - began})
    return _Recording(bag, key, _told(bag.parent))


def _faults(source: Simulation, store: Store) -> tuple[Fault, ...]:
    given = load_faults(source.faults, store) if source.faults else ()
    return given + (drawn_faults(source.degraded, store, source.seed) if source.degraded else ())


# ---- What the graph makes of it --------------------------------------------------------------------------------------


def _replayed(
    recording: _Recording, seen: Path, store: Store, results: Path, settings: Mapping[str, object]
) -> dict[str, float]:
    """Replays a recording, from what was seen where that is kept; gives what that took."""
    began = process_time()
    if (seen / TOOK).exists():
        replay(seen / BAG, store, results, stage_settings=settings)
        return {**_told(seen), "concluded": process_time() - began}
    report = replay(recording.bag, store, results, stage_settings=settings)
    took = {"replayed": process_time() - began}
    if _may_be_kept(report, results / BAG, store):
        _keep(results / BAG, seen / BAG, store)
        _tell(seen, took)
    return took


def _may_be_kept(report: ReplayReport, bag: Path, store: Store) -> bool:
    """Whether the nodes behind give the same again from what was seen.

    Not where sensor data was lost on the way, for the ledger is told of that with the promises and not in a topic; nor
    where they look at the sensors themselves, or have nothing to explain.
    """
    lost = any(counters.late or counters.implausible or counters.forced for counters in report.counters.values())
    if lost or {KEYPOINTS, SCALE_SAMPLES} & set(NEEDED):
        return False
    with BagReader(bag, store.id) as reader:
        return bool(reader.names_of(WEIGHT_EVENTS))


def _keep(replayed: Path, bag: Path, store: Store) -> None:
    """Copies what the nodes behind `SEEING` take."""
    with BagReader(replayed, store.id) as reader, BagWriter(bag, store.id, replace=True, durable=False) as writer:
        for message in reader.messages({name for topic in NEEDED for name in reader.names_of(topic)}):
            writer.write_message(message)


# ---- How good that is ------------------------------------------------------------------------------------------------


def _judged(run: Run, store: Store, recording: _Recording, results: Path) -> Played:
    """What was concluded beside the truth, as far as the truth goes."""
    replayed = read_replay(results, recording.bag, store)
    folder = truth_beside(recording.bag)
    visits: tuple[Visit, ...]
    guesses: Mapping[str, tuple[Guess, ...]] = {}
    if folder.is_dir():
        agreed = agreement(replayed, read_truth(folder), store)
        happened, actor_of = agreed.truth.happened, agreed.identities.actor_of
        party_of = {person.name: person.party for person in happened.people}
        visits = visits_of(
            replayed.receipts,
            happened.parties,
            lambda receipt: party_of.get(actor_of.get(receipt.shopper_id, ""), receipt.party),
            mistakes_of(agreed, store, replayed.begin),
        )
        guesses, people = guesses_of(agreed), len(happened.people)
    else:
        owed = owed_by(_written(recording.bag, store), replayed.receipts, store)
        visits = visits_of(replayed.receipts, owed.goods, owed.payer, {})
        people = len({shopper.shopper_id for snapshot in replayed.shoppers for shopper in snapshot.shoppers})
    return Played(
        label=run.label,
        name=run.name,
        recorded=round((replayed.end - replayed.begin) * 1e-9, 3),
        people=people,
        visits=visits,
        guesses=guesses,
    )


def check_truth(run: Run) -> None:
    """Whether a recording that is there can be judged.

    Raises:
        TruthError: It has no truth, or what somebody wrote down has problems.
    """
    if isinstance(run.source, Path) and not truth_beside(run.source).is_dir():
        _written(run.source, _store(run.store))


def _written(bag: Path, store: Store) -> WrittenTruth:
    return load_written(_written_beside(bag), store)


def _written_beside(bag: Path) -> Path:
    """What somebody wrote down of a recording, for which there is no folder with everything that happened."""
    folder = truth_beside(bag)
    return folder.with_name(f"{folder.name}.json")


# ---- What is kept ----------------------------------------------------------------------------------------------------


@cache
def _store(path: Path) -> Store:
    return load_store(path)


def _tell(folder: Path, took: Mapping[str, float]) -> None:
    """Writes down that a folder is whole, and what making it took."""
    with whole_file(folder / TOOK, replace=True) as fresh:
        fresh.write_text(json.dumps(dict(took)), encoding="utf-8")


def _told(folder: Path) -> dict[str, float]:
    told: dict[str, float] = json.loads((folder / TOOK).read_text(encoding="utf-8"))
    return told
