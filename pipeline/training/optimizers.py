"""The optimizers: Keras' own, and those of the documents' code where they differ from today's."""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
from keras import ops

from pipeline.spec.optimizer import Optimizer


@keras.saving.register_keras_serializable("reprise")
class TextbookAdam(keras.optimizers.Adam):
    """Adam as in algorithm 1 of its paper and in the documents' code: epsilon is added to the bias-corrected deviation.

    Keras adds it before the correction, which makes it up to 30 times larger in the first updates.
    """

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        slot = self._get_variable_index(variable)
        step = ops.cast(self.iterations + 1, variable.dtype)
        momentum, velocity = self._momentums[slot], self._velocities[slot]
        momentum.assign(self.beta_1 * momentum + (1 - self.beta_1) * gradient)
        velocity.assign(self.beta_2 * velocity + (1 - self.beta_2) * ops.square(gradient))
        mean = momentum / (1 - self.beta_1**step)
        deviation = ops.sqrt(velocity / (1 - self.beta_2**step))
        variable.assign_sub(learning_rate * mean / (deviation + self.epsilon))


@keras.saving.register_keras_serializable("reprise")
class Keras2RMSprop(keras.optimizers.RMSprop):
    """RMSprop as in Keras when document 002 was written: epsilon is added to the root, not under it.

    Today's 1e-7 under the root sets a floor of 3e-4, which holds back weights with small gradients, such as embeddings.
    """

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        velocity = self._velocities[self._get_variable_index(variable)]
        velocity.assign(self.rho * velocity + (1 - self.rho) * ops.square(gradient))
        variable.assign_sub(learning_rate * gradient / (ops.sqrt(velocity) + self.epsilon))


OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "adam": keras.optimizers.Adam,
    "textbook_adam": partial(TextbookAdam, epsilon=1e-8),
    "rmsprop": keras.optimizers.RMSprop,
    "keras2_rmsprop": Keras2RMSprop,
    "adagrad": keras.optimizers.Adagrad,
    "nesterov": partial(keras.optimizers.SGD, momentum=0.9, nesterov=True),
    "sgd": keras.optimizers.SGD,
}
WARM_UP = 0.1  # share of the updates in which the rate of a cosine schedule rises


def learning_rate(options: Optimizer, updates: int) -> Any:
    """Make the learning rate: a number, or a schedule over `updates` updates (Loshchilov and Hutter 2017)."""
    if options.schedule == "constant":
        return options.learning_rate
    rising = max(1, int(WARM_UP * updates))
    return keras.optimizers.schedules.CosineDecay(
        0.0, updates - rising, warmup_target=options.learning_rate, warmup_steps=rising
    )


def make_optimizer(options: Optimizer, updates: int = 1) -> Any:
    """Make the Keras optimizer for a run of `updates` updates, with Keras' defaults for what the options do not set.

    Weight decay does not apply to biases and gains (Loshchilov and Hutter 2019, AdamW).
    """
    more: dict[str, Any] = {}
    if options.weight_decay:
        more["weight_decay"] = options.weight_decay
    if options.global_clipnorm:
        more["global_clipnorm"] = options.global_clipnorm
    if options.ema_momentum:
        more |= {"use_ema": True, "ema_momentum": options.ema_momentum}
    found = OPTIMIZERS[options.name](learning_rate(options, updates), **more)
    if options.weight_decay:
        found.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return found
