"""The message types of the graph, for reading and writing bags without a ROS installation.

The definitions are the `.msg` files that `storegraph_msgs` installs, so there is one source of truth for both worlds.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from storegraph.errors import StoregraphError

PACKAGE = "storegraph_msgs"


class InterfacesError(StoregraphError):
    """The message definitions cannot be found."""


def definitions_directory() -> Path:
    """Folder of the `.msg` files of `storegraph_msgs`.

    Looked for under the prefixes of `AMENT_PREFIX_PATH` (REP-122: `<prefix>/share/<package>`), then under the interpreter's own.

    Raises:
        InterfacesError: No prefix has them.
    """
    prefixes = [*filter(None, os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)), sys.prefix]
    for prefix in prefixes:
        directory = Path(prefix) / "share" / PACKAGE / "msg"
        if directory.is_dir():
            return directory
    raise InterfacesError(
        f"{PACKAGE} is not installed under {', '.join(prefixes)}; run `make env`, or source the workspace it was built in"
    )


@cache
def interfaces() -> Typestore:
    """ROS 2 Kilted's types and those of `storegraph_msgs`.

    Raises:
        InterfacesError: The definitions are not installed.
    """
    store = get_typestore(Stores.ROS2_KILTED)
    types = {}
    for path in sorted(definitions_directory().glob("*.msg")):
        types.update(get_types_from_msg(path.read_text(encoding="utf-8"), f"{PACKAGE}/msg/{path.stem}"))
    store.register(types)
    return store
