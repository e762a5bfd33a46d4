"""Ctrl-C and SIGTERM end an evaluation at once, in words, and leave nothing behind that is half done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from playing_runs import CORNER

PATIENCE = 150.0
"""Seconds: three times what two cores that seven others use take to start the processes."""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_who_ends_an_evaluation_is_told_where_it_goes_on(sent: signal.Signals, tmp_path: Path) -> None:
    suite, work = tmp_path / "long.yaml", tmp_path / "work"
    entry = f"{{label: a, store: {CORNER}, scenario: single_pick, seeds: [0, 999], level: shoppers}}"
    suite.write_text(f"summary: s\nentries:\n  - {entry}\n", encoding="utf-8")
    command = [sys.executable, "-m", "storegraph.cli", "evaluate", str(suite), "--jobs", "2"]
    running = subprocess.Popen(
        [*command, "--out", str(tmp_path / "out"), "--work", str(work)],
        start_new_session=True,  # a terminal interrupts the whole group
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        began = time.monotonic()
        while not list(work.glob(".replay-*")) and time.monotonic() - began < PATIENCE:
            time.sleep(0.05)
        if sent is signal.SIGINT:
            os.killpg(running.pid, sent)
        else:
            running.send_signal(sent)  # a supervisor tells the process that it started
        told, _ = running.communicate(timeout=PATIENCE)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
    assert running.returncode == 1
    assert f"kept in {work}; the same command goes on from there" in told
    assert "Traceback" not in told
    assert list(work.glob(".replay-*")) == []
