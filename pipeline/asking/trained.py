"""The trained runs of an experiment in MLflow, and the best of them by its validation figure, not the test part."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.asking.question import Place
from pipeline.asking.readers import READERS
from pipeline.base.console import UserError
from pipeline.base.files import digest
from pipeline.base.layout import RAW, WINDOWS
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params
from pipeline.running.costs import chooser
from pipeline.running.plan import plan_one
from pipeline.spec.cells import FOREST
from pipeline.spec.experiment import Experiment
from pipeline.spec.run import Run
from pipeline.tracking.errors import LostError
from pipeline.tracking.tracker import MODEL, Logged, Tracker
from pipeline.training.rows import Row

Figure = tuple[float, ...]  # more is better
_WAYS: tuple[tuple[dict[str, Any], str], ...] = (  # the first that chooses an experiment trains it
    ({}, "make reproduce"),
    ({"experiments": "all"}, "make reproduce ALL=1"),
    ({"originals": True}, "make reproduce ORIGINALS=1"),
    ({"experiments": "all", "originals": True}, "make reproduce ALL=1 ORIGINALS=1"),
    ({"sweep": True}, "make sweep"),
    ({"sweep": True, "originals": True}, "make sweep ORIGINALS=1"),
)


@dataclass(frozen=True)
class Trained:
    """A finished run, what MLflow has of it, its row of results.json, and its validation figure if it has one."""

    run: Run
    logged: Logged
    row: Row
    figure: Figure | None

    def place(self, params: Params) -> Place:
        """Say where its data lies."""
        family = FAMILIES[self.run.experiment.family]
        return Place(params, WINDOWS / family.name, RAW / family.originals, self.run)


def fault_of(experiment: Experiment) -> str | None:
    """Find why an experiment cannot be asked, however long it trains, or None."""
    if experiment.variant == FOREST:
        return "is a forest, not a network; ask another experiment"
    if experiment.family not in READERS:
        return f"'{experiment.family}' has no reader in pipeline/asking/readers/; docs/ask.md says more"
    return None


def command_for(params: Params, name: str) -> str:
    """Name the command that trains an experiment."""
    for change, words in _WAYS:
        run = params.run.model_copy(update=change)
        if name in params.model_copy(update={"run": run}).chosen():
            return words
    return f"dvc exp run -S 'run.experiments=[{name}]'"


def figure_of(row: Row) -> Figure | None:
    """Read a run's validation figure: accuracy before loss, at the epoch that was kept, or the last one measured."""
    history, best = row["history"], row["metrics"].get("best_epoch")
    losses = [(epoch, loss) for epoch, loss in enumerate(history.get("val_loss") or [], 1) if loss is not None]
    if not losses:
        return None
    epoch, loss = next(((at, value) for at, value in losses if at == best), losses[-1])
    accuracies = history.get("val_accuracy")
    return (-loss,) if not accuracies else (accuracies[epoch - 1], -loss)


def runs_of(params: Params, experiment: Experiment) -> list[Run]:
    """Plan the runs of an experiment, those of more seeds that claims have asked for too; none without windows."""
    for seeds in (params.most_seeds(experiment.family), params.seeds_of(experiment)):
        try:
            return plan_one(experiment, seeds, WINDOWS, chooser(params.run.engine)(experiment))
        except UserError:
            continue
    return []


def trained(tracker: Tracker, params: Params, experiments: Iterable[Experiment]) -> list[Trained]:
    """List the finished runs of experiments, in the order of params.yaml, then of seeds. Their files are checked."""
    runs = [run for one in experiments if not fault_of(one) for run in runs_of(params, one)]
    logged = tracker.finished({run.key for run in runs})
    found = []
    for run in runs:
        if run.key in logged:
            row = tracker.row(logged[run.key])
            counts = READERS[run.experiment.family].validates(run.experiment)
            found.append(Trained(run, logged[run.key], row, figure_of(row) if counts else None))
    return found


def best(some: list[Trained]) -> Trained:
    """Choose by the validation figure; of equal ones, and where none has a figure, the first."""
    judged = [one for one in some if one.figure is not None]
    return max(judged, key=lambda one: one.figure or ()) if judged else some[0]


def best_of(tracker: Tracker, params: Params, name: str) -> Trained:
    """Choose the best run of an experiment. Raises UserError with the command that trains it."""
    params.require(name)
    fault = fault_of(params.every[name])
    if fault:
        raise UserError(f"{name}: {fault}")
    found = trained(tracker, params, [params.every[name]])
    if not found:
        raise UserError(f"{name} is not trained yet; `{command_for(params, name)}` trains it")
    return best(found)


def model_of(tracker: Tracker, one: Trained, folder: Path) -> Path:
    """Fetch the model of a run into a folder. Raises LostError if it is gone, or not what was logged."""
    tracker.check_model(one.logged)
    path = Path(tracker.client.download_artifacts(one.logged.id, MODEL, str(folder)))
    if one.logged.model and digest(path) != one.logged.model:
        raise LostError(f"{MODEL} of {one.logged} is gone or not what was logged; run `make reconcile`")
    return path


def facts_of(params: Params, one: Trained) -> dict[str, Any]:
    """Collect what its reader needs to know of a run."""
    reader = READERS[one.run.experiment.family]
    return reader.facts(one.place(params), one.row["labels"] or [])
