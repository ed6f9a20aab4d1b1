"""What the program that trains a network is made from, on either engine."""

from collections.abc import Callable
from typing import Any, NamedTuple

from pipeline.spec.augmentation import Augmentation
from pipeline.training.losses import LOSSES, smoothed
from pipeline.training.mixup import Mixup

NO_AUGMENTATION = Augmentation()


class Setup(NamedTuple):
    """A model and how it is trained.

    `loss` is a key of LOSSES, `offsets` those of the `Data`. With `carry` the states that a network carries from row to
    row go on from epoch to epoch. Training rows are augmented as `augmentation` says, then mixed.
    """

    model: Any
    optimizer: Any
    loss: str = "cross_entropy"
    offsets: Any = None
    carry: bool = False
    label_smoothing: float = 0.0
    augmentation: Augmentation = NO_AUGMENTATION

    @property
    def loss_of_rows(self) -> Callable[..., Any]:
        """The loss of each row, from outputs and targets."""
        return smoothed(self.label_smoothing) if self.label_smoothing else LOSSES[self.loss]

    @property
    def mixup(self) -> Mixup | None:
        """What mixes rows; None if none are."""
        return Mixup(self.augmentation.mixup) if self.augmentation.mixup else None
