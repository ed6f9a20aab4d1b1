"""Keras' Dense, on a GPU with a product whose bits do not depend on the size of a stack of runs."""

from typing import Any

import keras
from keras import ops

from pipeline.networks.kernel_options import Kernels, of_machine
from pipeline.networks.products import product


@keras.saving.register_keras_serializable("reprise")
class Dense(keras.layers.Dense):
    """keras.layers.Dense; `kernels` is that of `loop.FastLoop`."""

    kernels: Kernels | None = None

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Multiply the last axis of the inputs by the kernel, add the bias, and apply the activation."""
        if not (self.kernels or of_machine()).on:
            return super().call(inputs, training=training)
        rows = ops.reshape(inputs, (-1, inputs.shape[-1]))
        outputs = product(rows, ops.convert_to_tensor(self.kernel), self.kernels)
        outputs = ops.reshape(outputs, (*ops.shape(inputs)[:-1], self.units))
        return self.activation(outputs if self.bias is None else outputs + self.bias)
