"""Many trainings of about a second, each a flow run on the services of `make up`, compared with the plain stage.

All experiments train the same way and differ only in the size of their test part, so all must end with the same bits.
The plain stage is the hardest peer to beat: it compiles once per core for all of them, while every flow run starts two
processes and compiles again.
"""

import os
import resource
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from prefect.client.schemas.objects import FlowRun

from benchmarks.load import delivered, flow_runs
from benchmarks.load.account import astray, not_all
from benchmarks.load.delivered import Delivered
from benchmarks.load.logs import errors_in
from benchmarks.load.memory import Memory, cpu_seconds, watched
from benchmarks.load.services import Services, kept_up, make_checkout, stage
from pipeline.base.console import UserError, say
from pipeline.base.files import read_json

EPOCHS = 10  # about a second on one core
_ENTRY = f'{{document: "000", variant: lstm, units: 64, epochs: {EPOCHS}, samples: 2000, test: 50}}'


@dataclass(frozen=True)
class Side:
    """The result of one way to train them all: wall and CPU seconds, and the rows of the runs."""

    wall: float
    cpu: float
    rows: list[dict[str, Any]]

    @property
    def training(self) -> float:
        """The seconds of all epochs, as the runs report them."""
        return float(sum(row["metrics"]["train_seconds"] for row in self.rows))


@dataclass(frozen=True)
class Load:
    """The result: both sides, the mean seconds of a flow run, the memory, and a sentence for each fault."""

    plain: Side
    served: Side
    flow_run: float
    memory: Memory
    faults: list[str]


def names_of(trainings: int) -> list[str]:
    """Name `trainings` experiments."""
    return [f"am_{number:03d}" for number in range(trainings)]


def params_of(trainings: int) -> str:
    """Format a params.yaml of `trainings` experiments with one seed each, which differ only in their test parts."""
    first, *others = names_of(trainings)
    entries = [f"    {first}: {_ENTRY}"]
    entries += [f"    {name}: {{from: {first}, test: {50 + more}}}" for more, name in enumerate(others, 1)]
    head = ["run: {seeds: 1, experiments: all}", "sounds: {views: {}}", "experiments:", "  automata:"]
    return "\n".join([*head, *entries, ""])


def plainly(folder: Path) -> Side:
    """Train all in one run of the stage `train`, as `make reproduce` does."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    stage(folder, "train")
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Side(wall, cpu, read_json(folder / "reports/results.json"))


def different(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Write a sentence if the weights of the runs differ."""
    kinds = {row["weights_sha256"] for row in rows}
    return [f"the trainings came to {len(kinds)} kinds of weights"] if len(kinds) > 1 else []


def _start(up: Services) -> None:
    lines = up.wait_until_up()
    if up.process.poll() is not None or "Ctrl-C" not in "".join(lines[-1:]):
        raise UserError(f"the services did not start: {'; '.join(lines[-3:])}")


def faults_of(names: Sequence[str], runs: Sequence[FlowRun], found: Sequence[Delivered], tracking: str) -> list[str]:
    """Write a sentence for each flow run, MLflow run or parent that is missing, duplicated or did not end well."""
    faults = astray("the flow run", names, [flow_runs.experiment_of(run) for run in runs])
    faults += not_all("the flow run", flow_runs.states(runs), "completed")
    return faults + delivered.faults(names, found, delivered.parents_of(tracking))


def served(up: Services, names: Sequence[str], plain: Side) -> Load:
    """Train all as flow runs of the services, and check what Prefect, MLflow and the logs say about them."""
    _start(up)
    cpu, asked = cpu_seconds(up.tree()), time.time()
    with watched(up.tree) as memory:
        runs = flow_runs.wait_for(up, flow_runs.ask_for(up, names))
    cpu = cpu_seconds(up.tree()) - cpu
    wall = max(run.end_time.timestamp() for run in runs if run.end_time) - asked
    with up.logged_in():
        found = delivered.runs_of(up.tracking)
        faults = faults_of(names, runs, found, up.tracking)
    rows = [run.row for run in found if run.row]
    faults += different([*plain.rows, *rows]) + errors_in(up.folder / "mlruns/services")
    each = mean(run.total_run_time.total_seconds() for run in runs)
    return Load(plain, Side(wall, cpu, rows), each, memory, faults)


def measure(folder: Path, trainings: int, workers: int) -> Load:
    """Train all both ways, each in its own checkout below a folder."""
    plain_folder, folder = folder / "plain", folder / "served"
    for checkout in (plain_folder, folder):
        make_checkout(checkout, params_of(trainings))
    stage(plain_folder, "windows", "automata")
    shutil.copytree(plain_folder / "data", folder / "data")
    say(f"load: {trainings} trainings by the plain stage; the load average is {os.getloadavg()[0]:.1f}")
    plain = plainly(plain_folder)
    say(f"load: {trainings} trainings by {workers} workers; the load average is {os.getloadavg()[0]:.1f}")
    with kept_up(Services(folder, WORKERS=str(workers))) as up:
        return served(up, names_of(trainings), plain)
