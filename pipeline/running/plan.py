"""The plan: one run per seed and test fold of every experiment that is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from pipeline.base.console import UserError, plural
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params
from pipeline.running.costs import chooser
from pipeline.running.keys import key_of, read_code_digest
from pipeline.spec.experiment import Experiment
from pipeline.spec.run import TENSORFLOW, Run

NONE: Mapping[str, int] = MappingProxyType({})


def plan(params: Params, windows: Path, more: Mapping[str, int] = NONE) -> list[Run]:
    """List the runs that params.yaml asks for, in its order. Raises UserError if their windows are missing.

    `more`: the number of seeds of experiments that get more than params.yaml gives them.
    """
    seeds = {name: max(params.seeds_of(one), more.get(name, 0)) for name, one in params.chosen().items()}
    engine = chooser(params.run.engine)
    return [run for name, one in params.chosen().items() for run in plan_one(one, seeds[name], windows, engine(one))]


def plan_one(experiment: Experiment, seeds: int, windows: Path, engine: str = TENSORFLOW) -> list[Run]:
    """List the runs of one experiment with `seeds` seeds. Raises UserError if their windows are missing."""
    folder = windows / experiment.family
    try:
        return list(_runs_of(experiment, seeds, folder, engine))
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"{folder}: the windows of '{experiment.name}' for {plural(seeds, 'seed')} are missing or broken "
            f"({type(error).__name__}: {error}); run `dvc repro windows@{experiment.family}`"
        ) from None


def _runs_of(experiment: Experiment, seeds: int, folder: Path, engine: str) -> Iterator[Run]:
    family = FAMILIES[experiment.family]
    for seed, fold in family.splits(experiment, seeds, folder):
        dataset = family.dataset(experiment, seed, fold, folder)
        key = key_of(experiment, seed, fold, dataset, engine=engine)
        yield Run(experiment, seed, fold, dataset, key, engine)


class ChangedError(UserError):
    """What a run depends on has changed since it was planned."""


def require_planned(runs: Sequence[Run], windows: Path) -> None:
    """Raise ChangedError if the code or the windows of a run are not those that its key was computed from.

    The runs are of one experiment, so their code is read once.
    """
    experiment, engine = runs[0].experiment, runs[0].engine
    family, folder = FAMILIES[experiment.family], windows / experiment.family
    code = read_code_digest(family.name, engine=engine)
    datasets = [(run, family.dataset(experiment, run.seed, run.fold, folder)) for run in runs]
    if any(key_of(experiment, run.seed, run.fold, found, code, engine) != run.key for run, found in datasets):
        raise ChangedError("its code or its windows changed after it was planned; run `make reproduce` again")
