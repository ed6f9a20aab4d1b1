"""Atomic writes (write next to the target, fsync, rename), and digests of files."""

import errno
import glob
import hashlib
import json
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_OF_A_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _beside(path: Path) -> Path:
    """Choose a name next to `path` that no other process or thread uses, and remove what dead processes left there."""
    stem = f".{path.name}.{socket.gethostname()}-"
    for left in path.parent.glob(f"{glob.escape(stem)}*.part*"):
        if not _alive(left.name.removeprefix(stem).partition("-")[0]):
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    return path.with_name(f"{stem}{os.getpid()}-{threading.get_ident()}.part")


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (ValueError, PermissionError):
        pass
    return True


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Add a path to the error of a disk that names none: a failed `write` does not know what it writes to."""
    try:
        yield
    except OSError as error:
        if error.errno in _OF_A_DISK:
            error.filename = error.filename or str(path)
        raise


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a path next to `path` to write to; it replaces `path` only if the body succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = _beside(path)
    try:
        with naming(path):
            yield beside
            _sync(beside)
        beside.replace(path)
        _sync(path.parent)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def whole_directory(path: Path) -> Iterator[Path]:
    """Yield an empty directory next to `path` to fill; it replaces `path` only if the body succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = _beside(path)
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    try:
        with naming(path):
            yield beside
            for entry in beside.rglob("*"):
                _sync(entry)
        old = beside.with_name(beside.name.removesuffix(".part") + "-old.part")
        if path.exists():
            path.replace(old)  # not removed in place: a kill would leave half of it under its name
        beside.replace(path)
        _sync(path.parent)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file atomically."""
    with whole_file(path) as beside:
        beside.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically; NaN and infinity are refused, since they are not JSON."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file in UTF-8."""
    return json.loads(path.read_text(encoding="utf-8"))


def digest(path: Path) -> str:
    """Compute the sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_of(value: Any) -> str:
    """Compute the sha256 of a JSON value, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, allow_nan=False).encode()).hexdigest()
