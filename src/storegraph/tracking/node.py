"""Keypoints of all cameras -> shoppers, under ROS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from storegraph.graph.diagnostics import Level, Status
from storegraph.graph.node import StageNode

from .stage import TrackingStage


class TrackingNode(StageNode):
    """Beside what every stage's node tells, which cameras cannot be used."""

    def statuses(self) -> Iterator[Status]:
        """Adds the cameras of which something was ignored."""
        yield from super().statuses()
        unusable = sorted(cast(TrackingStage, self.stage).unusable)
        told = f"ignored, as the store does not have them or their joints differ: {', '.join(unusable)}"
        yield Status(Level.WARN if unusable else Level.OK, "cameras", told if unusable else "all cameras can be used")
