"""Plays many runs at once: in processes of this machine, or on a Dask cluster."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from .errors import SuiteError
from .outcome import Played
from .playing import Variant, play
from .run import Run

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables that tell numerical libraries how many threads to start. Each process has one: there are as many processes
as cores, and more threads than cores only wait for each other.
"""

CLEANING = 2.0
"""Seconds that a process is given to remove what it has half written before it is told to end again."""

Progress = Callable[[int, int], None]
"""Told how many runs are done, of how many."""


def play_all(
    runs: Sequence[Run], variants: Sequence[Variant], work: Path, executor: Executor, progress: Progress | None = None
) -> list[list[Played]]:
    """Plays runs under each of several variants; what was played earlier is read.

    Args:
        runs: To play.
        variants: Under which settings.
        work: Folder for what is kept; on a cluster one that all its machines see under this name.
        executor: As `local` and `cluster` give.
        progress: Told how far it has come.

    Returns:
        For each variant what came of the runs, in their order.
    """
    work.mkdir(parents=True, exist_ok=True)
    with _no_interrupts_in_children():
        futures = [[executor.submit(play, run, variant, work) for run in runs] for variant in variants]
    every = [future for row in futures for future in row]
    for done, _ in enumerate(as_completed(every), start=1):
        if progress is not None:
            progress(done, len(every))
    return [[future.result() for future in row] for row in futures]


@contextmanager
def local(processes: int) -> Iterator[Executor]:
    """So many processes of this machine, each with one thread; for one, this process.

    Ctrl-C ends the processes at once; this process finishes the run that it is at. So does being told to end, which
    would leave the processes behind otherwise.
    """
    with _told_to_end_is_interrupted(), _executor(processes) as executor:
        yield executor


@contextmanager
def _executor(processes: int) -> Iterator[Executor]:
    if processes == 1:
        with ThreadPoolExecutor(1) as thread, _nothing_more_when_interrupted(thread):
            yield thread
        return
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        others = set(active_children())
        with ProcessPoolExecutor(processes, get_context("spawn"), initializer=_end_when_told) as executor:
            try:
                with _nothing_more_when_interrupted(executor):
                    yield executor
            except KeyboardInterrupt:
                _end(set(active_children()) - others)
                raise
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _told_to_end_is_interrupted() -> Iterator[None]:
    """SIGTERM is answered as Ctrl-C is."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _nothing_more_when_interrupted(executor: Executor) -> Iterator[None]:
    """After Ctrl-C nothing is begun that waits."""
    try:
        yield
    except KeyboardInterrupt:
        executor.shutdown(wait=False, cancel_futures=True)
        raise


@contextmanager
def _no_interrupts_in_children() -> Iterator[None]:
    """Processes that are started in it never see Ctrl-C: their parent answers it, and each would print a trace."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_when_told() -> None:
    """A process that is told to end removes what it has half written."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())


def _end(processes: set[BaseProcess]) -> None:
    """Tells processes to end until they have: one that was at a run may have taken the next one."""
    while alive := [each for each in processes if each.is_alive()]:
        for each in alive:
            each.terminate()
        for each in alive:
            each.join(CLEANING)


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The workers of a Dask cluster.

    Args:
        address: Of its scheduler, as `tcp://host:8786`.

    Raises:
        SuiteError: `distributed` is not installed, or nobody answers there.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise SuiteError("--scheduler needs distributed: pip install 'storegraph[evaluation]'") from error
    try:
        client: Any = Client(address, timeout=5)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise SuiteError(f"{address}: no Dask scheduler answers: {error}; give it as tcp://HOST:8786") from error
    with client:
        yield client.get_executor(pure=False)
