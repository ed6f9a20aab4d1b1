"""The fast loops against Keras' own layers: outputs, states and every gradient."""

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("tensorflow")

BATCH, TIMESTEPS, FEATURES, UNITS = 3, 5, 4, 5
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "simple tanh": ("SimpleRNN", {}),
    "simple relu": ("SimpleRNN", {"activation": "relu"}),
    "lstm": ("LSTM", {}),
    "lstm hard sigmoid": ("LSTM", {"recurrent_activation": "hard_sigmoid"}),
    "lstm old hard sigmoid": ("LSTM", {"recurrent_activation": "old_hard_sigmoid"}),
    "lstm softsign": ("LSTM", {"activation": "softsign"}),
    "lstm without bias": ("LSTM", {"use_bias": False}),
    "gru": ("GRU", {}),
    "gru without bias": ("GRU", {"use_bias": False}),
    "gru before": ("GRU", {"reset_after": False}),
    "gru before, old hard sigmoid": ("GRU", {"reset_after": False, "recurrent_activation": "old_hard_sigmoid"}),
    "gru before, softsign, no bias": ("GRU", {"reset_after": False, "activation": "softsign", "use_bias": False}),
}
MASKS = {
    "no mask": None,
    "right": [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]],
    "left": [[1, 1, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 0, 1]],
    "holes": [[1, 0, 1, 0, 1], [0, 1, 0, 1, 0], [1, 1, 1, 1, 1]],
}
OPTIONS: dict[str, dict[str, Any]] = {
    "last": {},
    "sequences": {"return_sequences": True},
    "zeros": {"return_sequences": True, "zero_output_for_mask": True},
    "backwards": {"return_sequences": True, "go_backwards": True},
    "dropout": {"dropout": 0.3, "seed": 5},
    "recurrent dropout": {"recurrent_dropout": 0.4, "seed": 6},
    "both": {"dropout": 0.3, "recurrent_dropout": 0.4, "return_sequences": True, "seed": 7},
}
CELLS = ("simple tanh", "lstm", "gru", "gru before")  # the others differ from these by a function or a bias
EVERY = [(case, mask, option) for case in CELLS for mask in MASKS for option in OPTIONS if option != "sequences"]
OTHERS = [(case, "holes", option) for case in CASES if case not in CELLS for option in ("sequences", "both")]


def both(name: str, options: dict[str, Any], dtype: str = "float64") -> tuple[Any, Any]:
    """Return Keras' layer and ours with the same random weights."""
    import keras

    from pipeline.networks import layers
    from pipeline.networks.activations import old_hard_sigmoid

    given = {"return_state": True, "dtype": dtype, **options}
    if given.get("recurrent_activation") == "old_hard_sigmoid":
        given["recurrent_activation"] = old_hard_sigmoid
    pair = [getattr(module, name)(UNITS, **given) for module in (keras.layers, layers)]
    random = np.random.default_rng(1)
    for layer in pair:
        layer.build((BATCH, TIMESTEPS, FEATURES))
    weights = [random.normal(0, 0.6, w.shape) for w in pair[0].weights]
    for layer in pair:
        layer.set_weights(weights)
    return pair[0], pair[1]


def run(layer: Any, mask: Any, batch: int = BATCH, timesteps: int = TIMESTEPS) -> list[Any]:
    """Return outputs, states, and the gradients of the inputs, the first states and the weights for a random loss."""
    import tensorflow as tf

    random = np.random.default_rng(2)
    sequences = tf.constant(random.normal(0, 1, (batch, timesteps, FEATURES)), layer.dtype)
    states = 2 if type(layer).__name__ == "LSTM" else 1
    first = [tf.constant(random.normal(0, 1, (batch, UNITS)), layer.dtype) for _ in range(states)]
    if layer.return_sequences and mask is not None:
        first = [tf.zeros_like(state) for state in first]
    valid = None if mask is None else tf.constant(np.array(mask, bool))

    watched = [sequences, *first]
    with tf.GradientTape() as tape:
        tape.watch(watched)
        results = layer(sequences, initial_state=first, mask=valid, training=True)
        weights = [tf.constant(random.normal(0, 1, r.shape), r.dtype) for r in results]
        loss = tf.add_n([tf.reduce_sum(r * w) for r, w in zip(results, weights, strict=True)])
    return [*results, *tape.gradient(loss, [*watched, *(v.value for v in layer.trainable_variables)])]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(("case", "mask", "options"), [*EVERY, *OTHERS])
def test_a_fast_loop_equals_keras(case: str, mask: str, options: str) -> None:
    name, activation = CASES[case]
    theirs, ours = both(name, {**activation, **OPTIONS[options]})
    for expected, found in zip(run(theirs, MASKS[mask]), run(ours, MASKS[mask]), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("option", ["last", "backwards", "both"])
@pytest.mark.parametrize("mask", [None, [[1, 0, 1, 0]]])
@pytest.mark.parametrize("case", CELLS)
def test_one_row_of_few_steps_equals_keras(case: str, mask: Any, option: str) -> None:
    name, given = CASES[case]
    theirs, ours = both(name, {**given, **OPTIONS[option]})
    for expected, found in zip(run(theirs, mask, 1, 4), run(ours, mask, 1, 4), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize(("batch", "timesteps", "loops"), [(1, 4, 0), (2, 4, 2), (1, 5, 2)])
def test_the_loops_over_few_steps_of_one_row_are_written_out(batch: int, timesteps: int, loops: int) -> None:
    import tensorflow as tf

    _, ours = both("LSTM", {})
    graph = tf.function(lambda: run(ours, None, batch, timesteps)).get_concrete_function().graph
    kinds = [operation.type for operation in graph.get_operations()]
    assert sum("While" in kind for kind in kinds) == loops


@pytest.mark.parametrize("case", CELLS)
def test_a_compiled_loop_equals_keras(case: str) -> None:
    import tensorflow as tf

    name, given = CASES[case]
    theirs, ours = both(name, {**given, **OPTIONS["sequences"]}, "float32")
    found = tf.function(lambda: run(ours, MASKS["right"]), jit_compile=True)()
    for expected, value in zip(run(theirs, MASKS["right"]), found, strict=True):
        np.testing.assert_allclose(value, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("case", ["lstm", "gru before"])
def test_a_compiled_recurrent_dropout_equals_keras(case: str) -> None:
    import tensorflow as tf

    name, given = CASES[case]
    pair = both(name, {**given, **OPTIONS["recurrent dropout"]}, "float32")
    theirs, ours = (tf.function(lambda x=x: run(x, MASKS["right"]), jit_compile=True)() for x in pair)
    for expected, value in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(value, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "options"),
    [("GRU", {"activation": "gelu"}), ("LSTM", {"activation": "gelu"}), ("SimpleRNN", {"unroll": True})],
)
def test_what_the_fast_loop_does_not_know_is_left_to_keras(name: str, options: dict[str, Any]) -> None:
    theirs, ours = both(name, options)
    for expected, found in zip(run(theirs, None), run(ours, None), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
def test_a_state_carried_over_equals_one_long_sequence(name: str) -> None:
    _, layer = both(name, {"return_sequences": True})
    sequences = np.random.default_rng(3).normal(0, 1, (1, TIMESTEPS, FEATURES))
    whole, *_ = layer(sequences)
    first, *states = layer(sequences[:, :1])
    second, *_ = layer(sequences[:, 1:], initial_state=states)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, atol=1e-12)


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU"])
def test_a_carried_state_is_among_the_variables_and_not_among_the_weights(name: str) -> None:
    _, layer = both(name, {"stateful": True})
    sequences = np.random.default_rng(3).normal(0, 1, (BATCH, TIMESTEPS, FEATURES))
    first = np.array(layer(sequences)[0])
    held = [variable for variable in layer.variables if any(variable is state for state in layer.states)]
    assert len(held) == (2 if name == "LSTM" else 1)
    np.testing.assert_array_equal(held[0], first)
    assert not np.allclose(layer(sequences)[0], first)
    layer.reset_state()
    np.testing.assert_array_equal(layer(sequences)[0], first)
    assert len(layer.weights) == 3


def test_an_activation_of_ours_is_saved_by_name() -> None:
    from pipeline.networks import layers
    from pipeline.networks.activations import old_hard_sigmoid

    layer = layers.GRU(UNITS, recurrent_activation=old_hard_sigmoid)
    assert layers.GRU.from_config(layer.get_config()).recurrent_activation is old_hard_sigmoid
    np.testing.assert_allclose(old_hard_sigmoid(np.array([-3.0, -2.5, 0.0, 1.0, 2.5, 3.0])), [0, 0, 0.5, 0.7, 1, 1])
