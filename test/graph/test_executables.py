"""The programs that `ros2 run` starts end in good order, whenever they are told to, and name what they do not know."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CORNER = Path(__file__).resolve().parents[2] / "config" / "stores" / "corner.yaml"
SECONDS = 60.0
"""Until what takes a few on a quiet machine has not come."""


def started(*arguments: str) -> subprocess.Popen[str]:
    pytest.importorskip("rclpy", reason="rclpy is not installed; `make env` installs it")
    pytest.importorskip("storegraph_msgs.msg", reason="storegraph_msgs is not built; `make env` builds it")
    command = [sys.executable, "-m", "storegraph.graph.executables", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_a_node_that_is_told_to_stop_while_it_loads_its_libraries_ends_well() -> None:
    with started("weighing", "--ros-args", "-p", f"store:={CORNER}") as process:
        maps, until = Path(f"/proc/{process.pid}/maps"), time.monotonic() + SECONDS
        while "_rclpy" not in maps.read_text() and time.monotonic() < until:  # the first of them
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=SECONDS)
    assert (process.returncode, said) == (0, "")


def test_a_node_that_there_is_not_is_told_with_those_that_there_are() -> None:
    with started("weighing", "weihging") as process:
        said, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert said.startswith("no node is called weihging; there are camera, scales, gate, ")
