"""Which runs there are to do, and the key of each: sha256 of everything that can change its result.

Same key, same run: asked twice, it trains once.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.base.console import UserError
from pipeline.base.files import digest_of
from pipeline.experiments import FAMILIES, Experiment
from pipeline.params import Params
from pipeline.spec.data import Source

_HERE = Path(__file__).resolve().parent.parent
_TRAINS = (
    "experiments/common.py",
    *(f"networks/{path.name}" for path in sorted((_HERE / "networks").glob("*.py")) if path.stem != "sizes"),
    "training/compiled.py",
    "spec/data.py",
    "training/draws.py",
    "training/metrics.py",
    "training/fit.py",
    "training/forest.py",
    "training/losses.py",
    "training/mixup.py",
    "training/optimizers.py",
    "networks/runtime.py",
    "training/early_stopping.py",
    "training/augmentation.py",
)
_LIBRARIES = ("tensorflow", "keras", "numpy")
NO_EFFECT = {"tour", "minutes", "document", "seeds", "board", "entry", "halve_batch"}


@dataclass(frozen=True)
class Run:
    """One experiment, one seed, and in the corrected protocol one test fold."""

    experiment: Experiment
    seed: int
    fold: int | None
    source: Source
    key: str

    @property
    def title(self) -> str:
        """Return a readable name, such as `us_lstm_10_100 · seed 2 · fold 1`."""
        fold = "" if self.fold is None else f" · fold {self.fold}"
        return f"{self.experiment.name} · seed {self.seed}{fold}"


class _Bare(ast.NodeTransformer):
    """Takes from code what only people read: texts that stand alone, and what a family says on its page."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) else node

    def visit_Assign(self, node: ast.Assign) -> ast.Assign | None:
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        return None if names & {"TITLE", "DEVIATIONS"} else node


@cache
def code_digest(family: str) -> str:
    """Return the sha256 of the code that trains, without texts for people, and of the libraries' versions."""
    files = [*_TRAINS, f"experiments/{family}.py"]
    trees = [ast.dump(_Bare().visit(ast.parse((_HERE / name).read_text(encoding="utf-8")))) for name in files]
    return digest_of([*trees, *(version(name) for name in _LIBRARIES)])


def recipe(experiment: Experiment) -> dict[str, Any]:
    """Return what of an experiment can change its result."""
    return experiment.model_dump(mode="json", exclude=NO_EFFECT)


def plan(params: Params, windows: Path) -> list[Run]:
    """Return the runs that params.yaml asks for, in its order. Raises UserError if their windows are not there."""
    chosen = params.chosen().values()
    return [run for experiment in chosen for run in plan_one(experiment, params.seeds_of(experiment), windows)]


def plan_one(experiment: Experiment, seeds: int, windows: Path) -> list[Run]:
    """Return the runs of one experiment with so many seeds. Raises UserError if their windows are not there."""
    folder = windows / experiment.family
    try:
        return list(_runs_of(experiment, seeds, folder))
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"{folder}: no windows of '{experiment.name}' for {seeds} seeds, or broken ones "
            f"({type(error).__name__}: {error}); run `dvc repro windows`"
        ) from None


def _runs_of(experiment: Experiment, seeds: int, folder: Path) -> Iterator[Run]:
    family = FAMILIES[experiment.family]
    for seed, fold in family.splits(experiment, seeds, folder):
        source = family.source(experiment, seed, fold, folder)
        key = digest_of([recipe(experiment), seed, fold, source.digest, code_digest(experiment.family)])
        yield Run(experiment, seed, fold, source, key)
