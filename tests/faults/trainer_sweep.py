"""Kills the training of one tiny run at one file operation after the other, in the worker or in its parent.

`python -m tests.faults.trainer_sweep FOLDER VARIANT PROCESS...` in a folder with `windows` and `mlruns`, where each
kill begins. MOST in the environment is how many operations of each process to take: the first of each kind, then the
rest, evenly spread. Prints JSON: the operations and kinds of each process, how many were killed, what was wrong.

An operation is an open for writing, a rename, a removal or a directory below `mlruns`, or a statement that changes
MLflow's database. A kill at an open leaves half a file.
"""

import json
import os
import re
import shutil
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from pipeline.networks.runtime import _ENVIRONMENT, _XLA_FLAGS
from pipeline.params import Params, parse
from pipeline.perform import perform
from pipeline.running import pool, worker
from pipeline.running.plan import plan
from pipeline.running.run_directory import UNFINISHED, RunDirectory
from pipeline.tracking import delivery
from pipeline.tracking.tracker import Tracker
from pipeline.training.checkpoints import _found, _read
from tests.faults import victim
from tests.faults.kill_sweep import is_write, spread

_HALF = b"half of"


_CONSTANT = {"document": "004", "variant": "constant", "units": 0, "loss": "mse", "epochs": 0}


def params(variant: str) -> Params:
    """The run of `victim`, both kinds of dropout included, as a network that compiles faster; or a constant."""
    if variant == "constant":
        product = {"product_constant": {**_CONSTANT, "labels": {"quick": True}}}
        return parse({"run": {"seeds": 1}, "sounds": {"views": {}}, "experiments": {"product": product}})
    (experiment,) = victim.params().experiments.values()
    short = experiment.model_copy(update={"variant": variant, "epochs": 4})
    return victim.params().model_copy(update={"experiments": {short.name: short}})


class Operations:
    """The operations of one process, written down as they happen; at the one with number `at` it dies."""

    def __init__(self, folder: Path, log: Path, at: int) -> None:
        self._folder, self._at, self._count, self._process = str(folder), at, 0, os.getpid()
        self._changed = False  # the database, since its last commit
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        sys.addaudithook(self._file)
        event.listen(Engine, "before_cursor_execute", self._statement)
        event.listen(Engine, "commit", self._commit)

    def _file(self, name: str, arguments: tuple[Any, ...]) -> None:
        if is_write(name, arguments) and self._folder in str(arguments[0]):
            inside = str(arguments[0]).partition(self._folder)[2]
            self._next(f"{name} {re.sub('[0-9a-f]{8,}|[0-9]+', '#', inside)}", arguments)

    def _statement(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            self._changed = True
            self._next(" ".join(statement.split()[:3]))

    def _commit(self, connection: Any) -> None:
        if self._changed:
            self._changed = False
            self._next("commit")

    def _next(self, kind: str, arguments: tuple[Any, ...] = ()) -> None:
        if os.getpid() != self._process:  # a worker that was forked from it counts its own
            return
        self._count += 1
        os.write(self._log, f"{kind}\n".encode())
        if self._count == self._at:
            self._process = 0  # what follows is no operation of the run
            if kind.startswith("open") and set(str(arguments[1])) & set("wx"):
                Path(arguments[0]).write_bytes(_HALF)
            os.kill(os.getpid(), signal.SIGKILL)


def work(
    folder: Path,
    log: Path,
    at: int,
    pipe: Connection,
    windows: Path,
    unfinished: Path,
    device: Mapping[str, str],
    engine: str,
) -> None:
    """Stand in for `pipeline.running.worker.work`: a checkpoint after every epoch, and operations that are counted."""
    Operations(folder, log, at)
    worker.train_run = partial(worker.train_run, every=0.0)  # type: ignore[assignment]
    worker.work(pipe, windows, unfinished, device, engine)


def train(asked: Params, folder: Path, logs: Path, at: Mapping[str, int]) -> None:
    """Perform the run in this process and a worker that is forked from it, so that neither imports TensorFlow again."""
    pool.get_context = lambda _: get_context("fork")  # type: ignore[assignment]
    pool.work = partial(work, folder / "mlruns", logs / "worker", at.get("worker", 0))  # type: ignore[assignment]
    delivery._EVERY = 0.0
    tracker = Tracker(folder / "mlruns")
    Operations(folder / "mlruns", logs / "parent", at.get("parent", 0))
    windows = folder / "windows"
    (row,) = perform(plan(asked, windows), tracker, lambda name: [], windows, windows)
    (logs / "found").write_text(json.dumps(found(tracker) | {"weights": row["weights_sha256"]}))


def found(tracker: Tracker) -> dict[str, Any]:
    """Say what is in MLflow: every run with its status, its files, its metrics and the steps of their points."""
    runs = {}
    for run in tracker._search("tags.kind != ''"):
        identity = run.info.run_id
        points = {name: tracker.client.get_metric_history(identity, name) for name in sorted(run.data.metrics)}
        runs[f"{run.info.run_name} {len(runs)}"] = {
            "status": run.info.status,
            "files": sorted(path.path for path in tracker.client.list_artifacts(identity)),
            "points": {name: sorted(point.step for point in history) for name, history in points.items()},
        }
    for logged in tracker.finished().values():
        tracker.row(logged)
        tracker.check_model(logged)
    left = [str(path.relative_to(tracker.root)) for path in tracker.root.rglob("*.part*")]
    return {"runs": runs, "left": left + [path.name for path in (tracker.root / UNFINISHED).iterdir()]}


def run(asked: Params, folder: Path, logs: Path, at: Mapping[str, int]) -> None:
    """Train in a child, and wait until the worker has ended too."""
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir()
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        said = os.open(logs / "said", os.O_WRONLY | os.O_CREAT)
        for stream in (1, 2):
            os.dup2(said, stream)
        try:
            train(asked, folder, logs, at)
        except BaseException:
            traceback.print_exc()
        os._exit(0)
    os.close(write)
    os.waitpid(pid, 0)
    os.read(read, 1)  # nothing is written; it ends when no process has the other end
    os.close(read)


def partial_files(unfinished: Path) -> list[str]:
    """Name what is under a final name in the directory of a run and is not whole."""
    wrong = [str(path) for folder in unfinished.glob("*") for path in _found(folder) if _read(path) is None]
    directories = [RunDirectory(unfinished, folder.name) for folder in unfinished.glob("*")]
    return wrong + [str(one.folder) for one in directories if one.trained and one.result() is None]


def choose(kinds: list[str], most: int) -> list[int]:
    """Choose the first operation of each kind, then others, evenly spread, up to `most`; numbers begin at 1."""
    first = sorted(kinds.index(kind) + 1 for kind in set(kinds))
    others = [number for number in range(1, len(kinds) + 1) if number not in first]
    more = spread(len(others), max(most - len(first), 0))
    return sorted([first[at - 1] for at in spread(len(first), most)] + [others[at - 1] for at in more])


def sweep(origin: Path, asked: Params, processes: Sequence[str], most: int) -> dict[str, Any]:
    """Kill at operations one after the other, each time from the beginning, and train once more in peace."""
    folder, logs = origin.with_name("sweep"), origin.with_name("logs")

    def attempt(at: Mapping[str, int]) -> Any:
        run(asked, folder, logs, at)
        return json.loads((logs / "found").read_text()) if (logs / "found").exists() else (logs / "said").read_text()

    def anew() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(origin, folder)

    anew()
    undisturbed, wrong, answer = attempt({}), [], {}
    kinds = {process: (logs / process).read_text().splitlines() for process in processes}
    for process in processes:
        taken = choose(kinds[process], most)
        for at in taken:
            anew()
            attempt({process: at})
            lines = (logs / process).read_text().splitlines()
            where = f"{process}, operation {at} ({lines[-1]})"
            if len(lines) != at:
                wrong.append(f"{where}: there were {len(lines)}")
            wrong += [f"{where}: {name} is partial" for name in partial_files(folder / "mlruns" / UNFINISHED)]
            end = attempt({})
            if end != undisturbed:
                wrong.append(f"{where}: then {end}")
        answer[process] = {"operations": len(kinds[process]), "kinds": len(set(kinds[process])), "killed": len(taken)}
    return {**answer, "wrong": wrong, "undisturbed": undisturbed}


if __name__ == "__main__":
    os.environ.update({**_ENVIRONMENT, "XLA_FLAGS": " ".join(_XLA_FLAGS)})
    import keras  # noqa: F401  with TensorFlow; imported, not started: its threads would not live through a fork

    import pipeline.tracking.artifacts  # noqa: F401

    folder, variant, *processes = sys.argv[1:]
    print(json.dumps(sweep(Path(folder), params(variant), processes, int(os.environ["MOST"]))))  # noqa: T201
