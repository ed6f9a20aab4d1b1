"""Keras' Embedding, on a GPU with a gradient that adds up the rows of an id in a fixed order."""

from typing import Any

import keras
from keras import ops

from pipeline.networks.kernel_options import Kernels, of_machine


@keras.saving.register_keras_serializable("reprise")
class Embedding(keras.layers.Embedding):
    """keras.layers.Embedding; `kernels` is that of `loop.FastLoop`."""

    kernels: Kernels | None = None

    def call(self, inputs: Any) -> Any:
        """Read the vector of each id, (..., output_dim)."""
        if not (self.kernels or of_machine()).on:
            return super().call(inputs)
        from pipeline.networks import kernel_embedding

        return kernel_embedding.take(ops.convert_to_tensor(self.embeddings), ops.cast(inputs, "int32"))
