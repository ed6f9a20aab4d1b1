"""params.yaml as frozen, typed objects. An unknown key or an invalid value gives an error that names it."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator

from pipeline.base.console import UserError
from pipeline.base.yaml_files import shown
from pipeline.experiments.registry import FAMILIES
from pipeline.spec.entries import merged, resolve
from pipeline.spec.experiment import Experiment
from pipeline.spec.group import Group
from pipeline.spec.run_options import RunOptions
from pipeline.spec.sections import PARAMS, explain, naming, read_values, run_options, sounds_of
from pipeline.spec.sizes import parameters
from pipeline.spec.sounds import Sounds
from pipeline.spec.sweep import Sweep, expand


class Params(Group):
    """The whole of params.yaml. `grid` holds the experiments that the sweep expands to."""

    run: RunOptions
    sounds: Sounds
    experiments: dict[str, Experiment]
    sweep: Sweep = Sweep()
    grid: dict[str, Experiment] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _families_exist(self) -> "Params":
        for family in self.run.originals if isinstance(self.run.originals, list) else []:
            if family not in FAMILIES:
                raise ValueError(f"run.originals: '{family}' is not a family; known: {', '.join(FAMILIES)}")
        return self

    def require(self, name: str) -> None:
        """Raise UserError if no experiment has this name."""
        if name not in self.every:
            raise UserError(f"'{name}' is not an experiment of params.yaml; {_nearest(name, self.every)}")

    @property
    def every(self) -> dict[str, Experiment]:
        """All experiments, those of the sweep last."""
        return {**self.experiments, **self.grid}

    def chosen(self) -> dict[str, Experiment]:
        """Select the experiments that `run` asks for, in the order of the file.

        `quick` takes those marked quick, `all` also the others that need no original; `originals` adds those that do.
        `sweep` adds the grid, except boards whose originals are not asked for.
        """
        choice = self.run.experiments
        if not isinstance(choice, str):
            names = {*choice, *(self.grid if self.run.sweep else ())}
            return {name: experiment for name, experiment in self.every.items() if name in names}
        return {name: one for name, one in self.every.items() if one.labels.quick or self._wants(one)}

    def needed(self, family: str) -> list[Experiment]:
        """List the experiments of a family whose windows must exist: all, those of the sweep only if chosen."""
        return [one for one in {**self.experiments, **self.chosen()}.values() if one.family == family]

    def _wants(self, experiment: Experiment) -> bool:
        if experiment.selects:  # runs only if named, or by `make select`
            return False
        asked = self.run.sweep if experiment.labels.board else self.run.experiments == "all"
        if not experiment.needs_original:
            return asked
        return self.run.wants(FAMILIES[experiment.family].originals) and (asked or not experiment.labels.board)

    def seeds_of(self, experiment: Experiment) -> int:
        """Return the number of seeds of an experiment: its own if it sets one, else that of `run`."""
        return experiment.labels.seeds or self.run.seeds

    def most_seeds(self, family: str) -> int:
        """Return the number of seeds for which a family's windows must exist."""
        return max((self.run.seeds, self.run.most_seeds, *map(self.seeds_of, self.needed(family))))


def _nearest(name: str, known: Iterable[str]) -> str:
    """Ask whether one of the names that are most like this one was meant; there are too many to list all."""
    near = [repr(one) for one in get_close_matches(name, list(known), 3)]
    return f"did you mean {' or '.join(near)}?" if near else "the names stand there, below `experiments`"


def _experiment(sounds: Sounds, name: str, entry: dict[str, Any]) -> Experiment:
    family, where = FAMILIES[entry["family"]], f"experiments.{entry['family']}.{name}."
    try:
        experiment: Experiment = family.experiment.model_validate({**entry, "name": name})
    except ValidationError as error:
        raise UserError(explain(error, where, family.experiment)) from None
    fault = family.fault(experiment, sounds)
    if fault:
        raise UserError(f"{where}{fault}")
    return experiment


def _entries(values: Any) -> dict[str, dict[str, Any]]:
    """Collect the entries of all families by name, each with its family, every `from` resolved."""
    if not isinstance(values or {}, dict):
        raise UserError(f"experiments: expected families and their entries, found {shown(values)}")
    found: dict[str, dict[str, Any]] = {}
    folded: dict[str, str] = {}
    for family, entries in (values or {}).items():
        if family not in FAMILIES:
            raise UserError(f"experiments.{family}: '{family}' is not a family; known: {', '.join(FAMILIES)}")
        if not isinstance(entries or {}, dict):
            raise UserError(f"experiments.{family}: expected entries, found {shown(entries)}")
        for name, entry in resolve(entries or {}, f"experiments.{family}").items():
            if not isinstance(name, str):
                raise UserError(f"experiments.{family}.{name}: a name must be text; write it in quotes")
            if name.startswith("_"):  # only a parent for `from`
                continue
            if "family" in entry:
                raise UserError(f"experiments.{family}.{name}.family: unknown key; remove it, its family is '{family}'")
            twin = folded.setdefault(
                name.lower().replace("_", "-"), name
            )  # files and artifacts may not tell them apart
            if twin != name:
                raise UserError(f"experiments.{family}.{name}: the same as '{twin}' but for case, - or _; rename it")
            if name in found:
                raise UserError(f"experiments.{family}.{name}: the name is taken by '{found[name]['family']}'")
            found[name] = {**entry, "family": family}
    return found


def parse(values: Any) -> Params:
    """Build Params from what YAML gave. Raises UserError."""
    if not isinstance(values, dict):
        raise UserError("expected the keys run, sounds and experiments")
    entries = _entries(values.get("experiments"))
    sounds = sounds_of(values)
    experiments = {name: _experiment(sounds, name, entry) for name, entry in entries.items()}
    values = {**values, "run": run_options(values), "sounds": sounds, "experiments": experiments}
    try:
        params = Params.model_validate(values)
    except ValidationError as error:
        raise UserError(explain(error, kind=Params)) from None
    params = params.model_copy(update={"grid": _grid(params, entries)})
    _require_chosen(params)
    return params


def _require_chosen(params: Params) -> None:
    """Raise UserError if an experiment named in `run.experiments` does not exist."""
    for name in [] if isinstance(params.run.experiments, str) else params.run.experiments:
        try:
            params.require(name)
        except UserError as error:
            raise UserError(f"run.experiments: {error}") from None


def _grid(params: Params, entries: dict[str, dict[str, Any]]) -> dict[str, Experiment]:
    def count(experiment: Experiment) -> int:
        return sum(parameters(experiment, *FAMILIES[experiment.family].shape(experiment, params.sounds)).values())

    boards = {name: _board(name, values, entries) for name, values in params.sweep.boards.items()}
    return expand(params.sweep, boards, partial(_experiment, params.sounds), count)


def _board(name: str, values: dict[str, Any], entries: dict[str, dict[str, Any]]) -> dict[str, Any]:
    parent = values.get("from")
    if not isinstance(parent, str) or parent not in entries:
        raise UserError(f"sweep.boards.{name}.from: {shown(parent)} is not an experiment; known: {', '.join(entries)}")
    return merged(entries[parent], {key: value for key, value in values.items() if key != "from"})


def load(path: Path = PARAMS) -> Params:
    """Read params.yaml. Raises UserError naming the file, the key and the value."""
    values = read_values(path)
    with naming(path):
        return parse(values)
