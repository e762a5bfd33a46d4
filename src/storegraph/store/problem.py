"""One thing that is wrong in a store file, and how it is put into words."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

KeyPath = tuple[str | int, ...]
"""Where in a file: `("fixtures", 0, "size")`."""

_LISTED = 6
"""More names or numbers than this in one line are not read any more."""

_LONGEST = 60
"""Characters of a text that fit a line beside its place and what is wrong."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a place.

    Attributes:
        path: The place; empty for the file as a whole.
        text: The value there, what is wrong with it, and what is allowed.
    """

    path: KeyPath
    text: str

    def __str__(self) -> str:
        """As in `fixtures[0].size[1] -1 must be greater than 0`."""
        return f"{dotted(self.path)} {self.text}" if self.path else self.text


def dotted(path: KeyPath) -> str:
    """A path as people write it: `fixtures[0].size`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def shown(value: object) -> str:
    """A value as it stands in the file; long ones shortened, nested ones only named."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"' if len(value) <= _LONGEST else f'"{value[:_LONGEST]}…"'
        case int() | float():
            return str(value)
        case tuple() if len(value) <= _LISTED and not any(isinstance(part, tuple | dict) for part in value):
            return f"[{', '.join(map(shown, value))}]"
        case tuple():
            return f"a list of {len(value)}"
        case _:
            return "a mapping"


def listed(names: Iterable[str]) -> str:
    """Names in one line, in their order; of many the first few and how many there are."""
    named = list(names)
    if len(named) <= _LISTED:
        return ", ".join(named) or "none"
    return f"{', '.join(named[: _LISTED - 2])} … {named[-1]}"


def nearest(name: str, known: Collection[str]) -> str:
    """` (did you mean X?)`, or nothing where no known name is near."""
    close = get_close_matches(name, sorted(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
