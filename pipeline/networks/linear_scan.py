"""A linear recurrence h' = a h + b over all timesteps at once, in as many rounds as the logarithm of their number.

What minGRU and minLSTM are for (Feng et al. 2024): their a and b depend on the inputs alone. Two steps after each other
are one step of the same kind, (a, b) then (a', b') = (a' a, a' b + b'), so in round n every step takes in the 2^n steps
before it (Hillis and Steele 1986; Blelloch 1990; Martin and Cundy 2018 for recurrent networks).
"""

from typing import Any

import tensorflow as tf


def _later(values: Any, steps: int) -> Any:
    """Return values (timesteps, batch, units) so many steps later; before them 0."""
    return tf.pad(values[:-steps], [[steps, 0], [0, 0], [0, 0]])


def _sums(a: Any, b: Any) -> Any:
    """Return h after every step, from h = 0, where a (of the first step) has no part."""
    reach = 1
    while reach < b.shape[0]:
        b = b + a * _later(b, reach)
        a = a * _later(a, reach)  # 0 where all steps are taken in
        reach *= 2
    return b


def linear_scan(a: Any, b: Any, initial: Any, cut: Any = None) -> Any:
    """Return h after every step, (timesteps, batch, units), of h' = a h + b.

    a, b: (timesteps, batch, units), the number of steps known; initial: h before the first step, (batch, units); cut:
    as `scan.cuts` gives them, behind which steps no gradient goes back, or None. Its gradient is such a scan too, from
    the last step to the first.
    """

    @tf.custom_gradient
    def run(a: Any, b: Any, initial: Any) -> tuple[Any, Any]:
        h = _sums(a, tf.concat([b[:1] + a[:1] * initial, b[1:]], axis=0))

        def gradient(upstream: Any) -> tuple[Any, Any, Any]:
            back = a if cut is None else tf.where(cut, tf.zeros_like(a), a)
            later = tf.concat([back[1:], tf.zeros_like(back[:1])], axis=0)
            db = tf.reverse(_sums(tf.reverse(later, [0]), tf.reverse(upstream, [0])), [0])
            return db * tf.concat([initial[None], h[:-1]], axis=0), db, back[0] * db[0]

        return h, gradient

    return run(a, b, initial)
