"""Recurrent layers that Keras lacks, on Keras' own base class, which handles masks, states and saving."""

from typing import Any

import keras
from keras import ops

from pipeline.networks.arrays import split
from pipeline.networks.linear_scan import linear_scan
from pipeline.networks.loop import FastLoop
from pipeline.networks.loops import cuts
from pipeline.networks.peephole_lstm import full_recurrence, peephole_lstm
from pipeline.networks.projection import Projection
from pipeline.networks.recurrences import Cell, mgu
from pipeline.spec.cells import CELLS


@keras.saving.register_keras_serializable("reprise")
class CustomCell(keras.layers.Layer):
    """The weights of a cell described in `spec/cells.py`; `CustomRNN` and `ParallelRNN` run it.

    kernel (features, gates * units), bias (gates * units,) and, where the cell has them, recurrent_kernel
    (units, gates * units), peepholes (gates with one, units), initially 0, and between (3 * units, 3 * units).
    """

    def __init__(
        self,
        variant: str,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.variant, self.spec, self.units, self.output_size = variant, CELLS[variant], units, units
        self.activation = keras.activations.get(activation)
        self.recurrent_activation = keras.activations.get(recurrent_activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = keras.regularizers.get(recurrent_regularizer)
        self.dropout, self.recurrent_dropout, self.seed = dropout, recurrent_dropout, seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.dropout_mask_count = len(self.spec.gates) if recurrent_dropout else 1  # as in Keras' cells
        first = 4 * units if self.spec.between else units  # h, followed by the gates
        self.state_size = [first, units] if self.spec.layer == "lstm" else [first]

    def build(self, shape: Any) -> None:
        """Create the weights for inputs (batch, features)."""
        spec, units, width = self.spec, self.units, len(self.spec.gates) * self.units
        recurrent = {"initializer": self.recurrent_initializer, "regularizer": self.recurrent_regularizer}
        kernel = {"initializer": self.kernel_initializer, "regularizer": self.kernel_regularizer}
        self.kernel = self.add_weight(shape=(shape[-1], width), name="kernel", **kernel)
        self.recurrent_kernel = self.peepholes = self.between = None
        if spec.recurrent:
            self.recurrent_kernel = self.add_weight(shape=(units, width), name="recurrent_kernel", **recurrent)
        self.bias = self.add_weight(shape=(width,), initializer=self.bias_initializer, name="bias")
        if spec.peepholes:
            shape = (len(spec.peepholes), units)
            self.peepholes = self.add_weight(shape=shape, initializer="zeros", name="peepholes")
        if spec.between:
            self.between = self.add_weight(shape=(3 * units, 3 * units), name="between", **recurrent)

    def get_config(self) -> dict[str, Any]:
        made = {
            "activation": keras.activations,
            "recurrent_activation": keras.activations,
            "kernel_initializer": keras.initializers,
            "recurrent_initializer": keras.initializers,
            "bias_initializer": keras.initializers,
            "kernel_regularizer": keras.regularizers,
            "recurrent_regularizer": keras.regularizers,
        }
        plain = {name: getattr(self, name) for name in ("variant", "units", "dropout", "recurrent_dropout", "seed")}
        return {**super().get_config(), **plain, **{n: kind.serialize(getattr(self, n)) for n, kind in made.items()}}


@keras.saving.register_keras_serializable("reprise")
class CustomRNN(FastLoop):
    """A vanilla LSTM with peepholes, one of its variants, or an MGU, depending on its `CustomCell`."""

    def _cell(self) -> Cell:
        cell = self.cell
        if cell.variant == "mgu":
            return mgu(cell.units, cell.activation, cell.recurrent_activation)
        return peephole_lstm(cell.activation, cell.recurrent_activation, cell.variant)

    def _recurrent_kernel(self) -> Any:
        kernel, between = self.cell.recurrent_kernel, self.cell.between
        if between is None:
            return kernel
        return full_recurrence(ops.convert_to_tensor(kernel), ops.convert_to_tensor(between))


@keras.saving.register_keras_serializable("reprise")
class ParallelRNN(FastLoop):
    """minGRU and minLSTM (Feng et al. 2024, "Were RNNs All We Needed?", section 3): no gate sees h.

    minGRU: z = gate(x W_z + b_z), n = x W_n + b_n, h' = (1 - z) h + z n.
    minLSTM: f = gate(x W_f + b_f), i = gate(x W_i + b_i), n = x W_n + b_n, h' = (f h + i n) / (f + i).
    So all steps are computed at once (see `linear_scan`). The number of timesteps must be known.
    """

    def _recurrent_kernel(self) -> None:
        return None

    def _left_to_keras(self, mask: Any) -> bool:
        return False

    def _coefficients(self, projected: Any) -> tuple[Any, Any]:
        """Compute a and b of h' = a h + b at every step."""
        gate = self.cell.recurrent_activation
        if self.cell.variant == "min_gru":
            z, n = split(projected, 2)
            return 1 - gate(z), gate(z) * n
        both, n = split(projected, [2 * self.cell.units, self.cell.units])
        f, i = split(gate(both), 2)
        return f / (f + i), i / (f + i) * n

    def _over_time(
        self, projection: Projection, masks: list[Any], valid: Any, initial: list[Any]
    ) -> tuple[Any, list[Any]]:
        a, b = self._coefficients(projection.every())
        if valid is not None:
            a, b = ops.where(valid, a, ops.ones_like(a)), ops.where(valid, b, ops.zeros_like(b))
        hidden = linear_scan(a, b, initial[0], cuts(a.shape[0], valid, self.tbptt_steps))
        return hidden if self.return_sequences else None, [hidden[-1]]
