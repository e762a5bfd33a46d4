"""What a result depends on, as a short text: if any of it changes, so does the text."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import storegraph
from storegraph.graph.definitions import definition_of
from storegraph.graph.messages import CONVERSIONS
from storegraph.graph.topics import Topic

SOURCES = Path(storegraph.__file__).parent

FLOW = ("graph/dataflow.py", "graph/merge.py", "graph/operator.py", "graph/stage.py", "store", "units.py")
"""How observations come to the stages."""

SENSED = ("simulation", "store", "units.py")
"""The code that decides what the sensors say in a simulated store. Pictures are not among it."""

SEEN = (*FLOW, "tracking", "weighing")
"""The code that decides who is where, and what weights change."""

CONCLUDED = (*FLOW, "attribution", "ledger", "evaluation", "observations")
"""The code that decides what follows from it, and how that is judged."""

_APART = (SOURCES / "simulation" / "rendering", SOURCES / "evaluation" / "realism")
"""What draws pictures, and what judges them: no run of a suite takes them."""


def fingerprint(*parts: Any) -> str:
    """Of values that JSON can hold; the same values give the same text."""
    told = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:20]


@cache
def of_code(places: tuple[str, ...]) -> str:
    """Of source files and folders below `SOURCES`."""
    digest = hashlib.sha256()
    for place in places:
        path = SOURCES / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if not any(folder in file.parents for folder in _APART):
                digest.update(str(file.relative_to(SOURCES)).encode() + file.read_bytes())
    return digest.hexdigest()


def of_topics(*topics: Topic) -> list[str]:
    """Of the definitions of what topics carry: a bag with others cannot be read any more."""
    return [definition_of(CONVERSIONS[topic.carries].message_type).type_hash for topic in topics]


def of_bag(bag: Path) -> list[list[Any]]:
    """Of a recording that is there: the names, sizes and times of its files, for it may be large."""
    files = sorted(bag.rglob("*")) if bag.is_dir() else [bag]
    return [[str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns] for file in files if file.is_file()]
