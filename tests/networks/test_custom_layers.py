"""The cells that Keras has not, and layer normalisation in every cell: values and every gradient against the papers.

The reference runs each row alone over its own steps, so that no mask is needed there.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from pipeline.spec.cells import CELLS, PEEPHOLE_LSTMS
from tests import equations
from tests.equations import Array, Equations, Weights
from tests.made_networks import experiment

pytestmark = pytest.mark.usefixtures("tensorflow", "double")

BATCH, TIMESTEPS, FEATURES, UNITS = 3, 4, 2, 3
REFERENCES: dict[str, Equations] = {
    "rnn": equations.simple,
    "lstm": equations.odyssey(""),
    "gru": equations.gru(after=True),
    "gru_before": equations.gru(after=False),
    "mgu": equations.mgu,
    "min_gru": equations.min_gru,
    "min_lstm": equations.min_lstm,
    **{name: equations.odyssey(name.removeprefix("lstm_").upper()) for name in PEEPHOLE_LSTMS},
}
NEW = tuple(name for name in REFERENCES if name not in ("rnn", "lstm", "gru", "gru_before"))
NORMAL = ("rnn", "lstm", "gru", "gru_before", "lstm_peephole", "lstm_cifg", "mgu", "min_gru", "min_lstm")
MASKS: dict[str, list[list[int]] | None] = {
    "no mask": None,
    "right": [[1, 1, 1, 1], [1, 1, 1, 0], [1, 0, 0, 0]],
    "left": [[1, 1, 1, 1], [0, 1, 1, 1], [0, 0, 0, 1]],
    "holes": [[1, 0, 0, 1], [0, 1, 0, 1], [1, 1, 1, 0]],
}
KINDS = {
    **{"kernel": "x", "recurrent_kernel": "h", "bias": "b", "recurrent_bias": "hb"},
    **{"input_gain": "gain_x", "recurrent_gain": "gain_h"},
}
OPTIONS = ("recurrent_activation", "layer_norm", "tbptt_steps", "activation")
SIGMAS = {"sigmoid": equations.sigmoid, "hard_sigmoid": equations.hard_sigmoid}


@pytest.fixture(scope="module")
def double(tensorflow: None) -> Iterator[None]:
    """Layers of float64."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_dtype_policy(before)


def made(variant: str, features: int = FEATURES, **options: Any) -> Any:
    """Return the layer of a variant as experiments have it, with random weights that keep hard gates off their ends."""
    from pipeline.networks import model

    known = {name: options.pop(name) for name in OPTIONS if name in options}
    chosen = experiment(variant, units=UNITS, recurrent=known)
    layer = model.LAYERS[variant](chosen, model._options(chosen, 0, "made") | options)
    layer.build((1 if options.get("stateful") else BATCH, TIMESTEPS, features))
    random = np.random.default_rng(4)
    layer.set_weights([random.normal(0.1, 0.6, weight.shape) for weight in layer.weights])
    return layer


def named(variant: str, layer: Any, arrays: list[Array]) -> Weights:
    """Return the weights of a layer, in its order, by the names of the equations."""
    parts = CELLS[variant]
    weights = {w.path.split("/")[-1]: array for w, array in zip(layer.weights, arrays, strict=True)}
    if parts.biases == 2:
        weights["bias"], weights["recurrent_bias"] = weights["bias"]
    found: Weights = {}
    for name, kind in KINDS.items():
        columns = np.split(weights[name], len(parts.gates), axis=-1) if name in weights else []
        found |= {f"{kind}_{gate}": column for gate, column in zip(parts.gates, columns, strict=False)}
    found |= {f"p_{gate}": row for gate, row in zip(parts.peepholes, weights.get("peepholes", []), strict=True)}
    for source, rows in zip("ifo", np.split(weights["between"], 3) if parts.between else [], strict=False):
        found |= {f"{source}{gate}": block for gate, block in zip("ifo", np.split(rows, 3, axis=1), strict=True)}
    return found


def expected(
    variant: str, layer: Any, sequences: Array, mask: Any, sigma: Any, shares: Array
) -> tuple[Array, list[Array]]:
    """Return h after each row's last step, and by differences the gradients of sequences and weights of a loss."""
    arrays = [np.array(weight) for weight in layer.get_weights()]
    valid = np.ones(sequences.shape[:2], bool) if mask is None else np.array(mask, bool)

    def read() -> Array:
        weights = named(variant, layer, arrays)
        rows = [REFERENCES[variant](weights, s[None, v], sigma) for s, v in zip(sequences, valid, strict=True)]
        return np.stack([np.concatenate([steps[0, -1], state[0]]) for steps, state in rows])

    def loss() -> float:
        return float((read() * shares).sum())

    return read(), [equations.slopes(loss, array) for array in (sequences, *arrays)]


def found(layer: Any, sequences: Array, mask: Any, shares: Array) -> tuple[Array, list[Any]]:
    """Return the same of our layer."""
    import tensorflow as tf

    inputs = tf.constant(sequences)
    valid = None if mask is None else tf.constant(np.array(mask, bool))
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        h, *states = layer(inputs, mask=valid)
        result = tf.concat([h, states[-1]], axis=1)
        loss = tf.reduce_sum(result * shares)
    return result.numpy(), tape.gradient(loss, [inputs, *(w.value for w in layer.weights)])


def check(variant: str, mask: Any = None, batch: int = BATCH, timesteps: int = TIMESTEPS, **options: Any) -> None:
    layer = made(variant, return_state=True, **options)
    random = np.random.default_rng(5)
    sequences, shares = random.normal(0, 1, (batch, timesteps, FEATURES)), random.normal(0, 1, (batch, 2 * UNITS))
    sigma = SIGMAS[options.get("recurrent_activation", "sigmoid")]
    wanted, slopes = expected(variant, layer, sequences, mask, sigma, shares)
    result, gradients = found(layer, sequences, mask, shares)
    np.testing.assert_allclose(result, wanted, atol=1e-10)
    for gradient, slope in zip(gradients, slopes, strict=True):
        np.testing.assert_allclose(gradient, slope, atol=2e-6)


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("variant", NEW)
def test_a_cell_is_its_papers_equations(variant: str, mask: str) -> None:
    check(variant, MASKS[mask])


@pytest.mark.parametrize("mask", ["no mask", "holes"])
@pytest.mark.parametrize("variant", NORMAL)
def test_a_normalised_cell_is_its_equations(variant: str, mask: str) -> None:
    check(variant, MASKS[mask], layer_norm=True)


@pytest.mark.parametrize("timesteps", [1, 3])
@pytest.mark.parametrize("variant", NEW)
def test_one_row_and_one_timestep(variant: str, timesteps: int) -> None:
    check(variant, batch=1, timesteps=timesteps)
    check(variant, batch=1, timesteps=timesteps, mask=[[0] * (timesteps - 1) + [1]])


@pytest.mark.parametrize("variant", [name for name in NEW if name != "min_lstm"])
def test_hard_gates(variant: str) -> None:
    check(variant, MASKS["right"], recurrent_activation="hard_sigmoid")


@pytest.mark.parametrize("variant", ["lstm_niaf", "lstm_fgr", "mgu", "min_lstm"])
def test_all_steps_of_both_directions_are_those_of_the_equations(variant: str) -> None:
    layer, back = made(variant, return_sequences=True), made(variant, return_sequences=True, go_backwards=True)
    sequences = np.random.default_rng(5).normal(0, 1, (BATCH, TIMESTEPS, FEATURES))
    weights = named(variant, layer, layer.get_weights())
    for run, seen in ((layer, sequences), (back, sequences[:, ::-1])):
        steps, _ = REFERENCES[variant](weights, seen, equations.sigmoid)
        np.testing.assert_allclose(run(sequences), steps, atol=1e-10)


@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize("variant", NEW)
def test_a_state_carried_over_equals_one_long_sequence(variant: str, layer_norm: bool) -> None:
    whole = made(variant, layer_norm=layer_norm, return_sequences=True)
    carrying = made(variant, layer_norm=layer_norm, return_sequences=True, stateful=True)
    sequences = np.random.default_rng(3).normal(0, 1, (1, TIMESTEPS, FEATURES))
    parts = [np.array(carrying(part)) for part in (sequences[:, :1], sequences[:, 1:])]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole(sequences), atol=1e-12)
    assert sum(any(v is state for state in carrying.states) for v in carrying.variables) == len(carrying.states)


def gradients(layer: Any, sequences: Any, mask: Any, initial: Any, shares: Any) -> list[Any]:
    """Return the gradients of sequences and weights for a loss on every step, by autodiff of our layer."""
    import tensorflow as tf

    inputs = tf.constant(sequences)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        steps, *states = layer(inputs, mask=mask, initial_state=initial)
        loss = tf.reduce_sum(steps * shares)
    return [states, *(np.array(g) for g in tape.gradient(loss, [inputs, *(w.value for w in layer.weights)]))]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("layer_norm", [False, True])
@pytest.mark.parametrize("variant", REFERENCES)
def test_a_truncated_gradient_is_the_sum_of_those_of_its_parts(variant: str, layer_norm: bool) -> None:
    """Seven steps cut behind every third from the end: one step, then three, then three, each from a given state."""
    options: dict[str, Any] = {"layer_norm": layer_norm, "return_sequences": True, "return_state": True}
    whole, part = made(variant, tbptt_steps=3, **options), made(variant, **options)
    random = np.random.default_rng(6)
    sequences, shares = random.normal(0, 1, (2, 7, FEATURES)), random.normal(0, 1, (2, 7, UNITS))
    _, *found = gradients(whole, sequences, None, None, shares)
    states, inputs, sums = None, [], [np.zeros(w.shape) for w in part.weights]
    for steps in (slice(0, 1), slice(1, 4), slice(4, 7)):
        states, by_input, *by_weight = gradients(part, sequences[:, steps], None, states, shares[:, steps])
        inputs.append(by_input)
        sums = [total + more for total, more in zip(sums, by_weight, strict=True)]
    for gradient, wanted in zip(found, [np.concatenate(inputs, axis=1), *sums], strict=True):
        np.testing.assert_allclose(gradient, wanted, atol=1e-12)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("variant", ["rnn", "lstm_fgr", "gru_before", "min_gru"])
def test_truncation_counts_from_the_end_of_each_row(variant: str) -> None:
    layer = made(variant, tbptt_steps=2, return_sequences=False, return_state=True)
    mask = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [0, 0, 1, 1, 1], [1, 0, 0, 1, 1]], bool)
    sequences = np.random.default_rng(7).normal(0, 1, (4, 5, FEATURES))
    _, by_input, *_ = gradients(layer, sequences, mask, None, np.ones(UNITS))
    reached = np.array([[0, 0, 0, 1, 1], [0, 1, 1, 0, 0], [0, 0, 0, 1, 1], [0, 0, 0, 1, 1]], bool)
    np.testing.assert_array_equal(np.abs(by_input).max(axis=2) > 0, reached)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("variant", ["lstm", "gru_before", "mgu", "lstm_peephole", "lstm_fgr", "min_lstm"])
def test_a_compiled_cell_equals_the_eager_one(variant: str) -> None:
    import tensorflow as tf

    layer = made(variant, layer_norm=variant != "lstm_peephole", tbptt_steps=3, return_sequences=True)
    random = np.random.default_rng(8)
    sequences, shares = random.normal(0, 1, (BATCH, TIMESTEPS, FEATURES)), random.normal(0, 1, (TIMESTEPS, UNITS))
    mask = tf.constant(np.array(MASKS["right"], bool))

    def run() -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(tf.constant(sequences), mask=mask, training=True) * shares)
        return tape.gradient(loss, [w.value for w in layer.weights])

    for expected, value in zip(run(), tf.function(run, jit_compile=True)(), strict=True):
        np.testing.assert_allclose(value, expected, atol=1e-10)


def test_layer_norm_and_truncation_are_not_left_to_keras() -> None:
    from pipeline.networks import layers

    layer = layers.LSTM(UNITS, activation="gelu", tbptt_steps=2)
    with pytest.raises(ValueError, match="truncation"):
        layer(np.zeros((1, 2, FEATURES)))
