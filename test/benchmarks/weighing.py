"""How well and how fast weighing works, on simulated shelves and on a recording where one is given.

`PYTHONPATH=src python test/benchmarks/weighing.py [PLATE_DATA_JSON]` prints figures,
`PYTHONPATH=src python test/benchmarks/weighing.py picture FILE.png` draws a picture.
"""

from __future__ import annotations

import platform
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "weighing"))

from autocheckout_scales import read_recording
from plate_simulator import SECOND, START, PlateSimulator, plate_id, shelf_store

from storegraph.observations import WeightEvent
from storegraph.weighing import WeighingStage

PLATES = 6
STORE = shelf_store(PLATES)
WEIGHTS = (30.0, 60.0, 150.0, 600.0)
NOISES = (1.0, 3.0, 5.0, 12.0)
SHELVES = 20
MOVES = 8
INTERVAL = 5.0
"""Seconds between moves."""


def weigh(shelf: PlateSimulator, store=STORE) -> list[WeightEvent]:
    """The weight events of a simulated shelf."""
    stage = WeighingStage(store)
    outputs = [output for message in shelf.messages() for output in stage.process(message)]
    return [output for output in (*outputs, *stage.finish()) if isinstance(output, WeightEvent)]


def found(events: list[WeightEvent], plate: int, at: float) -> list[WeightEvent]:
    """Events of a plate that began about a moment of the simulation."""
    moment = START + round(at * SECOND)
    return [e for e in events if e.changes[0].scale == plate_id(plate) and -0.6 < (e.begin - moment) / SECOND < 2.5]


def detection(weight: float, noise: float, kind: str) -> dict[str, float]:
    """Moves goods of one weight about on shelves of one noise; kind is "quick", "pressed" or "slow"."""
    hits, moves, spurious, errors, scores, delays = 0, 0, 0, [], [], []
    for seed in range(SHELVES):
        shelf = PlateSimulator(PLATES, 8.0 + INTERVAL * MOVES + (3.0 if kind == "slow" else 0.0), noise, seed)
        truth = []
        for move in range(MOVES):
            plate = int(shelf.random.integers(PLATES))
            at = 8.0 + INTERVAL * move + float(shelf.random.uniform(0, 1.0))
            grams = weight * (1 if shelf.random.random() < 0.3 else -1)
            duration = {"slow": 2.5}.get(kind, float(shelf.random.uniform(0.1, 0.5)))
            shelf.move(plate, at, grams, duration, press=0.3 * weight if kind == "pressed" else 0.0)
            truth.append((plate, at, grams, duration + (0.3 if kind == "pressed" else 0.0)))
        events = weigh(shelf)
        matched = set()
        for plate, at, grams, duration in truth:
            moves += 1
            whole = [e for e in found(events, plate, at) if abs(e.delta - grams) < max(0.3 * weight, 5 * e.sigma)]
            if whole:
                event = whole[0]
                hits += 1
                matched.add(event.event_id)
                errors.append(abs(event.delta - grams))
                scores.append((event.delta - grams) / event.sigma)
                delays.append((event.stamp - START) / SECOND - at - duration)
        spurious += len([e for e in events if e.event_id not in matched])
    return {
        "recall": hits / moves,
        "spurious": spurious / moves,
        "error": statistics.median(errors) if errors else float("nan"),
        "spread": float(np.sqrt(np.mean(np.square(scores)))) if scores else float("nan"),
        "delay": float(np.median(delays)) if delays else float("nan"),
        "late": float(np.percentile(delays, 95)) if delays else float("nan"),
    }


def false_events(noise: float, minutes: float = 10.0) -> float:
    """Events per plate-hour where nothing happens but footsteps."""
    store = shelf_store(24)
    events = sum(len(weigh(PlateSimulator(24, 60 * minutes, noise, seed), store)) for seed in range(2))
    return events / (2 * 24 * minutes / 60)


def leaning(noise: float, unsteady: float = 0.04) -> tuple[float, float]:
    """Events for each time that somebody leans on a plate for 1 to 4 seconds, and the net of them, in grams."""
    events, net, leans = 0, 0.0, 0
    for seed in range(SHELVES):
        shelf = PlateSimulator(PLATES, 48.0, noise, seed)
        for lean in range(5):
            force, lasts = float(shelf.random.uniform(200, 3000)), float(shelf.random.uniform(1, 4))
            shelf.lean(int(shelf.random.integers(PLATES)), 8.0 + 8 * lean, force, lasts, unsteady)
            leans += 1
        seen = weigh(shelf)
        events += len(seen)
        net += abs(sum(event.delta for event in seen))
    return events / leans, net / leans


def side_by_side() -> tuple[float, float]:
    """Error over standard error, its root mean square and 95th percentile, where two take from plates that touch."""
    scores = []
    for seed in range(SHELVES):
        shelf = PlateSimulator(PLATES, 48.0, 1.0, seed)
        truth = {}
        for pair in range(5):
            at, plate = 8.0 + 8 * pair, int(shelf.random.integers(PLATES - 1))
            for taken in (plate, plate + 1):
                grams = -float(shelf.random.uniform(150, 2000))
                shelf.move(taken, at + float(shelf.random.uniform(0, 0.3)), grams)
                truth[plate_id(taken), pair] = grams
        for event in weigh(shelf):
            for change in event.changes:
                grams = truth[change.scale, round(((event.begin - START) / SECOND - 8.0) / 8)]
                scores.append(abs(change.delta - grams) / change.sigma)
    return float(np.sqrt(np.mean(np.square(scores)))), float(np.percentile(scores, 95))


def goods_that_turn(pause: float, least: float) -> float:
    """Share of goods that are put down (negative: taken) and the other way round after a pause, of which both are told.

    Args:
        pause: Between them, seconds.
        least: The lightest, grams; the heaviest are four times that.
    """
    told = 0
    for seed in range(SHELVES):
        shelf = PlateSimulator(PLATES, 14.0, 1.0, seed)
        grams = least * float(shelf.random.uniform(1, 4))
        shelf.move(2, 8.0, grams)
        shelf.move(2, 8.3 + pause, -grams)
        told += len(weigh(shelf)) == 2
    return told / SHELVES


def speed(path: Path) -> None:
    """Time of the stage for a recording."""
    store, messages = read_recording(path)
    times = []
    for _ in range(15):
        stage = WeighingStage(store)
        began = time.perf_counter()
        for message in messages:
            for _output in stage.process(message):
                pass
        times.append(1e3 * (time.perf_counter() - began))
    seconds = (messages[-1].stamp - messages[0].stamp) / SECOND
    median = statistics.median(times)
    print(
        f"{path.name}: {len(messages)} messages, {seconds:.1f} s: median {median:.1f} ms (least {min(times):.1f}, most "
        f"{max(times):.1f}), {1e3 * median / len(messages):.0f} us a message, {1e3 * seconds / median:.0f} x real time"
    )


def figures(path: Path) -> None:
    """What settings rest on, measured in a recording: leaks of vibration, cross-talk, runs of equal values."""
    _, messages = read_recording(path)
    for fixture in sorted({message.fixture for message in messages}):
        grams = np.concatenate([m.grams for m in messages if m.fixture == fixture]).astype(float)
        grams = grams[:, np.ptp(grams, axis=0) > 0]
        print(f"{fixture}: longest run of equal values {longest_run(grams) / 60:.1f} s", end="; ")
        moved = np.median(grams[-60:], axis=0) - np.median(grams[:60], axis=0)
        if np.max(np.abs(moved)) > 100:
            largest, second = np.sort(np.abs(moved))[[-1, -2]]
            print(f"largest cross-talk {second:.1f} g of {largest:.1f} g, {second / largest:.3f}", end="; ")
        leaks = vibration_leaks(grams[:, np.abs(moved) < 20])
        for name, leak in zip(("level", "drift"), leaks, strict=True):
            middle, high = np.percentile(leak, [50, 95])
            print(f"vibration in the {name}: median {middle:.3f}, 95th percentile {high:.3f}", end="; ")
        print(f"{leaks.shape[1]} shaken plates")


def longest_run(grams: np.ndarray) -> int:
    """Samples in the longest run of equal values of any plate."""
    longest, run = 0, np.zeros(grams.shape[1], int)
    for same in np.diff(grams, axis=0) == 0:
        run = (run + 1) * same
        longest = max(longest, int(run.max()))
    return longest + 1


def vibration_leaks(grams: np.ndarray, quiet: float = 4.8) -> np.ndarray:
    """Growth of the variance of levels and drifts from the quiet first seconds on, by that of the blocks' insides."""
    length, rate = 9, 60
    blocks = grams[: len(grams) // length * length].reshape(-1, length, grams.shape[1])
    means, inside = blocks.mean(axis=1), blocks.var(axis=1)
    taper = np.sin(np.pi * (np.arange(3 * length) + 0.5) / (3 * length)) ** 2
    weights = (taper / taper.sum()).reshape(3, length, 1)
    levels = sum((weights[k] * blocks[k : len(blocks) - 2 + k]).sum(axis=1) for k in range(3))
    calm = slice(0, round(quiet * rate / length) - 2)
    shaking = slice(calm.stop + 2, None)
    statistics_ = (levels[4:] - levels[:-4]) / np.sqrt(2), means[2:] - means[:-2]
    vibration = inside[2:]
    shaken = vibration[shaking].mean(axis=0) > 6 * vibration[calm].mean(axis=0)
    grown = (vibration[shaking].mean(axis=0) - vibration[calm].mean(axis=0))[shaken]
    leaks = [((s[shaking] ** 2).mean(axis=0) - (s[calm] ** 2).mean(axis=0))[shaken] / grown for s in statistics_]
    return np.array(leaks)


def picture(path: Path) -> None:
    """Draws what the stage makes of a lean, a pressed pick and a slow pick-up under footsteps."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shelf = PlateSimulator(PLATES, 28.0, noise=5.0, seed=3)
    shelf.lean(2, 8.0, 400.0, 2.5)
    shelf.move(2, 14.0, -120.0, press=60.0)
    shelf.move(2, 20.0, -90.0, duration=2.5)
    figure, axes = pyplot.subplots(figsize=(9, 3), layout="constrained")
    axes.plot(shelf.time, shelf.grams[:, 2] - shelf.grams[360:480, 2].mean(), linewidth=0.6, color="tab:blue")
    for event in weigh(shelf):
        begin, end, decided = ((moment - START) / SECOND for moment in (event.begin, event.end, event.stamp))
        axes.axvspan(begin, end, color="tab:orange", alpha=0.4)
        axes.axvline(decided, color="tab:green", linewidth=1)
        axes.text(decided + 0.15, 300, f"{event.delta:.1f} ± {event.sigma:.1f} g")
    axes.set(xlabel="seconds", ylabel="grams")
    figure.savefig(path, dpi=90)


def main() -> None:
    """Prints everything as Markdown, or draws the picture."""
    if sys.argv[1:2] == ["picture"]:
        picture(Path(sys.argv[2]))
        return
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}\n")
    print("| how | noise g | goods g | found whole | other events a move | error g | rms error/sigma | delay s |")
    print("|---|---|---|---|---|---|---|---|")
    for kind in ("quick", "pressed", "slow"):
        for noise in NOISES:
            for weight in WEIGHTS:
                r = detection(weight, noise, kind)
                print(
                    f"| {kind} | {noise:.0f} | {weight:.0f} | {100 * r['recall']:.0f} % | {r['spurious']:.3f} "
                    f"| {r['error']:.2f} | {r['spread']:.2f} | {r['delay']:.2f}, {r['late']:.2f} |",
                    flush=True,
                )
    print()
    for noise in NOISES:
        print(f"false events at noise {noise:.0f} g: {false_events(noise):.2f} a plate-hour")
        for unsteady in (0.04, 0.017):
            each, net = leaning(noise, unsteady)
            print(f"leaning, steady to {unsteady:.1%}, at noise {noise:.0f} g: {each:.2f} events each, net {net:.1f} g")
    print("side by side: error over standard error {:.2f} rms, {:.1f} at the 95th percentile".format(*side_by_side()))
    for least in (300.0, -300.0):
        shares = ", ".join(f"{pause:.1f} s {goods_that_turn(pause, least):.0%}" for pause in (0.2, 0.4, 0.6, 0.8))
        print(f"{'put down and taken' if least > 0 else 'taken and replaced'}, both told after {shares}")
    if len(sys.argv) > 1:
        print()
        figures(Path(sys.argv[1]))
        speed(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
