"""params.yaml as frozen, typed objects. An unknown key, a wrong type or an impossible value is an error that names it.

Entries write only their differences: `from: other` takes every value of the entry `other` and changes what follows.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline.base.console import UserError
from pipeline.experiments import FAMILIES, Experiment
from pipeline.spec.compatibility import misfit
from pipeline.spec.sizes import parameters
from pipeline.spec.sweep import Sweep, expand

PARAMS = Path("params.yaml")
CLIP_MS = 4000  # the longest clip of UrbanSound8K
SHORTEST_MS = 1000  # the shortest that the documents' loader takes, which pads nothing

Protocol = Literal["as_written", "corrected"]
Positive = Annotated[int, Field(gt=0)]


class Strict(BaseModel):
    """Frozen; unknown keys and silent conversions are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Run(Strict):
    """What is run: `tour`, `all` or names; the seeds 0 to seeds - 1; which originals are fetched.

    `originals`: true for those of every family, or a list of families; without them sounds run on the built-in sample.
    `sweep`: the grid too.
    """

    experiments: Literal["tour", "all"] | list[str] = "tour"
    seeds: Annotated[int, Field(ge=1, le=1000)] = 3
    originals: bool | list[str] = False
    sweep: bool = False

    @model_validator(mode="after")
    def _families_exist(self) -> "Run":
        for family in self.originals if isinstance(self.originals, list) else []:
            if family not in FAMILIES:
                raise ValueError(f"originals: '{family}' is not a family; known: {', '.join(FAMILIES)}")
        return self

    def wants(self, family: str) -> bool:
        """Say whether the originals of a family are asked for."""
        return family in self.originals if isinstance(self.originals, list) else self.originals


class View(Strict):
    """One way to turn a clip into a sequence of FFT or mel bands: hop and window in milliseconds."""

    hop_ms: Positive
    window_ms: Annotated[int, Field(gt=0, le=CLIP_MS)]
    protocol: Protocol = "as_written"
    mel: Annotated[int, Field(ge=0)] = 0  # how many mel bands, in dB; 0: FFT bands, as many as `sounds` says
    speed: Annotated[float, Field(ge=0.5, le=2)] = 1.0  # how fast the clip is played: pitch and pace

    @model_validator(mode="after")
    def _mel_is_corrected(self) -> "View":
        if self.mel and self.protocol == "as_written":
            raise ValueError(f"mel: {self.mel} is not what the documents measured; write protocol: corrected")
        if self.speed != 1 and self.protocol == "as_written":
            raise ValueError(f"speed: {self.speed} is not what the documents measured; write protocol: corrected")
        return self

    @model_validator(mode="after")
    def _window_fits_the_clip(self) -> "View":
        if self.protocol == "as_written" and self.window_ms > SHORTEST_MS:
            raise ValueError(
                f"window_ms: {self.window_ms} is longer than the shortest clip, for as_written takes those of "
                f"{SHORTEST_MS} ms or more; write {SHORTEST_MS} or less"
            )
        return self


class Sample(Strict):
    """The built-in sample: folds x 10 classes x recordings x slices, each of `seconds`."""

    folds: Annotated[int, Field(ge=2, le=10)] = 3
    recordings: Positive = 3
    slices: Positive = 2
    seconds: Annotated[float, Field(ge=1, le=4)] = 4.0


class Sounds(Strict):
    """The data of the family `sounds`. `clips` is how many clips the documents had, the most that as_written takes."""

    bands: Positive = 100
    rate: Annotated[int, Field(ge=8000)] = 22050  # of the corrected views; as_written takes 44,100 Hz only
    clips: Positive = 2552
    sample: Sample = Sample()
    views: dict[str, View]

    @model_validator(mode="after")
    def _bands_fit(self) -> "Sounds":
        for name, view in self.views.items():
            if view.mel:
                continue
            bins = 44100 * view.window_ms // 1000 // 2 if view.protocol == "as_written" else self.bins(view)
            if bins < self.bands:
                raise ValueError(
                    f"views.{name}: a window of {view.window_ms} ms has {bins} frequencies, "
                    f"too few for {self.bands} bands; take a longer window_ms or fewer bands"
                )
        return self

    def bands_of(self, view: View) -> int:
        """Return the number of bands of a view."""
        return view.mel or self.bands

    def bins(self, view: View) -> int:
        """Return the number of frequencies of a corrected view."""
        return self.rate * view.window_ms // 1000 // 2 + 1


class Params(Strict):
    """The whole of params.yaml. `grid` holds the experiments that the sweep makes."""

    run: Run
    sounds: Sounds
    experiments: dict[str, Experiment]
    sweep: Sweep = Sweep()
    grid: dict[str, Experiment] = {}

    @model_validator(mode="after")
    def _names_exist(self) -> "Params":
        for name, experiment in self.experiments.items():
            for view in getattr(experiment, "views", []):
                if view not in self.sounds.views:
                    raise ValueError(
                        f"experiments.{name}.view: '{view}' is not a view; known: {', '.join(self.sounds.views)}"
                    )
        return self

    @model_validator(mode="after")
    def _speeds_fit(self) -> "Params":
        for name, experiment in self.experiments.items():
            views = [self.sounds.views[view] for view in getattr(experiment, "views", [])]
            if any(view.model_copy(update={"speed": views[0].speed}) != views[0] for view in views):
                raise ValueError(f"experiments.{name}.speeds: views that differ from its view in more than their speed")
        return self

    def require(self, name: str) -> None:
        """Raise UserError if there is no experiment of this name."""
        if name not in self.every:
            raise UserError(f"'{name}' is not an experiment of params.yaml; known: {', '.join(self.experiments)}")

    @property
    def every(self) -> dict[str, Experiment]:
        """Return all experiments, those of the sweep behind the others."""
        return {**self.experiments, **self.grid}

    def chosen(self) -> dict[str, Experiment]:
        """Return the experiments that `run` asks for, in the order of the file.

        `tour` takes those marked so, `all` every one that needs no original too; `originals` adds those that do.
        `sweep` adds the grid, but for boards whose originals are not asked for.
        """
        choice = self.run.experiments
        if not isinstance(choice, str):
            names = {*choice, *(self.grid if self.run.sweep else ())}
            return {name: experiment for name, experiment in self.every.items() if name in names}
        return {
            name: experiment for name, experiment in self.every.items() if experiment.tour or self._wants(experiment)
        }

    def needed(self) -> dict[str, Experiment]:
        """Return the experiments that there must be windows of: all, but those of the sweep only if it is asked for."""
        return {**self.experiments, **self.chosen()}

    def _wants(self, experiment: Experiment) -> bool:
        if experiment.chooses:  # only if it is named, and by `make choose`
            return False
        asked = self.run.sweep if experiment.board else self.run.experiments == "all"
        if not experiment.needs_original:
            return asked
        return self.run.wants(experiment.family) and (asked or not experiment.board)

    def seeds_of(self, experiment: Experiment) -> int:
        """Return how many seeds an experiment has."""
        return experiment.seeds or self.run.seeds

    @property
    def most_seeds(self) -> int:
        """Return how many seeds there must be windows of."""
        return max((self.run.seeds, *map(self.seeds_of, self.needed().values())))


def resolve(entries: dict[str, Any], where: str) -> dict[str, Any]:
    """Return the entries with every `from` followed."""

    def whole(name: str, seen: tuple[str, ...]) -> dict[str, Any]:
        entry = entries[name]
        if not isinstance(entry, dict):
            raise UserError(f"{where}.{name}: expected keys and values, found {entry!r}")
        parent = entry.get("from")
        if parent is None:
            return dict(entry)
        if parent not in entries or parent in (*seen, name):
            raise UserError(f"{where}.{name}.from: '{parent}' is not another entry; known: {', '.join(entries)}")
        own = {key: value for key, value in entry.items() if key != "from"}
        return {**whole(parent, (*seen, name)), **own}

    return {name: whole(name, ()) for name in entries}


def _experiment(name: str, entry: dict[str, Any]) -> Experiment:
    family = str(entry.get("family"))
    if family not in FAMILIES:
        raise UserError(f"experiments.{name}.family: '{family}' is not a family; known: {', '.join(FAMILIES)}")
    values = {key: value for key, value in entry.items() if key != "family"}
    try:
        experiment: Experiment = FAMILIES[family].Experiment(name=name, family=family, **values)
    except ValidationError as error:
        raise UserError(_explain(error, f"experiments.{name}.")) from None
    fault = misfit(experiment)
    if fault:
        raise UserError(f"experiments.{name}.{fault}")
    return experiment


def _explain(error: ValidationError, prefix: str = "") -> str:
    """Return the first faults as `key: fault, found value`."""
    lines = []
    for fault in error.errors()[:2]:
        key = prefix + ".".join(str(part) for part in fault["loc"] if not str(part).startswith(("literal[", "list[")))
        if fault["type"] == "extra_forbidden":
            lines.append(f"{key}: unknown key; remove it or correct its name")
        elif fault["type"] == "missing":
            lines.append(f"{key}: missing; add it")
        elif fault["type"] == "value_error":
            text = fault["msg"].removeprefix("Value error, ")
            lines.append(f"{key}{text}" if key in ("", prefix) else f"{key}: {text}")
        else:
            lines.append(f"{key}: {fault['msg'].lower()}, found {fault['input']!r}")
    return "\n".join(lines)


def parse(values: Any) -> Params:
    """Return the typed params of what YAML gave. Raises UserError."""
    if not isinstance(values, dict):
        raise UserError("expected the keys run, sounds and experiments")
    values = dict(values)
    sounds = dict(values.get("sounds") or {})
    sounds["views"] = resolve(sounds.get("views") or {}, "sounds.views")
    entries = resolve(values.get("experiments") or {}, "experiments")
    values["sounds"] = sounds
    values["experiments"] = {name: _experiment(name, entry) for name, entry in entries.items()}
    try:
        params = Params.model_validate(values)
    except ValidationError as error:
        raise UserError(_explain(error)) from None
    params = params.model_copy(update={"grid": _grid(params, entries)})
    _named(params)
    return params


def _named(params: Params) -> None:
    """Raise UserError if an experiment that is asked for by name does not exist."""
    for name in [] if isinstance(params.run.experiments, str) else params.run.experiments:
        try:
            params.require(name)
        except UserError as error:
            raise UserError(f"run.experiments: {error}") from None


def _grid(params: Params, entries: dict[str, Any]) -> dict[str, Experiment]:
    """Return the experiments of the sweep. A board is `from` an entry of `experiments`."""

    def count(experiment: Experiment) -> int:
        return sum(parameters(experiment, *FAMILIES[experiment.family].shape(experiment, params)).values())

    boards = {name: _board(name, values, entries) for name, values in params.sweep.boards.items()}
    return expand(params.sweep, boards, _experiment, count)


def _board(name: str, values: dict[str, Any], entries: dict[str, Any]) -> dict[str, Any]:
    parent = values.get("from")
    if parent not in entries:
        raise UserError(f"sweep.boards.{name}.from: '{parent}' is not an experiment; known: {', '.join(entries)}")
    return {**entries[parent], **{key: value for key, value in values.items() if key != "from"}}


def load(path: Path = PARAMS) -> Params:
    """Read params.yaml. Raises UserError naming the file, the key and the value."""
    try:
        values = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path} does not exist; run from the folder of the project") from None
    except YAMLError as error:
        raise UserError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    try:
        return parse(values)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
