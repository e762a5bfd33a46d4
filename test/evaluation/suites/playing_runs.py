"""A short run for tests: one pick, as a tracker would tell it."""

from __future__ import annotations

from pathlib import Path

from storegraph.evaluation.suites.degraded import Degraded
from storegraph.evaluation.suites.run import Run, Simulation

CORNER = Path(__file__).resolve().parents[3] / "config" / "stores" / "corner.yaml"


def one_pick(seed: int = 0, store: Path = CORNER, degraded: Degraded | None = None) -> Run:
    source = Simulation("single_pick", seed, shopping=None, level="shoppers", faults=None, degraded=degraded)
    return Run("pick", f"single_pick, seed {seed}", store, source)
