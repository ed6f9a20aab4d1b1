"""JAX: `lax.scan` for the recurrence and the loop over batches, so that the whole epoch is one compiled function."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from benchmarks.work import BETA_1, BETA_2, EPSILON, LEARNING_RATE, Data


def _lstm(weights: Any, state: Any, inputs: Any) -> tuple[Any, None]:
    kernel, recurrent, bias = weights[:3]
    h, c = state
    i, f, g, o = jnp.split(inputs @ kernel + h @ recurrent + bias, 4, axis=-1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None


def _gru(weights: Any, state: Any, inputs: Any) -> tuple[Any, None]:
    kernel, recurrent, bias = weights[:3]
    h = state[0]
    xz, xr, xn = jnp.split(inputs @ kernel + bias[0], 3, axis=-1)
    hz, hr, hn = jnp.split(h @ recurrent + bias[1], 3, axis=-1)
    z = jax.nn.sigmoid(xz + hz)
    return (z * h + (1 - z) * jnp.tanh(xn + jax.nn.sigmoid(xr + hr) * hn),), None


_CELLS: dict[str, tuple[Callable[..., Any], int]] = {"lstm": (_lstm, 2), "gru": (_gru, 1)}  # with the number of states


def _loss(weights: Any, sequences: Any, targets: Any, cell: str) -> Any:
    """Compute the mean cross-entropy of a batch. `sequences`: (batch, timesteps, features)."""
    step, states = _CELLS[cell]
    zeros = jnp.zeros((len(sequences), weights[1].shape[0]))
    state, _ = lax.scan(partial(step, weights), (zeros,) * states, sequences.swapaxes(0, 1))
    logits = jax.nn.log_softmax(state[0] @ weights[3] + weights[4])
    return -jnp.take_along_axis(logits, targets[:, None], axis=1).mean()


def _adam(count: Any, weight: Any, mean: Any, square: Any, gradient: Any) -> tuple[Any, Any, Any]:
    mean = BETA_1 * mean + (1 - BETA_1) * gradient
    square = BETA_2 * square + (1 - BETA_2) * gradient**2
    deviation = jnp.sqrt(square / (1 - BETA_2**count)) + EPSILON
    return weight - LEARNING_RATE * mean / (1 - BETA_1**count) / deviation, mean, square


@partial(jax.jit, static_argnames="cell", donate_argnums=0)
def _epoch(state: Any, store: Any, rows: Any, cell: str) -> tuple[Any, Any]:
    """Train on rows (steps, batch). `state`: the number of steps done, the weights and Adam's two moments."""
    sequences, targets = store

    def step(state: Any, batch: Any) -> tuple[Any, Any]:
        count, *kept = state
        loss, gradients = jax.value_and_grad(_loss)(kept[0], sequences[batch], targets[batch], cell)
        updated = [_adam(count + 1, *values) for values in zip(*kept, gradients, strict=True)]
        return (count + 1, *(list(values) for values in zip(*updated, strict=True))), loss

    state, losses = lax.scan(step, state, rows)
    return state, losses.mean()


class Jax:
    """Calls the compiled epoch, carrying over its state from call to call."""

    def prepare(self, data: Data) -> None:
        """Move data and weights to JAX; see Peer."""
        self._cell = data.work.cell
        self._store = jnp.asarray(data.sequences), jnp.asarray(data.targets)
        moments = [[jnp.zeros(weight.shape) for weight in data.weights] for _ in range(2)]
        self._state = (jnp.zeros(()), [jnp.asarray(weight) for weight in data.weights], *moments)

    def arrange(self, rows: np.ndarray) -> None:
        """Keep the rows; see Peer."""
        self._rows = jnp.asarray(rows)

    def train(self) -> float:
        """Train an epoch; see Peer."""
        self._state, loss = _epoch(self._state, self._store, self._rows, self._cell)
        return float(loss)


def peer() -> Jax:
    """Create the peer."""
    return Jax()
