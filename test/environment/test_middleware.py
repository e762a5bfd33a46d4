"""The environment talks: a batch of scale samples crosses from one process to another over Fast DDS."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("rclpy", reason="rclpy is not installed; `make env` installs it")

SECONDS = 30.0
"""For both to start and find each other; they take 2 s on an idle machine with two cores."""

LISTENER = f"""
import rclpy
from storegraph_msgs.msg import ScaleSamples

def report(samples):
    print(samples.header.stamp.nanosec, list(samples.scales), list(samples.grams), flush=True)
    heard.set_result(True)

rclpy.init()
node = rclpy.create_node("listener")
heard = rclpy.Future()
node.create_subscription(ScaleSamples, "scales/G1/samples", report, 1)
rclpy.spin_until_future_complete(node, heard, timeout_sec={SECONDS})
"""

TALKER = """
import time
import rclpy
from storegraph_msgs.msg import ScaleSamples

rclpy.init()
node = rclpy.create_node("talker")
publisher = node.create_publisher(ScaleSamples, "scales/G1/samples", 1)
samples = ScaleSamples(rate=10.0, scales=["G1.1", "G1.2"], grams=[0.5, -622.75])
samples.header.stamp.nanosec = 7
while rclpy.ok():
    publisher.publish(samples)
    time.sleep(0.1)
"""


def test_scale_samples_reach_another_process_unchanged() -> None:
    talker = subprocess.Popen([sys.executable, "-c", TALKER], stderr=subprocess.DEVNULL)
    try:
        listener = subprocess.run([sys.executable, "-c", LISTENER], capture_output=True, text=True, timeout=2 * SECONDS)
    finally:
        talker.kill()
        talker.wait()
    assert listener.stdout.splitlines() == ["7 ['G1.1', 'G1.2'] [0.5, -622.75]"], listener.stderr
    assert "storegraph_msgs" not in listener.stderr, "Fast DDS misses a library of the messages"
