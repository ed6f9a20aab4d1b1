"""A linear recurrence h' = a h + b over all timesteps at once, in log2(timesteps) rounds.

minGRU and minLSTM are made for this (Feng et al. 2024): their a and b depend on the inputs alone. Two steps in a row
are one step of the same kind, (a, b) then (a', b') = (a' a, a' b + b'), so in round n every step takes in the 2^n steps
before it (Hillis and Steele 1986; Blelloch 1990; Martin and Cundy 2018 for recurrent networks).
"""

from typing import Any

import keras
from keras import ops


def _later(values: Any, steps: int) -> Any:
    """Shift values (timesteps, batch, units) by `steps` steps, padding the start with 0."""
    return ops.pad(values[:-steps], [[steps, 0], [0, 0], [0, 0]])


def _sums(a: Any, b: Any) -> Any:
    """Compute h after every step, starting from h = 0, so that a of the first step has no effect."""
    reach = 1
    while reach < b.shape[0]:
        b = b + a * _later(b, reach)
        a = a * _later(a, reach)  # 0 where all earlier steps are taken in
        reach *= 2
    return b


def linear_scan(a: Any, b: Any, initial: Any, cut: Any = None) -> Any:
    """Compute h after every step, (timesteps, batch, units), for h' = a h + b.

    a, b: (timesteps, batch, units), the number of steps known; initial: h before the first step, (batch, units); cut:
    as from `scan.cuts`, the steps behind which no gradient goes back, or None. On TensorFlow the gradient is such a
    scan too, from the last step to the first; JAX finds its own.
    """
    if keras.backend.backend() == "tensorflow":
        return _with_gradient(a, b, initial, cut)
    if cut is None:
        return _from(a, b, initial)
    from pipeline.networks.scan_jax import linear

    return linear(a, b, initial, cut)


def _from(a: Any, b: Any, initial: Any) -> Any:
    return _sums(a, ops.concatenate([b[:1] + a[:1] * initial, b[1:]], axis=0))


def _with_gradient(a: Any, b: Any, initial: Any, cut: Any) -> Any:
    import tensorflow as tf

    @tf.custom_gradient
    def run(a: Any, b: Any, initial: Any) -> tuple[Any, Any]:
        h = _from(a, b, initial)

        def gradient(upstream: Any) -> tuple[Any, Any, Any]:
            back = a if cut is None else tf.where(cut, tf.zeros_like(a), a)
            later = tf.concat([back[1:], tf.zeros_like(back[:1])], axis=0)
            db = tf.reverse(_sums(tf.reverse(later, [0]), tf.reverse(upstream, [0])), [0])
            return db * tf.concat([initial[None], h[:-1]], axis=0), db, back[0] * db[0]

        return h, gradient

    return run(a, b, initial)
