"""Versions and dependencies are the same wherever they are written down."""

from __future__ import annotations

import distutils.core
import importlib.metadata
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import setuptools
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import storegraph

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / "config" / "environment"
PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+) \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", re.MULTILINE
)

ROSDEP_KEYS = {
    "mcap": "mcap",
    "python3-amqtt-pip": "amqtt",
    "python3-docstring-parser-pip": "docstring-parser",
    "python3-filterpy-pip": "filterpy",
    "python3-foxglove-sdk-pip": "foxglove-sdk",
    "python3-fpdf2-pip": "fpdf2",
    "python3-opencv": "opencv-python",
    "python3-pymodbus-pip": "pymodbus",
    "python3-ruff-pip": "ruff",
    "python3-rosbags-pip": "rosbags",
    "python3-yaml": "PyYAML",
}
"""Where a rosdep key does not tell the name on PyPI by itself."""

PARTS_OF_KEYS = ("python3-", "mcap", "supervisor")
"""What tells the rosdep key of a library on PyPI from that of a ROS package."""

WITHOUT_ROSDEP_KEY = {
    "aiosmtpd",
    "openapi-spec-validator",
    "psycopg",
    "pyarrow",
    "ruamel.yaml.clib",
    "starlette",
    "stripe",
    "tenacity",
    "types-PyYAML",
    "tzdata",
}
"""tzdata is part of Ubuntu's Python; ruamel.yaml.clib comes with what rosbags needs; the others have no key in
rosdistro, and come from PyPI."""


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch) -> setuptools.Distribution:
    """What setup.py says."""
    monkeypatch.chdir(ROOT)
    return distutils.core.run_setup("setup.py", stop_after="init")


def locked() -> dict[str, Version]:
    text = (ENVIRONMENT / "lock.txt").read_text(encoding="utf-8")
    return {canonicalize_name(pin["name"]): Version(pin["version"]) for pin in PIN.finditer(text)}


def pypi_names(manifest: ElementTree.ElementTree, tag: str) -> set[str]:
    keys = [element.text for element in manifest.iterfind(tag) if any(part in element.text for part in PARTS_OF_KEYS)]
    return {ROSDEP_KEYS.get(key, key.removeprefix("python3-")) for key in keys}


def test_both_packages_and_the_library_have_one_version(setup: setuptools.Distribution) -> None:
    manifests = [ElementTree.parse(path) for path in (ROOT / "package.xml", ROOT / "storegraph_msgs" / "package.xml")]
    versions = {manifest.findtext("version") for manifest in manifests}
    assert versions == {storegraph.__version__} == {setup.get_version()}


def test_setup_and_the_manifest_name_the_same_libraries(setup: setuptools.Distribution) -> None:
    manifest = ElementTree.parse(ROOT / "package.xml")
    asked = (*setup.install_requires, *setup.extras_require["cameras"])
    runtime = {Requirement(text).name for text in asked}
    test = {Requirement(text).name for text in setup.extras_require["test"]}
    assert pypi_names(manifest, "exec_depend") == runtime - WITHOUT_ROSDEP_KEY
    assert pypi_names(manifest, "test_depend") == test - WITHOUT_ROSDEP_KEY


def test_all_that_is_asked_for_is_locked_at_a_version_that_was_asked_for(setup: setuptools.Distribution) -> None:
    lines = (ENVIRONMENT / "ros.in").read_text(encoding="utf-8").splitlines()
    ros = [text for line in lines if (text := line.partition("#")[0].strip())]
    asked = [Requirement(text) for text in (*setup.install_requires, *setup.extras_require["test"], *ros)]
    versions = locked()
    assert {each.name for each in asked if canonicalize_name(each.name) not in versions} == set()
    assert [each for each in asked if not each.specifier.contains(versions[canonicalize_name(each.name)])] == []


@pytest.mark.parametrize("lock", ["lock.txt", "uv.txt"])
def test_every_line_of_a_lock_belongs_to_a_version_with_its_hashes(lock: str) -> None:
    rest = PIN.sub("", (ENVIRONMENT / lock).read_text(encoding="utf-8"))
    assert [line for line in rest.splitlines() if line and not line.lstrip().startswith("#")] == []


def test_one_file_is_installed_by_one_package_only() -> None:
    assert not {"lark", "lark-parser"} <= locked().keys()


@pytest.mark.skipif(
    not Path(sys.prefix, "steps", "storegraph_msgs").exists(),
    reason="this Python's libraries come from elsewhere than the lock",
)
def test_what_is_locked_is_installed() -> None:
    installed = {name: Version(importlib.metadata.version(name)) for name in locked()}
    assert installed == locked()
