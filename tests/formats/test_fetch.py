"""Fetching the benchmark from a server on this machine: progress, resume, checksum, damage."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_s6.errors import InputError
from napari_s6.formats.benchmark import open_benchmark, write_benchmark
from napari_s6.formats.fetch import F3_MD5, F3_URL, fetch_f3
from napari_s6.survey.synthetic import make_survey


class Server(ThreadingHTTPServer):
    """Serves one file at every address; can break off, and can be ignorant of ranges."""

    daemon_threads = True
    content = b""
    break_after: int | None = None
    knows_ranges = True
    requests: list[str | None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/data.zip"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.requests.append(asked)
        if "missing" in self.path:
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        partial = bool(asked) and self.server.knows_ranges
        if partial and start >= len(self.server.content):
            self.send_error(416)
            return
        body = self.server.content[start:] if partial else self.server.content
        self.send_response(206 if partial else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.break_after])

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that holds a small archive of the benchmark's layout."""
    seismic, facies = make_survey((4, 30, 40))
    source = write_benchmark(
        tmp_path / "source",
        {"train": (seismic, facies), "test1": (seismic + 1, facies), "test2": (seismic, facies)},
    )
    archive = tmp_path / "archive.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as content:
        for path in sorted((source / "data").rglob("*.npy")):
            content.write(path, path.relative_to(source))
        content.writestr("../outside.npy", b"no")
    server = Server(("127.0.0.1", 0), Handler)
    server.content = archive.read_bytes()
    server.requests = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def md5(server: Server) -> str:
    return "md5:" + hashlib.md5(server.content).hexdigest()


def files(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_fetched_checked_and_unpacked(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    to = tmp_path / "a new" / "folder"
    folder = fetch_f3(to, server.url, checksum=md5(server), progress=lambda *now: seen.append(now))
    assert folder == to
    assert files(folder) == ["data"]
    parts = open_benchmark(folder)
    assert list(parts) == ["train", "test1", "test2"]
    seismic, facies = make_survey((4, 30, 40))
    np.testing.assert_array_equal(parts["test1"].seismic.values, seismic.values + 1)
    assert parts["train"].labels is not None
    np.testing.assert_array_equal(parts["train"].labels.values, facies.values)
    assert seen[-1] == (len(server.content), len(server.content))
    assert not list(tmp_path.rglob("outside.npy"))
    # A second call finds it there.
    assert fetch_f3(to, server.url, checksum=md5(server)) == folder
    assert len(server.requests) == 1


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_a_broken_download_goes_on(
    server: Server, tmp_path: Path, knows_ranges: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_s6.formats.fetch.CHUNK_BYTES", 1000)
    server.knows_ranges = knows_ranges
    server.break_after = 20_500
    to = tmp_path / "to"
    with pytest.raises(InputError, match=r"cannot be fetched .*run the same again"):
        fetch_f3(to, server.url, checksum=md5(server))
    (partial,) = to.iterdir()
    assert partial.stat().st_size == 20_000
    server.break_after = None
    seen: list[tuple[int, int | None]] = []
    fetch_f3(to, server.url, checksum=md5(server), progress=lambda *now: seen.append(now))
    assert server.requests == [None, "bytes=20000-"]
    assert seen[-1] == (len(server.content), len(server.content))
    assert files(to) == ["data"]


def test_a_download_complete_but_for_its_end(server: Server, tmp_path: Path) -> None:
    """Broken off after the last byte: the server has nothing left to send."""
    server.break_after = len(server.content) - 1
    to = tmp_path / "to"
    with pytest.raises(InputError, match="cannot be fetched"):
        fetch_f3(to, server.url, checksum=md5(server))
    (partial,) = to.iterdir()
    partial.write_bytes(server.content)
    fetch_f3(to, server.url, checksum=md5(server))
    assert files(to) == ["data"]


def test_another_file_than_promised(server: Server, tmp_path: Path) -> None:
    to = tmp_path / "to"
    with pytest.raises(InputError, match=r"not the one expected \(checksum md5:bc59"):
        fetch_f3(to, server.url)
    assert files(to) == []


def test_damage_that_only_the_checksum_sees(server: Server, tmp_path: Path) -> None:
    checksum = md5(server)
    middle = len(server.content) // 2
    good = server.content
    server.content = good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :]
    with pytest.raises(InputError, match="not the one expected"):
        fetch_f3(tmp_path / "to", server.url, checksum=checksum)
    with pytest.raises(InputError, match="damaged; fetch it again"):
        fetch_f3(tmp_path / "to", server.url, checksum=None)
    server.content = good
    fetch_f3(tmp_path / "to", server.url, checksum=checksum)
    assert files(tmp_path / "to") == ["data"]


@pytest.mark.parametrize(
    ("content", "reason"), [(b"<html>sorry</html>", "not a whole ZIP"), (None, "not the benchmark")]
)
def test_another_kind_of_file(
    server: Server, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    if content is None:
        with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
            archive.writestr("readme.txt", "hello")
        content = (tmp_path / "other.zip").read_bytes()
    server.content = content
    with pytest.raises(InputError, match=reason):
        fetch_f3(tmp_path / "to", server.url, checksum=None)
    assert files(tmp_path / "to") == []


def test_unreachable_addresses(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the server answers 404"):
        fetch_f3(tmp_path / "to", server.url.replace("data", "missing"), checksum=None)
    with pytest.raises(InputError, match=r"127\.0\.0\.1:9/data\.zip: cannot be fetched"):
        fetch_f3(tmp_path / "to", "http://127.0.0.1:9/data.zip", checksum=None)


def test_a_data_folder_of_something_else(server: Server, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match=r"data: in the way"):
        fetch_f3(tmp_path, server.url, checksum=md5(server))
    assert (tmp_path / "data" / "mine.txt").read_text() == "mine"


def test_the_default_is_the_published_record() -> None:
    assert F3_URL.startswith("https://zenodo.org/records/3755060/")
    assert F3_MD5 == "md5:bc5932279831a95c0b244fd765376d85"
