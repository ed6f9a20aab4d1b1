"""Early stopping: the weights of the epoch with the lowest validation loss, and when to look no further."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Best:
    """The best epoch so far and its state. Its validation loss is in nats; epoch 0 is none yet."""

    epoch: int = 0
    loss: float = float("inf")
    state: list[np.ndarray] = field(default_factory=list)

    def better(self, loss: float | None) -> bool:
        """Return whether an epoch with this validation loss is the best so far; one without a loss never is."""
        return loss is not None and loss < self.loss

    def exhausted(self, epoch: int, patience: int) -> bool:
        """Return whether `patience` epochs have brought nothing better; patience 0 never ends."""
        return bool(patience) and epoch - self.epoch >= patience

    def memory(self) -> dict[str, Any]:
        """Return what JSON can hold of it."""
        return {"epoch": self.epoch, "loss": self.loss if self.epoch else None}


def remembered(memory: dict[str, Any], state: list[np.ndarray]) -> Best:
    """Return what `memory` and the state were made of."""
    return Best(memory["epoch"], memory["loss"], state) if memory["epoch"] else Best()
