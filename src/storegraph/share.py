"""Files that come with a package: message definitions, example stores, the demo recording."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from storegraph.errors import StoregraphError


class ShareError(StoregraphError):
    """A file that comes with a package is not installed."""


def shared(package: str, path: str) -> Path:
    """A file or folder that a package installs.

    Looked for under `<prefix>/share/<package>` (REP-122) for the prefixes of `AMENT_PREFIX_PATH` and the
    interpreter's own, and, for this package, in the checkout that it runs from.

    Args:
        package: Name of a ROS package.
        path: Below its share folder.

    Raises:
        ShareError: It is nowhere.
    """
    prefixes = [*filter(None, os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)), sys.prefix]
    places = [Path(prefix) / "share" / package / path for prefix in prefixes]
    if package == __package__:
        places.append(Path(__file__).resolve().parents[2] / path)
    for place in places:
        if place.exists():
            return place
    raise ShareError(
        f"{package}: {path} is in none of {', '.join(map(str, places))}; "
        "run `make env`, or source the workspace it was built in"
    )
