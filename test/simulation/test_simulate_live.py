"""A store is simulated live: its sensors speak over ROS 2, at their pace, and promise that nothing more follows."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

rclpy = pytest.importorskip("rclpy", reason="rclpy is not installed; `make env` installs it")

from storegraph.graph.messages import CONVERSIONS  # noqa: E402
from storegraph.graph.qos import profile_of  # noqa: E402
from storegraph.graph.rosidl import message_class  # noqa: E402
from storegraph.graph.topics import GATE_EVENTS, KEYPOINTS, SCALE_SAMPLES  # noqa: E402
from storegraph.store.file import load_store  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
CORNER = ROOT / "config" / "stores" / "corner.yaml"
STORE = load_store(CORNER)
RATE = 20.0
PATIENCE = 60.0
"""Seconds until a store that says nothing has failed."""


def test_the_sensors_of_a_store_speak() -> None:
    names = [KEYPOINTS.of(camera.id) for camera in STORE.cameras]
    names += [SCALE_SAMPLES.of(fixture.id) for fixture in STORE.fixtures]
    names.append(GATE_EVENTS.name)
    heard: Counter[str] = Counter()
    command = [sys.executable, "-m", "storegraph.cli", "simulate", "single_pick", "--store", str(CORNER)]
    with rclpy.init(args=[]):
        node = rclpy.create_node("listener", namespace=STORE.id)
        for name in names:
            topic = next(topic for topic in (KEYPOINTS, SCALE_SAMPLES, GATE_EVENTS) if topic.matches(name))
            kind = message_class(CONVERSIONS[topic.carries].message_type)
            node.create_subscription(kind, name, lambda _, name=name: heard.update([name]), profile_of(topic.delivery))
        arguments = ["--seed", "3", "--live", "--rate", str(RATE)]
        with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True) as process:
            until = time.monotonic() + PATIENCE
            while process.poll() is None:
                assert time.monotonic() < until, "it does not end"
                rclpy.spin_once(node, timeout_sec=0.05)
            output = process.stdout.read() if process.stdout else ""
        until = time.monotonic() + 1.0
        while time.monotonic() < until:
            rclpy.spin_once(node, timeout_sec=0.05)
        node.destroy_node()
    assert process.returncode == 0
    assert f"{heard.total()} messages played" in output
    assert set(heard) == set(names)
    assert heard[GATE_EVENTS.name] == 2
