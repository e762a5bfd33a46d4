"""Whether a file has the keys and the kinds of values that its model takes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .model import Part, Store
from .problem import KeyPath, Problem, listed, nearest, shown

_KINDS = {
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "string_type": "must be a text",
    "tuple_type": "must be a list",
    "model_type": "must be a mapping of keys to values",
    "finite_number": "must be a finite number",
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must not be less than {ge:g}",
    "less_than_equal": "must not be greater than {le:g}",
    "too_long": "must hold {max_length} numbers, but holds {actual_length}",
    "too_short": "must hold at least {min_length}",
    "literal_error": "is not allowed; it takes {expected}",
    "value_error": "{error}",
}
"""What pydantic's error types (docs.pydantic.dev/latest/errors/validation_errors) are called here."""


def problems_of_structure(error: ValidationError, model: type[Part] = Store) -> Iterator[Problem]:
    """What pydantic found, in the words of a store file.

    Args:
        error: From `model_validate` on the file's content.
        model: Whose.

    Yields:
        Each problem once, at the key it is about.
    """
    told: set[KeyPath] = set()
    details = error.errors(include_url=False)
    places = {detail["loc"] for detail in details}
    for detail in details:
        path = detail["loc"]
        if detail["type"] == "missing" and isinstance(path[-1], int):  # too few numbers: told once, of the whole list
            path = path[:-1]
        if path in told or (detail["type"] == "too_short" and _inside(path, places)):
            continue  # pydantic counts an element it refused as not there
        told.add(path)
        yield Problem(path, _text(model, detail, path))


def without(data: Any, refused: Collection[KeyPath], path: KeyPath = ()) -> Any:
    """The content with None in place of everything refused.

    Args:
        data: Content, or a part of it.
        refused: Places of problems of structure.
        path: Where `data` stands.

    Returns:
        Mappings and tuples of the same shape; what is not None is as the model takes it.
    """
    if path in refused:
        return None
    if isinstance(data, dict):
        return {key: without(value, refused, (*path, key)) for key, value in data.items()}
    if isinstance(data, tuple):
        return tuple(without(value, refused, (*path, place)) for place, value in enumerate(data))
    return data


def _text(model: type[Part], detail: ErrorDetails, path: KeyPath) -> str:
    value, kind = shown(detail["input"]), detail["type"]
    match kind:
        case "missing" if path != detail["loc"]:
            return f"{value} must hold {_length(model, path)} numbers, but holds {len(detail['input'])}"
        case "missing":
            needed = [key for key, field in _part(model, path[:-1]).model_fields.items() if field.is_required()]
            return f"is missing; needed are {listed(needed)}"
        case "extra_forbidden":
            keys = _part(model, path[:-1]).model_fields
            return f"is no key here{nearest(str(path[-1]), keys)}; keys are {', '.join(keys)}"
        case "string_type" if isinstance(detail["input"], int | float):
            return f'{value} must be a text; write it in quotes: "{value}"'
        case "int_type" if path[-1] == "price":
            return f"{value} must be a whole number of minor units: 150 for 1.50"
    said = _KINDS.get(kind, detail["msg"]).format_map(detail.get("ctx", {}))
    return f"{value} {said}"


def _part(part: type[Part], path: KeyPath) -> type[Part]:
    """The kind of part that stands at a path below another."""
    for key in (step for step in path if isinstance(step, str)):
        part = next(_parts(part.model_fields[key].annotation))
    return part


def _parts(annotation: Any) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)


def _length(model: type[Part], path: KeyPath) -> int:
    """How many numbers a key of a fixed number of them takes."""
    return len(get_args(_part(model, path[:-1]).model_fields[str(path[-1])].annotation))


def _inside(path: KeyPath, places: Collection[KeyPath]) -> bool:
    return any(len(place) > len(path) and place[: len(path)] == path for place in places)
