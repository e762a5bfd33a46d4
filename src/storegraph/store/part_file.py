"""A YAML file whose content is one part of a model: read, checked, and refused with all that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from storegraph.errors import StoregraphError

from .errors import StoreError
from .model import Part
from .problem import Problem
from .source import Source
from .structure import problems_of_structure

P = TypeVar("P", bound=Part)


def nothing_more(_: Part) -> Iterable[Problem]:
    """For files whose keys and kinds of values say all."""
    return ()


def load_part(
    path: Path,
    model: type[P],
    refused: type[StoregraphError],
    problems_in: Callable[[P], Iterable[Problem]] = nothing_more,
) -> P:
    """Reads and checks a file.

    Args:
        path: YAML in UTF-8.
        model: What the file holds.
        refused: The error of who asks; it takes one text.
        problems_in: What else is wrong with content that has the right keys and kinds of values.

    Raises:
        refused: The file cannot be read, or has problems; all of them are told at once, in the order of their lines.
    """
    try:
        source = Source(path)
    except StoreError as error:
        raise refused(str(error)) from None
    problems = list(source.problems)
    try:
        part = model.model_validate(source.data, strict=True)
    except ValidationError as error:
        problems += problems_of_structure(error, model)
    else:
        problems += problems_in(part)
    if problems:
        lines = sorted((source.line(problem.path), str(problem)) for problem in problems)
        raise refused("\n".join(f"{path}:{line}: {text}" for line, text in lines))
    return part
