"""Output that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storegraph.errors import StoregraphError


class OutputError(StoregraphError):
    """An output cannot be written where it was asked for."""


def check_free(target: Path, *, replace: bool = False) -> None:
    """Whether something may be written there: asked before long work, so that it is not in vain.

    Raises:
        OutputError: `target` exists and `replace` is false.
    """
    if target.exists() and not replace:
        raise OutputError(f"{target}: exists already; give another name, or --force to replace it")


@contextmanager
def whole_file(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """A file to write, that becomes `target` when the block ends without an error.

    Args:
        target: Where the file shall appear.
        replace: Whether an existing `target` may be replaced.

    Yields:
        The path to write to; its name is that of `target`.

    Raises:
        OutputError: `target` exists and `replace` is false, or it cannot be written.
    """
    check_free(target, replace=replace)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.absolute().parent) as staging:
            fresh = Path(staging) / target.name
            yield fresh
            _flush(fresh)
            os.replace(fresh, target)
    except OSError as error:
        raise OutputError(f"{error.filename or target}: cannot be written: {error.strerror}") from error


@contextmanager
def whole_directory(target: Path, *, replace: bool = False, durable: bool = True) -> Iterator[Path]:
    """A folder to fill, that becomes `target` when the block ends without an error.

    Until then it stands beside `target` under a hidden name; after an error it is removed and `target` is as it was.

    Args:
        target: Where the folder shall appear.
        replace: Whether an existing `target` may be replaced.
        durable: Whether the content is on the disk before the name appears, so that even a power failure leaves all
            or nothing. What can be computed again at any time may do without the wait.

    Yields:
        The folder to fill; its own name is that of `target`.

    Raises:
        OutputError: `target` exists and `replace` is false, or its parent cannot be written.
    """
    target = target.absolute()
    check_free(target, replace=replace)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise OutputError(f"{target}: cannot be written there: {error.strerror}") from error
    try:
        fresh = staging / target.name
        fresh.mkdir()
        yield fresh
        if durable:
            _flush(fresh)
        if target.exists():
            target.rename(staging / f"{target.name}.old")
        fresh.rename(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _flush(written: Path) -> None:
    """Has the system write a file, or a folder with everything below, to the disk."""
    for path in (written, *written.rglob("*")):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
