"""The networks of experiments: against the documents' equations, option by option, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import params
from pipeline.base.console import UserError
from pipeline.networks.build import build
from pipeline.networks.initial_weights import draw_weights, seed_of
from pipeline.spec.cells import CELLS, VARIANTS
from tests import equations
from tests.made_networks import data, experiment, ids, vectors

FEATURES, UNITS, OUTPUTS, TIMESTEPS = 3, 4, 3, 6
LENGTHS = np.array([6, 1, 3, 5, 2], np.int32)
BOOK = {  # gates in the order of the documents' matrix; no document draws weights for a GRU: Keras' order
    "relu_rnn": (equations.rnn_000, "h"),
    "rnn": (equations.rnn_002, "h"),
    "lstm": (equations.lstm_000, "fiog"),
    "lstm_state": (equations.lstm_000, "fiog"),
    "gru": (equations.gru_after, "zrg"),
}
HARD = {"recurrent_activation": "hard_sigmoid"}
NETWORKS: dict[str, dict[str, Any]] = {
    "embedding": {"variant": "rnn", "frontend": {"embedding_dim": 5}},
    "convolution": {
        "variant": "lstm",
        "frontend": {"embedding_dim": 5, "dropout": 0.5, "filters": 6, "pool_size": 2},
    },
    "stack": {"variant": "rnn", "layers": 2},
    "both directions": {"variant": "gru_before", "recurrent": HARD, "bidirectional": True, "layers": 2},
    "state": {"variant": "lstm_state", "batch": 1, "recurrent": {"state": "reset", "forget_bias": 2.0, **HARD}},
    "penalties": {
        "variant": "gru",
        "recurrent": {"l1": 0.01, "l2": 0.02, "dropout": 0.2, "recurrent_dropout": 0.2},
    },
    "softsign": {"variant": "lstm", "recurrent": {"activation": "softsign"}, "readout": {"dropout": 0.2}},
    "mlp": {"variant": "mlp", "frontend": {"embedding_dim": 5}, "readout": {"dense_units": 7}, "units": 0},
    "cnn": {"variant": "cnn", "frontend": {"filters": 6}, "readout": {"dense_units": 7, "dropout": 0.2}},
}

use_tensorflow = pytest.mark.usefixtures("tensorflow")


def made(name: str, seed: int = 0) -> tuple[Any, np.ndarray]:
    """Return one of NETWORKS and sequences for it: ids where it wants them."""
    chosen = experiment(**NETWORKS[name])
    symbols = chosen.frontend.embedding_dim > 0
    sequences, features = (ids(TIMESTEPS, 9), 9) if symbols else (vectors(TIMESTEPS, FEATURES), FEATURES)
    return build(chosen, data(sequences), features, None, seed), sequences[: chosen.batch if chosen.stateful else None]


def masked(variant: str, random: np.random.RandomState | None = None, **options: Any) -> Any:
    sequences = data(vectors(TIMESTEPS, FEATURES), OUTPUTS, masked=True)
    return build(experiment(variant, **options), sequences, FEATURES, random, 0)


@use_tensorflow
@pytest.mark.parametrize("variant", BOOK)
def test_a_network_with_the_documents_weights_equals_their_equations(variant: str) -> None:
    model = masked(variant, np.random.RandomState(3))
    hidden, output = draw_weights(np.random.RandomState(3), variant, FEATURES, UNITS, OUTPUTS)
    function, gates = BOOK[variant]
    columns = dict(zip(gates, np.split(hidden, len(gates), axis=1), strict=True))
    weights = {f"x_{gate}": part[:FEATURES] for gate, part in columns.items()}
    weights |= {f"h_{gate}": part[FEATURES:] for gate, part in columns.items()}
    weights |= {f"b_{gate}": np.full(UNITS, float(gate == "f")) for gate in gates}

    sequences = 30 * vectors(TIMESTEPS, FEATURES)  # large, for the weights are small
    rows = [function(weights, s[None, :n], equations.sigmoid) for s, n in zip(sequences, LENGTHS, strict=True)]
    read = [state[0] if variant == "lstm_state" else steps[0, -1] for steps, state in rows]
    expected = np.array(read) @ output
    np.testing.assert_allclose(model([sequences, LENGTHS]).numpy(), expected, atol=1e-6)
    sequences[1, 1:] = 99.0  # padding, whatever stands there
    np.testing.assert_allclose(model([sequences, LENGTHS]).numpy(), expected, atol=1e-6)


@use_tensorflow
@pytest.mark.parametrize("options", [{}, {"layers": 2}, {"bidirectional": True, "layers": 2}])
def test_padding_counts_nowhere(options: dict[str, Any]) -> None:
    model, sequences = masked("gru_before", **options), vectors(TIMESTEPS, FEATURES)
    expected = model([sequences, LENGTHS]).numpy()
    for row, length in zip(sequences, LENGTHS, strict=True):
        row[length:] = 99.0
    np.testing.assert_array_equal(model([sequences, LENGTHS]).numpy(), expected)


@use_tensorflow
def test_every_variant_has_a_network() -> None:
    from pipeline.networks import model

    assert tuple(model.LAYERS) == tuple(CELLS)
    assert (*model.BODIES, "constant", "last_value", "forest") == VARIANTS


@use_tensorflow
def test_the_layers_of_an_experiment_stand_in_order() -> None:
    options = {"layers": 2, "readout": {"dense_units": 7, "dropout": 0.5}, **NETWORKS["convolution"]}
    model = build(experiment(**options), data(ids(TIMESTEPS, 9)), 9, None, 0)
    kinds = [type(layer).__name__ for layer in model.layers]
    expected = ["Embedding", "Dropout", "Conv1D", "MaxPooling1D", "LSTM", "LSTM", "Dense", "Dropout", "Dense"]
    assert kinds == ["InputLayer", *expected]
    assert [layer.rate for layer in model.layers if type(layer).__name__ == "Dropout"] == [0.5, 0.5]
    assert model.get_layer("dense").activation.__name__ == "relu"
    assert model.get_layer("embedding").get_weights()[0].std() == pytest.approx(0.1 / 12**0.5, rel=0.2)


@use_tensorflow
@pytest.mark.parametrize("variant", ["lstm", "gru", "gru_before", "rnn"])
def test_the_options_of_an_experiment_reach_the_recurrent_layers(variant: str) -> None:
    from pipeline.networks.activations import old_hard_sigmoid

    options: dict[str, Any] = {"activation": "softsign"} | ({"forget_bias": 3.0} if variant == "lstm" else {})
    options |= {"dropout": 0.1, "recurrent_dropout": 0.2, "l2": 0.5, **HARD}
    model = masked(variant, recurrent=options, layers=2)
    for layer in [layer for layer in model.layers if hasattr(layer, "recurrent_dropout")]:
        assert (layer.dropout, layer.recurrent_dropout) == (0.1, 0.2)
        assert layer.activation.__name__ == "softsign"
        if variant != "rnn":
            assert layer.recurrent_activation is old_hard_sigmoid
        if variant == "lstm":
            np.testing.assert_array_equal(layer.get_weights()[2], np.repeat([0.0, 3.0, 0.0, 0.0], UNITS))
    kernels = [w for layer in model.layers if hasattr(layer, "recurrent_dropout") for w in layer.get_weights()[:2]]
    assert len(kernels) == 4
    assert float(sum(model.losses)) == pytest.approx(0.5 * sum(np.square(w).sum() for w in kernels), rel=1e-5)


@use_tensorflow
def test_a_relu_rnn_keeps_its_activation() -> None:
    assert (
        masked("relu_rnn", recurrent={"activation": "softsign"}).get_layer("simple_rnn").activation.__name__ == "relu"
    )


@use_tensorflow
def test_both_directions_are_two_layers_side_by_side() -> None:
    model = build(experiment("gru", bidirectional=True), data(vectors(TIMESTEPS, FEATURES)), FEATURES, None, 0)
    pair, dense = model.get_layer("bidirectional"), model.get_layer("dense")
    assert not np.allclose(pair.forward_layer.get_weights()[0], pair.backward_layer.get_weights()[0])
    sequences = vectors(TIMESTEPS, FEATURES)
    pair.backward_layer.go_backwards = False  # what it gives for the reversed sequence
    sides = [np.array(pair.forward_layer(sequences)), np.array(pair.backward_layer(sequences[:, ::-1]))]
    pair.backward_layer.go_backwards = True
    np.testing.assert_allclose(model([sequences]), dense(np.concatenate(sides, axis=1)), atol=1e-6)


@use_tensorflow
def test_two_directions_may_be_summed() -> None:
    sequences = vectors(TIMESTEPS, FEATURES)
    both, summed = (
        build(experiment("gru", bidirectional=True, recurrent={"merge_mode": mode}), data(sequences), FEATURES, None, 0)
        for mode in ("concat", "sum")
    )
    beside = np.array(both.get_layer("bidirectional")(sequences))
    np.testing.assert_allclose(
        summed.get_layer("bidirectional")(sequences), beside[:, :UNITS] + beside[:, UNITS:], atol=1e-6
    )


@use_tensorflow
@pytest.mark.parametrize("variant", CELLS)
def test_the_options_of_a_variant_compose(variant: str, tmp_path: Path) -> None:
    import keras
    import tensorflow as tf

    cell, both = CELLS[variant], variant != "lstm_state"
    options: dict[str, Any] = {"dropout": 0.2, "l2": 0.1, "layer_norm": True, "tbptt_steps": 3}
    options |= {"merge_mode": "sum"} if both else {}
    options |= {"recurrent_dropout": 0.3, "activation": "softsign"} if cell.recurrent else {}
    options |= HARD if variant != "min_lstm" else {}
    options |= {"forget_bias": 2.0} if cell.forgets else {}
    model = masked(variant, layers=2, bidirectional=both, recurrent=options)
    sequences = vectors(TIMESTEPS, FEATURES)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(model([sequences, LENGTHS], training=True))) + sum(model.losses)
    for gradient in tape.gradient(loss, model.trainable_variables):
        assert np.isfinite(tf.convert_to_tensor(gradient)).all()
    model.save(tmp_path / "model.keras")
    again: Any = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(again([sequences, LENGTHS]).numpy(), model([sequences, LENGTHS]).numpy())
    stack = [layer for layer in again.layers if layer.name.startswith(("bidirectional", cell.layer))]
    for layer in (getattr(layer, side, layer) for layer in stack for side in ("forward_layer", "backward_layer")):
        assert (layer.layer_norm, layer.tbptt_steps) == (True, 3)


@use_tensorflow
@pytest.mark.parametrize("variant", [name for name, cell in CELLS.items() if cell.forgets])
def test_the_forget_gate_has_its_first_bias(variant: str) -> None:
    model = masked(variant, recurrent={"forget_bias": 2.0})
    (layer,) = (layer for layer in model.layers if layer.name == CELLS[variant].layer)
    expected = [2.0 if gate == "f" else 0.0 for gate in CELLS[variant].gates]
    np.testing.assert_array_equal(layer.cell.bias, np.repeat(expected, UNITS))


@use_tensorflow
def test_a_stateful_network_goes_on_from_the_row_before() -> None:
    model, sequences = made("state")
    assert model.inputs[0].shape[0] == 1
    first, second = model([sequences]).numpy(), model([sequences]).numpy()
    assert not np.allclose(first, second)
    states = model.get_layer("lstm").states
    assert all(any(state is variable for variable in model.variables) for state in states)
    model.get_layer("lstm").reset_state()
    np.testing.assert_array_equal(model([sequences]).numpy(), first)


@use_tensorflow
@pytest.mark.parametrize("name", NETWORKS)
def test_the_seed_alone_decides_the_initial_weights(name: str) -> None:
    one, again, other = (made(name, seed)[0].get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert all(np.array_equal(a, b) == (np.unique(a).size <= 2) for a, b in zip(one, other, strict=True))


@use_tensorflow
def test_every_draw_has_a_seed_of_its_own() -> None:
    added: list[dict[str, Any]] = [{}, {"layers": 2, "recurrent": {"dropout": 0.5}}]
    first, second = (masked("lstm", **options).get_weights() for options in added)
    np.testing.assert_array_equal(first[0], second[0])  # what is added elsewhere changes no other draw
    assert not np.array_equal(second[1], second[4])  # the recurrent kernels of the two layers
    model = build(experiment("rnn", layers=3, bidirectional=True), data(vectors(6, FEATURES)), FEATURES, None, 0)
    squares = [w for w in model.get_weights() if w.shape == (UNITS, UNITS)]
    assert len({w.tobytes() for w in squares}) == 6


def test_a_seed_depends_on_the_run_and_the_part() -> None:
    assert len({seed_of(seed, part) for seed in (0, 1) for part in ("lstm kernel", "lstm_2 kernel", "dense")}) == 6
    assert seed_of(0, "dense") == seed_of(0, "dense")


@use_tensorflow
@pytest.mark.parametrize("name", NETWORKS)
def test_a_saved_network_comes_back_in_safe_mode(name: str, tmp_path: Path) -> None:
    import keras

    model, sequences = made(name)
    model.save(tmp_path / "model.keras")
    again: Any = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(model([sequences]).numpy(), again([sequences]).numpy())


@use_tensorflow
@pytest.mark.parametrize("name", ["convolution", "both directions", "penalties"])
def test_a_compiled_gradient_equals_the_eager_one(name: str) -> None:
    import tensorflow as tf

    model, sequences = made(name)

    def gradients() -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(model([sequences], training=False))) + sum(model.losses)
        return tape.gradient(loss, model.trainable_variables)

    compiled = tf.function(gradients, jit_compile=True)()
    for expected, found in zip(gradients(), compiled, strict=True):
        expected, found = (tf.convert_to_tensor(value).numpy() for value in (expected, found))
        np.testing.assert_allclose(found, expected, atol=1e-5, rtol=1e-4)


@use_tensorflow
def test_no_experiment_takes_the_slow_loop_of_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    def slow(*given: Any, **named: Any) -> None:
        raise AssertionError("Keras' own loop")

    monkeypatch.setattr(keras.layers.RNN, "inner_loop", slow)
    every = {(e.variant, e.layers, e.bidirectional, e.recurrent): e for e in params.load().experiments.values()}
    kinds = [e for e in every.values() if e.is_recurrent]
    assert {e.variant for e in kinds} >= {name for name, cell in CELLS.items() if cell.drawn}
    for chosen in kinds:
        symbols = chosen.frontend.embedding_dim > 0
        features = 9 if symbols else 64 if chosen.frontend.reads_bands else FEATURES
        sequences = ids(24, 9, 1) if symbols else vectors(24, features, 1)
        model = build(chosen, data(sequences), features, None, 0)
        model([sequences], training=True)


def test_what_does_not_go_with_the_data_is_refused_under_its_name() -> None:
    with pytest.raises(UserError, match=r"^experiments\.made\.made\.frontend\.embedding_dim: 5 needs ids"):
        build(experiment("lstm", frontend={"embedding_dim": 5}), data(vectors(6, FEATURES)), FEATURES, None, 0)


def test_the_documents_draw_is_of_one_plain_layer() -> None:
    with pytest.raises(UserError, match=r"^experiments\.made\.made\.protocol: "):
        masked("lstm", np.random.RandomState(0), layers=2)
