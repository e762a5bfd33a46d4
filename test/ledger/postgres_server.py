"""A PostgreSQL server of our own, as long as it is needed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import OperationalError

PATIENCE = 60.0
"""Seconds until a server that should be there is not."""


def postgres_binaries() -> Path | None:
    """Where PostgreSQL's programs are, of the newest version; None where it is not installed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = str(debian[-1]) if debian else shutil.which("initdb")
    return Path(found).parent if found else None


@contextmanager
def postgres_server(*, durable: bool) -> Iterator[str]:
    """Starts a server in a temporary folder; as user postgres where we are root, for it does not run as root.

    Args:
        durable: Whether a commit waits for the disk.

    Yields:
        Its URL, with `{}` in place of the database's name.
    """
    binaries = postgres_binaries()
    assert binaries is not None
    with tempfile.TemporaryDirectory(prefix="storegraph-postgres-") as folder:
        owner = "postgres" if os.geteuid() == 0 else None
        if owner:
            shutil.chown(folder, owner)
        cluster = str(Path(folder) / "cluster")
        make = [str(binaries / "initdb"), "-D", cluster, "-U", "ledger", "--auth=trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(make, check=True, capture_output=True, timeout=PATIENCE, user=owner, cwd=folder)
        settings = {"listen_addresses": "", "unix_socket_directories": folder, "fsync": "on" if durable else "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(binaries / "postgres"), "-D", cluster, *options]
        log = (Path(folder) / "log").open("wb")
        with log, subprocess.Popen(command, stderr=log, user=owner, cwd=folder) as server:
            try:
                url = f"postgresql://ledger@/{{}}?host={folder}"
                _wait_for(url)
                yield url
            finally:
                server.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept


def _wait_for(server: str) -> None:
    """Waits until it takes connections."""
    engine = create_engine(server.format("postgres").replace("://", "+psycopg://"), poolclass=NullPool)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            engine.connect().close()
        except OperationalError:
            assert time.monotonic() < until
            time.sleep(0.1)
        else:
            return
