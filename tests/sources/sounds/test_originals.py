"""The way of the originals, against a server that stands for the real one: fetched once, verified, then unpacked."""

import gzip
import hashlib
import io
import json
import socket
import tarfile
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.base.console import UserError
from pipeline.sources.fetch import fetch
from pipeline.sources.sounds import originals
from pipeline.sources.sounds.originals import Published, Remote, provide, unpack

METADATA = "slice_file_name,fsID,start,end,salience,fold,classID,class\n100-3-0-0.wav,100,0.0,0.1,1,2,3,dog_bark\n"
AT_ONCE = {"retries": 2, "backoff": 0.0}


def sound() -> bytes:
    """Return a wav of 0.1 s."""
    stream = io.BytesIO()
    wave = np.random.default_rng(1).uniform(-0.5, 0.5, 4410)
    soundfile.write(stream, wave, 44100, subtype="PCM_16", format="WAV")
    return stream.getvalue()


FILES = {"UrbanSound8K/metadata/UrbanSound8K.csv": METADATA.encode(), "UrbanSound8K/audio/fold2/100-3-0-0.wav": sound()}


def packed(files: dict[str, bytes], *more: tarfile.TarInfo) -> bytes:
    """Return a tar.gz of the files and of members without content."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for info in more:
            tar.addfile(info)
    return gzip.compress(stream.getvalue(), mtime=0)


def md5(content: bytes) -> str:
    """Return the md5 of bytes."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@dataclass
class Server:
    """What the server has, how it behaves, what it was asked. `cuts`: answers that end half way; `down`: then 503."""

    files: dict[str, bytes]
    ranges: bool = True
    cuts: int = 0
    fails: int = 0
    down: bool = False
    piece: int = 1 << 20
    asked: list[str | None] = field(default_factory=list)
    sent: int = 0
    address: str = ""


class Handler(BaseHTTPRequestHandler):
    """Answers for the Server of its class."""

    state: Server

    def do_GET(self) -> None:
        state = self.state
        span = self.headers.get("Range")
        state.asked.append(span)
        if state.fails:
            state.fails -= 1
            return self.send_error(503)
        if self.path not in state.files:
            return self.send_error(404)
        content = state.files[self.path]
        start = int(span.removeprefix("bytes=").rstrip("-")) if span and state.ranges else 0
        if start >= len(content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        self.answer(content, start)

    def answer(self, content: bytes, start: int) -> None:
        """Send the content from a byte on, or half of what is left."""
        body = content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if self.state.cuts:
            self.state.cuts -= 1
            self.state.fails = 1000 if self.state.down else 0
            body = body[: len(body) // 2]
        self.state.sent += len(body)  # before the client has it all, and looks
        for first in range(0, len(body), self.state.piece):
            self.wfile.write(body[first : first + self.state.piece])
            self.wfile.flush()

    def log_message(self, *_) -> None:
        """Say nothing."""


@pytest.fixture
def server():
    """Return a running server that has a tiny archive and its index."""
    archive = packed(FILES)
    index = {"clips": {"100-3-0-0": {"audio": ["audio/fold2/100-3-0-0.wav", md5(sound())]}}}
    state = Server({"/archive.tar.gz": archive, "/index.json": json.dumps(index).encode()})
    handler = type("Bound", (Handler,), {"state": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        state.address = f"http://127.0.0.1:{http.server_port}"
        yield state
        http.shutdown()


def published(server: Server) -> Published:
    """Return what soundata would say if the server were the real one."""
    archive, index = (
        Remote(server.address + path, md5(server.files[path]), path[1:]) for path in ("/archive.tar.gz", "/index.json")
    )
    return Published(archive, index)


def get(server: Server, path: Path, **how) -> Path:
    """Fetch the archive."""
    remote = published(server).archive
    return fetch(remote.url, remote.md5, path, **AT_ONCE | how)


@pytest.mark.parametrize("piece", [1 << 20, 100])
def test_whole_or_in_small_pieces(server, tmp_path, piece):
    server.piece = piece
    sums = provide(tmp_path / "root", tmp_path / "downloads", published(server), **AT_ONCE)
    assert sums == {"100-3-0-0.wav": md5(sound())}
    assert (tmp_path / "root/metadata/UrbanSound8K.csv").read_text() == METADATA
    assert (tmp_path / "root/audio/fold2/100-3-0-0.wav").read_bytes() == sound()
    assert server.asked == [None, None]


def test_what_was_fetched_is_not_fetched_again(server, tmp_path):
    provide(tmp_path / "one", tmp_path / "downloads", published(server), **AT_ONCE)
    provide(tmp_path / "two", tmp_path / "downloads", published(server), **AT_ONCE)
    assert len(server.asked) == 2


def test_a_cut_connection_is_taken_up_where_it_ended(server, tmp_path):
    server.cuts = 1
    size = len(server.files["/archive.tar.gz"])
    assert md5(get(server, tmp_path / "a").read_bytes()) == published(server).archive.md5
    assert server.asked == [None, f"bytes={size // 2}-"]
    assert server.sent == size


def test_the_next_run_goes_on_where_the_last_one_ended(server, tmp_path):
    server.cuts, server.down = 1, True
    size = len(server.files["/archive.tar.gz"])
    with pytest.raises(UserError, match=f"503 .*it resumes from byte {size // 2}"):
        get(server, tmp_path / "a")
    server.fails = 0
    get(server, tmp_path / "a")
    assert server.asked[-1] == f"bytes={size // 2}-"
    assert server.sent == size
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_part_that_is_whole_already(server, tmp_path):
    (tmp_path / "a.part").write_bytes(server.files["/archive.tar.gz"])
    get(server, tmp_path / "a")
    assert server.sent == 0


def test_a_part_that_is_too_long_is_fetched_anew(server, tmp_path):
    (tmp_path / "a.part").write_bytes(server.files["/archive.tar.gz"] + b"more")
    get(server, tmp_path / "a")
    assert server.asked[-1] is None


def test_a_server_that_knows_no_ranges_is_asked_anew(server, tmp_path):
    server.cuts, server.ranges = 1, False
    get(server, tmp_path / "a")
    assert len(server.asked) == 2


def test_a_server_that_cuts_every_answer_is_given_up(server, tmp_path):
    server.cuts, server.ranges = 1000, False
    with pytest.raises(UserError, match="keeps dropping"):
        get(server, tmp_path / "a")
    assert len(server.asked) == 1 + 3


def test_a_wrong_checksum_unpacks_nothing_and_starts_anew(server, tmp_path):
    wrong = Published(Remote(f"{server.address}/archive.tar.gz", "0" * 32, "a"), published(server).index)
    with pytest.raises(
        UserError,
        match=r"archive\.tar\.gz returned a file that does not match the published md5 .*removed.*\n.*from the start",
    ):
        provide(tmp_path / "root", tmp_path / "downloads", wrong, **AT_ONCE)
    assert not (tmp_path / "root").exists()
    assert [path.name for path in (tmp_path / "downloads").iterdir()] == ["index.json"]


def test_404(server, tmp_path):
    with pytest.raises(UserError, match=r"/none answers 404 Not Found; try again, or set REPRISE_MIRROR"):
        fetch(f"{server.address}/none", "0" * 32, tmp_path / "a", **AT_ONCE)
    assert len(server.asked) == 1


def test_503_is_tried_again_and_then_told(server, tmp_path):
    server.fails = 1
    get(server, tmp_path / "a")
    assert len(server.asked) == 2
    server.fails = 100
    with pytest.raises(UserError, match=r"archive\.tar\.gz answers 503 Service Unavailable; try again"):
        get(server, tmp_path / "b")
    assert len(server.asked) == 2 + 3


def test_a_server_that_is_not_there(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/a"
    with pytest.raises(UserError, match=f"{url} cannot be reached .*refused.*try again"):
        fetch(url, "0" * 32, tmp_path / "a", **AT_ONCE)
    with pytest.raises(UserError, match="cannot be reached"):
        fetch("http://no-such-host.invalid/a", "0" * 32, tmp_path / "a", retries=0, backoff=0.0)


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """Return a member of a tar that is a link or a device."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    "member",
    [
        tarfile.TarInfo("../evil"),
        tarfile.TarInfo("UrbanSound8K/../../evil"),
        tarfile.TarInfo("/evil"),
        special("/evil", tarfile.DIRTYPE),
        special("UrbanSound8K/../../evil", tarfile.DIRTYPE),
        special("UrbanSound8K/audio/evil", tarfile.SYMTYPE, "/etc"),
        special("UrbanSound8K/audio/evil", tarfile.SYMTYPE, "fold2"),
        special("UrbanSound8K/audio/evil", tarfile.LNKTYPE, "UrbanSound8K/metadata/UrbanSound8K.csv"),
        special("evil", tarfile.SYMTYPE, "UrbanSound8K"),
        special("UrbanSound8K/audio/evil", tarfile.FIFOTYPE),
        special("UrbanSound8K/audio/evil", tarfile.CHRTYPE),
        special("UrbanSound8K/audio/evil", tarfile.BLKTYPE),
    ],
)
def test_an_archive_that_could_leave_its_folder_is_refused(tmp_path, member):
    (tmp_path / "a.tar.gz").write_bytes(packed(FILES, member))
    with pytest.raises(UserError, match=r"a\.tar\.gz cannot be unpacked: '.*evil'"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "in" / "root")
    assert not list(tmp_path.rglob("evil"))


def test_only_what_python_3_11_0_had_is_asked_of_tarfile(tmp_path, monkeypatch):
    """Filters and TarInfo.replace came with 3.11.4; without a filter extract and extractall are not safe."""
    for name in ("data_filter", "tar_filter", "fully_trusted_filter"):
        monkeypatch.delattr(tarfile, name, raising=False)
    monkeypatch.delattr(tarfile.TarInfo, "replace", raising=False)
    monkeypatch.delattr(tarfile.TarFile, "extract")
    monkeypatch.delattr(tarfile.TarFile, "extractall")
    (tmp_path / "a.tar.gz").write_bytes(packed(FILES))
    unpack(tmp_path / "a.tar.gz", tmp_path / "UrbanSound8K")
    paths = [path for path in (tmp_path / "UrbanSound8K").rglob("*") if path.is_file()]
    assert {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in paths} == FILES


@pytest.mark.parametrize("content", [b"no archive", packed(FILES)[:200]])
def test_an_archive_that_is_none(tmp_path, content):
    (tmp_path / "a.tar.gz").write_bytes(content)
    with pytest.raises(UserError, match="cannot be unpacked"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "root")


def test_what_soundata_publishes():
    source = originals.published()
    assert source.archive.name == "UrbanSound8K.tar.gz" and source.archive.url.startswith("https://zenodo.org/")
    assert source.index.name.endswith(".json") and source.index.url.startswith("https://zenodo.org/")
    assert {len(source.archive.md5), len(source.index.md5)} == {32}


def test_an_index_of_another_shape(tmp_path):
    (tmp_path / "i.json").write_text("[1]")
    with pytest.raises(UserError, match="is not a soundata index"):
        originals.checksums(tmp_path / "i.json")
