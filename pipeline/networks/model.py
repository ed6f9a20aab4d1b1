"""The Keras model of an experiment: what stands in front, the recurrent layers, and the read-out of their last step.

Sequences of different lengths are padded on the right and masked by their lengths, which equals the documents' loop:
the output is taken at each sequence's own last step, and the gradient enters there only.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import keras

from pipeline.networks import layers
from pipeline.networks.activations import old_hard_sigmoid
from pipeline.networks.custom_layers import Gated, Parallel, Parts
from pipeline.networks.dropout import Dropout
from pipeline.networks.frontend import Shortened, front, sequences_input
from pipeline.networks.initial_weights import layer_name, seed_of
from pipeline.networks.initializers import kernel_start, recurrent_starts
from pipeline.networks.pooling import MeanAndMaximum, Summary
from pipeline.spec.cells import ANATOMY, ODYSSEY

if TYPE_CHECKING:
    from pipeline.experiments import Experiment
    from pipeline.spec.data import Data

Body = Callable[[Any, Any], Any]  # steps (batch, timesteps, features) and their mask or None, to (batch, units)
_GATES = {"sigmoid": keras.activations.sigmoid, "hard_sigmoid": old_hard_sigmoid}


@keras.saving.register_keras_serializable("reprise")
class StepMask(keras.layers.Layer):
    """lengths (batch,) to a mask (batch, timesteps): true up to each sequence's own end."""

    def call(self, sequences: Any, lengths: Any) -> Any:
        """Return the mask."""
        steps = keras.ops.arange(sequences.shape[1])
        return steps[None, :] < keras.ops.cast(lengths, steps.dtype)[:, None]

    def compute_output_spec(self, sequences: Any, lengths: Any) -> Any:
        """Return the shape of the mask."""
        return keras.KerasTensor(sequences.shape[:2], dtype="bool")


def _relu_rnn(experiment: "Experiment", options: dict[str, Any]) -> Any:
    """h = relu([x, h] W + b) (protocols, section 3)."""
    return layers.SimpleRNN(**options | {"activation": "relu"})


def _rnn(experiment: "Experiment", options: dict[str, Any]) -> Any:
    """h = tanh([x, h] W + b), Keras' SimpleRNN (document 002)."""
    return layers.SimpleRNN(**options)


def _lstm(experiment: "Experiment", options: dict[str, Any]) -> Any:
    """An LSTM without peepholes, h = o tanh(c)."""
    start = layers.ForgetBias(experiment.forget_bias)
    gates = {"recurrent_activation": _GATES[experiment.gates]}
    return layers.LSTM(**options, **gates, unit_forget_bias=False, bias_initializer=start)


def _gru(experiment: "Experiment", options: dict[str, Any]) -> Any:
    """A GRU, the reset gate after the product (Cho et al. 2014, second version) or before it (first; document 002)."""
    gates = {"recurrent_activation": _GATES[experiment.gates]}
    return layers.GRU(**options, **gates, reset_after=experiment.variant == "gru")


def _of_parts(experiment: "Experiment", options: dict[str, Any]) -> Any:
    """A cell that Keras has not: see `odyssey`, `recurrences.mgu`, `cells.Parallel`."""
    parts = ANATOMY[experiment.variant]
    place, gates = parts.gates.find("f"), len(parts.gates)
    start = layers.ForgetBias(experiment.forget_bias, place, gates) if parts.forgets else "zeros"
    of_layer = {name: options[name] for name in _OF_LAYER if name in options}
    of_cell = {name: value for name, value in options.items() if name not in of_layer}
    gate = _GATES[experiment.gates]
    cell = Parts(experiment.variant, **of_cell, recurrent_activation=gate, bias_initializer=start)
    return (Gated if parts.recurrent else Parallel)(cell, **of_layer)


LAYERS: dict[str, Callable[["Experiment", dict[str, Any]], Any]] = {
    "relu_rnn": _relu_rnn,
    "rnn": _rnn,
    "lstm": _lstm,
    "lstm_state": _lstm,
    "lstm_np": _lstm,
    **dict.fromkeys(ODYSSEY, _of_parts),
    "gru": _gru,
    "gru_before": _gru,
    "mgu": _of_parts,
    "min_gru": _of_parts,
    "min_lstm": _of_parts,
}
_OF_LAYER = ("stateful", "layer_norm", "truncation", "return_sequences", "return_state", "go_backwards", "name")


def _options(experiment: "Experiment", seed: int, kernel: str, name: str) -> dict[str, Any]:
    """Return what all recurrent layers have, of the layer called `name`."""
    chosen = {"use_cudnn": kernel == "cudnn"} if LAYERS[experiment.variant] in (_lstm, _gru) else {}
    penalty = keras.regularizers.L1L2(experiment.l1, experiment.l2) if experiment.l1 or experiment.l2 else None
    seeds = seed_of(seed, f"{name} kernel"), seed_of(seed, f"{name} recurrent kernel")
    start, recurrent_start = recurrent_starts(experiment.narrow, experiment.units, *seeds)
    return {
        "units": experiment.units,
        "activation": experiment.activation,
        "kernel_initializer": start,
        "recurrent_initializer": recurrent_start,
        "kernel_regularizer": penalty,
        "recurrent_regularizer": penalty,
        "dropout": experiment.dropout,
        "recurrent_dropout": experiment.recurrent_dropout,
        "seed": seed_of(seed, f"{name} dropout"),
        "stateful": experiment.stateful,
        "layer_norm": experiment.layer_norm,
        "truncation": experiment.truncation,
        **chosen,
    }


def _layer(experiment: "Experiment", seed: int, kernel: str, place: int) -> Any:
    """Return the recurrent layer at a place; all but the last give every step, and the last one to be pooled."""
    name = layer_name(experiment.variant, experiment.bidirectional, place)
    every = place < experiment.layers or experiment.pooling != "last"
    make, above = LAYERS[experiment.variant], {"return_sequences": every}
    options = partial(_options, experiment, seed, kernel)
    if not experiment.bidirectional:
        state = experiment.variant == "lstm_state" and place == experiment.layers
        return make(experiment, options(name) | above | {"return_state": state, "name": name})
    there = make(experiment, options(f"{name} forward") | above)
    back = make(experiment, options(f"{name} backward") | above | {"go_backwards": True})
    return keras.layers.Bidirectional(there, experiment.merge, backward_layer=back, name=name)


def _recurrent(experiment: "Experiment", seed: int, kernel: str) -> Body:
    """Recurrent layers, read out h after the last step; `lstm_state` reads out c, unbounded (`use_state`)."""
    stack = [_layer(experiment, seed, kernel, place) for place in range(1, experiment.layers + 1)]

    def body(steps: Any, mask: Any) -> Any:
        heard = steps
        for layer in stack:
            steps = layer(steps, mask=mask)
        steps = steps[2] if experiment.variant == "lstm_state" else steps
        pooled = MeanAndMaximum()(steps, mask=mask) if experiment.pooling == "mean_max" else steps
        return keras.layers.concatenate([pooled, Summary()(heard, mask=mask)]) if experiment.summary else pooled

    return body


def _mlp(experiment: "Experiment", seed: int, kernel: str) -> Body:
    """All steps side by side, without recurrence (document 002)."""
    return lambda steps, mask: keras.layers.Flatten()(steps)


def _cnn(experiment: "Experiment", seed: int, kernel: str) -> Body:
    """The largest value over time of every filter (document 002)."""
    return lambda steps, mask: keras.layers.GlobalMaxPooling1D()(steps)


BODIES: dict[str, Callable[["Experiment", int, str], Body]] = {
    **dict.fromkeys(LAYERS, _recurrent),
    "mlp": _mlp,
    "cnn": _cnn,
}


def _read_out(experiment: "Experiment", outputs: int, seed: int) -> list[Any]:
    """Return the layers behind the recurrent ones, in order."""

    def dense(units: int, name: str, activation: str | None = None) -> Any:
        start = kernel_start(experiment.narrow, seed_of(seed, name))
        return keras.layers.Dense(units, activation, kernel_initializer=start, name=name)

    found = [dense(experiment.hidden, "dense", "relu")] if experiment.hidden else []
    if experiment.readout_dropout:
        found.append(Dropout(experiment.readout_dropout, seed=seed_of(seed, "readout dropout")))
    return [*found, dense(outputs, "dense_2" if experiment.hidden else "dense")]


def make_model(experiment: "Experiment", data: "Data", features: int, seed: int, kernel: str = "xla") -> Any:
    """Return the model, its weights drawn by Keras' initialisers, each from a seed of its own that comes from `seed`.

    Inputs: [sequences, lengths], or [sequences] where the data is not masked. Sequences: (batch, timesteps, features),
    or (batch, timesteps) ids below `features`; batch is 1 for a stateful network, which carries its state from call to
    call (zeros again: `reset_state()` of its layers). Output: logits or numbers, (batch, outputs). `kernel` as
    `kernels.kernel_of` names it: under "cudnn" the loops are Keras' own, which no XLA can compile.
    """
    batch = 1 if experiment.stateful else None
    inputs = [sequences_input(data, batch)]
    steps = inputs[0]
    for layer in front(experiment, data, features, seed):
        steps = layer(steps)
    mask = None
    if data.masked:
        inputs.append(keras.Input((), batch, dtype="int32"))
        left = Shortened(experiment.kernel, experiment.pool)(inputs[1]) if experiment.filters else inputs[1]
        mask = StepMask()(steps, left)
    result = BODIES[experiment.variant](experiment, seed, kernel)(steps, mask)
    for layer in _read_out(experiment, data.outputs, seed):
        result = layer(result)
    return keras.Model(inputs, result)
