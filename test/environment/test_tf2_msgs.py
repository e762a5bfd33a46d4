"""The message of tf2_msgs that `make env` builds is that of ROS 2, so RViz and bags take it for the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from storegraph.share import ShareError, shared

SCRIPT = Path(__file__).resolve().parents[2] / "config" / "environment" / "tf2_msgs.py"
TF_MESSAGE = "tf2_msgs/msg/TFMessage"
HASH = "RIHS01_e369d0f05a23ae52508854b66f6aa0437f3449d652e8cbf22d5abe85d020f087"
"""As in the metadata of bags that ROS 2 Iron and later record (REP-2011)."""


def test_the_definition_has_the_hash_of_ros(tmp_path: Path) -> None:
    subprocess.run([sys.executable, SCRIPT, tmp_path], check=True)
    written = (tmp_path / "msg" / "TFMessage.msg").read_text(encoding="utf-8")
    types = get_typestore(Stores.EMPTY)
    kilted = get_typestore(Stores.ROS2_KILTED).fielddefs
    parts = {name: kilted[name] for name in kilted if name.startswith(("geometry_msgs/", "std_msgs/", "builtin_"))}
    types.register(parts | get_types_from_msg(written, TF_MESSAGE))
    assert types.hash_rihs01(TF_MESSAGE) == HASH


def test_so_has_what_is_installed() -> None:
    try:
        description = shared("tf2_msgs", "msg/TFMessage.json")
    except ShareError as error:
        pytest.skip(f"{error}")
    hashes = {entry["type_name"]: entry["hash_string"] for entry in json.loads(description.read_text())["type_hashes"]}
    assert hashes[TF_MESSAGE] == HASH
