"""`make reconcile`: what a kill has left open in MLflow and on the disk is closed, handed back or removed.

A run that nobody trains any more is marked KILLED, and the next one who is asked for it goes on from its checkpoint. A
live run is never touched, and a second time there is nothing to do.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.base.console import command, say
from pipeline.base.layout import DATA, MLRUNS, REPORTS
from pipeline.base.processes import lives
from pipeline.running.run_directory import UNFINISHED, RunDirectory
from pipeline.tracking.store import readable_errors

STALE = 3600.0  # seconds that nobody has written to a file that is being written
FOLDERS = (DATA, REPORTS, MLRUNS)
Over = Callable[[str], bool]


@dataclass(frozen=True)
class Mended:
    """What was done: the names of runs handed back and of experiments closed, directories and files removed."""

    runs: list[str]
    experiments: list[str]
    directories: int
    files: int

    def __str__(self) -> str:
        """Say it for people."""
        said = [f"{len(self.runs)} runs handed back"] if self.runs else []
        said += [f"{len(self.experiments)} experiments closed"] if self.experiments else []
        said += [f"{self.directories} run directories cleared"] if self.directories else []
        said += [f"{self.files} unfinished files removed"] if self.files else []
        return ", ".join(said) or "nothing to do"


def is_orphan(tags: dict[str, str], over: Over) -> bool:
    """Return whether nobody trains a run that is marked RUNNING.

    The process on this host is asked for itself. Of one on another host only its flow run can tell: `over` says whether
    it has ended; without a flow run the run is left alone.
    """
    alive = lives(tags["process"]) if "process" in tags else None
    if alive is None and "flow_run" in tags:
        return over(tags["flow_run"])
    return alive is False


def _close_orphans(tracker: Any, over: Over) -> list[str]:
    """Mark runs without a process as KILLED, and return their names."""
    left = tracker.running("run")
    orphans = [run for run in left if is_orphan(run.data.tags, over)]
    for run in orphans:
        tracker.stop(run.info.run_id, "KILLED")
    return [run.info.run_name for run in orphans]


def _close_parents(tracker: Any, over: Over) -> list[str]:
    """Mark experiments as KILLED that nobody works at, and return their names."""
    busy = {run.data.tags["mlflow.parentRunId"] for run in tracker.running("run")}
    idle = [run for run in tracker.running("experiment") if run.info.run_id not in busy]
    idle = [run for run in idle if is_orphan(run.data.tags, over)]
    for run in idle:
        tracker.stop(run.info.run_id, "KILLED")
    return [run.info.run_name for run in idle]


def _clear_directories(unfinished: Path, finished: set[str]) -> int:
    """Remove the directories of runs that are delivered."""
    done = [folder for folder in unfinished.glob("*") if folder.name in finished]
    for folder in done:
        RunDirectory(unfinished, folder.name).clear()
    return len(done)


def _parts(folders: tuple[Path, ...], now: float) -> Iterator[Path]:
    """Yield what `files.whole_file` has left beside files, if nobody has written to it for long."""
    for folder in folders:
        for path in folder.rglob(".*.part"):
            if path.is_file() and now - path.stat().st_mtime > STALE:
                yield path


def reconcile(tracker: Any, over: Over = lambda flow_run: False, now: float | None = None) -> Mended:
    """Make MLflow and the disk say what is so, and return what was done."""
    runs = _close_orphans(tracker, over)
    experiments = _close_parents(tracker, over)
    directories = _clear_directories(tracker.root / UNFINISHED, set(tracker.finished()))
    stale = list(_parts(FOLDERS, time.time() if now is None else now))
    for path in stale:
        path.unlink(missing_ok=True)
    return Mended(runs, experiments, directories, len(stale))


@command("reconcile")
def main() -> None:
    """Mend what is broken."""
    from pipeline.tracking.tracker import Tracker

    with readable_errors(MLRUNS):
        say(f"reconcile: {reconcile(Tracker(MLRUNS))}")


if __name__ == "__main__":
    main()
