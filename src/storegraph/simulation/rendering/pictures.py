"""The pictures of all cameras, as they arrive."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import cv2

from storegraph.simulation.chance import chance
from storegraph.simulation.performance import FRAME_RATE, Performance, stamp_at
from storegraph.simulation.picture import Picture
from storegraph.simulation.stream import Recorded, in_order
from storegraph.store.model import Camera

from .renderer import Renderer

TOPIC = "cameras/{}/image/compressed"
"""As `image_transport` names it; dots in a camera's id become underscores."""

QUALITY = 90
"""Of the JPEG files, as the camera node sends them when nothing else is said."""

LATENCY = 0.045
LATENCY_SPREAD = 0.008
"""Seconds from the beginning of exposure to a picture's arrival: 10 ms of exposure, 20 ms of coding, a network."""

LEAST_LATENCY = 0.02
"""Seconds; exposure and coding take those whatever the network does."""


def pictures(performance: Performance, rate: float = 10.0) -> Iterator[Recorded]:
    """What the cameras send, by log time; each runs by a clock of its own.

    A picture shows a frame of the performance, and its stamp is that frame's: picture, stamp and true joints agree.

    Args:
        performance: What they see.
        rate: Pictures a second of each camera.
    """
    renderer = Renderer(performance)
    return in_order([_sent(performance, renderer, camera, rate) for camera in performance.store.cameras])


def _sent(performance: Performance, renderer: Renderer, camera: Camera, rate: float) -> Iterator[Recorded]:
    """One camera's pictures, none before the one sent earlier."""
    draw = chance(performance.script.seed, "pictures", camera.id)
    topic = TOPIC.format(camera.id.replace(".", "_"))
    phase, latest = float(draw.random()) / rate, 0
    for number in count():
        frame = round((phase + number / rate) * FRAME_RATE)
        if frame >= performance.frames:
            return
        seconds = frame / FRAME_RATE
        latency = max(LEAST_LATENCY, float(draw.normal(LATENCY, LATENCY_SPREAD)))
        latest = max(stamp_at(seconds + latency), latest + 1)
        pixels = renderer.picture(camera.id, seconds)
        _, jpeg = cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
        yield Recorded(latest, topic, Picture(stamp_at(seconds), camera.id, jpeg.tobytes()))
