"""Runs a stage again and again and kills it at one file operation after the other.

`python -m tests.faults.kill_sweep STAGE [ITEM]` in a checkout whose earlier stages are done. MOST in the environment is
how many operations to take, evenly spread. Prints JSON: the number of operations, how many were killed, what was wrong.
"""

import hashlib
import json
import os
import re
import signal
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from pipeline.base import parallel
from pipeline.base.files import digest
from pipeline.base.seal import SEAL, damage

WRITES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "shutil.rmtree"}
PLACES = ("data", "reports")


def is_write(event: str, arguments: tuple[Any, ...]) -> bool:
    """Whether an audit event is about to change the disk."""
    if event != "open":
        return event in WRITES
    path, mode, flags = (*arguments, None, None)[:3]
    writes = (isinstance(mode, str) and set(mode) & set("wax+")) or (
        isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
    )
    return bool(writes) and str(path) != os.devnull


def run(main: Callable[[], None], at: int) -> int:
    """Run a stage in a child that is killed before its operation `at` (0: never). Returns how many there were."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        count = 0

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal count
            if is_write(event, arguments):
                count += 1
                if count == at:
                    os.kill(os.getpid(), signal.SIGKILL)

        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        parallel.cores = lambda: 1  # all of it in this process
        sys.addaudithook(hook)
        try:
            main()
        finally:
            os.write(write, f"{count} ".encode())
            os._exit(0)
    os.waitpid(pid, 0)
    os.close(write)
    with os.fdopen(read) as stream:
        return int(stream.read() or 0)


def tree() -> dict[str, str]:
    """The digest of every file under a final name; what is being written has names that begin with a dot."""
    files = (path for place in PLACES for path in Path(place).rglob("*") if path.is_file())
    return {str(path): _digest(path) for path in files if not any(part.startswith(".") for part in path.parts)}


def _digest(path: Path) -> str:
    """The digest of a file; of a page without its sounds, for an Ogg stream begins with a number drawn by chance."""
    if path.suffix != ".html":
        return digest(path)
    page = re.sub(rb"data:audio/ogg;base64,[^\"']*", b"", path.read_bytes())
    return hashlib.sha256(page).hexdigest()


def faults(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """What is there after a kill that is neither as before nor as a whole run leaves it."""
    found = tree()
    partial = [name for name, value in found.items() if value not in (before.get(name), after.get(name))]
    sealed = [folder for place in PLACES for folder in Path(place).rglob(SEAL)]
    broken = [str(path) for folder in sealed for path in damage(folder.parent) if ".part" not in str(folder)]
    return partial + broken


def spread(operations: int, most: int) -> list[int]:
    """Choose at most so many of the operations 1, 2, ..., evenly spread, with the first and the last."""
    taken = min(most, operations)
    return [1 + place * (operations - 1) // max(taken - 1, 1) for place in range(taken)]


def sweep(go: Callable[[int], int], most: int) -> dict[str, Any]:
    """Kill at operations one after the other, each time from where the last kill left it, and once more to the end."""
    before = tree()
    operations = go(0)
    after, wrong = tree(), []
    killed = spread(operations, most)
    for at in killed:
        go(at)
        wrong += [f"operation {at}: {fault}" for fault in faults(before, after)]
    go(0)
    left = [str(path) for place in PLACES for path in Path(place).rglob(".*.part*")]
    end = {name: (value, tree().get(name)) for name, value in after.items() if tree().get(name) != value}
    return {"operations": operations, "killed": len(killed), "wrong": wrong, "left": left, "end": end}


if __name__ == "__main__":
    del sys.argv[0]  # a stage finds its item where it does on its own command line
    stage = import_module(f"pipeline.stages.{sys.argv[0]}")  # here, once: an import takes longer than most stages
    print(json.dumps(sweep(partial(run, stage.main), int(os.environ["MOST"]))))  # noqa: T201
