"""Whether the devices in a sensors file have the keys and the kinds of values that their models take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import InitErrorDetails

from storegraph.store.model import Part
from storegraph.store.problem import KeyPath, Problem, listed, nearest
from storegraph.store.structure import problems_of_structure


def problems_of_device(error: ValidationError, model: type[Part]) -> Iterator[Problem]:
    """What pydantic found, in the words of a store file.

    Args:
        error: From `model.model_validate` on a device's content.
        model: Of the device.

    Yields:
        Each problem once, at the key it is about, below the device.
    """
    of_values: list[InitErrorDetails] = []
    details = error.errors(include_url=False)
    for detail in details:
        path, kind = detail["loc"], detail["type"]
        if kind == "missing":
            needed = [key for key, field in _part(model, path[:-1]).model_fields.items() if field.is_required()]
            yield Problem(path, f"is missing; needed are {listed(needed)}")
        elif kind == "extra_forbidden":
            keys = _part(model, path[:-1]).model_fields
            yield Problem(path, f"is no key here{nearest(str(path[-1]), keys)}; keys are {', '.join(keys)}")
        elif kind != "too_short" or not any(other["loc"][: len(path)] == path != other["loc"] for other in details):
            # pydantic counts an element it refused as not there
            context = detail.get("ctx", {})
            of_values.append(InitErrorDetails(type=kind, loc=path, input=detail["input"], ctx=context))
    if of_values:
        yield from problems_of_structure(ValidationError.from_exception_data(error.title, of_values))


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
