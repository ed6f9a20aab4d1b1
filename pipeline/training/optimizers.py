"""The optimizers: those of the documents' code where they differ from today's, and Keras' own."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from pipeline.experiments import Experiment


@keras.saving.register_keras_serializable("reprise")
class TextbookAdam(keras.optimizers.Adam):
    """Adam as its paper's algorithm 1 and the documents' code have it: epsilon is added to the corrected deviation.

    Keras adds it before the correction, which makes it up to 30 times larger in the first updates.
    """

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update one variable."""
        slot = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, variable.dtype)
        momentum, velocity = self._momentums[slot], self._velocities[slot]
        momentum.assign(self.beta_1 * momentum + (1 - self.beta_1) * gradient)
        velocity.assign(self.beta_2 * velocity + (1 - self.beta_2) * tf.square(gradient))
        mean = momentum / (1 - self.beta_1**step)
        deviation = tf.sqrt(velocity / (1 - self.beta_2**step))
        variable.assign_sub(learning_rate * mean / (deviation + self.epsilon))


@keras.saving.register_keras_serializable("reprise")
class Keras2RMSprop(keras.optimizers.RMSprop):
    """RMSprop as Keras had it when document 002 was written: epsilon is added to the root and not below it.

    Today's 1e-7 below the root is a floor of 3e-4 under it, which holds back weights with small gradients: embeddings.
    """

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update one variable."""
        velocity = self._velocities[self._get_variable_index(variable)]
        velocity.assign(self.rho * velocity + (1 - self.rho) * tf.square(gradient))
        variable.assign_sub(learning_rate * gradient / (tf.sqrt(velocity) + self.epsilon))


OPTIMIZERS: dict[str, Callable[[float], Any]] = {
    "adam": lambda rate: keras.optimizers.Adam(rate),
    "textbook_adam": lambda rate: TextbookAdam(rate, epsilon=1e-8),
    "rmsprop": lambda rate: keras.optimizers.RMSprop(rate),
    "keras2_rmsprop": lambda rate: Keras2RMSprop(rate),
    "adagrad": lambda rate: keras.optimizers.Adagrad(rate),
    "nesterov": lambda rate: keras.optimizers.SGD(rate, momentum=0.9, nesterov=True),
    "sgd": lambda rate: keras.optimizers.SGD(rate),
}


def optimizer_of(experiment: Experiment) -> Any:
    """Return the optimizer of an experiment, with the defaults of Keras but for the learning rate."""
    return OPTIMIZERS[experiment.optimizer](experiment.learning_rate)
