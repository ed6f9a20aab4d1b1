"""Early stopping: the weights of the epoch with the lowest validation loss, and when to stop looking."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Best:
    """The best epoch so far and its state. Its validation loss is in nats; epoch 0 means none yet."""

    epoch: int = 0
    loss: float = float("inf")
    state: list[np.ndarray] = field(default_factory=list)

    def better(self, loss: float | None) -> bool:
        """Check whether an epoch with this validation loss is the best so far; one without a loss never is."""
        return loss is not None and loss < self.loss

    def exhausted(self, epoch: int, patience: int) -> bool:
        """Check whether `patience` epochs have passed without an improvement; patience 0 never runs out."""
        return bool(patience) and epoch - self.epoch >= patience

    def memory(self) -> dict[str, Any]:
        """Return the part that JSON can hold."""
        return {"epoch": self.epoch, "loss": self.loss if self.epoch else None}


def remembered(memory: dict[str, Any], state: list[np.ndarray]) -> Best:
    """Rebuild a `Best` from its `memory` and its state."""
    return Best(memory["epoch"], memory["loss"], state) if memory["epoch"] else Best()
