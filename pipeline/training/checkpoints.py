"""Checkpoints: the state of a run after an epoch, in files named by their own checksum; the last two are kept.

A file is an npz without pickles: the arrays, and everything else as JSON. Its name is its epoch and the sha256 of its
bytes, so that a torn one (a disk that lied, an interrupted copy) is recognised and the one before is used.
"""

import hashlib
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.base.console import say
from pipeline.base.files import whole_file

KEPT = 2
_MEMORY = "memory"


@dataclass(frozen=True)
class Checkpoint:
    """A run after `epoch` epochs: lists of arrays by name, and what JSON can hold."""

    epoch: int
    arrays: dict[str, list[np.ndarray]]
    memory: dict[str, Any] = field(default_factory=dict)


def _found(folder: Path) -> list[Path]:
    """List the checkpoints in a folder, oldest first."""
    return sorted(folder.glob("[0-9]*-*.npz"))


def _bytes_of(checkpoint: Checkpoint) -> bytes:
    named = {f"{name}.{n:04d}": array for name, arrays in checkpoint.arrays.items() for n, array in enumerate(arrays)}
    memory = json.dumps(checkpoint.memory, allow_nan=False).encode()
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **{_MEMORY: np.frombuffer(memory, np.uint8), **named})
    return stream.getvalue()


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint atomically, then remove all but the last two. Raises OSError; older ones then stay."""
    content = _bytes_of(checkpoint)
    name = f"{checkpoint.epoch:06d}-{hashlib.sha256(content).hexdigest()}.npz"
    with whole_file(folder / name) as beside:
        beside.write_bytes(content)
    for old in _found(folder)[:-KEPT]:
        old.unlink()


def _read(path: Path) -> Checkpoint | None:
    """Read a checkpoint; None if the file's bytes do not match its checksum."""
    content = path.read_bytes()
    epoch, _, checksum = path.stem.partition("-")
    if hashlib.sha256(content).hexdigest() != checksum:
        return None
    arrays: dict[str, list[np.ndarray]] = {}
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        memory = json.loads(file[_MEMORY].tobytes())
        for name in sorted(set(file.files) - {_MEMORY}):
            arrays.setdefault(name.rpartition(".")[0], []).append(file[name])
    return Checkpoint(int(epoch), arrays, memory)


def load(folder: Path) -> Checkpoint | None:
    """Load the newest intact checkpoint, or None. Torn ones are reported and removed."""
    for path in reversed(_found(folder)):
        checkpoint = _read(path)
        if checkpoint:
            return checkpoint
        say(f"train: {path}: damaged (checksum mismatch); using the previous one")
        path.unlink()
    return None
