"""Early stopping: the best epoch by validation loss, and how long to wait for a better."""

import json

import numpy as np
import pytest

from pipeline.training.early_stopping import Best, remembered


def follow(losses: list[float | None], patience: int) -> tuple[int, int]:
    """Return (epochs trained, best epoch)."""
    best = Best()
    for epoch, loss in enumerate(losses, 1):
        if best.better(loss):
            assert loss is not None
            best = Best(epoch, loss)
        if best.exhausted(epoch, patience):
            return epoch, best.epoch
    return len(losses), best.epoch


@pytest.mark.parametrize(
    ("losses", "patience", "expected"),
    [
        ([3, 2, 1], 1, (3, 3)),
        ([3, 2, 2, 2, 1], 2, (4, 2)),  # the same is not better
        ([3, 2, 4, 4, 1], 3, (5, 5)),
        ([3, 4, 5, 6], 0, (4, 1)),  # no patience asked for: all are trained
        ([None, 2, None, None, 1], 3, (5, 5)),
        ([None, None, None], 2, (2, 0)),
    ],
)
def test_the_epoch_it_ends_with(losses: list[float | None], patience: int, expected: tuple[int, int]) -> None:
    assert follow(losses, patience) == expected


@pytest.mark.parametrize("best", [Best(), Best(4, 0.25, [np.ones(2)])])
def test_it_can_be_kept_in_a_checkpoint(best: Best) -> None:
    memory = json.loads(json.dumps(best.memory(), allow_nan=False))
    assert remembered(memory, best.state) == best
