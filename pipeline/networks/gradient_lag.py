"""How far back the gradient of a network reaches: the norm of the gradient of its output by the age of the input.

What the documents say about vanishing gradients (000, 002, 003) concerns this curve (Hochreiter 1991; Bengio et al.
1994).
"""

from typing import Any

import numpy as np

from pipeline.networks.calls import values_of


def gradient_by_lag(model: Any, sequences: np.ndarray) -> np.ndarray:
    """Compute the norm of d(output)/d(input k steps before the last), averaged over rows, (timesteps,) from k = 0.

    sequences: (rows, timesteps, features) float32, the only input of the model.
    """
    gradient = _gradient(model, sequences).astype(np.float64)
    norms: np.ndarray = np.linalg.norm(gradient, axis=2).mean(axis=0)
    return norms[::-1].copy()


def _gradient(model: Any, sequences: np.ndarray) -> np.ndarray:
    """Compute the gradient of the sum of the outputs by the inputs, (rows, timesteps, features)."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        def total(steps: Any, *values: Any) -> Any:
            return model.stateless_call(*values, [steps], training=False)[0].sum()

        return np.asarray(jax.jit(jax.grad(total))(sequences, *values_of(model)))
    import tensorflow as tf

    steps = tf.constant(sequences)
    with tf.GradientTape() as tape:
        tape.watch(steps)
        outputs = tf.reduce_sum(model([steps], training=False))
    found: np.ndarray = tape.gradient(outputs, steps).numpy()
    return found


def oldest_to_newest(norms: np.ndarray) -> float:
    """Divide the mean norm over the oldest quarter of the steps by that over the newest quarter."""
    quarter = len(norms) // 4
    near = float(norms[:quarter].mean())
    return float(norms[-quarter:].mean()) / near if near else 0.0
