"""The values of the variables of all runs of a stack: on the device while they train, on the host for one run.

One run is never read from the device by itself, nor written there: with dozens of variables and runs, so many small
copies take longer than an epoch. All values are fetched at once, and put back at once.
"""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

Values = tuple[list[Any], list[Any], list[Any]]  # of the trainable variables, of the others, of the optimizer's


class StackValues:
    """Values with an axis for the runs in front; what was changed last, on the device or on the host, counts."""

    def __init__(self, runs: Sequence[Values]) -> None:
        self._device: Values | None = None
        self._host: Values | None = jax.tree.map(lambda *leaves: np.stack(leaves), *runs)

    @property
    def device(self) -> Values:
        """The values on the device."""
        if self._device is None:
            self._device = jax.tree.map(jnp.array, self._host)  # copies: `write` changes those of the host in place
        return self._device

    def trained(self, values: Values) -> None:
        """Take values of the device that came of training."""
        self._device, self._host = values, None

    @property
    def host(self) -> Values:
        """The values on the host, fetched once until they change."""
        if self._host is None:
            self._host = jax.device_get(self._device)
        return self._host

    def read(self, place: int) -> Values:
        """Copy the values of one run."""
        found: Values = jax.tree.map(lambda leaf: np.array(leaf[place]), self.host)
        return found

    def write(self, place: int, values: Values) -> None:
        """Set the values of one run. Raises ValueError if their sizes are those of another network."""
        host: Values = jax.tree.map(lambda leaf: leaf if leaf.flags.writeable else leaf.copy(), self.host)

        def put(leaf: np.ndarray, one: Any) -> None:
            leaf[place] = np.reshape(one, leaf.shape[1:])  # one that does not fit would be broadcast

        jax.tree.map(put, host, values)
        self._device, self._host = None, host
