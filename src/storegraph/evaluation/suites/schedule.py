"""Plays many runs at once: in processes of this machine, or on a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
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
    futures = [[executor.submit(play, run, variant, work) for run in runs] for variant in variants]
    every = [future for row in futures for future in row]
    try:
        for done, _ in enumerate(as_completed(every), start=1):
            if progress is not None:
                progress(done, len(every))
    except KeyboardInterrupt:
        for future in every:
            future.cancel()
        raise
    return [[future.result() for future in row] for row in futures]


@contextmanager
def local(processes: int) -> Iterator[Executor]:
    """So many processes of this machine, each with one thread; for one, this process."""
    if processes == 1:
        with ThreadPoolExecutor(1) as executor:
            yield executor
        return
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as executor:
            yield executor
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


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
