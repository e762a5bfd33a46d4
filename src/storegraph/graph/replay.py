"""Replays a bag through the graph in this process: from recorded topics to receipts."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Self

from storegraph.atomic import whole_directory
from storegraph.observations import FacingStock, Interaction, Observation, Receipt, ScaleFault
from storegraph.store.model import Store

from .bag import BagError, BagReader, BagWriter
from .dataflow import Dataflow
from .decoding import Decoder
from .merge import MergeCounters, MergeSettings
from .messages import MessageError
from .messages.pictures import COMPRESSED_IMAGE, IMAGE, camera_topic
from .nodes import RARE, nodes_for, recorded_inputs
from .outputs import INTERACTIONS, RECEIPTS, STOCK, JsonArray, interaction_to_json, receipt_to_json, stock_to_json
from .topics import GATE_EVENTS, KEYPOINTS, SCALE_SAMPLES, TOPICS, Topic, topic_of

BAG = "bag"
OUTPUTS = {RECEIPTS, INTERACTIONS, STOCK, BAG}
"""What a replay leaves in its folder."""

PUMPED_TOGETHER = 64
"""Messages read before the graph is asked to go on: a live graph would be asked at each one, which here only costs
time.
"""

SHOWN = 1000
"""Receipts and faults kept for the report; the files hold all of them."""

Progress = Callable[[int, int], None]
"""Called with messages read and messages in all."""


@dataclass(slots=True)
class ReplayReport:
    """What a replay came to.

    Attributes:
        receipts: The last ones, in the order of settlement.
        receipt_count: All of them.
        interaction_count: Weight events explained.
        faults: The last changes in the condition of scales.
        messages: Read from the bag.
        refused: Messages that say something impossible, by reason; they were dropped.
        cut_off: Files of the bag that have no end; they were read up to their last whole record.
        ignored: Topics of the bag that the store does not know, with their message counts.
        counters: What became of observations at the merges, by node and input.
        recorded: Event time that the bag spans, seconds.
        elapsed: Time it took, seconds.
    """

    receipts: deque[Receipt] = field(default_factory=lambda: deque(maxlen=SHOWN))
    receipt_count: int = 0
    interaction_count: int = 0
    faults: deque[ScaleFault] = field(default_factory=lambda: deque(maxlen=SHOWN))
    messages: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    cut_off: tuple[Path, ...] = ()
    ignored: dict[str, int] = field(default_factory=dict)
    counters: dict[tuple[str, str], MergeCounters] = field(default_factory=dict)
    recorded: float = 0.0
    elapsed: float = 0.0

    @property
    def ratio(self) -> float:
        """How many times faster than real time."""
        return self.recorded / self.elapsed if self.elapsed else 0.0


def replay(
    bag: Path,
    store: Store,
    out: Path,
    *,
    taken: Topic | None = None,
    settings: MergeSettings = MergeSettings(),
    stage_settings: Mapping[str, object] = MappingProxyType({}),
    replace: bool = False,
    progress: Progress | None = None,
) -> ReplayReport:
    """Replays a bag and writes what follows from it; everything, or after an error nothing.

    Args:
        bag: The recording.
        store: The store it was recorded in.
        out: Folder for `receipts.json`, `interactions.json`, `stock.json` and `bag`, which holds all derived topics and
            the recorded ones but the scales' samples, so that it can be replayed from any later topic. An earlier
            replay is replaced.
        taken: A topic to take from the bag instead of computing it; None: everything that can be computed is.
        settings: Of the event-time merges.
        stage_settings: What stages are set to, by the names of their nodes (`starting.stage_settings`).
        replace: Whether `out` may be replaced when it holds something else.
        progress: Told how far the reading has come.

    Raises:
        BagError: The bag cannot be read, lacks a topic, or was written by another version.
        OutputError: `out` cannot be written, or holds something else.
    """
    started = perf_counter()
    report = ReplayReport()
    with ExitStack() as stack:
        reader = stack.enter_context(BagReader(bag, store.id))
        nodes = nodes_for([topic for topic in TOPICS if reader.names_of(topic)], taken)
        staging = stack.enter_context(whole_directory(out, replace=replace or _is_replay(out), durable=False))
        outputs = stack.enter_context(_Outputs(staging, store, report))
        dataflow = Dataflow(nodes, store, outputs.take, settings, stage_settings)
        names = _names(reader, recorded_inputs(nodes), dataflow, store, report)
        total = sum(entry.count for entry in reader.topics if reader.relative(entry.name) in names)
        decoder = Decoder()
        for message in reader.messages(names):
            try:
                observation = decoder.decode(message)
            except MessageError as error:
                report.refused[str(error)] += 1
            else:
                dataflow.push(message.topic, observation)
                if topic_of(message.topic) is not SCALE_SAMPLES:
                    outputs.bag.write_message(message)
            report.messages += 1
            if report.messages % PUMPED_TOGETHER == 0:
                dataflow.pump()
                if progress is not None:
                    progress(report.messages, total)
        dataflow.finish()
        report.counters = dataflow.counters
        report.cut_off = reader.cut_off
        report.recorded = (reader.span[1] - reader.span[0]) * 1e-9
    report.elapsed = perf_counter() - started
    return report


class _Outputs:
    """Takes what the nodes give to the files, and to the report."""

    def __init__(self, directory: Path, store: Store, report: ReplayReport) -> None:
        self._report = report
        self._stack = ExitStack()
        with ExitStack() as stack:
            self.bag = stack.enter_context(BagWriter(directory / BAG, store.id, durable=False))
            self._receipts = stack.enter_context(JsonArray(directory / RECEIPTS))
            self._interactions = stack.enter_context(JsonArray(directory / INTERACTIONS))
            self._stock = stack.enter_context(JsonArray(directory / STOCK))
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.__exit__(*error)  # type: ignore[arg-type]

    def take(self, topic: Topic, observation: Observation) -> None:
        self.bag.write(topic.name, observation, observation.stamp)
        match observation:
            case Receipt():
                self._receipts.append(receipt_to_json(observation))
                self._report.receipts.append(observation)
                self._report.receipt_count += 1
            case Interaction():
                self._interactions.append(interaction_to_json(observation))
                self._report.interaction_count += 1
            case FacingStock():
                self._stock.append(stock_to_json(observation))
            case ScaleFault():
                self._report.faults.append(observation)
            case _:
                pass


def _is_replay(out: Path) -> bool:
    """Whether a folder holds an earlier replay and nothing else."""
    return out.is_dir() and {path.name for path in out.iterdir()} == OUTPUTS


def _names(
    reader: BagReader, needed: tuple[Topic, ...], dataflow: Dataflow, store: Store, report: ReplayReport
) -> frozenset[str]:
    """The relative topic names to read, after making sure that every needed topic is there."""
    found: set[str] = set()
    missing: list[str] = []
    for topic in needed:
        names = reader.names_of(topic)
        if not names and topic not in RARE and (topic is not GATE_EVENTS or store.gates):
            missing.append(f"/{store.id}/{topic.name.replace('{}', '<fixture>')}")
        found.update(names)
    if missing:
        _refuse_pictures(reader, store)
        held = ", ".join(entry.name for entry in reader.topics) or "nothing"
        raise BagError(
            f"{reader.path}: has no {' and no '.join(missing)}; it holds {held}; "
            f"is {store.id} the store it was recorded in?"
        )
    counts = {reader.relative(entry.name): entry.count for entry in reader.topics}
    report.ignored = {name: counts[name] for name in sorted(found - dataflow.inputs)}
    return frozenset(found) & dataflow.inputs


def _refuse_pictures(reader: BagReader, store: Store) -> None:
    """Tells what finds the people in pictures, where a bag has pictures and nobody has looked at them."""
    pictures = (camera_topic(name, camera.id) for camera in store.cameras for name in (COMPRESSED_IMAGE, IMAGE))
    held = {reader.relative(entry.name) for entry in reader.topics if entry.count}
    seen = next((name for name in pictures if name in held), None)
    if seen is not None and not reader.names_of(KEYPOINTS):
        wanted = camera_topic(KEYPOINTS.name, "<camera>")
        raise BagError(
            f"{reader.path}: has pictures, such as /{store.id}/{seen}, and no /{store.id}/{wanted}; find the people in "
            f"them with `storegraph vision {reader.path} --store STORE.yaml --out SEEN`, and replay SEEN"
        )
