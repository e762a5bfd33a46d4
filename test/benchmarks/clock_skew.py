"""What becomes of receipts when the cameras' host has a clock that is wrong.

`python test/benchmarks/clock_skew.py` replays the demo with the stamps of `shoppers` shifted, and prints what each
shift does to the lines of the receipts: how many are sure and as without it, in doubt, or sure and wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from storegraph.graph.bag import BagReader, BagWriter
from storegraph.graph.decoding import decode
from storegraph.graph.replay import replay
from storegraph.graph.topics import TOPICS
from storegraph.observations import Shoppers
from storegraph.store.file import load_store
from storegraph.store.model import Store

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "bags" / "demo"
SHIFTS = (0.0, 0.2, 0.5, 1.0, 2.0, 4.0, 6.0)
SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a receipt: whose, what, how many, and whether it may be charged."""

    shopper_id: str
    gtin: str
    count: int
    sure: bool


def shifted(bag: Path, store: Store, seconds: float) -> None:
    """Writes the demo with the stamps of `shoppers` shifted; everything arrives when it did."""
    with BagReader(DEMO, store.id) as reader, BagWriter(bag, store.id) as writer:
        for message in reader.messages({name for topic in TOPICS for name in reader.names_of(topic)}):
            observation = decode(message)
            if isinstance(observation, Shoppers):
                observation = replace(observation, stamp=observation.stamp + round(seconds * SECOND))
            writer.write(message.topic, observation, message.log_time)


def lines(results: Path) -> Iterator[Line]:
    """The lines of all receipts of a replay."""
    for receipt in json.loads((results / "receipts.json").read_text(encoding="utf-8")):
        for line in receipt["lines"]:
            yield Line(receipt["shopper_id"], line["gtin"], line["count"], not line["doubt"])


def main() -> None:
    """Prints a row for each shift."""
    store = load_store(ROOT / "config" / "stores" / "corner.yaml")
    print("shift s | sure as without | in doubt | sure and wrong | dropped as late")
    truth: set[Line] = set()
    for shift in sorted({*SHIFTS, *(-shift for shift in SHIFTS)}, key=abs):
        with TemporaryDirectory() as folder:
            shifted(Path(folder, "bag"), store, shift)
            report = replay(Path(folder, "bag"), store, Path(folder, "results"))
            found = list(lines(Path(folder, "results")))
        sure = {line for line in found if line.sure}
        truth = truth or sure
        late = sum(counters.late for counters in report.counters.values())
        print(
            f"{shift:+7.1f} | {len(sure & truth)} | {len(found) - len(sure)} | {len(sure - truth)} | {late}", flush=True
        )


if __name__ == "__main__":
    main()
