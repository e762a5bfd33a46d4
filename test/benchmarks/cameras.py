"""How many of a camera's pictures reach another process, how late, and what its node costs.

python test/benchmarks/cameras.py

A camera node plays a video of 640x360 pixels at 30 Hz, in a loop, and this program takes the pictures as a subscriber
with sensor quality of service. The delay is from the moment a picture is due to the callback: compressing, the way, and
the conversion to a Python message.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import rclpy
from rclpy.experimental.events_executor import EventsExecutor
from rclpy.node import Node
from rich.console import Console
from rich.table import Table
from sensor_msgs.msg import CompressedImage, Image

from storegraph.graph.messages import from_time
from storegraph.graph.qos import profile_of
from storegraph.graph.topics import Delivery

ROOT = Path(__file__).resolve().parents[2]
PROFILE = "FASTDDS_DEFAULT_PROFILES_FILE"
WIDTH, HEIGHT, RATE = 640, 360, 30.0
LASTS = 20.0
"""Seconds of a measurement."""
SETTLED = 2.0
"""Seconds after the first picture until it begins: discovery and the first pages of memory are behind."""


class Viewer(Node):
    """Takes the pictures of one topic."""

    def __init__(self, topic: str, message_type: type) -> None:
        super().__init__("viewer", namespace="corner")
        self.stamps: list[int] = []
        self.delays: list[float] = []
        self.create_subscription(message_type, f"cameras/south_west/{topic}", self._take, profile_of(Delivery.PICTURE))

    def _take(self, message: Any) -> None:
        stamp = from_time(message.header.stamp)
        self.stamps.append(stamp)
        self.delays.append((time.time_ns() - stamp) / 1e6)


def write_video(path: Path) -> None:
    """Noise without edges, moving: its JPEG pictures are as large as those of a shop."""
    random = np.random.default_rng(1)
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), RATE, (WIDTH, HEIGHT))
    scene = cv2.GaussianBlur(random.integers(0, 256, (HEIGHT, 2 * WIDTH, 3)).astype(np.uint8), (0, 0), 2.0)
    for shift in range(60):
        video.write(np.ascontiguousarray(scene[:, shift : shift + WIDTH]))
    video.release()


@contextmanager
def camera_node(folder: Path) -> Iterator[int]:
    """The node in a process of its own; gives its id."""
    (folder / "sensors.yaml").write_text("cameras:\n  - {camera: south_west, source: video.avi, loop: true}\n")
    given = {
        "store": ROOT / "config" / "stores" / "corner.yaml",
        "sensors": folder / "sensors.yaml",
        "device": "south_west",
        "max_rate": 2 * RATE,
    }
    parameters = [word for name, value in given.items() for word in ("-p", f"{name}:={value}")]
    command = [sys.executable, "-m", "storegraph.graph.executables", "camera:south_west", "--ros-args"]
    process = subprocess.Popen([*command, "-r", "__ns:=/corner", "--log-level", "warn", *parameters])
    try:
        yield process.pid
        process.send_signal(signal.SIGINT)
        process.wait(10.0)
    finally:
        process.kill()


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, in user and in system mode (proc(5), `stat`)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(folder: Path, topic: str, message_type: type) -> tuple[str, ...]:
    """Sent, arrived, delays and load, as a row of the table."""
    with rclpy.init(args=[]), camera_node(folder) as pid:
        viewer, executor = Viewer(topic, message_type), EventsExecutor()
        executor.add_node(viewer)

        def spin(until: Callable[[], bool]) -> None:
            while not until():
                executor.spin_once(timeout_sec=0.1)

        spin(lambda: bool(viewer.stamps))
        settled = time.monotonic() + SETTLED
        spin(lambda: time.monotonic() > settled)
        viewer.stamps.clear()
        viewer.delays.clear()
        before, began = cpu_seconds(pid), time.monotonic()
        spin(lambda: time.monotonic() > began + LASTS)
        load = (cpu_seconds(pid) - before) / (time.monotonic() - began)
        executor.shutdown()
    sent = 1 + round((viewer.stamps[-1] - viewer.stamps[0]) / 1e9 * RATE)
    delays = np.percentile(viewer.delays, (50, 95, 99))
    return f"{len(viewer.stamps)} of {sent}", "/".join(f"{each:.1f}" for each in delays), f"{load:.3f}"


def main() -> None:
    """Measures JPEG and raw pictures, and raw ones without the profile for Fast DDS."""
    table = Table(title=f"{WIDTH}x{HEIGHT} pixels at {RATE:.0f} Hz for {LASTS:.0f} s", title_justify="left")
    for column in ("pictures", "arrived", "delay p50/p95/p99, ms", "the node's load, CPU s/s"):
        table.add_column(column, justify="left" if column == "pictures" else "right")
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_video(folder / "video.avi")
        os.environ[PROFILE] = str(ROOT / "config" / "fastdds.xml")
        table.add_row("JPEG", *measured(folder, "image/compressed", CompressedImage))
        table.add_row("raw", *measured(folder, "image", Image))
        del os.environ[PROFILE]
        table.add_row("raw, without config/fastdds.xml", *measured(folder, "image", Image))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
