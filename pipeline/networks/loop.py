"""The loop over time that replaces Keras' own in its recurrent layers, and runs those that Keras lacks."""

from typing import Any

import keras
from keras import ops

from pipeline.networks.dropout import dropped
from pipeline.networks.kernel_options import Kernels
from pipeline.networks.layer_norm import centred
from pipeline.networks.loops import Loop, Weights
from pipeline.networks.projection import Projection
from pipeline.networks.recurrences import Cell
from pipeline.networks.scan import scan


def _masks(cell: Any, like: Any, rate: float) -> list[Any]:
    """Draw the dropout masks of a Keras cell, one for all gates or one per gate, as Keras would."""
    count = getattr(cell, "dropout_mask_count", 1)
    return [dropped(ops.ones_like(like), rate, cell.seed_generator) for _ in range(count)] if rate else []


def _tensor(weight: Any) -> Any:
    return None if weight is None else ops.convert_to_tensor(weight)


class FastLoop(keras.layers.RNN):
    """A Keras recurrent layer with another loop and two extra options.

    layer_norm: normalise the products with the inputs and with the previous step (see `layer_norm.py`).
    tbptt_steps: how many steps the gradient goes back, counted from the last one of each row; 0 for all (see
    `loops.Loop`).

    `kernels`, set on a layer, says how those of JAX are built, instead of what the machine has.
    """

    kernels: Kernels | None = None

    def __init__(self, *given: Any, layer_norm: bool = False, tbptt_steps: int = 0, **options: Any) -> None:
        super().__init__(*given, **options)
        self.layer_norm, self.tbptt_steps = layer_norm, tbptt_steps
        self.input_gain = self.recurrent_gain = None

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Create the weights of the cell, and the gains of layer normalisation."""
        super().build(sequences_shape, initial_state_shape)
        if self.layer_norm:
            width = self.cell.kernel.shape[1]
            self.input_gain = self.add_weight(shape=(width,), initializer="ones", name="input_gain")
            if self._recurrent_kernel() is not None:
                self.recurrent_gain = self.add_weight(shape=(width,), initializer="ones", name="recurrent_gain")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "layer_norm": self.layer_norm, "tbptt_steps": self.tbptt_steps}

    def _cell(self) -> Cell:
        raise NotImplementedError

    def _known(self) -> bool:
        """Tell whether the fast loop supports the cell."""
        return True

    @property
    def variables(self) -> list[Any]:
        """Keras' own weights and random state, and the states that a stateful layer carries."""
        return [*super().variables, *(self.states or [])]

    def _recurrent_kernel(self) -> Any:
        """Return the kernel that the first state is multiplied with, (width of the state, gates * units), or None."""
        return self.cell.recurrent_kernel

    def _biases(self) -> tuple[Any, Any]:
        """Return the biases of the input product and of the recurrent product."""
        return self.cell.bias, None

    def _dropout(self, sequences: Any, h: Any, training: Any) -> tuple[list[Any], list[Any]]:
        if not training:
            return [], []
        inputs = _masks(self.cell, sequences[:, 0, :], self.cell.dropout)
        return inputs, _masks(self.cell, h, self.cell.recurrent_dropout)

    def _maybe_config_dropout_masks(self, *given: Any) -> None:
        """Draw no masks here, before it is known whether this is training: Keras draws them for predictions too."""

    def _left_to_keras(self, mask: Any) -> bool:
        zero_last = self.zero_output_for_mask and not self.return_sequences and mask is not None
        return not self._known() or self.unroll or zero_last

    def _keras_loop(self, sequences: Any, initial_state: Any, mask: Any, training: Any) -> Any:
        if self.layer_norm or self.tbptt_steps:
            raise ValueError(f"{self.name}: Keras' own loop has neither layer normalisation nor truncation")
        super()._maybe_config_dropout_masks(self.cell, sequences[:, 0, :], initial_state)
        return super().inner_loop(sequences, initial_state, mask=mask, training=training)

    def _over_time(
        self, projection: Projection, masks: list[Any], valid: Any, initial: list[Any]
    ) -> tuple[Any, list[Any]]:
        """Run `scan` over the inputs."""
        kernel, gain = _tensor(self._recurrent_kernel()), _tensor(self.recurrent_gain)
        kernel = kernel if gain is None else centred(kernel, self.cell.output_size)
        weights = Weights(kernel, self._biases()[1], gain, _tensor(getattr(self.cell, "peepholes", None)))
        cell, options = self._cell(), (self.return_sequences, self.tbptt_steps)
        return scan(Loop(cell, projection, weights, masks, valid, initial, *options), self.kernels)

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: Any = False) -> tuple[Any, Any, Any]:
        """Return (last output, outputs, states) as Keras' layers do."""
        if self._left_to_keras(mask):
            return self._keras_loop(sequences, initial_state, mask, training)
        valid = None if mask is None else ops.transpose(mask)[:, :, None]
        if self.go_backwards:
            sequences = ops.flip(sequences, axis=1)
            valid = None if valid is None else ops.flip(valid, axis=0)
        inputs, states = self._dropout(sequences, initial_state[0], training)
        units, bias = self.cell.output_size, self._biases()[0]
        steps = ops.transpose(sequences, (1, 0, 2))
        projection = Projection(steps, self.cell.kernel, bias, self.input_gain, units, inputs, self.kernels)
        hidden, last = self._over_time(projection, states, valid, list(initial_state))
        h = last[0][:, :units]  # the rest of the first state is not an output
        if hidden is None:
            return h, h[:, None], last
        hidden = hidden[:, :, :units]
        if valid is not None:  # Keras gives zeros before the first step that is not masked
            shown = valid if self.zero_output_for_mask else ops.cumsum(ops.cast(valid, "int32"), axis=0) > 0
            hidden = ops.where(shown, hidden, 0.0)
        return h, ops.transpose(hidden, (1, 0, 2)), last
