"""The networks against a slow float64 reference of the documents' equations, masks included."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.networks import VARIANTS
from pipeline.networks.initial import in_keras_order

pytestmark = pytest.mark.usefixtures("tensorflow")

FEATURES, UNITS, OUTPUTS, TIMESTEPS = 3, 4, 2, 6


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def book(variant: str, sequence: np.ndarray, hidden: np.ndarray, output: np.ndarray) -> np.ndarray:
    """One sequence through protocols, section 3: gates in the order f, i, o, g; forget bias 1. The GRU: z, r, n."""
    h, c = np.zeros(UNITS), np.zeros(UNITS)
    for x in sequence:
        z = np.concatenate([x, h]) @ hidden
        if variant == "relu_rnn":
            h = np.maximum(z, 0)
            continue
        if variant == "gru":
            x_part, h_part = np.split(x @ hidden[:FEATURES], 3), np.split(h @ hidden[FEATURES:], 3)
            update, reset = sigmoid(x_part[0] + h_part[0]), sigmoid(x_part[1] + h_part[1])
            h = update * h + (1 - update) * np.tanh(x_part[2] + reset * h_part[2])
            continue
        f, i, o, g = np.split(z, 4)
        c = sigmoid(f + 1) * c + np.tanh(g) * sigmoid(i)
        h = np.tanh(c) * sigmoid(o)
    return (c if variant == "lstm_state" else h) @ output


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_network_equals_the_documents_equations(variant: str) -> None:
    from pipeline.networks.model import make_model

    random = np.random.default_rng(3)
    gates = {"relu_rnn": 1, "gru": 3}.get(variant, 4)
    hidden = random.normal(0, 0.5, (FEATURES + UNITS, gates * UNITS))
    output = random.normal(0, 0.5, (UNITS, OUTPUTS))
    model = make_model(variant, UNITS, TIMESTEPS, FEATURES, symbols=False, outputs=OUTPUTS, seed=0)
    model.set_weights(in_keras_order(hidden, output, FEATURES))
    sequences = random.normal(0, 1, (5, TIMESTEPS, FEATURES)).astype(np.float32)
    lengths = np.array([6, 1, 3, 5, 2], np.int32)
    expected = [book(variant, s[:n], hidden, output) for s, n in zip(sequences, lengths, strict=True)]
    np.testing.assert_allclose(model([sequences, lengths]).numpy(), expected, atol=1e-6)
    sequences[1, 1:] = 99.0  # padding, whatever stands there
    np.testing.assert_allclose(model([sequences, lengths]).numpy(), expected, atol=1e-6)


@pytest.mark.parametrize(("variant", "parameters"), [("relu_rnn", 2630), ("lstm", 9890), ("lstm_state", 9890)])
def test_the_documents_networks_have_the_documents_parameters(variant: str, parameters: int) -> None:
    from pipeline.networks.model import make_model

    assert make_model(variant, 20, 400, 100, symbols=False, outputs=10, seed=0).count_params() == parameters


def test_every_variant_has_a_builder() -> None:
    from pipeline.networks import model

    assert tuple(model.VARIANTS) == VARIANTS


def weights(seed: int) -> list[np.ndarray]:
    from pipeline.networks.model import make_model

    found: list[np.ndarray] = make_model("lstm", UNITS, TIMESTEPS, FEATURES, False, OUTPUTS, seed).get_weights()
    return found


def test_the_seed_alone_decides_the_first_weights() -> None:
    assert all(np.array_equal(a, b) for a, b in zip(weights(1), weights(1), strict=True))
    assert not np.array_equal(weights(1)[0], weights(2)[0])


def test_a_saved_model_comes_back_in_safe_mode(tmp_path: Path) -> None:
    import keras

    from pipeline.networks.model import make_model

    model: Any = make_model("lstm_state", UNITS, TIMESTEPS, 5, symbols=True, outputs=1, seed=0)
    model.save(tmp_path / "model.keras")
    again: Any = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    inputs = [np.array([[1, 2, 3, 4, 0, 0]], np.int32), np.array([4], np.int32)]
    np.testing.assert_array_equal(model(inputs).numpy(), again(inputs).numpy())
