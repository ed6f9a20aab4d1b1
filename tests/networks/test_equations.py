"""What the documents claim of a recurrent step, their equations, against our layers: values and every gradient."""

from typing import Any

import numpy as np
import pytest

from tests import equations
from tests.equations import Array, Equations, Weights

pytestmark = pytest.mark.usefixtures("tensorflow")

BATCH, TIMESTEPS, FEATURES, UNITS = 2, 4, 3, 3
GATES = {"SimpleRNN": "h", "LSTM": "ifgo", "GRU": "zrg"}  # in the order of Keras' weights
SIGNS = {"z": -1.0}  # the documents' z takes the new, Keras' keeps the old: s(-a) = 1 - s(a) (protocols, 5.2 item 16)
CASES: dict[str, tuple[Equations, str, dict[str, Any]]] = {
    "document 000, ReLU RNN": (equations.rnn_000, "SimpleRNN", {"activation": "relu"}),
    "document 002, RNN": (equations.rnn_002, "SimpleRNN", {}),
    "documents 000 and 001, LSTM": (equations.lstm_000, "LSTM", {}),
    "document 002, LSTM": (equations.lstm_002, "LSTM", {}),
    "document 003, LSTM": (equations.lstm_003, "LSTM", {}),
    "document 002, GRU": (equations.gru_002, "GRU", {"reset_after": False}),
}
SIGMOIDS = {"sigmoid": equations.sigmoid, "hard_sigmoid": equations.hard_sigmoid}


def drawn(kind: str) -> tuple[Weights, Array]:
    """Return random weights, the bias of a forget gate about 1, and sequences."""
    random = np.random.default_rng(4)
    shapes = {"x": (FEATURES, UNITS), "h": (UNITS, UNITS), "b": (UNITS,)}
    weights = {f"{part}_{gate}": random.normal(0, 0.7, shapes[part]) for gate in GATES[kind] for part in shapes}
    if kind == "LSTM":
        weights["b_f"] += 1
    return weights, random.normal(0, 1, (BATCH, TIMESTEPS, FEATURES))


def in_keras(kind: str, weights: Weights) -> list[Array]:
    """Return the weights, or their gradients, as Keras has them: kernel, recurrent kernel, bias."""
    signed = {name: SIGNS.get(name[2], 1.0) * weight for name, weight in weights.items()}
    return [np.concatenate([signed[f"{part}_{gate}"] for gate in GATES[kind]], axis=-1) for part in "xhb"]


def expected(case: str, sigma: Any, read_out: str) -> tuple[Array, list[Array]]:
    """Return the read-out of the equations, and the gradients of sequences, kernel, recurrent kernel and bias."""
    function, kind, _ = CASES[case]
    weights, sequences = drawn(kind)

    def read() -> Array:
        steps, state = function(weights, sequences, sigma)
        return steps if read_out == "h" else state

    shares = np.random.default_rng(5).normal(0, 1, read().shape)

    def loss() -> float:
        return float((read() * shares).sum())

    by_weight = {name: equations.slopes(loss, weight) for name, weight in weights.items()}
    return read(), [equations.slopes(loss, sequences), *in_keras(kind, by_weight)]


def found(case: str, gates: str, read_out: str) -> tuple[Array, list[Array]]:
    """Return what our layer gives."""
    import keras
    import tensorflow as tf

    from pipeline.networks import layers
    from pipeline.networks.activations import old_hard_sigmoid

    _, kind, options = CASES[case]
    weights, sequences = drawn(kind)
    if kind != "SimpleRNN":
        sigma = {"sigmoid": keras.activations.sigmoid, "hard_sigmoid": old_hard_sigmoid}[gates]
        options = {**options, "recurrent_activation": sigma}
    layer = getattr(layers, kind)(UNITS, dtype="float64", return_sequences=True, return_state=True, **options)
    layer.build(sequences.shape)
    layer.set_weights(in_keras(kind, weights))
    inputs = tf.constant(sequences)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        steps, *states = layer(inputs)
        result = steps if read_out == "h" else states[-1]
        shares = np.random.default_rng(5).normal(0, 1, result.shape)
        loss = tf.reduce_sum(result * shares)
    return result.numpy(), tape.gradient(loss, [inputs, *(v.value for v in layer.trainable_variables)])


def check(case: str, gates: str, read_out: str = "h") -> None:
    wanted, wanted_gradients = expected(case, SIGMOIDS[gates], read_out)
    result, gradients = found(case, gates, read_out)
    np.testing.assert_allclose(result, wanted, atol=1e-12)
    for gradient, wanted_gradient in zip(gradients, wanted_gradients, strict=True):
        np.testing.assert_allclose(gradient, wanted_gradient, atol=1e-6)


@pytest.mark.parametrize("gates", SIGMOIDS)
@pytest.mark.parametrize("case", [case for case, (_, kind, _) in CASES.items() if kind != "SimpleRNN"])
def test_a_gated_layer_is_the_documents_equations(case: str, gates: str) -> None:
    check(case, gates)


@pytest.mark.parametrize("case", [case for case, (_, kind, _) in CASES.items() if kind == "SimpleRNN"])
def test_a_simple_layer_is_the_documents_equations(case: str) -> None:
    check(case, "sigmoid")


@pytest.mark.parametrize("gates", SIGMOIDS)
def test_the_state_that_documents_000_and_001_read_out_is_c(gates: str) -> None:
    check("documents 000 and 001, LSTM", gates, "c")


def test_the_three_documents_print_the_same_lstm() -> None:
    weights, sequences = drawn("LSTM")
    results = [f(weights, sequences, equations.sigmoid) for f in (equations.lstm_000, equations.lstm_003)]
    for steps, state in results:
        wanted_steps, wanted_state = equations.lstm_002(weights, sequences, equations.sigmoid)
        np.testing.assert_allclose(steps, wanted_steps, atol=1e-14)
        np.testing.assert_allclose(state, wanted_state, atol=1e-14)


def test_the_reset_gate_after_the_product_is_another_network() -> None:
    """Keras' default is not the documents' GRU, so `gru_before` is needed."""
    weights, sequences = drawn("GRU")
    turned = {name: SIGNS.get(name[2], 1.0) * weight for name, weight in weights.items()}
    before, _ = equations.gru_002(weights, sequences, equations.sigmoid)
    after, _ = equations.gru_after(turned, sequences, equations.sigmoid)
    np.testing.assert_allclose(after[:, 0], before[:, 0], atol=1e-12)  # h is 0 before the first step
    assert np.abs(after[:, 1:] - before[:, 1:]).max() > 0.01
