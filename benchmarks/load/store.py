"""Many processes on one tracking store: the first touch of an empty one, and simultaneous writers.

Both use `pipeline.tracking.tracker`, as a training does, with SQLite or the MLflow server of a checkout. A writer logs
ten metrics per call, as a training does after an epoch.
"""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks.load.account import astray, points_astray
from benchmarks.load.together import meet, together
from pipeline.params import parse
from pipeline.running.plan import Run
from pipeline.spec.data import DatasetInfo
from pipeline.tracking.experiments import ids
from pipeline.tracking.store import every_run

if TYPE_CHECKING:
    from pipeline.tracking.tracker import Point, Tracker

NAME, SERIES = "am_load", 10
_ENTRY = {"document": "000", "variant": "lstm", "units": 4, "epochs": 1}
Job = tuple[str, int, int]  # the root of the store, the seed, the number of points
Found = tuple[float, list[str]]  # seconds, and a sentence for each error or fault


def run_of(seed: int) -> Run:
    """Build a run of one experiment; only the seed tells it from the others."""
    params = parse({"run": {}, "sounds": {"views": {}}, "experiments": {"automata": {NAME: _ENTRY}}})
    return Run(params.experiments[NAME], seed, None, DatasetInfo("made", "sample", "made"), f"key of {seed}")


def points_of(seed: int, points: int) -> "list[Point]":
    """Build the points of a writer, ordered by step; no two have the same value."""
    return [(f"figure_{n % SERIES}", n // SERIES, float(seed * 1_000_000 + n)) for n in range(points)]


def _begin(tracker: "Tracker", seed: int) -> str:
    run = run_of(seed)
    return tracker.begin(run, tracker.parent(run))


def _touch(job: Job) -> None:
    from pipeline.tracking.tracker import Tracker

    root, seed, points = job
    meet()
    tracker = Tracker(Path(root))
    meet()  # so that all ask for the parent run at once, too
    run_id = _begin(tracker, seed)
    tracker.log(run_id, points_of(seed, points))
    tracker.stop(run_id, "FINISHED")


def _write(job: Job) -> float:
    from pipeline.tracking.tracker import Tracker

    root, seed, many = job
    tracker, points = Tracker(Path(root)), points_of(seed, many)
    run_id = _begin(tracker, seed)
    meet()
    start = perf_counter()
    for first in range(0, many, SERIES):
        tracker.log(run_id, points[first : first + SERIES])
    seconds = perf_counter() - start
    tracker.stop(run_id, "FINISHED")
    return seconds


def _curve(tracker: "Tracker", run_id: str) -> "list[Point]":
    names = [f"figure_{number}" for number in range(SERIES)]
    return [(name, p.step, p.value) for name in names for p in tracker.client.get_metric_history(run_id, name)]


def faults(root: Path, seeds: Sequence[int], points: int) -> list[str]:
    """Write a sentence for each run, parent and point that is not in the store exactly once."""
    from pipeline.tracking.tracker import Tracker

    tracker = Tracker(root)
    runs = every_run(tracker.client, ids(tracker.client), "tags.kind = 'run' and attributes.status = 'FINISHED'")
    parents = every_run(tracker.client, ids(tracker.client), "tags.kind = 'experiment'")
    found = astray("the run", [run_of(seed).title for seed in seeds], [run.info.run_name for run in runs])
    found += astray("the parent", [NAME], [parent.info.run_name for parent in parents])
    wanted: dict[str, Any] = {run_of(seed).title: points_of(seed, points) for seed in seeds}
    for run in runs:
        name = run.info.run_name
        found += points_astray(name, wanted.get(name, []), _curve(tracker, run.info.run_id))
    return found


def first_touch(root: Path, processes: int) -> Found:
    """Have `processes` processes open a store that does not exist yet at the same time, and log one run each."""
    seeds, start = range(processes), perf_counter()
    _, errors = together(_touch, [(str(root), seed, SERIES) for seed in seeds], {})
    return perf_counter() - start, errors + faults(root, seeds, SERIES)


def write_at_once(root: Path, seeds: Sequence[int], points: int, environment: dict[str, str]) -> Found:
    """Have one writer per seed write its points, all at once; the seconds are those of the slowest."""
    seconds, errors = together(_write, [(str(root), seed, points) for seed in seeds], environment)
    return max(seconds, default=0.0), errors


def writers(root: Path, many: int, points: int, environment: dict[str, str]) -> tuple[float, float, list[str]]:
    """Have one writer write alone, then many at once. Returns the seconds of one and of the slowest, and the faults."""
    alone, errors = write_at_once(root, range(1), points, environment)
    seconds, more = write_at_once(root, range(1, many + 1), points, environment)
    return alone, seconds, errors + more + faults(root, range(many + 1), points)
