"""Keras' recurrent layers with a faster loop, used where it gives what Keras' own loop gives (tested).

Weights, arguments, masks, states and dropout are Keras'; only the loop over time differs. Options that the fast loop
does not support (an activation without a derivative in `recurrences`, `unroll`, zeros for a masked last output) run in
Keras' own loop.
"""

from typing import Any

import keras
from keras import ops

from pipeline.networks.loop import FastLoop
from pipeline.networks.recurrences import DERIVATIVES, Cell, gru, gru_before, lstm, simple


@keras.saving.register_keras_serializable("reprise")
class ForgetBias(keras.initializers.Initializer):
    """Initializer for the bias of an LSTM, (gates * units,): `value` for the forget gate, at `place`, 0 elsewhere."""

    def __init__(self, value: float, place: int = 1, gates: int = 4) -> None:
        self.value, self.place, self.gates = value, place, gates

    def __call__(self, shape: tuple[int, ...], dtype: Any = None) -> Any:
        each = [self.value if place == self.place else 0.0 for place in range(self.gates)]
        return ops.repeat(ops.convert_to_tensor(each, dtype or "float32"), shape[0] // self.gates)

    def get_config(self) -> dict[str, Any]:
        return {"value": self.value, "place": self.place, "gates": self.gates}


@keras.saving.register_keras_serializable("reprise")
class SimpleRNN(FastLoop, keras.layers.SimpleRNN):
    """keras.layers.SimpleRNN with the fast loop."""

    def _known(self) -> bool:
        return self.activation in DERIVATIVES

    def _cell(self) -> Cell:
        return simple(self.activation)


@keras.saving.register_keras_serializable("reprise")
class LSTM(FastLoop, keras.layers.LSTM):
    """keras.layers.LSTM with the fast loop."""

    def _known(self) -> bool:
        return self.activation in DERIVATIVES and self.recurrent_activation in DERIVATIVES

    def _cell(self) -> Cell:
        return lstm(self.units, self.activation, self.recurrent_activation)


@keras.saving.register_keras_serializable("reprise")
class GRU(FastLoop, keras.layers.GRU):
    """keras.layers.GRU with the fast loop."""

    def _known(self) -> bool:
        return self.activation in DERIVATIVES and self.recurrent_activation in DERIVATIVES

    def _cell(self) -> Cell:
        make = gru if self.reset_after else gru_before
        return make(self.units, self.activation, self.recurrent_activation)

    def _biases(self) -> tuple[Any, Any]:
        if not (self.use_bias and self.reset_after):
            return super()._biases()
        return self.cell.bias[0], self.cell.bias[1]
