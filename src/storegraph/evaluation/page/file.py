"""Makes the page's file from a replay's folder, its recording and, where there is one, the truth."""

from __future__ import annotations

from pathlib import Path

from storegraph.atomic import whole_file
from storegraph.evaluation.agreement import Agreement, agreement
from storegraph.evaluation.replayed import read_replay, read_samples
from storegraph.simulation.truth import read_truth
from storegraph.store.model import Store

from .page import page_of


def write_page(
    path: Path, store: Store, results: Path, recording: Path, truth: Path | None = None, *, replace: bool = False
) -> Agreement | None:
    """Writes the page of a replay, whole or not at all.

    Args:
        path: The file to make.
        store: The store it was recorded in.
        results: The folder that the replay wrote.
        recording: The bag that was replayed.
        truth: The folder of the truth; None where nobody knows it.
        replace: Whether an existing file may be replaced.

    Returns:
        How well the results agree with the truth; None where there is none.

    Raises:
        BagError: One of the bags cannot be read.
        SimulationError: The truth cannot be read.
        OutputError: The file is there and `replace` is false, or it cannot be written.
    """
    replayed = read_replay(results, recording, store)
    agreed = agreement(replayed, read_truth(truth), store) if truth else None
    happened = agreed.truth.happened if agreed else None
    title = f"scenario {happened.scenario}, seed {happened.seed}" if happened else f"a replay of {recording.name}"
    page = page_of(store, replayed, read_samples(recording, store), agreement=agreed, title=title)
    with whole_file(path, replace=replace) as fresh:
        fresh.write_text(page, encoding="utf-8")
    return agreed
