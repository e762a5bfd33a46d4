"""Made-up sessions on a real shop's planogram, catalogue and load-cell noise, through the AutoCheckout importer.

`python test/benchmarks/autocheckout.py RECORDING [--rounds N] [--only WORD] [--keep FOLDER] [--set NAME=VALUE]` takes
from a real recording (BENCHMARK-1) the planogram, the catalogue, and the levels and the noise of the plates; writes
sessions of 1 to 3 people in its form; and runs `storegraph import autocheckout`, `replay` and `export autocheckout` on
each. A row of the table is a class of sessions: products owed and told, precision, recall and F1 over products as the
competition scored them (right product, right target), receipts exactly right without asking, in review, and wrong
without asking. `--set` is a setting of the replay.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from autocheckout_files import write_session
from autocheckout_sessions import sessions
from autocheckout_shop import load_shop

from storegraph.cli import main as storegraph


@dataclass(slots=True)
class Score:
    """Sums over receipts.

    Attributes:
        right: Products told that are owed, by the same person.
        told: Products told.
        owed: Products that people left with.
        exact: Receipts right without asking.
        review: Receipts that a person is asked about.
        wrong: Receipts wrong without asking.
    """

    right: int = 0
    told: int = 0
    owed: int = 0
    exact: int = 0
    review: int = 0
    wrong: int = 0

    def add(self, other: Score) -> None:
        """Sums up."""
        for name in ("right", "told", "owed", "exact", "review", "wrong"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def row(self) -> str:
        """Of the table."""
        precision = 100 * self.right / self.told if self.told else 100.0
        recall = 100 * self.right / self.owed if self.owed else 100.0
        f1 = 200 * self.right / (self.told + self.owed) if self.told + self.owed else 100.0
        receipts = f"{self.exact} | {self.review} | {self.wrong}"
        return f"{self.owed} | {self.told} | {precision:.1f} | {recall:.1f} | {f1:.1f} | {receipts}"


@dataclass(slots=True)
class Outcome:
    """Of one session: sums, and what went wrong in words."""

    score: Score = field(default_factory=Score)
    failures: list[str] = field(default_factory=list)


def run(recording: Path, out: Path, settings: Sequence[str]) -> None:
    """The three commands of docs/importing.md, with settings for the replay."""
    bag, store, results = (str(out / name) for name in ("bag", "store.yaml", "results"))
    for command in (
        ["import", "autocheckout", str(recording), "--out", bag, "--store", store],
        ["replay", bag, "--store", store, "--out", results, *(word for name in settings for word in ("--set", name))],
        ["export", "autocheckout", results, "--out", str(out / "exported.json")],
    ):
        with redirect_stdout(StringIO()):
            failed = storegraph(command, standalone_mode=False)
        if failed:
            raise SystemExit(f"storegraph {' '.join(command)}: failed")


def judge(truth: dict[str, Any], out: Path) -> Outcome:
    """Compares what was exported with the truth; all ids of one person count as that person."""
    exported = json.loads((out / "exported.json").read_text(encoding="utf-8"))
    receipts = json.loads((out / "results" / "receipts.json").read_text(encoding="utf-8"))
    outcome = Outcome()
    for name, person in truth.items():
        owed = Counter(person["products"])
        told: Counter[str] = Counter()
        for receipt in exported:
            if receipt["target_id"] in person["ids"]:
                told.update({product["barcode"]: product["quantity"] for product in receipt["products"]})
        mine = [receipt for receipt in receipts if receipt["shopper_id"] in person["ids"]]
        asked = any(receipt["doubt"] or any(line["doubt"] for line in receipt["lines"]) for receipt in mine)
        right = told == owed
        score = Score(sum((told & owed).values()), told.total(), owed.total())
        score.exact, score.review, score.wrong = int(right and not asked), int(asked), int(not right and not asked)
        outcome.score.add(score)
        if not right or asked:
            doubts = {line["doubt"] for receipt in mine for line in receipt["lines"]} | {r["doubt"] for r in mine}
            missing, invented = dict(owed - told), dict(told - owed)
            outcome.failures.append(f"{name}: missing {missing}, invented {invented}, doubts {sorted(doubts - {''})}")
    return outcome


def main() -> None:
    """Plays all sessions and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--set", dest="settings", action="append", default=[])
    options = parser.parse_args()
    shop = load_shop(options.recording)
    kept = options.keep or Path(tempfile.mkdtemp())
    classes: dict[str, Score] = defaultdict(Score)
    total = Score()
    for session in sessions(shop, options.rounds):
        if options.only not in session.name:
            continue
        out = kept / session.name.replace(" ", "-")
        truth = write_session(session, shop, options.recording, out / "recording")
        (out / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
        run(out / "recording", out, options.settings)
        outcome = judge(truth, out)
        classes[session.name.split()[0]].add(outcome.score)
        total.add(outcome.score)
        for failure in outcome.failures:
            print(f"{session.name}: {failure}", flush=True)
    print(
        "\n| sessions | owed | told | P | R | F1 | exact | in review | wrong |\n|---|---|---|---|---|---|---|---|---|"
    )
    for name, score in (*classes.items(), ("all", total)):
        print(f"| {name.replace('_', ' ')} | {score.row()} |")


if __name__ == "__main__":
    main()
