"""How late the live graph is, and what it costs. Run by `make bench`.

`storegraph up` starts the nodes of a store as processes, `storegraph play` plays a recording to them at its own pace,
and this program listens. It prints

- latency: from the end of a movement on a shelf to the cart, by stage. The end of a movement is the `end` of its weight
  event, on the player's clock (`/clock`). Weighing has to see that a plate is at rest before it decides, and the last
  sample that it needs for that is the event's `stamp`; what lies between the two is settling, needed however fast the
  machine is. The other stages are net of it;
- load: CPU seconds a second by process, from /proc, while nothing is played and while the recording is.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np
import rclpy
from rclpy.executors import Executor
from rclpy.experimental.events_executor import EventsExecutor
from rclpy.node import Node
from rich.console import Console
from rich.table import Table
from rosgraph_msgs.msg import Clock

from storegraph.graph.bag import BagMessage, BagReader
from storegraph.graph.decoding import decode
from storegraph.graph.messages import CONVERSIONS
from storegraph.graph.qos import profile_of
from storegraph.graph.rosidl import message_class
from storegraph.graph.topics import CARTS, INTERACTIONS, WEIGHT_EVENTS, Topic
from storegraph.observations import Cart, Interaction, WeightEvent
from storegraph.store.file import load_store

ROOT = Path(__file__).resolve().parents[2]
RESULTS = (WEIGHT_EVENTS, INTERACTIONS, CARTS)
MILLISECOND = 1_000_000
SECOND = 1_000_000_000

START = 60.0
"""Seconds for the nodes to become active; they take 3 on an idle machine with two cores."""
CALM = 3.0
"""Seconds after that until all have found each other and the load is that of a graph at rest."""
CONCLUSION = 5.0
"""Seconds after the last message was played; the last cart takes less than two."""

Moment = int
"""Nanoseconds of this machine's monotonic clock."""

Load = dict[str, float]
"""CPU seconds a second, by process."""


class Listener(Node):
    """Notes when the graph said what.

    Attributes:
        clock_offset: From the player's clock to the monotonic one, nanoseconds: the least that any `/clock` message
            has shown, so what the quickest of them took on its way is missing in every latency.
        weight_events: By id.
        interactions: When they came, by the id of their weight event.
        carts: When they came, by the stamp of the interaction that changed them.
    """

    def __init__(self, namespace: str) -> None:
        super().__init__("listener", namespace=namespace)
        self.clock_offset: int | None = None
        self.weight_events: dict[str, tuple[Moment, WeightEvent]] = {}
        self.interactions: dict[str, Moment] = {}
        self.carts: dict[int, Moment] = {}
        self.create_subscription(Clock, "/clock", self._take_clock, 10)
        for topic in RESULTS:
            message_type = CONVERSIONS[topic.carries].message_type
            take = partial(self._take, topic, message_type)
            self.create_subscription(
                message_class(message_type), topic.name, take, profile_of(topic.delivery), raw=True
            )

    def is_given(self, topic: Topic) -> bool:
        """Whether anybody gives a topic."""
        return bool(self.count_publishers(topic.name))

    def _take_clock(self, message: Clock) -> None:
        offset = time.monotonic_ns() - (message.clock.sec * SECOND + message.clock.nanosec)
        self.clock_offset = offset if self.clock_offset is None else min(self.clock_offset, offset)

    def _take(self, topic: Topic, message_type: str, data: bytes) -> None:
        now = time.monotonic_ns()
        match decode(BagMessage(topic.name, 0, message_type, bytes(data))):
            case WeightEvent() as event:
                self.weight_events.setdefault(event.event_id, (now, event))
            case Interaction() as interaction:
                self.interactions.setdefault(interaction.event_id, now)
            case Cart() as cart:
                self.carts.setdefault(cart.stamp, now)


@dataclass(slots=True)
class Latencies:
    """Milliseconds, one for each weight event that changed a cart.

    Attributes:
        settling: From the end of the movement to the last sample that the weight event needs.
        weighing: From that sample to the weight event.
        attribution: From the weight event to the interaction.
        ledger: From the interaction to the cart.
    """

    settling: list[float] = field(default_factory=list)
    weighing: list[float] = field(default_factory=list)
    attribution: list[float] = field(default_factory=list)
    ledger: list[float] = field(default_factory=list)

    def add(self, listener: Listener) -> None:
        """Takes over what was heard in one run."""
        assert listener.clock_offset is not None, "nothing was played"
        for event_id, (weighed, event) in listener.weight_events.items():
            attributed, charged = listener.interactions.get(event_id), listener.carts.get(event.stamp)
            if attributed is None or charged is None:
                continue
            sampled = event.stamp + listener.clock_offset
            self.settling.append((event.stamp - event.end) / MILLISECOND)
            self.weighing.append((weighed - sampled) / MILLISECOND)
            self.attribution.append((attributed - weighed) / MILLISECOND)
            self.ledger.append((charged - attributed) / MILLISECOND)

    def table(self) -> Table:
        """The distribution of each, and of their sums."""
        table = Table(title=f"latency of {len(self.settling)} carts, milliseconds", title_justify="left")
        for column in ("", "p50", "p95", "p99"):
            table.add_column(column, justify="right" if column else "left")
        net = np.sum([self.weighing, self.attribution, self.ledger], axis=0)
        rows: dict[str, Any] = {
            "settling: end of the movement to the last sample needed": self.settling,
            "weighing: that sample to the weight event": self.weighing,
            "attribution: weight event to interaction": self.attribution,
            "ledger: interaction to cart": self.ledger,
            "last sample needed to cart": net,
            "end of the movement to cart": net + self.settling,
        }
        for name, values in rows.items():
            if name.startswith("last"):
                table.add_section()
            table.add_row(name, *(f"{value:.0f}" for value in np.percentile(values, (50, 95, 99))))
        return table


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, in user and in system mode (proc(5), `stat`)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    user, system = fields[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def measured_load(pids: dict[str, int]) -> Iterator[Load]:
    """Gives the load of processes during a block, at its end."""
    load: Load = {}
    before, began = {name: cpu_seconds(pid) for name, pid in pids.items()}, time.monotonic()
    yield load
    lasted = time.monotonic() - began
    load |= {name: (cpu_seconds(pid) - before[name]) / lasted for name, pid in pids.items()}


def load_table(idle: Sequence[Load], busy: Sequence[Load]) -> Table:
    """The mean load by process."""
    table = Table(title="load, CPU seconds a second", title_justify="left")
    for column in ("process", "idle", "busy"):
        table.add_column(column, justify="left" if column == "process" else "right")
    for name in idle[0]:
        table.add_row(name, *(f"{mean(load[name] for load in loads):.3f}" for loads in (idle, busy)))
    table.add_section()
    table.add_row("together", *(f"{mean(sum(load.values()) for load in loads):.3f}" for loads in (idle, busy)))
    return table


@contextmanager
def live_graph(store_file: Path, folder: Path) -> Iterator[Callable[[], dict[str, int]]]:
    """Runs `storegraph up` with its defaults and a journal; gives what tells the process ids of the nodes."""
    log = folder / "log"
    command = [sys.executable, "-m", "storegraph.cli", "up", str(store_file), "--journal", str(folder / "journal")]
    with log.open("w") as output:
        graph = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)

    def pids() -> dict[str, int]:
        if graph.poll() is not None:
            raise click.ClickException(f"the graph has ended:\n{log.read_text()}")
        spawned = re.findall(r"spawned: '(\w+)' with pid (\d+)", log.read_text())
        return {name: int(pid) for name, pid in spawned} | {"supervisor": graph.pid}

    try:
        yield pids
    finally:
        graph.send_signal(signal.SIGINT)
        graph.wait(START)


def listen(executor: Executor, seconds: float, done: Callable[[], bool] = lambda: False) -> None:
    """Listens for some seconds, or until something is done."""
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        executor.spin_once(timeout_sec=0.1)


def one_run(bag: Path, store_file: Path, idle_seconds: float) -> tuple[Listener, Load, Load]:
    """Plays a recording once to a new graph; gives what was heard, and the load idle and busy."""
    listener = Listener(load_store(store_file).id)
    executor: Executor = EventsExecutor()
    executor.add_node(listener)
    with TemporaryDirectory() as folder, live_graph(store_file, Path(folder)) as pids:
        listen(executor, START, lambda: all(map(listener.is_given, RESULTS)))
        listen(executor, CALM)
        with measured_load(pids()) as idle:
            listen(executor, idle_seconds)
        play = [sys.executable, "-m", "storegraph.cli", "play", str(bag), "--store", str(store_file)]
        player = subprocess.Popen(play, stdout=subprocess.DEVNULL)
        try:
            listen(executor, START, lambda: listener.clock_offset is not None)
            with measured_load(pids()) as busy:
                listen(executor, recorded_seconds(bag))
            listen(executor, START, lambda: player.poll() is not None)
            listen(executor, CONCLUSION)
        finally:
            player.kill()
            player.wait()
    executor.shutdown()
    listener.destroy_node()
    return listener, idle, busy


def recorded_seconds(bag: Path) -> float:
    """How long a recording lasts."""
    with BagReader(bag) as reader:
        return (reader.span[1] - reader.span[0]) / SECOND


@click.command(help=__doc__)
@click.option("--runs", default=1, show_default=True, help="How often the recording is played.")
@click.option(
    "--idle", "idle_seconds", default=10.0, show_default=True, help="Seconds for which the idle load is measured."
)
@click.option("--bag", type=click.Path(path_type=Path), default=ROOT / "bags" / "demo")
@click.option("--store", "store_file", type=click.Path(path_type=Path), default=ROOT / "config/stores/corner.yaml")
def main(runs: int, idle_seconds: float, bag: Path, store_file: Path) -> None:
    """Prints the latency over all runs, and the mean load."""
    # Neither another graph on this machine nor one beside it is heard.
    os.environ.setdefault("ROS_DOMAIN_ID", str(1 + os.getpid() % 100))
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    with rclpy.init(args=[]):
        heard, idle, busy = zip(*(one_run(bag, store_file, idle_seconds) for _ in range(runs)), strict=True)
    latencies = Latencies()
    for listener in heard:
        latencies.add(listener)
    if not latencies.settling:
        raise click.ClickException("the graph has changed no cart")
    console = Console()
    console.print(latencies.table())
    console.print(load_table(idle, busy))


if __name__ == "__main__":
    main()
