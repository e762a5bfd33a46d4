"""torch comes from where the user says, once, and the set-up goes on where it cannot be had."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UV = ROOT / "build" / "uv" / "bin" / "uv"
TORCH = "2.13.0+cpu"

SCRIPT = f"""
set -euo pipefail
. config/environment/steps.sh
. config/environment/torch.sh
install_torch {UV} pip install --quiet --python .venv/bin/python --no-deps
"""

pytestmark = pytest.mark.skipif(not UV.exists(), reason="the environment was not made with uv")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with nothing but the set-up scripts, and an empty .venv."""
    checkout = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "config" / "environment", checkout / "config" / "environment")
    subprocess.run([UV, "venv", "--quiet", "--offline", checkout / ".venv"], check=True)
    return checkout


@pytest.fixture
def checkout(environment: Path) -> Path:
    for path in environment.glob(".venv/lib/python3*/site-packages/torch*"):
        shutil.rmtree(path)
    return environment


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with a wheel that is called as torch's, and holds a module of one line."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    about = f"torch-{TORCH}.dist-info"
    files = {
        "torch/__init__.py": f"__version__ = '{TORCH}'\n",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: torch\nVersion: {TORCH}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{about}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{about}/RECORD"])
    with zipfile.ZipFile(folder / f"torch-{TORCH}-py3-none-any.whl", "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
    return folder


def run(checkout: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Sets torch up where no index can be reached."""
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:1", "UV_HTTP_RETRIES": "0", "UV_NO_CACHE": "1"}
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **nowhere, **variables}
    command = ["bash", "-c", SCRIPT]
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=120)


def has_torch(checkout: Path) -> bool:
    command = [checkout / ".venv" / "bin" / "python", "-c", "import torch"]
    return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0


def test_it_comes_from_the_folder_that_the_user_names_and_is_not_installed_twice(checkout: Path, wheels: Path) -> None:
    first = run(checkout, PIP_FIND_LINKS=f"/nowhere {wheels}")
    assert (first.returncode, first.stderr) == (0, "storegraph: installing torch into .venv\n")
    assert has_torch(checkout)
    second = run(checkout, PIP_FIND_LINKS=f"/nowhere {wheels}")
    assert (second.returncode, second.stderr) == (0, "")


def test_where_it_cannot_be_had_the_set_up_says_so_and_goes_on(checkout: Path) -> None:
    result = run(checkout)
    assert result.returncode == 0
    assert f"without torch=={TORCH} nobody is found in pictures" in result.stderr.splitlines()[-1]
    assert not has_torch(checkout)


def test_who_does_not_want_it_is_not_asked_again(checkout: Path, wheels: Path) -> None:
    result = run(checkout, PIP_FIND_LINKS=str(wheels), STOREGRAPH_TORCH="no")
    assert (result.returncode, result.stderr) == (0, "")
    assert not has_torch(checkout)
