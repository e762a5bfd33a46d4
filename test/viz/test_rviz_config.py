"""The shipped RViz configuration shows what the graph of the example store publishes, and RViz understands it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from storegraph.graph.bag import BagReader
from storegraph.graph.decoding import decode
from storegraph.graph.diagnostics import Level
from storegraph.graph.messages.pictures import IMAGE, camera_topic
from storegraph.graph.replay import replay
from storegraph.observations import Shoppers
from storegraph.store.file import load_store
from storegraph.viz.health import Ailment
from storegraph.viz.layout import layout
from storegraph.viz.markers import LIVE_MARKERS, STORE_MARKERS
from storegraph.viz.overlay.model import OVERLAY
from storegraph.viz.scene import Scene
from storegraph.viz.transforms import MAP_FRAME

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "rviz" / "store.rviz"
CHECK = ROOT.parent / "shared" / "tools" / "check_rviz.py"
DEMO = ROOT / "bags" / "demo"
STORE = load_store(ROOT / "config" / "stores" / "corner.yaml")
CONFIGURED = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["Visualization Manager"]


def displays(group: dict[str, Any] = CONFIGURED) -> Iterator[dict[str, Any]]:
    """All displays, those in groups too."""
    for display in group["Displays"]:
        yield display
        if "Displays" in display:
            yield from displays(display)


def of(topic: str) -> dict[str, Any]:
    (display,) = [each for each in displays() if each.get("Topic", {}).get("Value") == f"/{STORE.id}/{topic}"]
    return display


def test_every_topic_is_one_of_the_store() -> None:
    images = {camera_topic(name, camera.id) for camera in STORE.cameras for name in (IMAGE, OVERLAY)}
    shown = {display["Topic"]["Value"] for display in displays() if "Topic" in display}
    assert shown == {f"/{STORE.id}/{topic}" for topic in {STORE_MARKERS, LIVE_MARKERS, *images}}


def test_the_fixed_frame_is_that_of_the_markers() -> None:
    assert CONFIGURED["Global Options"]["Fixed Frame"] == MAP_FRAME


def test_a_late_rviz_still_gets_what_is_published_once() -> None:
    topic = of(STORE_MARKERS)["Topic"]
    assert (topic["Durability Policy"], topic["Reliability Policy"]) == ("Transient Local", "Reliable")


def test_everything_that_stands_in_the_store_can_be_switched_off() -> None:
    assert set(of(STORE_MARKERS)["Namespaces"]) == {marker.namespace for marker in layout(STORE)}


def test_everything_that_happens_in_the_demo_can_be_switched_off(tmp_path: Path) -> None:
    results, scene, shown = tmp_path / "results", Scene(STORE), set()
    scene.ailments = {"gate": {"gate front": Ailment(Level.ERROR, "no reader")}}
    replay(DEMO, STORE, results)
    told = []
    with BagReader(results / "bag", STORE.id) as reader:
        told += [decode(message) for message in reader.messages({"interactions", "carts", "weight_events"})]
    with BagReader(DEMO, STORE.id) as reader:
        told += [decode(message) for message in reader.messages({"shoppers", "passages"})]
    for observation in sorted(told, key=lambda each: each.stamp):
        scene.tell(observation)
        if isinstance(observation, Shoppers):
            shown |= {marker.namespace for marker in scene.picture().shown}
    assert set(of(LIVE_MARKERS)["Namespaces"]) == shown


def test_one_can_look_from_the_gate_and_from_above() -> None:
    classes = [view["Class"] for view in CONFIGURED["Views"]["Saved"]]
    assert classes == ["rviz_default_plugins/Orbit", "rviz_default_plugins/TopDownOrtho"]


@pytest.mark.skipif(not CHECK.exists(), reason="the list of what RViz's plugins declare is not on this machine")
def test_rviz_knows_every_class_and_key() -> None:
    check = subprocess.run([sys.executable, CHECK, CONFIG], capture_output=True, text=True)
    assert check.returncode == 0, check.stdout
