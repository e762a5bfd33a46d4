"""A YAML file as plain data that knows its lines.

The data is what YAML 1.2's core schema makes of it, for YAML 1.1's readings of plain text turn `NO` into false, `1:30`
into 90 and a GTIN with a leading zero into an octal number. Lists come as tuples.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from .errors import StoreError
from .problem import KeyPath, Problem, dotted

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where PyYAML was built with it: 300 scales and 700 products in 0.04 s, in 0.9 s without."""

_DEEPEST = 32
"""Levels of nesting; a store file has nine, and Python's own stack ends at a thousand."""

_NULL = re.compile(r"|~|null|Null|NULL")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(
    r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)

_MOST_DIGITS = 18
"""Longer whole numbers stay text: no quantity of a store has so many digits, but some codes have."""


class Source:
    """A YAML file that was read.

    Attributes:
        path: The file, as it was named.
        data: Its content: dict, tuple, str, int, float, bool, None.
        problems: Keys given twice, and YAML a store file does not take.
    """

    def __init__(self, path: Path) -> None:
        """Reads the file.

        Raises:
            StoreError: The file is missing, no regular file, not UTF-8, empty, or no YAML.
        """
        self.path = path
        self.problems: list[Problem] = []
        self._lines: dict[KeyPath, int] = {}
        self._anchors: dict[str | None, Any] = {}
        events = yaml.parse(_text(path), Loader=_PARSER)
        try:
            self.data = self._document(events)
        except yaml.YAMLError as error:
            raise StoreError([_no_yaml(path, error)]) from None

    def line(self, path: KeyPath) -> int:
        """The line of a place, from 1; of the nearest place around it where the file does not have it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _document(self, events: Iterator[yaml.Event]) -> Any:
        next(events)  # the stream starts
        if isinstance(next(events), yaml.StreamEndEvent):
            raise StoreError([f"{self.path}: is empty"])
        data = self._value(next(events), events, ())
        next(events)  # the document ends
        following = next(events)
        if not isinstance(following, yaml.StreamEndEvent):
            raise StoreError([f"{self.path}:{_line(following)}: begins a second document; one is allowed"])
        return data

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], path: KeyPath) -> Any:
        self._lines.setdefault(path, _line(event))
        if len(path) > _DEEPEST:
            raise StoreError([f"{self.path}:{_line(event)}: is nested more than {_DEEPEST} levels deep"])
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                text = f"*{event.anchor} stands for nothing; there is no &{event.anchor} before it"
                self.problems.append(Problem(path, text))
            return self._anchors.get(event.anchor)
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        if event.tag is not None:
            self.problems.append(Problem(path, f"has the tag {event.tag}; a store file takes none"))
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            value = plain_scalar(event.value) if event.implicit[0] else event.value
        elif isinstance(event, yaml.MappingStartEvent):
            value = self._mapping(events, path)
        else:
            value = self._sequence(events, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = value
        return value

    def _mapping(self, events: Iterator[yaml.Event], path: KeyPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                where = f"{self.path}:{_line(event)}: {dotted(path)}".rstrip()
                raise StoreError([f"{where} has a list or a mapping as a key; keys are names"])
            place = (*path, event.value)
            if event.value in mapping:
                lines = f"{self._lines[place]} and {_line(event)}"
                self.problems.append(Problem(place, f"is there twice, in lines {lines}; once is allowed"))
            self._lines.setdefault(place, _line(event))
            mapping[event.value] = self._value(next(events), events, place)
        return mapping

    def _sequence(self, events: Iterator[yaml.Event], path: KeyPath) -> tuple[Any, ...]:
        values: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            values.append(self._value(event, events, (*path, len(values))))
        return tuple(values)


def _line(event: yaml.Event) -> int:
    """Where an event begins, from 1."""
    assert event.start_mark is not None
    return event.start_mark.line + 1


def _no_yaml(path: Path, error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{path}:{error.problem_mark.line + 1}: is no YAML: {error.problem}"
    return f"{path}: is no YAML: {getattr(error, 'reason', error)}"


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise StoreError([f"{path}: there is no such file"]) from None
    except IsADirectoryError:
        raise StoreError([f"{path}: is a folder; a YAML file is expected"]) from None
    except ValueError:  # a null byte
        raise StoreError([f"{path}: is no name of a file"]) from None
    except OSError as error:
        raise StoreError([f"{path}: cannot be read: {error.strerror}"]) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = f"0x{content[error.start]:02x}"
        raise StoreError([f"{path}:{line}: is not UTF-8 (byte {byte}); save it as UTF-8"]) from None


def plain_scalar(text: str) -> str | int | float | bool | None:
    """Plain text as YAML 1.2's core schema reads it."""
    if _INT.fullmatch(text) and len(text) <= _MOST_DIGITS:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".i", "i").replace(".n", "n"))
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    return None if _NULL.fullmatch(text) else text
