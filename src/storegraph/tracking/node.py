"""Keypoints of all cameras -> shoppers, under ROS."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import cast

from storegraph.graph.diagnostics import Level, Status
from storegraph.graph.node import StageNode

from .health import USUAL_TILT, CameraHealth
from .stage import TrackingStage


class TrackingNode(StageNode):
    """Beside what every stage's node tells, which cameras cannot be used, and which were knocked."""

    def statuses(self) -> Iterator[Status]:
        """Adds the cameras of which something was ignored, and those that do not look where the store file says."""
        yield from super().statuses()
        stage = cast(TrackingStage, self.stage)
        unusable = sorted(stage.unusable)
        told = f"ignored, as the store does not have them or their joints differ: {', '.join(unusable)}"
        yield Status(Level.WARN if unusable else Level.OK, "cameras", told if unusable else "all cameras can be used")
        yield poses(stage.camera_health())


def poses(cameras: Sequence[CameraHealth]) -> Status:
    """Which cameras do not look where the store file says."""
    displaced = [camera for camera in cameras if camera.displaced]
    values = {
        f"{camera.camera}: {name}": f"{value:.3f}"
        for camera in cameras
        for name, value in (
            ("error [m]", camera.error),
            ("usual [m]", camera.usual),
            ("tilt [deg]", math.degrees(camera.tilt)),
            ("weight", camera.weight),
        )
    }
    told = "; ".join(
        f"{camera.camera} shows people {_far(camera.error)} from where the others do{_tilted(camera.tilt)}: "
        "was it knocked?"
        for camera in displaced
    )
    remedy = "put it back, or calibrate it anew; until then it counts less"
    if displaced:
        return Status(Level.WARN, "camera poses", f"{told}; {remedy}", values)
    judged = sum(not math.isnan(camera.error) for camera in cameras)
    return Status(
        Level.OK, "camera poses", f"{judged} of {len(cameras)} cameras judged; all look where they should", values
    )


def _far(metres: float) -> str:
    return f"{metres:.2f} m" if math.isfinite(metres) else "far"


def _tilted(radians: float) -> str:
    return f" and tilted by {abs(math.degrees(radians)):.0f} degrees" if abs(radians) > USUAL_TILT else ""
