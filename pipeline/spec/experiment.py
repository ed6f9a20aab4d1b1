"""One experiment: data, network and training under a short name. A typed entry of params.yaml."""

from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from pipeline.spec.augmentation import Augmentation
from pipeline.spec.cells import BASELINES, FOREST
from pipeline.spec.group import Count, Fraction, Name, Positive, Protocol, Rule, first_broken
from pipeline.spec.labels import Labels
from pipeline.spec.network import Network
from pipeline.spec.optimizer import Optimizer

Loss = Literal["cross_entropy", "mse", "mae"]


class Experiment(Network):
    """The fields of every experiment; a family adds its own.

    `name`, `document` and `labels` do not affect a result, so they are not part of a run's key.
    """

    name: Name = Field(exclude=True)
    document: str = Field(exclude=True)
    labels: Labels = Field(default=Labels(), exclude=True)
    family: str
    protocol: Protocol = "as_written"

    epochs: Count  # 0: a baseline, which is measured but not trained
    batch: Positive = 10
    loss: Loss = "cross_entropy"
    label_smoothing: Fraction = 0.0
    patience: Count = 0  # epochs without a lower validation loss before training stops; 0: never stops early
    eval_epochs: list[Positive] = Field(default_factory=list)  # the test part is measured after these epochs too
    optimizer: Optimizer = Optimizer()
    augmentation: Augmentation = Augmentation()

    regression: ClassVar[bool] = False  # whether the family's targets are numbers, not classes

    @model_validator(mode="after")
    def _trains(self) -> "Experiment":
        fault = first_broken(TRAINING_RULES, e=self)
        if fault:
            raise ValueError(fault)
        return self

    def recipe(self) -> dict[str, Any]:
        """Dump everything that can change the result of a run, as JSON values."""
        return self.model_dump(mode="json")

    def params(self) -> dict[str, str]:
        """Flatten the recipe to MLflow params, texts with dotted names such as `optimizer.learning_rate`."""
        return _flat(self.recipe(), "")

    def network(self) -> dict[str, Any]:
        """Dump the options the network is built from, as JSON values."""
        return self.model_dump(mode="json", include=set(Network.model_fields))

    @property
    def baseline(self) -> bool:
        """Whether it is measured but not trained."""
        return self.epochs == 0

    @property
    def selects(self) -> bool:
        """Whether it only serves to select a recipe, measured on rows outside the test part."""
        return False

    @property
    def needs_original(self) -> bool:
        """Whether its results count only on data that must be fetched."""
        return False


def _flat(values: dict[str, Any], prefix: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in values.items():
        found |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": str(value)}
    return found


def _of_classes(e: Experiment) -> bool:
    return bool(e.label_smoothing or e.augmentation.mixup or e.labels.ensemble)


TRAINING_RULES = (
    Rule("loss", lambda e: e.regression and e.loss == "cross_entropy",
         "'{e.loss}' does not fit; write mse or mae: the targets are numbers"),
    Rule("loss", lambda e: not e.regression and e.loss != "cross_entropy",
         "'{e.loss}' does not fit; write cross_entropy: the targets are classes"),
    Rule("label_smoothing", lambda e: e.regression and _of_classes(e),
         "label_smoothing, mixup and ensembles need classes, but the targets are numbers; remove them"),
    Rule("epochs", lambda e: e.variant in BASELINES and e.epochs > 0,
         "'{e.variant}' does not train; write 0 epochs"),
    Rule("epochs", lambda e: e.variant == FOREST and e.epochs != 1, "'forest' is fitted once; write 1"),
    Rule("augmentation", lambda e: not e.frontend.reads_bands and e.augmentation.of_clips != Augmentation(),
         "only log-mel bands can be augmented; write frontend.mfcc or frontend.conv2d, or leave it out"),
    Rule("batch", lambda e: e.stateful and e.batch != 1,
         "a state is carried from row to row, so {e.batch} rows cannot be one batch; write 1"),
)  # fmt: skip
