"""The networks that are measured, and one program that trains a stack of them, the layers being those of the project.

As `pipeline.training.stack`, which needs more libraries: Keras' stateless calls, `lax.scan` over batches, `jax.vmap`.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import keras
import numpy as np
from jax import lax
from jax import numpy as jnp

from pipeline.networks.dense import Dense
from pipeline.networks.kernel_options import Kernels
from pipeline.networks.layers import GRU, LSTM, SimpleRNN

CLASSES = 10
WAYS = ("kernel", "scan")  # of the loops over time
LAYERS: dict[str, Any] = {
    "lstm": LSTM,
    "relu": partial(SimpleRNN, activation="relu"),
    "gru": GRU,
    "gru_before": partial(GRU, reset_after=False),
}


class Work(NamedTuple):
    """Recurrent layers of so many units, then a dense layer on the last step, on batches of sequences."""

    layer: str
    units: tuple[int, ...]
    timesteps: int
    features: int
    batch: int

    @property
    def name(self) -> str:
        """Name layer, units, and timesteps x features x batch."""
        units = "+".join(map(str, self.units))
        return f"{self.layer} {units}, {self.timesteps}x{self.features}x{self.batch}"


GOAL = Work("lstm", (20,), 400, 100, 10)  # us_lstm_10_100, 29 updates an epoch
RELU = Work("relu", (20,), 391, 100, 10)
GRUS = Work("gru", (30, 30), 100, 2, 32)
BEFORE = Work("gru_before", (30, 30), 100, 2, 32)
WORKS = [GOAL, RELU, GRUS, Work("lstm", (32,), 240, 14, 128), Work("gru", (32,), 240, 14, 128)]
IMDB = Work("lstm", (32,), 500, 32, 128)


def tiny(work: Work) -> Work:
    """Make it so small that a CPU computes the kernels in the interpreter."""
    return Work(work.layer, tuple(3 + place for place, _ in enumerate(work.units)), 3, 2, 2)


def _model(work: Work, kernels: Kernels) -> Any:
    stack = [LAYERS[work.layer](n, return_sequences=place < len(work.units)) for place, n in enumerate(work.units, 1)]
    stack.append(Dense(CLASSES))
    for layer in stack:
        layer.kernels = kernels
    return keras.Sequential([keras.Input((work.timesteps, work.features), batch_size=work.batch), *stack])


class Stack:
    """So many networks with their own weights and order of rows, each from its seed; the data are shared."""

    def __init__(self, work: Work, size: int, way: str, updates: int, small: bool = False) -> None:
        self.size, self.updates, self._work, self._small = size, updates, work, small
        self.model = _model(work, Kernels(loops=way == "kernel", interpret=small))
        self.optimizer = keras.optimizers.Adam(0.001)
        self.optimizer.build(self.model.trainable_variables)
        self._lowered: Any = None
        self._program: Any = None

    def _values(self, seed: int) -> tuple[Any, ...]:
        random = np.random.default_rng(seed)
        trainable = [
            np.float32(random.standard_normal(variable.shape) / np.sqrt(2 * variable.shape[0]) * (variable.ndim > 1))
            for variable in self.model.trainable_variables
        ]
        rest = self.model.non_trainable_variables, self.optimizer.variables
        return trainable, *([np.asarray(variable.value) for variable in some] for some in rest)

    def begin(self, seeds: Sequence[int]) -> Any:
        """Draw the weights of all, stacked."""
        runs = [self._values(seed) for seed in seeds]
        return jax.tree.map(lambda *leaves: jnp.asarray(np.stack(leaves)), *runs)

    def data(self) -> tuple[Any, Any]:
        """Draw sequences and targets, the same for every stack of a work."""
        work, random = self._work, np.random.default_rng(0)
        sequences = random.standard_normal((self._rows, work.timesteps, work.features), np.float32)
        return jnp.asarray(sequences), jnp.asarray(random.integers(0, CLASSES, self._rows).astype(np.int32))

    @property
    def _rows(self) -> int:
        return max(2 * self._work.batch, 60)

    def order(self, seeds: Sequence[int], epoch: int = 0) -> Any:
        """Draw the rows of the batches of an epoch, (stack, updates, batch), for each network from its own seed."""
        shape = self.updates, self._work.batch
        rows = [np.random.default_rng([seed, epoch]).integers(0, self._rows, shape) for seed in seeds]
        return jnp.asarray(np.stack(rows).astype(np.int32))

    def _epoch(self, values: Any, data: Any, order: Any) -> Any:
        sequences, targets = data

        def loss_of(trainable: Any, others: Any, rows: Any) -> Any:
            logits, others = self.model.stateless_call(trainable, others, sequences[rows], training=True)
            losses = keras.losses.sparse_categorical_crossentropy(targets[rows], logits, from_logits=True)
            return losses.mean(), others

        def update(values: Any, rows: Any) -> Any:
            trainable, others, optimizer = values
            (loss, others), gradients = jax.value_and_grad(loss_of, has_aux=True)(trainable, others, rows)
            trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
            return (trainable, others, optimizer), loss

        return lax.scan(update, values, order)

    def lower(self) -> "Stack":
        """Trace the program, for `compile`, which other threads may do."""
        program = jax.jit(jax.vmap(self._epoch, in_axes=(0, None, 0)), donate_argnums=0)
        seeds = range(self.size)
        self._lowered = program.lower(*jax.eval_shape(lambda: (self.begin(seeds), self.data(), self.order(seeds))))
        return self

    def compile(self) -> None:
        """Compile the program."""
        options = {"xla_backend_optimization_level": 0} if self._small else None  # what is small compiles fast
        self._program = self._lowered.compile(compiler_options=options)

    def train(self, values: Any, data: Any, order: Any) -> tuple[Any, Any]:
        """Train for an epoch; the values given are used up. Returns values and losses, (stack, updates)."""
        found: tuple[Any, Any] = jax.block_until_ready(self._program(values, data, order))
        return found
