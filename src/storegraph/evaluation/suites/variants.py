"""Settings to compare with each other: an ablation, or values to choose from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from storegraph.share import shared
from storegraph.store.model import Part
from storegraph.store.part_file import load_part
from storegraph.store.problem import Problem, shown

from .errors import SuiteError
from .playing import Variant

ABLATION = "config/ablation.yaml"
"""The settings that switch off one idea each."""


class Settings(Part):
    """One set of settings.

    Attributes:
        name: What is special about it.
        settings: Of the stages, by name; beside those of the command line.
    """

    name: Annotated[str, Field(min_length=1)]
    settings: Mapping[str, bool | int | float | str] = Field(default_factory=dict)


class VariantsFile(Part):
    """What stands in a file of variants.

    Attributes:
        variants: The first is what the others are compared with.
    """

    variants: Annotated[tuple[Settings, ...], Field(min_length=1)]


def load_variants(path: Path | None, settings: Mapping[str, str], params_file: Path | None) -> tuple[Variant, ...]:
    """Reads and checks a file of variants.

    Args:
        path: YAML; None: the ablation that comes with the package.
        settings: Of the stages, by name, as text, under all variants.
        params_file: A ROS parameter file, under all variants; None: defaults.

    Raises:
        SuiteError: The file has problems; all of them are told at once. Whether there are such settings is asked when
            they are used.
    """
    file = load_part(path or shared("storegraph", ABLATION), VariantsFile, SuiteError, _names_twice)
    return tuple(
        Variant(each.name, {**settings, **{key: _text(value) for key, value in each.settings.items()}}, params_file)
        for each in file.variants
    )


def _names_twice(file: VariantsFile) -> Iterator[Problem]:
    names = [each.name for each in file.variants]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Problem(("variants", index, "name"), f"{shown(name)} is there twice; take another one")


def _text(value: bool | int | float | str) -> str:
    """As `--set` takes it."""
    return shown(value) if isinstance(value, bool) else str(value)
