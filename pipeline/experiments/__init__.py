"""One module a family of experiments: how its windows are made, its network and its metric.

A family module has
* `TITLE`, and `DEVIATIONS` from the document in plain words, for its page;
* `Experiment`: its entry of params.yaml, typed;
* `folder(experiment)`: the directory of its windows, below those of the family;
* `make_windows(experiments, params, raw, spectra, out)`: write its windows under `out`, return their leakage audit;
* `splits(experiment, seeds, windows)`: the runs to do, as (seed, test fold or None) pairs;
* `source(experiment, seed, fold, windows)`: what data a run has, with its digest;
* `load(experiment, seed, fold, windows)`: the `Data` of a run;
* `network(experiment, data, seed)`: its Keras model with the first weights;
* `example(data, row, outputs)`: one of the examples that the document shows;
* `shape(experiment, params)`: (timesteps, features, outputs) of its network, for what follows from the sizes alone;
* `afterwards(experiment, data, model, outcome, seed)`, if it measures more than every run has: a `Further`;
* `listen(facts)`, if its runs can be heard: sounds by a name for people.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipeline.networks import VARIANTS

Positive = Annotated[int, Field(gt=0)]
Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, lt=1)]
Penalty = Annotated[float, Field(ge=0)]


class Varied(BaseModel):
    """How far clips are varied in training (`training/augmentation.py`): dB, dB, bands, bands, steps, whether."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    gain: Penalty = 0.0
    equaliser: Penalty = 0.0
    shift: Count = 0
    bands: Count = 0
    steps: Count = 0
    roll: bool = False


class Convolution(BaseModel):
    """A convolution over time and bands: its filters, and how many steps and bands become one, the largest."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    filters: Positive
    steps: Positive = 1
    bands: Positive = 1


class Experiment(BaseModel):
    """What every experiment has: data, network and training recipe with a short name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    family: str
    document: str
    variant: str
    protocol: Literal["as_written", "corrected"] = "as_written"

    embedding: Count = 0  # width of the vectors that ids are turned into; 0: one-hot
    embedding_dropout: Share = 0.0  # of what the embedding or the segments give
    segment: Count = 0  # steps of log-mel bands that become one, by statistics of their cepstra; 0: they stay
    cepstra: Positive = 20  # how many of them
    varied: Varied = Varied()
    together: Positive = 1  # steps of log-mel bands whose mean becomes one, before the convolutions
    convolutions: list[Convolution] = []  # over time and bands, in front of all
    filters: Count = 0  # of a convolution over time in front; 0: none
    kernel: Positive = 3  # steps that a filter sees
    pool: Positive = 1  # steps that become one, the largest, behind the convolution
    units: Count
    layers: Positive = 1  # recurrent layers, one on top of the other
    bidirectional: bool = False
    merge: Literal["concat", "sum"] = "concat"  # of the two directions
    layer_norm: bool = False  # of what the gates hear, from below and from the step before
    state: Literal["none", "reset", "carry"] = "none"  # handed from row to row; reset: zeros again in every epoch
    truncation: Count = 0  # steps behind which no gradient goes back; 0: the whole sequence
    activation: Literal["tanh", "softsign"] = "tanh"
    gates: Literal["sigmoid", "hard_sigmoid"] = "sigmoid"  # hard: clip(0.2 x + 0.5, 0, 1), Keras' own before 2019
    forget_bias: float = 1.0
    narrow: bool = False  # first weights, see `networks/initializers.py`
    l1: Penalty = 0.0  # on the kernels of the recurrent layers
    l2: Penalty = 0.0
    dropout: Share = 0.0  # of the recurrent layers' inputs
    recurrent_dropout: Share = 0.0  # of the h that they hear
    pooling: Literal["last", "mean_max"] = "last"  # what of the steps is read out: the last, or mean and maximum
    summary: bool = False  # mean and deviation of what the recurrent layers hear are read out too
    hidden: Count = 0  # units of a dense ReLU layer behind; 0: none
    readout_dropout: Share = 0.0  # of what the output layer sees

    epochs: Count  # 0: a baseline, which is measured and not trained
    batch: Positive = 10
    halve_batch: bool = False  # once, where the memory of the device does not suffice
    loss: Literal["cross_entropy", "mse", "mae"] = "cross_entropy"
    optimizer: Literal["adam", "textbook_adam", "rmsprop", "keras2_rmsprop", "adagrad", "nesterov", "sgd"] = "adam"
    learning_rate: Annotated[float, Field(gt=0, lt=1)] = 0.001
    schedule: Literal["constant", "cosine"] = "constant"  # cosine: a warm-up, then down to 0 at the last epoch
    weight_decay: Penalty = 0.0  # taken off the weights themselves (AdamW)
    clip_norm: Penalty = 0.0  # the longest that the gradient may be; 0: any
    averaging: Share = 0.0  # momentum of the mean of the weights over updates, which is what is measured; 0: none
    smoothing: Share = 0.0  # of a label, shared out among all classes
    mixup: Penalty = 0.0  # rows are mixed in pairs, by shares of Beta(mixup, mixup); 0: none
    patience: Count = 0  # epochs without a lower validation loss before it stops; 0: trains all
    marks: list[Positive] = []  # epochs after which the test part is measured too, as the document did
    tour: bool = False  # part of the short round that `make reproduce` takes by default
    minutes: float = 1.0  # about how long one run takes on one core
    seeds: Count = 0  # how many; 0: as many as `run` says
    average: str = ""  # the name under which the probabilities of all runs that have it are averaged too
    board: str = ""  # the table of the sweep that it stands in, and its line there; empty: it is none of the sweep
    entry: str = ""

    numbers: ClassVar[bool] = False  # whether the family's targets are numbers, and not classes

    @model_validator(mode="after")
    def _loss_fits(self) -> "Experiment":
        if self.numbers == (self.loss == "cross_entropy"):
            wanted = "mse or mae: the targets are numbers" if self.numbers else "cross_entropy: the targets are classes"
            raise ValueError(f"loss: '{self.loss}' does not fit; write {wanted}")
        return self

    @model_validator(mode="after")
    def _of_classes(self) -> "Experiment":
        for name in ("smoothing", "mixup", "average"):
            if getattr(self, name) and self.numbers:
                raise ValueError(f"{name}: it is of classes, and the targets are numbers; leave it out")
        return self

    @property
    def baseline(self) -> bool:
        """Say whether it is measured and not trained."""
        return self.epochs == 0

    @property
    def stateful(self) -> bool:
        """Say whether the state of a row goes on from the row before."""
        return self.state != "none"

    @property
    def chooses(self) -> bool:
        """Say whether it is there to choose a recipe, and is measured on rows that are no test part."""
        return False

    @property
    def needs_original(self) -> bool:
        """Say whether it counts only on data that must be fetched."""
        return False

    @field_validator("variant")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in VARIANTS:
            raise ValueError(f"'{name}' is not a variant; known: {', '.join(VARIANTS)}")
        return name


class Families(Mapping[str, ModuleType]):
    """The family modules by name, imported when one is asked for."""

    names = ("automata", "sounds", "reviews", "newswire", "melody", "climate", "product", "digits")

    def __getitem__(self, name: str) -> ModuleType:
        if name not in self.names:
            raise KeyError(name)
        return import_module(f"pipeline.experiments.{name}")

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


FAMILIES = Families()
