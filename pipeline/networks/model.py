"""The Keras model of an experiment: front end, recurrent layers, and the read-out of their last step.

Sequences of different lengths are padded on the right and masked by their lengths, which equals the documents' loop:
the output is taken at each sequence's own last step, and the gradient enters only there.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras

from pipeline.networks import layers
from pipeline.networks.activations import old_hard_sigmoid
from pipeline.networks.custom_layers import CustomCell, CustomRNN, ParallelRNN
from pipeline.networks.dense import Dense
from pipeline.networks.dropout import Dropout
from pipeline.networks.frontend import ConvolvedLengths, frontend_layers, sequences_input
from pipeline.networks.initial_weights import seed_of
from pipeline.networks.initializers import kernel_initializer, recurrent_initializers
from pipeline.networks.pooling import MeanMaxPooling, MeanStdPooling
from pipeline.spec.cells import CELLS, PEEPHOLE_LSTMS, layer_name
from pipeline.spec.data import Data
from pipeline.spec.network import Network

Body = Callable[[Any, Any], Any]  # steps (batch, timesteps, features) and their mask or None, to (batch, units)
_GATES = {"sigmoid": keras.activations.sigmoid, "hard_sigmoid": old_hard_sigmoid}


@keras.saving.register_keras_serializable("reprise")
class StepMask(keras.layers.Layer):
    """Turn lengths (batch,) into a mask (batch, timesteps), true up to the end of each sequence."""

    def call(self, sequences: Any, lengths: Any) -> Any:
        steps = keras.ops.arange(sequences.shape[1])
        return steps[None, :] < keras.ops.cast(lengths, steps.dtype)[:, None]

    def compute_output_spec(self, sequences: Any, lengths: Any) -> Any:
        return keras.KerasTensor(sequences.shape[:2], dtype="bool")


def _relu_rnn(network: Network, options: dict[str, Any]) -> Any:
    """h = relu([x, h] W + b) (protocols, section 3)."""
    return layers.SimpleRNN(**options | {"activation": "relu"})


def _rnn(network: Network, options: dict[str, Any]) -> Any:
    """h = tanh([x, h] W + b), Keras' SimpleRNN (document 002)."""
    return layers.SimpleRNN(**options)


def _lstm(network: Network, options: dict[str, Any]) -> Any:
    """An LSTM without peepholes, h = o tanh(c)."""
    bias = layers.ForgetBias(network.recurrent.forget_bias)
    gates = {"recurrent_activation": _GATES[network.recurrent.recurrent_activation]}
    return layers.LSTM(**options, **gates, unit_forget_bias=False, bias_initializer=bias)


def _gru(network: Network, options: dict[str, Any]) -> Any:
    """A GRU, the reset gate after the product (Cho et al. 2014, second version) or before it (first; document 002)."""
    gates = {"recurrent_activation": _GATES[network.recurrent.recurrent_activation]}
    return layers.GRU(**options, **gates, reset_after=network.variant == "gru")


def _custom(network: Network, options: dict[str, Any]) -> Any:
    """A cell that Keras lacks: see `peephole_lstm`, `recurrences.mgu`, `custom_layers.ParallelRNN`."""
    spec = CELLS[network.variant]
    place, gates = spec.gates.find("f"), len(spec.gates)
    bias = layers.ForgetBias(network.recurrent.forget_bias, place, gates) if spec.forgets else "zeros"
    of_layer = {name: options[name] for name in _OF_LAYER if name in options}
    of_cell = {name: value for name, value in options.items() if name not in of_layer}
    gate = _GATES[network.recurrent.recurrent_activation]
    cell = CustomCell(network.variant, **of_cell, recurrent_activation=gate, bias_initializer=bias)
    return (CustomRNN if spec.recurrent else ParallelRNN)(cell, **of_layer)


LAYERS: dict[str, Callable[[Network, dict[str, Any]], Any]] = {
    "relu_rnn": _relu_rnn,
    "rnn": _rnn,
    "lstm": _lstm,
    "lstm_state": _lstm,
    **dict.fromkeys(PEEPHOLE_LSTMS, _custom),
    "gru": _gru,
    "gru_before": _gru,
    "mgu": _custom,
    "min_gru": _custom,
    "min_lstm": _custom,
}
_OF_LAYER = ("stateful", "layer_norm", "tbptt_steps", "return_sequences", "return_state", "go_backwards", "name")


def _options(network: Network, seed: int, name: str) -> dict[str, Any]:
    """Collect the options common to all recurrent layers, for the layer called `name`."""
    options = network.recurrent
    chosen = {"use_cudnn": False} if LAYERS[network.variant] in (_lstm, _gru) else {}  # not the same bits twice
    penalty = keras.regularizers.L1L2(options.l1, options.l2) if options.l1 or options.l2 else None
    seeds = seed_of(seed, f"{name} kernel"), seed_of(seed, f"{name} recurrent kernel")
    of_inputs, of_state = recurrent_initializers(network.fan_in_init, network.units, *seeds)
    return {
        "units": network.units,
        "activation": options.activation,
        "kernel_initializer": of_inputs,
        "recurrent_initializer": of_state,
        "kernel_regularizer": penalty,
        "recurrent_regularizer": penalty,
        "dropout": options.dropout,
        "recurrent_dropout": options.recurrent_dropout,
        "seed": seed_of(seed, f"{name} dropout"),
        "stateful": options.stateful,
        "layer_norm": options.layer_norm,
        "tbptt_steps": options.tbptt_steps,
        **chosen,
    }


def _layer(network: Network, seed: int, place: int) -> Any:
    """Make the recurrent layer at `place`; it returns all steps unless it is the last one and is not pooled."""
    name = layer_name(network.variant, network.bidirectional, place)
    every = place < network.layers or network.readout.pooling != "last"
    make, above = LAYERS[network.variant], {"return_sequences": every}
    options = partial(_options, network, seed)
    if not network.bidirectional:
        state = network.variant == "lstm_state" and place == network.layers
        return make(network, options(name) | above | {"return_state": state, "name": name})
    there = make(network, options(f"{name} forward") | above)
    back = make(network, options(f"{name} backward") | above | {"go_backwards": True})
    return keras.layers.Bidirectional(there, network.recurrent.merge_mode, backward_layer=back, name=name)


def _recurrent(network: Network, seed: int) -> Body:
    """Recurrent layers that output h after the last step; `lstm_state` outputs c, which is unbounded (`use_state`)."""
    stack = [_layer(network, seed, place) for place in range(1, network.layers + 1)]

    def body(steps: Any, mask: Any) -> Any:
        inputs = steps
        for layer in stack:
            steps = layer(steps, mask=mask)
        steps = steps[2] if network.variant == "lstm_state" else steps
        pooled = MeanMaxPooling()(steps, mask=mask) if network.readout.pooling == "mean_max" else steps
        if not network.readout.input_statistics:
            return pooled
        return keras.layers.concatenate([pooled, MeanStdPooling()(inputs, mask=mask)])

    return body


def _mlp(network: Network, seed: int) -> Body:
    """All steps concatenated, without recurrence (document 002)."""
    return lambda steps, mask: keras.layers.Flatten()(steps)


def _cnn(network: Network, seed: int) -> Body:
    """The maximum of every filter over time (document 002)."""
    return lambda steps, mask: keras.layers.GlobalMaxPooling1D()(steps)


BODIES: dict[str, Callable[[Network, int], Body]] = {
    **dict.fromkeys(LAYERS, _recurrent),
    "mlp": _mlp,
    "cnn": _cnn,
}


def _read_out(network: Network, outputs: int, seed: int) -> list[Any]:
    """Build the layers after the recurrent ones, in order."""

    def dense(units: int, name: str, activation: str | None = None) -> Any:
        initializer = kernel_initializer(network.fan_in_init, seed_of(seed, name))
        return Dense(units, activation, kernel_initializer=initializer, name=name)

    readout = network.readout
    found = [dense(readout.dense_units, "dense", "relu")] if readout.dense_units else []
    if readout.dropout:
        found.append(Dropout(readout.dropout, seed=seed_of(seed, "readout dropout")))
    return [*found, dense(outputs, "dense_2" if readout.dense_units else "dense")]


def make_model(network: Network, data: Data, features: int, seed: int) -> Any:
    """Build the model, its weights drawn by Keras' initializers, each from its own seed derived from `seed`.

    Inputs: [sequences, lengths], or [sequences] if the data is not masked. Sequences: (batch, timesteps, features), or
    (batch, timesteps) ids below `features`; batch is 1 for a stateful network, which carries its state from call to
    call (its layers' `reset_state()` sets it to zeros). Output: logits or numbers, (batch, outputs).
    """
    batch = 1 if network.stateful else None
    inputs = [sequences_input(data, batch)]
    steps = inputs[0]
    for layer in frontend_layers(network, data, features, seed):
        steps = layer(steps)
    mask = None
    if data.masked:
        inputs.append(keras.Input((), batch, dtype="int32"))
        front = network.frontend
        left = ConvolvedLengths(front.kernel_size, front.pool_size)(inputs[1]) if front.filters else inputs[1]
        mask = StepMask()(steps, left)
    result = BODIES[network.variant](network, seed)(steps, mask)
    for layer in _read_out(network, data.outputs, seed):
        result = layer(result)
    return keras.Model(inputs, result)
