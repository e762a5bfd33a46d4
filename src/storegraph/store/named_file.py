"""YAML files that come with the package are asked for by name, anybody's own by their path."""

from __future__ import annotations

from pathlib import Path

from storegraph.errors import StoregraphError
from storegraph.share import shared

from .problem import nearest, shown


def names_in(folder: str) -> tuple[str, ...]:
    """The names in a folder of the package, in order.

    Args:
        folder: Below the package's share folder.

    Raises:
        ShareError: It is not installed.
    """
    return tuple(sorted(path.stem for path in shared("storegraph", folder).glob("*.yaml")))


def file_of(name_or_path: Path | str, folder: str, kind: str, refused: type[StoregraphError]) -> Path:
    """The file that is meant.

    Args:
        name_or_path: A name in the folder, or a file that ends with `.yaml`.
        folder: Below the package's share folder.
        kind: What such a name is called: `suite`.
        refused: The error of who asks; it takes one text.

    Raises:
        refused: The folder has no such name.
        ShareError: The folder is not installed.
    """
    if isinstance(name_or_path, Path) or name_or_path.endswith((".yaml", ".yml")):
        return Path(name_or_path)
    names = names_in(folder)
    if name_or_path not in names:
        raise refused(
            f"{shown(name_or_path)} is no {kind}{nearest(name_or_path, names)}; there are {', '.join(names)}; "
            "a file of your own ends with .yaml"
        )
    return shared("storegraph", f"{folder}/{name_or_path}.yaml")
