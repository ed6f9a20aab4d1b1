"""What networks cost on a core and in a stack on a GPU, measured by training a few epochs of each on both.

Only where a machine has both and `run.engine` is auto, and once for networks that are alike (see `costs`).
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.base.console import plural, say
from pipeline.base.locks import locked
from pipeline.base.parallel import cores
from pipeline.params import Params
from pipeline.running.costs import COSTS, Cost, alike, left_to_the_machine, read, trains, write
from pipeline.running.devices import Slot, slots, usable_gpus
from pipeline.running.events import Failed, Finished
from pipeline.running.gpu_locks import held
from pipeline.running.plan import plan_one
from pipeline.running.pool import Pool
from pipeline.spec.experiment import Experiment
from pipeline.spec.run import JAX, TENSORFLOW, Run
from pipeline.training.rows import Row
from pipeline.training.stack_size import lanes_of

EPOCHS = 2  # that are measured
_UNUSUAL = re.compile(r"[^\w .,:;()/-]")  # in the name of a device


def _short(experiment: Experiment) -> Experiment:
    """Cut an experiment to the epochs that are measured."""
    return experiment.model_copy(update={"epochs": min(EPOCHS, experiment.epochs), "patience": 0, "eval_epochs": []})


def _runs(experiment: Experiment, seeds: int, windows: Path) -> list[Run]:
    short = _short(experiment)
    stack = plan_one(short, seeds, windows, JAX)[: lanes_of(experiment, gpu=True)]
    return [*stack, *plan_one(short, 1, windows, TENSORFLOW)[:1]]


def _seconds(rows: Sequence[Row], experiment: Experiment) -> float | None:
    """Average the seconds of an epoch; those of a run in a stack are its share. None without rows."""
    epochs = _short(experiment).epochs
    return sum(row["metrics"]["train_seconds"] for row in rows) / len(rows) / epochs if rows else None


def _cost(rows: Iterable[Row], experiment: Experiment) -> Cost | None:
    """Compute the cost from the rows of both engines; None if there is none at all."""
    of = {engine: [row for row in rows if row["engine"] == engine] for engine in (TENSORFLOW, JAX)}
    if not any(of.values()):
        return None
    seconds = {engine: _seconds(found, experiment) for engine, found in of.items()}
    device = _UNUSUAL.sub("?", of[JAX][0]["device"]["device"]) if of[JAX] else ""
    return Cost(**seconds, stack=len(of[JAX]), cores=cores(), gpus=max(1, len(usable_gpus())), device=device)


def _unknown(params: Params, known: Iterable[str]) -> dict[str, Experiment]:
    """Choose an experiment for each kind of network whose cost is not known: the one with most seeds."""
    found: dict[str, Experiment] = {}
    for experiment in sorted(params.chosen().values(), key=params.seeds_of):
        if trains(experiment) and alike(experiment) not in known:
            found[alike(experiment)] = experiment
    return found


def _one_each(found: Sequence[Slot]) -> list[Slot]:
    """Leave one slot on each GPU: the seconds of an epoch are those of a GPU that nothing else keeps busy."""
    first = {slot.gpu: slot for slot in reversed(found)}
    return [slot for slot in found if not slot.gpu or slot is first[slot.gpu]]


def _measure(wanted: dict[str, Experiment], params: Params, windows: Path) -> dict[str, Cost]:
    of = {experiment.name: experiment for experiment in wanted.values()}
    runs = [run for one in of.values() for run in _runs(one, params.seeds_of(one), windows)]
    rows: dict[str, list[Row]] = {name: [] for name in of}
    failed: dict[str, str] = {}
    found = _one_each(slots(runs))
    with held(found), TemporaryDirectory(prefix="reprise-") as folder:
        pool = Pool(found, windows, Path(folder))
        try:
            for run, event in pool.run(runs):
                if isinstance(event, Finished):
                    rows[run.experiment.name].append(event.row)
                elif isinstance(event, Failed):
                    failed[f"{run.experiment.name} cannot be measured on {run.engine}"] = event.message
        finally:
            pool.close()
    for what, why in failed.items():
        say(f"train: {what}: {why}")
    costs = {kind: _cost(rows[experiment.name], experiment) for kind, experiment in wanted.items()}
    return {kind: cost for kind, cost in costs.items() if cost}


def calibrate(params: Params, windows: Path, path: Path = COSTS) -> None:
    """Measure and keep the costs of what the params ask for, where the engine is left to the machine.

    Raises UserError if windows are missing.
    """
    if not left_to_the_machine(params.run.engine):
        return
    with locked(path.with_suffix(".lock"), lambda _: say("train: another process measures costs, waiting for it")):
        known = read(path)
        wanted = _unknown(params, known)
        if not wanted:
            return
        say(f"train: measuring the cost of {plural(len(wanted), 'kind')} of network on a core and on a GPU")
        found = _measure(wanted, params, windows)
        for kind, cost in found.items():
            say(f"train: {kind}: {cost.engine}, for {cost.text}")
        write(known | found, path)
