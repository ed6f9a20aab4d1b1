"""Random numbers for one update of a run, from the run's seed and the number of the update, so that runs can resume."""

from typing import Any

import tensorflow as tf

_MOST = 64  # draws in one update
_PLACES = 2**24  # as many as float32 tells apart; drawn as integers, as only these are the same with and without XLA


class Draws:
    """New numbers at each call, determined by the seed, the update and the number of the call."""

    def __init__(self, seed: Any, update: Any) -> None:
        self._seed, self._update, self._place = tf.cast(seed, tf.int32), tf.cast(update, tf.int32), 0

    def uniform(self, *shape: Any) -> Any:
        """Draw numbers from 0 (inclusive) to 1 (exclusive)."""
        key = tf.stack([self._seed, self._update * _MOST + self._place])
        self._place += 1
        places = tf.random.stateless_uniform(shape, key, 0, _PLACES, tf.int32, alg="philox")
        return tf.cast(places, tf.float32) / _PLACES

    def up_or_down(self, *shape: Any) -> Any:
        """Draw numbers from -1 to 1."""
        return 2 * self.uniform(*shape) - 1
