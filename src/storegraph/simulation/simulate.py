"""From a scenario to a bag, as a real store would have recorded it, and the truth beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_other
from pathlib import Path
from time import perf_counter

from storegraph.atomic import whole_directory
from storegraph.graph.bag import BagWriter
from storegraph.store.model import Store

from .acting.acting import act
from .cameras import keypoints
from .errors import SimulationError
from .faults.breaking import broken
from .faults.model import Fault
from .gates import gate_events
from .level import Level
from .outcome import put_truth
from .performance import START, Performance, stamp_at
from .picture import Picture
from .scales import scale_samples
from .scenarios.casting import cast
from .scenarios.language import Scenario
from .stream import Recorded, in_order
from .tracks import shoppers
from .truth import truth_beside

Progress = Callable[[int, int], None]
"""Told how far the recording has come and how long it will be, nanoseconds."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a simulation came to.

    Attributes:
        performance: What really happened.
        bag: What the sensors said.
        truth: The folder of the truth.
        messages: In the bag.
        elapsed: Time it took, seconds.
    """

    performance: Performance
    bag: Path
    truth: Path
    messages: int
    elapsed: float

    @property
    def ratio(self) -> float:
        """How many times faster than real time."""
        return self.performance.duration / self.elapsed


def simulate(
    scenario: Scenario,
    store: Store,
    seed: int,
    out: Path,
    *,
    level: Level = "keypoints",
    faults: Sequence[Fault] = (),
    replace: bool = False,
    progress: Progress | None = None,
) -> Simulated:
    """Plays a scenario in a store and writes the bag and, beside it, the truth; both, or after an error none.

    Equal arguments and versions give the same bytes.

    Args:
        scenario: What happens.
        store: Where.
        seed: Of everything that the scenario leaves open.
        out: The bag to make; the truth is in `<out>-truth`.
        level: How deep the cameras are simulated.
        faults: Of the sensors, after those of the scenario.
        replace: Whether an earlier bag and truth may be replaced.
        progress: Told how far the recording has come.

    Raises:
        SimulationError: The scenario cannot be played in the store, or what draws pictures is not installed.
        OutputError: The bag or the truth is there and `replace` is false, or they cannot be written.
    """
    started = perf_counter()
    script = cast(scenario, store, seed)
    performance = act(with_other(script, faults=(*script.faults, *faults)), store)
    messages = record(performance, out, level=level, replace=replace, progress=progress)
    return Simulated(performance, out, truth_beside(out), messages, perf_counter() - started)


def record(
    performance: Performance,
    out: Path,
    *,
    level: Level = "keypoints",
    replace: bool = False,
    progress: Progress | None = None,
) -> int:
    """Writes what the sensors say of a performance, and the truth; arguments and errors as of `simulate`.

    Returns:
        How many messages the bag has.
    """
    length = stamp_at(performance.duration) - START
    messages = 0
    with (
        whole_directory(truth_beside(out), replace=replace, durable=False) as truth,
        BagWriter(out, performance.store.id, replace=replace, durable=False) as bag,
    ):
        put_truth(performance, truth)
        for recorded in heard(performance, level):
            messages += _write(bag, recorded, performance.store)
            if progress is not None:
                progress(min(recorded.log_time - START, length), length)
    return messages


def heard(performance: Performance, level: Level) -> Iterator[Recorded]:
    """What the sensors say of a performance, with its faults, by log time."""
    script = performance.script
    return broken(in_order(_streams(performance, level)), script.faults, script.seed, START)


def _streams(performance: Performance, level: Level) -> Iterator[Iterable[Recorded]]:
    yield scale_samples(performance)
    yield gate_events(performance, bound=level == "shoppers")
    match level:
        case "keypoints":
            yield keypoints(performance)
        case "shoppers":
            yield shoppers(performance)
        case "images":
            yield _pictures(performance)


def _pictures(performance: Performance) -> Iterator[Recorded]:
    """What the cameras take.

    Raises:
        SimulationError: What draws it is not installed.
    """
    try:
        from .rendering.pictures import pictures  # torch and open3d, which the other levels do without
    except ImportError as error:
        raise SimulationError(f"level images needs {error.name}, which `make pictures` installs") from error
    return pictures(performance)


def _write(bag: BagWriter, recorded: Recorded, store: Store) -> int:
    """Adds what was heard to the bag; gives how many messages that takes."""
    seen = recorded.observation
    if not isinstance(seen, Picture):
        bag.write(recorded.topic, seen, recorded.log_time)
        return 1
    from storegraph.graph.picture_messages import picture_messages  # rclpy, which the other levels do without

    camera = next(camera for camera in store.cameras if camera.id == seen.camera)
    messages = picture_messages(camera, seen.stamp, seen.jpeg, recorded.log_time)
    for message in messages:
        bag.write_message(message)
    return len(messages)
