"""Draws docs/pictures/pick.svg: what the graph sees of one item taken from the demo's shelf, and what it concludes.

python docs/pictures/make.py [FILE]        an .svg or .png; the same versions of the libraries draw the same bytes
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from storegraph.graph.bag import BagReader
from storegraph.graph.dataflow import Dataflow
from storegraph.graph.decoding import decode
from storegraph.graph.nodes import nodes_for
from storegraph.graph.topics import PASSAGES, SCALE_SAMPLES, SHOPPERS, Topic
from storegraph.observations import Action, Interaction, Observation, ScaleSamples, Shoppers
from storegraph.store.file import load_store
from storegraph.store.geometry import ScaleGeometry
from storegraph.store.model import Store

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "pictures" / "pick.svg"
PLATE, OTHER_PLATE = "G1.2.1", "G1.2.4"
"""Two plates of one shelf; two shoppers take something from them within 0.2 s."""

SPAN = 4.0
"""Shown before and after the event, seconds."""

COLOURS = {PLATE: "#b5532a", OTHER_PLATE: "#a9a297", "ann": "#2b6cb0", "bob": "#7a4ea3"}
INK, SHADE = "#22303c", "#f4e3d7"

Floats = NDArray[np.float64]


@dataclass
class Recorded:
    """The demo recording, as far as it is drawn.

    Attributes:
        samples: Of the fixture with the two plates.
        shoppers: Snapshots.
        interactions: What the graph concluded.
    """

    samples: list[ScaleSamples] = field(default_factory=list)
    shoppers: list[Shoppers] = field(default_factory=list)
    interactions: list[Interaction] = field(default_factory=list)


def replayed(store: Store) -> Recorded:
    """Runs the graph over the demo recording."""
    recorded = Recorded()

    def take(topic: Topic, observation: Observation) -> None:
        if isinstance(observation, Interaction):
            recorded.interactions.append(observation)

    dataflow = Dataflow(nodes_for((SCALE_SAMPLES, SHOPPERS, PASSAGES)), store, take)
    with BagReader(ROOT / "bags" / "demo", store.id) as reader:
        for message in reader.messages(dataflow.inputs):
            observation = decode(message)
            dataflow.push(message.topic, observation)
            dataflow.pump()
            if isinstance(observation, ScaleSamples) and PLATE in observation.scales:
                recorded.samples.append(observation)
            elif isinstance(observation, Shoppers):
                recorded.shoppers.append(observation)
    dataflow.finish()
    return recorded


def readings(batches: Sequence[ScaleSamples], plate: str) -> tuple[Floats, Floats]:
    """Times in nanoseconds and readings in grams of one plate."""
    times = [batch.stamp + np.arange(len(batch.grams)) * (1e9 / batch.rate) for batch in batches]
    grams = [batch.grams[:, batch.scales.index(plate)] for batch in batches]
    return np.concatenate(times), np.concatenate(grams).astype(np.float64)


def hand_distances(snapshots: Sequence[Shoppers], shopper_id: str, place: ScaleGeometry) -> tuple[Floats, Floats]:
    """Times in nanoseconds, and metres from a shopper's nearer wrist to the goods, where a wrist is seen."""
    times, distances = [], []
    for snapshot in snapshots:
        wrists = [snapshot.joints.index(name) for name in ("left_wrist", "right_wrist")]
        for shopper in snapshot.shoppers:
            if shopper.shopper_id == shopper_id and np.isfinite(shopper.positions[wrists]).any():
                times.append(snapshot.stamp)
                distances.append(np.nanmin(place.distance_to_volumes(shopper.positions[wrists].astype(np.float64))))
    return np.array(times, dtype=np.float64), np.array(distances, dtype=np.float64)


def draw(store: Store, recorded: Recorded) -> Figure:
    """The picture: weight and hands over time on the left, the posterior on the right."""
    event = next(each for each in recorded.interactions if each.scales == (PLATE,))
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    grid = figure.add_gridspec(3, 2, width_ratios=(3, 2))
    weight = figure.add_subplot(grid[:2, 0])
    hands = figure.add_subplot(grid[2, 0], sharex=weight)
    _weight(weight, recorded, event)
    _hands(hands, store, recorded, event)
    names = {gtin: product.name for gtin, product in store.products().items()}
    answers = {
        "Who?": [(who.shopper_id or "nobody seen", who.probability) for who in event.who],
        "What?": [
            (
                " + ".join(f"{item.count} x {names.get(item.gtin, 'unknown')}" for item in what.items) or "nothing",
                what.probability,
            )
            for what in event.what
        ],
        "Which action?": [(action.name.lower().replace("_", " "), event.action[action]) for action in Action],
    }
    for row, (question, candidates) in enumerate(answers.items()):
        _posterior(figure.add_subplot(grid[row, 1]), question, candidates[:3])
    return figure


def _weight(axes: Axes, recorded: Recorded, event: Interaction) -> None:
    for plate in (OTHER_PLATE, PLATE):
        times, grams = readings(recorded.samples, plate)
        shown = np.abs(times - event.begin) < SPAN * 1e9
        start = np.median(grams[shown][: round(SPAN * 10)])
        axes.plot(
            (times[shown] - event.begin) * 1e-9, grams[shown] - start, color=COLOURS[plate], linewidth=1.2, label=plate
        )
    _mark(axes, event)
    axes.set_ylabel("change [g]")
    axes.annotate("event", (0, -250), (-4, 0), textcoords="offset points", ha="right")
    known = (event.stamp - event.begin) * 1e-9
    axes.annotate("known from here", (known, -250), (6, 0), textcoords="offset points")
    axes.legend(loc="lower left", frameon=False, title="reading of plate", alignment="left")
    axes.set_title(
        f"One shelf, two shoppers: plate {PLATE} changed by {event.delta:.1f} g ± {event.sigma:.1f} g", loc="left"
    )
    axes.tick_params(labelbottom=False)


def _hands(axes: Axes, store: Store, recorded: Recorded, event: Interaction) -> None:
    place = ScaleGeometry.of(store).select({PLATE})
    for shopper_id in ("bob", "ann"):
        times, distances = hand_distances(recorded.shoppers, shopper_id, place)
        shown = np.abs(times - event.begin) < SPAN * 1e9
        axes.plot((times[shown] - event.begin) * 1e-9, distances[shown], color=COLOURS[shopper_id], label=shopper_id)
    _mark(axes, event)
    axes.set(ylabel="distance [m]", xlabel="seconds from the beginning of the event", ylim=(-0.05, 1.6))
    axes.legend(loc="upper left", frameon=False, ncols=2, bbox_to_anchor=(0.19, 1.12))
    axes.set_title(f"From each shopper's nearer hand to the goods on {PLATE}", loc="left")


def _mark(axes: Axes, event: Interaction) -> None:
    """The event, and from when it is known."""
    axes.axvspan(0, (event.end - event.begin) * 1e-9, color=SHADE, linewidth=0)
    axes.axvline((event.stamp - event.begin) * 1e-9, color=INK, linewidth=0.8, linestyle=":")
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0)


def _posterior(axes: Axes, question: str, answers: Sequence[tuple[str, float]]) -> None:
    names, probabilities = zip(*answers, strict=True)
    axes.barh(range(len(names)), probabilities, color="#bfe0d0", height=0.8)
    for row, (name, probability) in enumerate(answers):
        axes.text(0.01, row, name, va="center")
        axes.text(0.99, row, _percent(probability), va="center", ha="right")
    axes.set(xlim=(0, 1), ylim=(2.5, -0.5))
    axes.set_title(question, loc="left")
    axes.set_axis_off()


def _percent(probability: float) -> str:
    """Never rounded to what is certain."""
    return "< 0.1 %" if probability < 0.001 else "> 99.9 %" if probability > 0.999 else f"{100 * probability:.1f} %"


def main(file: Path) -> None:
    """Draws the picture into a file."""
    store = load_store(ROOT / "config" / "stores" / "corner.yaml")
    settings: Any = {
        "svg.hashsalt": "storegraph",
        "svg.fonttype": "none",
        "text.color": INK,
        "font.size": 9,
        "axes.titlesize": 10,
    }
    with matplotlib.rc_context(settings):
        metadata = {"Date": None} if file.suffix == ".svg" else {"Software": None}
        draw(store, replayed(store)).savefig(file, dpi=110, metadata=metadata)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)
