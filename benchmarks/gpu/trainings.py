"""Experiments of params.yaml on this GPU: bits in stacks of any seeds, bits after a kill, and the seconds of the grid.

A process of its own: it needs most of the project's libraries (not TensorFlow, MLflow, Prefect and DVC), and its
workers need the memory of the GPU. Digits are trained where their originals are in data/raw.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing import active_children
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.base.console import say
from pipeline.base.layout import RAW, SPECTRA
from pipeline.experiments.family import Inputs
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params, load
from pipeline.running.devices import Slot, slots
from pipeline.running.events import EpochEnd, Event, Failed, Finished
from pipeline.running.plan import plan_one
from pipeline.running.pool import Pool
from pipeline.spec.experiment import Experiment
from pipeline.spec.run import JAX, Run

BOARDS = ("automata", "digits")  # the families of the grid that are trained
CELLS = ("lstm", "lstm_peephole", "lstm_norm", "lstm_fgr", "gru", "mgu", "relu_rnn", "lstm_conv")
SEEDS = 64
EPOCHS, KILLED_EPOCHS = 2, 300  # of what is compared; of what is killed, so that it is not done at its first checkpoint


def _grid(params: Params) -> list[Experiment]:
    """List the experiments of the grid whose data are here."""
    families = {family for family in BOARDS if family == "automata" or (RAW / family).exists()}
    return [one for one in params.grid.values() if one.family in families]


def _some(params: Params, cells: Iterable[str], epochs: int) -> list[Experiment]:
    """Choose experiments of the grid by their cells, cut to so many epochs."""
    names = {f"sweep_{family}_{cell}" for family in BOARDS for cell in cells}
    update = {"epochs": epochs, "patience": 0, "eval_epochs": []}
    return [one.model_copy(update=update) for one in _grid(params) if one.name in names]


def _runs(experiments: Sequence[Experiment], seeds: int, params: Params, windows: Path) -> list[Run]:
    """Make the windows of experiments, and plan their runs."""
    for family in {one.family for one in experiments}:
        mine = [one for one in experiments if one.family == family]
        FAMILIES[family].make_windows(mine, Inputs(RAW / family, SPECTRA, seeds, params.sounds), windows / family)
    return [run for one in experiments for run in plan_one(one, seeds, windows, JAX)]


def _events(runs: Sequence[Run], found: Sequence[Slot], windows: Path, folder: Path) -> Iterator[tuple[Run, Event]]:
    pool = Pool(found, windows, folder)
    try:
        yield from pool.run(runs)
    finally:
        pool.close()


def _digests(runs: Sequence[Run], windows: Path, folder: Path) -> dict[str, str]:
    """Train runs one stack after the other. Returns the sha256 of the weights by key.

    Raises RuntimeError for a run that failed: two that fail alike are not the same bits.
    """
    found = {}
    for run, event in _events(runs, slots(runs)[:1], windows, folder):
        if isinstance(event, Finished):
            found[run.key] = event.row["weights_sha256"]
        elif isinstance(event, Failed):
            raise RuntimeError(f"{run.experiment.name}, seed {run.seed}: {event.message}")
    return found


def seeds(params: Params, windows: Path, small: bool) -> Iterator[dict[str, Any]]:
    """Train the seeds of experiments in stacks of 5, 2 and 1, and compare the bits of the first."""
    for experiment in _some(params, ("lstm",) if small else CELLS, EPOCHS):
        runs = _runs([experiment], 5, params, windows / experiment.name)
        trained = [
            _digests(runs[:some], windows / experiment.name, windows / f"{experiment.name}-{some}")
            for some in (5, 2, 1)
        ]
        same = all(part[key] == trained[0][key] for part in trained[1:] for key in part)
        yield {"experiment": experiment.name, "seeds": [5, 2, 1], "same_bits": same, "first": trained[0][runs[0].key]}


def _kill_at_checkpoint(runs: Sequence[Run], windows: Path, folder: Path) -> int:
    """Train runs until the first checkpoint of one is written, and kill the process. Returns how many had none yet.

    Raises RuntimeError if they ended before.
    """
    for _, event in _events(runs, slots(runs)[:1], windows, folder):
        if isinstance(event, EpochEnd) and any(folder.glob("*/*.npz")):
            for process in active_children():
                process.kill()
            return sum(not any((folder / run.key).glob("*.npz")) for run in runs)
    raise RuntimeError("the runs ended before a checkpoint, and were not killed")


def resume(params: Params, windows: Path, small: bool) -> Iterator[dict[str, Any]]:
    """Kill a stack after its first checkpoint, resume a part of its runs, and compare with an undisturbed one.

    Of digits: strings would be drawn for every epoch.
    """
    digits = [one for one in _some(params, ("lstm",), KILLED_EPOCHS) if one.family == "digits"]
    if not digits:
        yield {"skipped": f"{RAW / 'digits'} is not there"}
        return
    runs = _runs(digits, 3 if small else SEEDS, params, windows / "resume")
    without = _kill_at_checkpoint(runs, windows / "resume", windows / "killed")
    again = _digests(runs[:2] if small else runs[:16], windows / "resume", windows / "killed")
    undisturbed = _digests(runs, windows / "resume", windows / "undisturbed")
    same = sum(undisturbed[key] == digest for key, digest in again.items())
    yield {"experiment": digits[0].name, "killed": len(runs), "without_checkpoint": without}
    yield {"resumed": len(again), "same_bits": same}


def grid(params: Params, windows: Path, small: bool) -> Iterator[dict[str, Any]]:
    """Train the grid with all seeds, as the stage `train` does, and tell when each experiment is done."""
    experiments = _some(params, ("majority",), EPOCHS) if small else _grid(params)
    began = time.monotonic()
    runs = _runs(experiments, 2 if small else SEEDS, params, windows / "grid")
    yield {"experiments": len(experiments), "runs": len(runs), "windows_s": round(time.monotonic() - began, 1)}
    began, left, found = time.monotonic(), Counter(run.experiment.name for run in runs), slots(runs)
    for run, event in _events(runs, found, windows / "grid", windows / "unfinished"):
        if isinstance(event, Failed):
            yield {"experiment": run.experiment.name, "seed": run.seed, "error": event.message}
        if isinstance(event, Finished | Failed):
            left[run.experiment.name] -= 1
            if not left[run.experiment.name]:
                del left[run.experiment.name]
                wall = round(time.monotonic() - began, 1)
                yield {"processes": len(found), "done": run.experiment.name, "left": len(left), "wall_s": wall}


def main() -> None:
    """Run one of the functions above, by its name, and print what it finds as lines of JSON."""
    name, small = sys.argv[1], "--small" in sys.argv
    with TemporaryDirectory(prefix="reprise-") as folder:
        for figure in {"seeds": seeds, "resume": resume, "grid": grid}[name](load(), Path(folder), small):
            say(json.dumps(figure))


if __name__ == "__main__":
    main()
