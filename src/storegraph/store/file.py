"""Reading and writing store files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from storegraph.atomic import whole_file

from .errors import StoreError
from .model import Facing, Gate, Kiosk, Part, Product, Scale, Store
from .problem import KeyPath, Problem, dotted
from .relations import problems_of_relation
from .source import Source, plain_scalar
from .structure import problems_of_structure, without

_HEADER = """\
# A store of Storegraph: what stands where, what lies on it, what it costs.
# Metres and radians in the frame `map` (z up), grams, minor units of the currency; docs/store-file.md tells every key.
# `storegraph store check FILE` tells whether it is right, `storegraph store show FILE` draws it.

"""

_WIDTH = 120
"""Columns of a written line; a scale, a facing and most products fit."""

_ONE_LINE = (Scale, Facing, Product, Gate, Kiosk)
"""Parts that are written in one line as far as they fit."""


def load_store(path: Path | str) -> Store:
    """Reads and checks a store file.

    Its `catalogue` may be the name of another YAML file, beside it, that holds the list of products.

    Args:
        path: The store file, YAML in UTF-8.

    Returns:
        The store, in which every part is as the model promises, and the parts fit each other.

    Raises:
        StoreError: The file cannot be read, or has problems; all of them are told at once.
    """
    source = Source(Path(path))
    catalogue, unreadable = _catalogue_beside(source)
    data, problems = source.data, list(source.problems)
    if catalogue:
        data = data | {"catalogue": catalogue.data}
        problems += [Problem(("catalogue", *problem.path), problem.text) for problem in catalogue.problems]
    if unreadable:
        data = data | {"catalogue": ()}
    store: Store | None = None
    refused: set[KeyPath] = {("catalogue",)} if unreadable else set()
    try:
        store = Store.model_validate(data, strict=True)
    except ValidationError as error:
        found = list(problems_of_structure(error))
        refused.update(problem.path for problem in found)
        problems += found
    if () not in refused:
        problems += problems_of_relation(without(data, refused) if refused else data)
    if store is None or problems or unreadable:
        raise StoreError([*_placed(problems, source, catalogue), *unreadable])
    return store


def write_store(store: Store, path: Path | str, *, replace: bool = False) -> Path:
    """Writes a store file, whole or not at all; `load_store` gives the same store again.

    Keys that have their default value are left out.

    Args:
        store: What to write.
        path: Where.
        replace: Whether a file that is there already, and differs, may be overwritten.

    Returns:
        The path.

    Raises:
        StoreError: Parts of the store do not fit each other, or another file is there already.
        OutputError: The file cannot be written; what was there is untouched.
    """
    path = Path(path)
    problems = sorted(problems_of_relation(store.model_dump()), key=lambda problem: dotted(problem.path))
    if problems:
        raise StoreError(f"{path}: {problem}" for problem in problems)
    content = (_HEADER + yaml.dump(store, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)).encode()
    if path.exists() and not replace and path.read_bytes() != content:
        raise StoreError([f"{path}: is there already and differs; choose another name, or say that it may be replaced"])
    with whole_file(path, replace=True) as fresh:
        fresh.write_bytes(content)
    return path


def _catalogue_beside(source: Source) -> tuple[Source | None, tuple[str, ...]]:
    """The catalogue's own file, where the store file names one; or why it cannot be read."""
    name = source.data.get("catalogue") if isinstance(source.data, dict) else None
    if not isinstance(name, str):
        return None, ()
    try:
        return Source(source.path.parent / name), ()
    except StoreError as error:
        return None, error.problems


def _placed(problems: Iterable[Problem], source: Source, catalogue: Source | None) -> list[str]:
    """Problems as lines, in the order of the files."""
    lines: list[tuple[bool, int, str, str]] = []
    for problem in problems:
        beside = catalogue is not None and problem.path[:1] == ("catalogue",)
        file, path = (catalogue, problem.path[1:]) if catalogue and beside else (source, problem.path)
        lines.append((beside, file.line(path), dotted(problem.path), f"{file.path}:{file.line(path)}: {problem}"))
    return [line for *_, line in sorted(lines)]


class _Dumper(yaml.SafeDumper):
    """Writes parts as mappings: their keys in the model's order, without those that have their default value."""

    def ignore_aliases(self, data: Any) -> bool:
        """Equal values are written out each time."""
        return True

    def part(self, part: Part) -> yaml.Node:
        """A mapping; codes always in quotes, so that no reader takes them for numbers."""
        fields = type(part).model_fields
        keys = [key for key, field in fields.items() if field.is_required() or getattr(part, key) != field.default]
        node = self.represent_mapping(
            "tag:yaml.org,2002:map", {key: getattr(part, key) for key in keys}, flow_style=isinstance(part, _ONE_LINE)
        )
        for key, value in node.value:
            if key.value == "gtin" and value.tag.endswith(":str"):
                value.style = '"'
        return node

    def numbers_or_parts(self, values: tuple[Any, ...]) -> yaml.Node:
        """Parts stand one below the other, numbers and names in one line."""
        flow = not any(isinstance(value, Part | tuple) for value in values)
        return self.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=flow)

    def text(self, text: str) -> yaml.Node:
        """In quotes where YAML 1.1 or 1.2 would not read a text, or not the same one (a line break of Unicode)."""
        style = None if text.isprintable() and isinstance(plain_scalar(text), str) else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_multi_representer(Part, _Dumper.part)
_Dumper.add_representer(tuple, _Dumper.numbers_or_parts)
_Dumper.add_representer(str, _Dumper.text)
