"""The networks of experiments: against the documents' equations, option by option, and what is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import params
from pipeline.base.console import UserError
from pipeline.experiments import Convolution, Varied
from pipeline.networks import VARIANTS, build
from pipeline.networks.initial_weights import draw_weights, seed_of
from pipeline.spec.cells import ANATOMY
from pipeline.spec.compatibility import misfit
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
NETWORKS: dict[str, dict[str, Any]] = {
    "embedding": {"variant": "rnn", "embedding": 5},
    "convolution": {"variant": "lstm", "embedding": 5, "embedding_dropout": 0.5, "filters": 6, "pool": 2},
    "stack": {"variant": "rnn", "layers": 2},
    "both directions": {"variant": "gru_before", "gates": "hard_sigmoid", "bidirectional": True, "layers": 2},
    "state": {"variant": "lstm_state", "batch": 1, "state": "reset", "gates": "hard_sigmoid", "forget_bias": 2.0},
    "penalties": {"variant": "gru", "l1": 0.01, "l2": 0.02, "dropout": 0.2, "recurrent_dropout": 0.2},
    "softsign": {"variant": "lstm", "activation": "softsign", "readout_dropout": 0.2},
    "mlp": {"variant": "mlp", "embedding": 5, "hidden": 7, "units": 0},
    "cnn": {"variant": "cnn", "filters": 6, "hidden": 7, "readout_dropout": 0.2},
}

use_tensorflow = pytest.mark.usefixtures("tensorflow")


def made(name: str, seed: int = 0) -> tuple[Any, np.ndarray]:
    """Return one of NETWORKS and sequences for it: ids where it wants them."""
    chosen = experiment(**NETWORKS[name])
    sequences = ids(TIMESTEPS, 9) if chosen.embedding else vectors(TIMESTEPS, FEATURES)
    features = 9 if chosen.embedding else FEATURES
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

    assert tuple(model.LAYERS) == tuple(ANATOMY)
    assert (*model.BODIES, "constant", "last_value", "forest") == VARIANTS


@use_tensorflow
def test_the_layers_of_an_experiment_stand_in_order() -> None:
    options = {"layers": 2, "hidden": 7, "readout_dropout": 0.5, **NETWORKS["convolution"]}
    model = build(experiment(**options), data(ids(TIMESTEPS, 9)), 9, None, 0)
    kinds = [type(layer).__name__ for layer in model.layers]
    expected = ["Embedding", "Dropout", "Conv1D", "BlockMaximum", "LSTM", "LSTM", "Dense", "Dropout", "Dense"]
    assert kinds == ["InputLayer", *expected]
    assert [layer.rate for layer in model.layers if type(layer).__name__ == "Dropout"] == [0.5, 0.5]
    assert model.get_layer("dense").activation.__name__ == "relu"
    assert model.get_layer("embedding").get_weights()[0].std() == pytest.approx(0.1 / 12**0.5, rel=0.2)


@use_tensorflow
@pytest.mark.parametrize("variant", ["lstm", "gru", "gru_before", "rnn"])
def test_the_options_of_an_experiment_reach_the_recurrent_layers(variant: str) -> None:
    from pipeline.networks.activations import old_hard_sigmoid

    options: dict[str, Any] = {"activation": "softsign"} | ({"forget_bias": 3.0} if variant == "lstm" else {})
    options |= {"gates": "hard_sigmoid", "dropout": 0.1, "recurrent_dropout": 0.2, "l2": 0.5}
    model = masked(variant, **options, layers=2)
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
    assert masked("relu_rnn", activation="softsign").get_layer("simple_rnn").activation.__name__ == "relu"


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
        build(experiment("gru", bidirectional=True, merge=merge), data(sequences), FEATURES, None, 0)
        for merge in ("concat", "sum")
    )
    beside = np.array(both.get_layer("bidirectional")(sequences))
    np.testing.assert_allclose(
        summed.get_layer("bidirectional")(sequences), beside[:, :UNITS] + beside[:, UNITS:], atol=1e-6
    )


@use_tensorflow
@pytest.mark.parametrize("variant", ANATOMY)
def test_the_options_of_a_variant_compose(variant: str, tmp_path: Path) -> None:
    import keras
    import tensorflow as tf

    parts = ANATOMY[variant]
    options: dict[str, Any] = {"layers": 2, "dropout": 0.2, "l2": 0.1, "layer_norm": True, "truncation": 3}
    options |= {"bidirectional": True, "merge": "sum"} if variant != "lstm_state" else {}
    options |= {"recurrent_dropout": 0.3, "activation": "softsign"} if parts.recurrent else {}
    options |= {"gates": "hard_sigmoid"} if variant != "min_lstm" else {}
    options |= {"forget_bias": 2.0} if parts.forgets else {}
    model = masked(variant, **options)
    sequences = vectors(TIMESTEPS, FEATURES)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(model([sequences, LENGTHS], training=True))) + sum(model.losses)
    for gradient in tape.gradient(loss, model.trainable_variables):
        assert np.isfinite(tf.convert_to_tensor(gradient)).all()
    model.save(tmp_path / "model.keras")
    again: Any = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(again([sequences, LENGTHS]).numpy(), model([sequences, LENGTHS]).numpy())
    stack = [layer for layer in again.layers if layer.name.startswith(("bidirectional", parts.layer))]
    for layer in (getattr(layer, side, layer) for layer in stack for side in ("forward_layer", "backward_layer")):
        assert (layer.layer_norm, layer.truncation) == (True, 3)


@use_tensorflow
@pytest.mark.parametrize("variant", [name for name, parts in ANATOMY.items() if parts.forgets])
def test_the_forget_gate_has_its_first_bias(variant: str) -> None:
    model = masked(variant, forget_bias=2.0)
    (layer,) = (layer for layer in model.layers if layer.name == ANATOMY[variant].layer)
    expected = [2.0 if gate == "f" else 0.0 for gate in ANATOMY[variant].gates]
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
def test_the_seed_alone_decides_the_first_weights(name: str) -> None:
    one, again, other = (made(name, seed)[0].get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert all(np.array_equal(a, b) == (np.unique(a).size <= 2) for a, b in zip(one, other, strict=True))


@use_tensorflow
def test_every_draw_has_a_seed_of_its_own() -> None:
    added: list[dict[str, Any]] = [{}, {"layers": 2, "dropout": 0.5}]
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
    network = (
        *("variant", "activation", "gates", "layers", "bidirectional", "merge", "layer_norm", "state", "truncation"),
        *("dropout", "recurrent_dropout"),
    )
    every = {tuple(getattr(e, name) for name in network): e for e in params.load().experiments.values()}
    kinds = [e for e in every.values() if e.variant in ANATOMY]
    assert {e.variant for e in kinds} >= {name for name, parts in ANATOMY.items() if parts.drawn}
    for chosen in kinds:
        features = 9 if chosen.embedding else 64 if chosen.segment or chosen.convolutions else FEATURES
        sequences = ids(24, 9, 1) if chosen.embedding else vectors(24, features, 1)
        model = build(chosen, data(sequences), features, None, 0)
        model([sequences], training=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variant": "lstm", "units": 0}, "units: 0"),
        ({"variant": "mlp", "layers": 2}, "layers: 'mlp'"),
        ({"variant": "cnn"}, "filters: 0"),
        ({"variant": "lstm", "pool": 4}, "pool: 4"),
        ({"variant": "lstm_state", "bidirectional": True}, "bidirectional: 'lstm_state'"),
        ({"variant": "gru", "state": "reset", "batch": 14}, "batch: "),
        ({"variant": "gru", "merge": "sum"}, "merge: 'sum' is of two directions"),
        ({"variant": "gru", "state": "carry", "batch": 1, "bidirectional": True}, "state: "),
        ({"variant": "mlp", "units": 0, "truncation": 3}, "truncation: 'mlp'"),
        ({"variant": "rnn", "layer_norm": True, "units": 1}, "layer_norm: one unit"),
        ({"variant": "min_gru", "recurrent_dropout": 0.1}, "recurrent_dropout: 'min_gru'"),
        ({"variant": "min_lstm", "activation": "softsign"}, "activation: 'min_lstm'"),
        ({"variant": "min_lstm", "gates": "hard_sigmoid"}, "gates: "),
        ({"variant": "lstm_nfg", "forget_bias": 0.0}, "forget_bias: 'lstm_nfg'"),
        ({"variant": "mgu", "forget_bias": 2.0}, "forget_bias: 'mgu'"),
        ({"variant": "constant", "units": 0, "epochs": 2}, "epochs: 'constant'"),
        ({"variant": "mlp", "units": 0, "pooling": "mean_max"}, "pooling: 'mlp'"),
        ({"variant": "lstm_state", "pooling": "mean_max"}, "pooling: 'lstm_state'"),
        ({"variant": "lstm", "varied": Varied(gain=3.0)}, "varied: only log-mel bands"),
        ({"variant": "lstm", "segment": 2, "convolutions": [Convolution(filters=2)]}, "convolutions: cepstra"),
        ({"variant": "lstm", "together": 2}, "together: 2 needs convolutions"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: dict[str, Any], message: str) -> None:
    assert (misfit(experiment(**options)) or "").startswith(message)
    with pytest.raises(UserError, match=f"experiments.made.{message}"):
        build(experiment(**options), data(vectors(TIMESTEPS, FEATURES)), FEATURES, None, 0)


def test_what_params_yaml_asks_for_goes_together() -> None:
    assert {name: misfit(e) for name, e in params.load().experiments.items() if misfit(e)} == {}


@pytest.mark.parametrize(
    ("options", "masks", "drawn", "message"),
    [
        ({"variant": "lstm", "embedding": 5}, False, False, "embedding: 5 needs ids"),
        ({"variant": "cnn", "filters": 5}, True, False, "variant: .*padding"),
        ({"variant": "mlp"}, True, False, "variant: .*padding"),
        ({"variant": "lstm", "filters": 5, "kernel": 7}, False, False, "kernel: 7 steps .* of 6"),
        ({"variant": "lstm", "filters": 5, "kernel": 3, "pool": 5}, False, False, "kernel: 3 steps .* of 6"),
        ({"variant": "lstm", "layers": 2}, True, True, "layers: .*protocol: corrected"),
        ({"variant": "lstm", "hidden": 2}, True, True, "hidden: .*protocol: corrected"),
        ({"variant": "lstm_peephole"}, True, True, "variant: .*protocol: corrected"),
        ({"variant": "lstm", "layer_norm": True}, True, True, "layer_norm: .*protocol: corrected"),
        ({"variant": "lstm", "segment": 2, "cepstra": 2}, True, False, "segment: it needs whole clips .* tile: true"),
        ({"variant": "lstm", "mixup": 0.2}, True, False, "mixup: it needs whole clips"),
        ({"variant": "lstm", "convolutions": [Convolution(filters=2, bands=4)]}, False, False, "convolutions: nothing"),
        ({"variant": "lstm", "segment": 2, "cepstra": 4}, False, False, "cepstra: 4 are more than the 3 bands"),
        ({"variant": "lstm", "segment": 2, "cepstra": 2, "filters": 5, "pool": 2}, False, False, "kernel: .* of 3"),
        ({"variant": "last_value", "epochs": 0}, False, False, "variant: the family 'made' has no 'last_value'"),
    ],
)
def test_options_that_do_not_go_with_the_data_are_refused(
    options: dict[str, Any], masks: bool, drawn: bool, message: str
) -> None:
    random: Callable[[], np.random.RandomState | None] = (lambda: np.random.RandomState(0)) if drawn else lambda: None
    with pytest.raises(UserError, match=f"experiments.made.{message}"):
        build(experiment(**options), data(vectors(TIMESTEPS, FEATURES), masked=masks), FEATURES, random(), 0)
