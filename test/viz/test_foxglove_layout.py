"""The shipped layout for Foxglove and Lichtblick shows what the graph of the example store publishes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from storegraph.graph.messages.pictures import camera_topic
from storegraph.graph.topics import CARTS, RECEIPTS
from storegraph.store.file import load_store
from storegraph.viz.markers import LIVE_MARKERS, STORE_MARKERS
from storegraph.viz.overlay.model import OVERLAY
from storegraph.viz.transforms import MAP_FRAME

ROOT = Path(__file__).resolve().parents[2]
STORE = load_store(ROOT / "config" / "stores" / "corner.yaml")
LAYOUT = json.loads((ROOT / "config" / "foxglove" / "storegraph.json").read_text(encoding="utf-8"))
PANELS: dict[str, Any] = LAYOUT["configById"]


def placed(node: Any) -> Iterator[str]:
    """The panels in a part of the layout, those in tabs too."""
    if isinstance(node, str):
        yield node
        for tab in PANELS[node].get("tabs", ()):
            yield from placed(tab["layout"])
    else:
        yield from placed(node["first"])
        yield from placed(node["second"])


def test_every_panel_has_one_place() -> None:
    assert sorted(placed(LAYOUT["layout"])) == sorted(PANELS)


def test_every_topic_is_one_of_the_store() -> None:
    shown = {topic for panel in PANELS.values() for topic in panel.get("topics", ())}
    shown |= {panel["imageMode"]["imageTopic"] for panel in PANELS.values() if "imageMode" in panel}
    shown |= {panel["topicPath"] for panel in PANELS.values() if "topicPath" in panel}
    overlays = {camera_topic(OVERLAY, camera.id) for camera in STORE.cameras}
    expected = {STORE_MARKERS, LIVE_MARKERS, CARTS.name, RECEIPTS.name, *overlays}
    assert shown == {f"/{STORE.id}/{topic}" for topic in expected}


def test_the_scene_is_drawn_in_the_frame_of_the_markers() -> None:
    assert PANELS["3D!store"]["followTf"] == MAP_FRAME
