"""Whether a recorder keeps up with a busy store, and what that costs.

python test/benchmarks/recording.py [--seconds 30]

Publishes what a store with five fixtures, four cameras and a tracker says, in this process: samples of each fixture
sixty times a second, snapshots of six people thirty times, and from each camera a picture of 60 kB ten times.
`storegraph record --pictures` runs beside it; afterwards every message is looked for in the bag.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle, repeat
from pathlib import Path
from random import Random
from typing import Any

import rclpy
from rclpy.node import Node
from rclpy.publisher import Publisher
from sensor_msgs.msg import CompressedImage
from storegraph_msgs.msg import ScaleSamples, Shopper, Shoppers

from storegraph.graph.bag import BagReader
from storegraph.graph.qos import profile_of
from storegraph.graph.topics import Delivery

ROOT = Path(__file__).resolve().parents[2]
CORNER = ROOT / "config" / "stores" / "corner.yaml"

Source = tuple[Publisher[Any], Iterator[Any], float]
"""A publisher, what it says, and how often a second."""


def sources(node: Node) -> list[Source]:
    """Everything that speaks in the store. What is said is noise, so that it does not compress."""
    random = Random(1)
    samples = ScaleSamples(rate=60.0, scales=[f"scale_{number}" for number in range(16)])
    samples.grams = [random.gauss(500, 1) for _ in samples.scales]
    shopper = Shopper(positions=[random.random() for _ in range(51)], covariance=[random.random() for _ in range(102)])
    shoppers = Shoppers(shoppers=[shopper] * 6)
    pictures = cycle([CompressedImage(format="jpeg", data=random.randbytes(60_000)) for _ in range(50)])
    measured, seen = profile_of(Delivery.MEASUREMENT), profile_of(Delivery.PICTURE)
    scales = [node.create_publisher(ScaleSamples, f"scales/G{number}/samples", measured) for number in range(5)]
    cameras = [
        node.create_publisher(CompressedImage, f"cameras/c{number}/image/compressed", seen) for number in range(4)
    ]
    return [
        *((publisher, repeat(samples), 60.0) for publisher in scales),
        (node.create_publisher(Shoppers, "shoppers", measured), repeat(shoppers), 30.0),
        *((publisher, pictures, 10.0) for publisher in cameras),
    ]


def publish(speaking: list[Source], seconds: float) -> Counter[str]:
    """Publishes everything at its pace; gives how many messages there were of each topic."""
    said: Counter[str] = Counter()
    due = [0.0] * len(speaking)
    begun = time.monotonic()
    while (now := time.monotonic() - begun) < seconds:
        for index, (publisher, messages, rate) in enumerate(speaking):
            if now >= due[index]:
                due[index] += 1.0 / rate
                message, stamp = next(messages), time.time_ns()
                message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp, 1_000_000_000)
                publisher.publish(message)
                said[publisher.topic_name] += 1
        time.sleep(max(0.0, min(due) - (time.monotonic() - begun)))
    return said


def main() -> None:
    """Prints what was said and kept, and the recorder's load."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=30.0)
    seconds = parser.parse_args().seconds
    os.environ.setdefault("FASTDDS_DEFAULT_PROFILES_FILE", str(ROOT / "config" / "fastdds.xml"))
    with tempfile.TemporaryDirectory() as folder, rclpy.init(args=[]):
        bag = Path(folder, "busy")
        command = [sys.executable, "-m", "storegraph.cli", "record", str(CORNER), "--out", str(bag), "--pictures"]
        recorder = subprocess.Popen(command)
        speaking = sources(Node("sensors", namespace="corner"))
        while not all(publisher.get_subscription_count() for publisher, _, _ in speaking):
            time.sleep(0.1)
        said = publish(speaking, seconds)
        time.sleep(1.0)
        recorder.send_signal(signal.SIGINT)
        recorder.wait()
        load = resource.getrusage(resource.RUSAGE_CHILDREN)
        with BagReader(bag) as reader:
            kept = {topic.name: topic.count for topic in reader.topics}
            lags = sorted(
                (message.log_time - stamp_of(message.data)) / 1e6
                for message in reader.messages([name.removeprefix("/") for name in kept])
            )
    for name, count in said.items():
        print(f"{name}: {kept.get(name, 0)} of {count}")
    print(f"arrival behind stamp, ms: median {lags[len(lags) // 2]:.2f}, p99 {lags[len(lags) * 99 // 100]:.2f}")
    print(f"recorder: {(load.ru_utime + load.ru_stime) / seconds:.3f} CPU seconds a second, its start included")
    print(f"          {load.ru_maxrss / 1e3:.0f} MB at most")


def stamp_of(data: bytes) -> int:
    """The stamp in the header that a little-endian message begins with, nanoseconds."""
    return int.from_bytes(data[4:8], "little") * 1_000_000_000 + int.from_bytes(data[8:12], "little")


if __name__ == "__main__":
    main()
