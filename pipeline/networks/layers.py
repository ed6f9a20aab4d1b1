"""Keras' recurrent layers with a faster loop, taken where it gives what Keras' own loop gives (tested).

Weights, arguments, masks, states and dropout are those of Keras; only the loop over time is another. An option that the
fast loop does not know (an activation without a derivative in `recurrences`, `unroll`, zeros for a masked last output)
is left to Keras.
"""

from typing import Any

import keras
import tensorflow as tf

from pipeline.networks.dropout import dropped
from pipeline.networks.recurrences import DERIVATIVES, Cell, gru, gru_before, lstm, simple
from pipeline.networks.scan import flat, scan


def _masks(cell: Any, like: Any, rate: float) -> list[Any]:
    """Return the dropout masks of a Keras cell, one for all gates or one for each, as Keras would draw them."""
    count = getattr(cell, "dropout_mask_count", 1)
    return [dropped(tf.ones_like(like), rate, cell.seed_generator) for _ in range(count)] if rate else []


def _project(sequences: Any, kernel: Any, bias: Any, masks: list[Any]) -> Any:
    """Return the inputs of all gates at every step, (timesteps, batch, gates * units), in one product.

    `masks` are those of input dropout: none, one (batch, features) for all gates, or one for each.
    """
    steps = tf.transpose(sequences, (1, 0, 2))
    parts = tf.split(kernel, len(masks), axis=1) if masks else [kernel]
    heard = [steps * mask for mask in masks] or [steps]
    projected = tf.concat([tf.matmul(flat(x), part) for x, part in zip(heard, parts, strict=True)], axis=1)
    projected = projected if bias is None else projected + bias
    return tf.reshape(projected, (*tf.unstack(tf.shape(steps)[:2]), kernel.shape[1]))


@keras.saving.register_keras_serializable("reprise")
class ForgetBias(keras.initializers.Initializer):
    """The first bias of an LSTM, (4 * units,): `value` for the forget gate, else 0."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        """Return the bias."""
        return tf.repeat(tf.constant([0.0, self.value, 0.0, 0.0], dtype or "float32"), shape[0] // 4)

    def get_config(self) -> dict[str, Any]:
        """Return what makes it again."""
        return {"value": self.value}


class _FastLoop(keras.layers.RNN):
    """The loop over time that takes the place of Keras' own."""

    def _cell(self) -> Cell | None:
        raise NotImplementedError

    @property
    def variables(self) -> list[Any]:
        """Return weights and random state as Keras does, and the states that a stateful layer carries."""
        return [*super().variables, *(self.states or [])]

    def _biases(self) -> tuple[Any, Any]:
        """Return the bias of the inputs and that of the recurrent product."""
        return self.cell.bias, None

    def _dropout(self, sequences: Any, h: Any, training: Any) -> tuple[list[Any], list[Any]]:
        if not training:
            return [], []
        inputs = _masks(self.cell, sequences[:, 0, :], self.cell.dropout)
        return inputs, _masks(self.cell, h, self.cell.recurrent_dropout)

    def _maybe_config_dropout_masks(self, *given: Any) -> None:
        """Draw no masks before it is known whether this is training: Keras draws them for a prediction too."""

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: Any = False) -> tuple[Any, Any, Any]:
        """Return (last output, outputs, states) as Keras' layers do."""
        cell = self._cell()
        zero_last = self.zero_output_for_mask and not self.return_sequences and mask is not None
        if cell is None or self.unroll or zero_last:
            super()._maybe_config_dropout_masks(self.cell, sequences[:, 0, :], initial_state)
            return super().inner_loop(sequences, initial_state, mask=mask, training=training)
        valid = None if mask is None else tf.transpose(mask)[:, :, None]
        if self.go_backwards:
            sequences = tf.reverse(sequences, [1])
            valid = None if valid is None else tf.reverse(valid, [0])
        inputs, states = self._dropout(sequences, initial_state[0], training)
        bias, recurrent_bias = self._biases()
        projected = _project(sequences, self.cell.kernel, bias, inputs)
        kernel = tf.convert_to_tensor(self.cell.recurrent_kernel)
        hidden, last = scan(
            cell, projected, kernel, recurrent_bias, states, valid, list(initial_state), self.return_sequences
        )
        if hidden is None:
            return last[0], last[0][:, None], last
        if valid is not None:  # Keras gives zeros before the first step that is not masked
            shown = valid if self.zero_output_for_mask else tf.cumsum(tf.cast(valid, tf.int32)) > 0
            hidden = tf.where(shown, hidden, 0.0)
        return last[0], tf.transpose(hidden, (1, 0, 2)), last


@keras.saving.register_keras_serializable("reprise")
class SimpleRNN(_FastLoop, keras.layers.SimpleRNN):
    """keras.layers.SimpleRNN."""

    def _cell(self) -> Cell | None:
        return simple(self.activation) if self.activation in DERIVATIVES else None


@keras.saving.register_keras_serializable("reprise")
class LSTM(_FastLoop, keras.layers.LSTM):
    """keras.layers.LSTM."""

    def _cell(self) -> Cell | None:
        known = self.activation in DERIVATIVES and self.recurrent_activation in DERIVATIVES
        return lstm(self.units, self.activation, self.recurrent_activation) if known else None


@keras.saving.register_keras_serializable("reprise")
class GRU(_FastLoop, keras.layers.GRU):
    """keras.layers.GRU."""

    def _cell(self) -> Cell | None:
        known = self.activation in DERIVATIVES and self.recurrent_activation in DERIVATIVES
        make = gru if self.reset_after else gru_before
        return make(self.units, self.activation, self.recurrent_activation) if known else None

    def _biases(self) -> tuple[Any, Any]:
        if not (self.use_bias and self.reset_after):
            return super()._biases()
        return self.cell.bias[0], self.cell.bias[1]
