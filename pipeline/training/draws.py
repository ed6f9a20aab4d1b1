"""Random numbers for one update of a run, from the run's seed and the number of the update, so that runs can resume."""

from typing import Any

import keras
from keras import ops

_MOST = 64  # draws in one update
_PLACES = 2**24  # as many as float32 tells apart; drawn as integers, as only these are the same with and without XLA


class Draws:
    """New numbers at each call, determined by the seed, the update and the number of the call."""

    def __init__(self, seed: Any, update: Any) -> None:
        self._seed, self._update, self._place = ops.cast(seed, "int32"), ops.cast(update, "int32"), 0

    def uniform(self, *shape: Any) -> Any:
        """Draw numbers from 0 (inclusive) to 1 (exclusive)."""
        number = self._update * _MOST + self._place
        self._place += 1
        return ops.cast(_places(self._seed, number, shape), "float32") / _PLACES

    def up_or_down(self, *shape: Any) -> Any:
        """Draw numbers from -1 to 1."""
        return 2 * self.uniform(*shape) - 1


def _places(seed: Any, number: Any, shape: tuple[Any, ...]) -> Any:
    """Draw whole numbers below `_PLACES`, the same for the same seed and number; others on each backend."""
    if keras.backend.backend() == "jax":
        import jax

        key = jax.random.fold_in(jax.random.key(seed), number)
        return jax.random.randint(key, shape, 0, _PLACES, "int32")
    import tensorflow as tf

    return tf.random.stateless_uniform(shape, tf.stack([seed, number]), 0, _PLACES, tf.int32, alg="philox")
