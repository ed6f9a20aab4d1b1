"""One module a family of experiments: how its windows are made, its network and its metric.

A family module has
* `Experiment`: its entry of params.yaml, typed;
* `make_windows(experiments, params, raw, spectra, out)`: write its windows under `out`, return their leakage audit;
* `splits(experiment, seeds, windows)`: the runs to do, as (seed, test fold or None) pairs;
* `source(experiment, seed, fold, windows)`: what data a run has, with its digest;
* `load(experiment, seed, fold, windows)`: the `Data` of a run;
* `network(experiment, data, seed)`: its Keras model with the first weights;
* `example(data, row, logits)`: one of the examples that the document shows.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pipeline.networks import VARIANTS

Positive = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, lt=1)]


class Experiment(BaseModel):
    """What every experiment has: data, network and training recipe with a short name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    family: str
    document: str
    variant: str
    protocol: Literal["as_written", "corrected"] = "as_written"
    units: Positive
    epochs: Positive
    batch: Positive = 10
    learning_rate: Annotated[float, Field(gt=0, lt=1)] = 0.001
    dropout: Share = 0.0  # of the recurrent layer's inputs
    recurrent_dropout: Share = 0.0  # of the h that it hears
    patience: Annotated[int, Field(ge=0)] = 0  # epochs without a lower validation loss before it stops; 0: trains all
    marks: list[Positive] = []  # epochs after which the test part is measured too, as the document did
    tour: bool = False  # part of the short round that `make reproduce` takes by default
    minutes: float = 1.0  # about how long one run takes on one core
    needs_original: ClassVar[bool] = False

    @field_validator("variant")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in VARIANTS:
            raise ValueError(f"'{name}' is not a variant; known: {', '.join(VARIANTS)}")
        return name


class Families(Mapping[str, ModuleType]):
    """The family modules by name, imported when one is asked for."""

    names = ("automata", "sounds")

    def __getitem__(self, name: str) -> ModuleType:
        if name not in self.names:
            raise KeyError(name)
        return import_module(f"pipeline.experiments.{name}")

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


FAMILIES = Families()
