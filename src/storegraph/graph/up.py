"""Starts the nodes of a store as processes and keeps them running, on machines without `ros2 launch`.

The processes are run by supervisor (supervisord.org), inside this one: it starts again what dies, later each time, and
stops everything in reverse order.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from supervisor import events
from supervisor.medusa.asyncore_25 import ExitNow
from supervisor.options import ServerOptions
from supervisor.supervisord import Supervisor

from storegraph.share import shared
from storegraph.store.file import load_store

from .starting import (
    LOG_LEVELS,
    NodeStart,
    Start,
    StartError,
    middleware_environment,
    namespace_of,
    nodes_to_start,
    write_parameters,
)

COLOURS = ("cyan", "magenta", "green", "yellow", "blue")
"""Of the nodes' prefixes, in turn."""

SUPERVISOR = """\
[supervisord]
nodaemon = true
logfile = /dev/null
logfile_maxbytes = 0
pidfile = %(here)s/pid
nocleanup = true
"""
AS_ROOT = "user = root\n"
"""Says that it is meant; without it supervisor warns."""

PROGRAM = """
[program:{name}]
command = {command}
priority = {place}
autorestart = {restarted}
; One that dies within a minute is started again after 1 s, 2 s, 3 s and so on, without end. After a minute's life it
; counts as started, and the next wait is none.
startsecs = {lived}
startretries = {retries}
; To the program alone: every one is in a process group of its own, so that Ctrl-C does not arrive twice.
stopsignal = INT
; Seconds until SIGKILL.
stopwaitsecs = 10
redirect_stderr = true
stdout_logfile = NONE
stdout_events_enabled = true
"""


@dataclass(frozen=True, slots=True)
class Program:
    """One process.

    Attributes:
        name: Behind which its output is printed.
        command: Program and arguments.
        restarted: Whether it is started again when it dies.
    """

    name: str
    command: Sequence[str]
    restarted: bool = True


def up(start: Start, log_level: str = "info", *, container: bool = False, record: Path | None = None) -> int:
    """Runs the nodes of a store until SIGINT or SIGTERM, with their output on the terminal.

    Sets the environment of this process for its children: the Fast DDS profile, unless one is set, and unbuffered and
    coloured output.

    Args:
        start: What to start.
        log_level: One of `LOG_LEVELS`.
        container: All nodes in one process, instead of one each.
        record: A bag to record the topics into. A recorder that ends is not started again: its bag is there already.

    Returns:
        The exit code: 0 when all nodes have been stopped.

    Raises:
        StartError: A name or a value is not one that there is; ROS 2 is not installed.
        StoreError: The store file cannot be used.
    """
    nodes = nodes_to_start(start)
    namespace = namespace_of(load_store(start.store_file), start.namespace)
    if log_level not in LOG_LEVELS:
        raise StartError(f"log level {log_level!r}; there are {', '.join(LOG_LEVELS)}")
    for package in ("rclpy", "storegraph_msgs"):
        if find_spec(package) is None:
            raise StartError(f"{package} is not installed; run `make env`, or source the workspace it was built in")
    os.environ |= middleware_environment(shared("storegraph", "config/fastdds.xml"))
    os.environ["PYTHONUNBUFFERED"] = "1"
    if sys.stdout.isatty():
        os.environ.setdefault("RCUTILS_COLORIZED_OUTPUT", "1")
    with TemporaryDirectory(prefix="storegraph-") as folder:
        parameters = write_parameters(nodes, Path(folder, "parameters.yaml"))
        ros = ["-r", f"__ns:=/{namespace}", "--params-file", str(parameters), "--log-level", log_level]
        programs = [_container(nodes, ros)] if container else [_alone(node, namespace, ros) for node in nodes]
        if record is not None:
            programs.append(_recorder(start.store_file, record, namespace))
        configuration = Path(folder, "supervisord.conf")
        configuration.write_text(_configuration(programs), encoding="utf-8")
        _run(configuration)
    return 0


def _alone(node: NodeStart, namespace: str, ros: Sequence[str]) -> Program:
    """A node in a process of its own; where SROS2 is switched on, in an enclave of its own."""
    command = [sys.executable, "-m", "storegraph.graph.executables", node.spec.name, "--ros-args"]
    own = ["-r", f"__node:={node.name}", "--enclave", f"/{namespace}/{node.name}"]
    return Program(node.name, [*command, *own, *ros])


def _container(nodes: Sequence[NodeStart], ros: Sequence[str]) -> Program:
    """All nodes in one process."""
    names = [node.instance for node in nodes]
    return Program("container", [sys.executable, "-m", "storegraph.graph.executables", *names, "--ros-args", *ros])


def _recorder(store_file: Path, bag: Path, namespace: str) -> Program:
    command = [sys.executable, "-m", "storegraph.cli", "record", str(store_file), "--out", str(bag)]
    return Program("record", [*command, "--namespace", namespace], restarted=False)


def _configuration(programs: Sequence[Program]) -> str:
    """The file that supervisor reads."""
    text = SUPERVISOR + (AS_ROOT if os.getuid() == 0 else "")
    for place, program in enumerate(programs):
        command = shlex.join(program.command).replace("%", "%%")
        text += PROGRAM.format(
            name=program.name,
            place=place,
            command=command,
            restarted="true" if program.restarted else "false",
            lived=60 if program.restarted else 0,  # one that dies sooner is started again whatever is said above
            retries=1_000_000 if program.restarted else 0,
        )
    return text


def _run(configuration: Path) -> None:
    options = ServerOptions()
    options.realize(["-c", str(configuration)])
    options.first = True
    options.test = False
    try:
        _Processes(options).main()
    except ExitNow:
        options.close_logger()


class _Processes(Supervisor):  # type: ignore[misc]  # has no type information
    def runforever(self) -> None:
        """Runs the nodes; supervisor forgets its subscribers right before."""
        events.subscribe(events.ProcessLogEvent, _PrefixedLines([str(name) for name in self.process_groups]))
        super().runforever()


class _PrefixedLines:
    """Prints what processes say, line by line, behind their names."""

    def __init__(self, names: Sequence[str]) -> None:
        width = max(map(len, names))
        self._prefixes = {
            name: click.style(f"{name:{width}} |", fg=colour) for name, colour in zip(names, cycle(COLOURS))
        }
        self._unfinished: dict[str, bytes] = defaultdict(bytes)

    def __call__(self, event: events.ProcessLogEvent) -> None:
        name = event.process.config.name
        *lines, self._unfinished[name] = (self._unfinished[name] + event.data).split(b"\n")
        for line in lines:
            click.echo(f"{self._prefixes[name]} {line.decode(errors='replace')}")
