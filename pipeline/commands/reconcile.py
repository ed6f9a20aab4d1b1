"""`make reconcile`: close, release or remove what a kill has left open in MLflow and on the disk.

A run that no process trains any more is marked KILLED; whoever trains it next resumes from its checkpoint. A live run
is never touched. Safe to repeat: a second time there is nothing to do.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.base.console import command, plural, say
from pipeline.base.layout import DATA, MLRUNS, REPORTS
from pipeline.base.processes import lives
from pipeline.commands.verify import release_damaged
from pipeline.running.run_directory import UNFINISHED, RunDirectory
from pipeline.tracking.store import readable_errors

STALE = 3600.0  # seconds without a write after which an unfinished file is abandoned
FOLDERS = (DATA, REPORTS, MLRUNS)
Over = Callable[[str], bool]


@dataclass(frozen=True)
class Mended:
    """What was done: names of the runs released and experiments closed, number of directories and files removed."""

    runs: list[str]
    experiments: list[str]
    directories: int
    files: int

    def __str__(self) -> str:
        """Summarise it in a line."""
        said = [f"{plural(len(self.runs), 'run')} released"] if self.runs else []
        said += [f"{plural(len(self.experiments), 'experiment')} closed"] if self.experiments else []
        said += [f"{plural(self.directories, 'run directory', 'run directories')} removed"] if self.directories else []
        said += [f"{plural(self.files, 'unfinished file')} removed"] if self.files else []
        return ", ".join(said) or "nothing to do"


def is_orphan(tags: dict[str, str], over: Over) -> bool:
    """Check whether a run that is marked RUNNING has lost its process.

    A process on this host is looked up. For one on another host only its flow run can tell: `over` says whether it has
    ended; without a flow run the run is left alone.
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


def close_parents(tracker: Any, over: Over, ending: str = "") -> list[str]:
    """Mark experiments that no process trains as KILLED, and return their names.

    `ending` names a process that is about to end, and counts as gone.
    """
    busy = {run.data.tags["mlflow.parentRunId"] for run in tracker.running("run")}
    idle = [run for run in tracker.running("experiment") if run.info.run_id not in busy]
    idle = [run for run in idle if run.data.tags.get("process") == ending or is_orphan(run.data.tags, over)]
    for run in idle:
        tracker.stop(run.info.run_id, "KILLED")
    return [run.info.run_name for run in idle]


def _clear_directories(tracker: Any) -> int:
    """Remove the directories of delivered runs, and return how many there were."""
    unfinished = tracker.root / UNFINISHED
    done = tracker.finished([folder.name for folder in unfinished.glob("*") if "'" not in folder.name])
    left = [key for key in done if (unfinished / key).exists()]
    for key in left:
        RunDirectory(unfinished, key).clear()
    return len(left)


def _parts(folders: tuple[Path, ...], now: float) -> Iterator[Path]:
    """Yield the abandoned temporary files of `files.whole_file`."""
    for folder in folders:
        for path in folder.rglob(".*.part"):
            if path.is_file() and now - path.stat().st_mtime > STALE:
                yield path


def reconcile(tracker: Any, over: Over = lambda flow_run: False, now: float | None = None) -> Mended:
    """Bring MLflow and the disk into line with what is running, and return what was done."""
    runs = _close_orphans(tracker, over) + release_damaged(tracker, tracker.finished().values())
    experiments = close_parents(tracker, over)
    directories = _clear_directories(tracker)
    stale = list(_parts(FOLDERS, time.time() if now is None else now))
    for path in stale:
        path.unlink(missing_ok=True)
    return Mended(runs, experiments, directories, len(stale))


@command("reconcile")
def main() -> None:
    """Reconcile, and say what was done."""
    from pipeline.tracking.tracker import Tracker

    with readable_errors(MLRUNS):
        say(f"reconcile: {reconcile(Tracker(MLRUNS))}")


if __name__ == "__main__":
    main()
