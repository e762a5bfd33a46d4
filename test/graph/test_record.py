"""What is said is in the bag, also when the recorder is killed or the disk is full; and it can be played again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

rclpy = pytest.importorskip("rclpy", reason="needs ROS 2; `make env` installs it")
messages = pytest.importorskip("storegraph_msgs.msg", reason="needs the built messages; `make env` builds them")
if not hasattr(messages, "ScaleSamples"):  # the definitions' own folder, as seen from the checkout
    pytest.skip("needs the built messages; `make env` builds them", allow_module_level=True)

from rclpy.node import Node  # noqa: E402
from rclpy.publisher import Publisher  # noqa: E402
from test_recording import small_disk  # noqa: E402

from storegraph.cli import main  # noqa: E402
from storegraph.graph.bag import BagReader  # noqa: E402
from storegraph.graph.player import Player  # noqa: E402
from storegraph.graph.qos import profile, profile_of  # noqa: E402
from storegraph.graph.replay import replay  # noqa: E402
from storegraph.graph.topics import Delivery, Quality  # noqa: E402
from storegraph.store.file import load_store  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "bags" / "demo"
CORNER = ROOT / "config" / "stores" / "corner.yaml"
PATIENCE = 30.0
"""Seconds until a recorder that hears nothing has failed."""

SECOND = 1_000_000_000


@contextmanager
def recording(bag: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """`storegraph record` as a process."""
    command = [sys.executable, "-m", "storegraph.cli", "record", str(CORNER), "--out", str(bag), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def heard(publisher: Publisher) -> None:
    """Waits until a recorder listens."""
    until = time.monotonic() + PATIENCE
    while not publisher.get_subscription_count():
        assert time.monotonic() < until, "nobody records"
        time.sleep(0.02)


def say(publisher: Publisher, seconds: float, rate: float = 100.0, size: int = 0) -> list[int]:
    """Publishes readings of noise; gives their stamps, which are the moments at which they were published."""
    stamps = []
    random = Random(0)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        message = messages.ScaleSamples(
            fixture="G1", rate=60.0, scales=["a"], grams=[random.random() for _ in range(size)]
        )
        stamps.append(time.time_ns())
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamps[-1], SECOND)
        publisher.publish(message)
        time.sleep(1 / rate)
    return stamps


@pytest.fixture
def samples() -> Iterator[Publisher]:
    """Somebody who says what a scale reads."""
    with rclpy.init(args=[]):
        node = Node("scales", namespace="corner")
        yield node.create_publisher(messages.ScaleSamples, "scales/G1/samples", profile_of(Delivery.MEASUREMENT))
        node.destroy_node()


def stamps_in(bag: Path) -> list[int]:
    """The stamps of the samples in a bag, after it has been told whether its recording ended."""
    with BagReader(bag, "corner") as reader:
        data = [message.data for message in reader.messages({"scales/G1/samples"})]
    return [int.from_bytes(each[4:8], "little") * SECOND + int.from_bytes(each[8:12], "little") for each in data]


def test_a_killed_recorder_has_kept_all_but_the_last_second(samples: Publisher, tmp_path: Path) -> None:
    bag = tmp_path / "visit"
    with recording(bag, "--split-duration", "1") as process:
        heard(samples)
        said = say(samples, seconds=3.5)
        process.kill()
        killed = time.time_ns()
    kept = stamps_in(bag)
    assert kept == said[: len(kept)]
    assert set(kept) >= {stamp for stamp in said if stamp < killed - SECOND}
    assert {file.name for file in bag.glob("*.mcap")} == {f"visit_{number}.mcap" for number in range(4)}
    with BagReader(bag) as reader:
        assert reader.cut_off == (bag / "visit_3.mcap",)
    told = CliRunner().invoke(main, ["info", str(bag)])
    assert "visit_3.mcapiscutoff" in "".join(told.output.split())  # wherever lines of this width end


def test_who_joins_late_and_offers_less_is_recorded_too(samples: Publisher, tmp_path: Path) -> None:
    node = Node("best_effort", namespace="corner")
    with recording(tmp_path / "visit") as process:
        heard(samples)
        quality = profile(Quality(5, reliable=False, transient_local=False))
        other = node.create_publisher(messages.ScaleSamples, "scales/G1/samples", quality)
        heard(other)
        said = say(other, seconds=0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    node.destroy_node()
    assert len(set(stamps_in(tmp_path / "visit")) & set(said)) > len(said) / 2


def test_on_a_full_disk_the_recorder_says_so_and_ends_and_the_bag_is_whole(samples: Publisher, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        with recording(disk / "visit") as process:
            heard(samples)
            (disk / "other").write_bytes(os.urandom(4_000_000))
            said = []
            while process.poll() is None:
                said += say(samples, seconds=0.2, size=1000)
            errors = process.stderr.read() if process.stderr else ""
        assert process.returncode == 2
        assert f"{disk}/visit: cannot be written: No space left on device" in " ".join(errors.split())
        with BagReader(disk / "visit") as reader:
            assert reader.cut_off == ()
        kept = stamps_in(disk / "visit")
        assert kept == said[: len(kept)]
        assert len(kept) > 10


def test_a_folder_that_is_there_is_not_recorded_into(tmp_path: Path) -> None:
    refused = CliRunner().invoke(main, ["record", str(CORNER), "--out", str(tmp_path)])
    assert refused.exit_code == 2
    assert "exists already" in " ".join(refused.output.split())


def test_a_recorder_that_is_told_to_stop_ends_its_bag_and_that_gives_the_same_receipts_again(tmp_path: Path) -> None:
    store, bag = load_store(CORNER), tmp_path / "visit"
    with recording(bag) as process, rclpy.init(args=[]):
        player = Player(DEMO, store)
        played = player.play(rate=25.0, wait=PATIENCE)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
        player.destroy_node()
    assert process.returncode == 0, errors
    assert f"{played} messages of 5 topics" in output
    assert sorted(file.name for file in bag.iterdir()) == ["metadata.yaml", "visit_0.mcap"]
    with BagReader(bag, "corner") as again, BagReader(DEMO, "corner") as demo:
        assert again.cut_off == ()
        assert again.message_count == played == demo.message_count
    replay(DEMO, store, tmp_path / "first")
    replay(bag, store, tmp_path / "again")
    for name in ("receipts.json", "interactions.json"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
