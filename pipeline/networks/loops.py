"""What the loops over time of both engines share: the weights of a cell, their products, and where gradients end."""

from typing import Any, NamedTuple

from keras import ops

from pipeline.networks.arrays import reverse_cumsum, split
from pipeline.networks.products import Recurrent
from pipeline.networks.projection import Projection
from pipeline.networks.recurrences import Cell

FEW = 4  # timesteps; unrolling more is slow to compile


class Weights(NamedTuple):
    """The weights of a cell other than the kernel of its inputs.

    kernel: (width of the state, gates * units), for the state of the previous step; bias: (gates * units,), added to
    this product; gain: (gates * units,), for normalising this product; peepholes: (gates with one, units). All but the
    kernel may be None.
    """

    kernel: Any
    bias: Any = None
    gain: Any = None
    peepholes: Any = None


class Loop(NamedTuple):
    """A cell over time, and all that it is given.

    masks: as in `Recurrent`; valid: (timesteps, batch, 1) boolean, or None for no mask; initial: the states before the
    first step, each (batch, its width), the last one (batch, units). A masked step leaves the states unchanged.
    sequences: whether h after every step is wanted.

    With a `truncation` no gradient goes back behind every `truncation`-th step, counted from the last one of each row:
    a loss at the end reaches that many steps (truncated backpropagation; Williams and Peng 1990).
    """

    cell: Cell
    projection: Projection
    weights: Weights
    masks: list[Any]
    valid: Any
    initial: list[Any]
    sequences: bool
    truncation: int = 0

    @property
    def units(self) -> int:
        """The width of h."""
        return int(self.initial[-1].shape[1])

    def cuts(self, timesteps: Any) -> Any:
        """Mark the steps behind which no gradient goes back; see `cuts`."""
        return cuts(timesteps, self.valid, self.truncation)


def thin(batch: int | None, timesteps: int | None) -> bool:
    """Check for a batch of one row and few steps: then a whole epoch can be one kernel (`training/compiled.py`)."""
    return batch == 1 and timesteps is not None and timesteps <= FEW


def products_of(
    cell: Cell, weights: Weights, masks: list[Any], units: int, thin: bool, summed: bool = False
) -> list[Recurrent]:
    """Build the product with h and, if the last gate sees another state, the product with that (see `Recurrent`)."""
    kernel, bias, gain, _ = weights
    if cell.candidate_state is None:
        return [Recurrent(kernel, bias, gain, masks, units, thin, summed)]
    sizes = [kernel.shape[1] - units, units]
    first, last = split(kernel, sizes)
    gains = [None, None] if gain is None else split(gain, sizes)
    return [
        Recurrent(first, None, gains[0], masks[:-1], units, thin, summed),
        Recurrent(last, None, gains[1], masks[-1:], units, thin, summed),
    ]


def cuts(timesteps: Any, valid: Any, truncation: int) -> Any:
    """Mark the steps behind which no gradient goes back, (timesteps, batch or 1, 1) boolean; None if there are none.

    That is every `truncation`-th step, counted from the last unmasked one of each row.
    """
    if not truncation:
        return None
    there = ops.ones((timesteps, 1, 1), "bool") if valid is None else valid
    age = reverse_cumsum(ops.cast(there, "int32"))
    return ops.logical_and(there, ops.equal(age % truncation, 0))
