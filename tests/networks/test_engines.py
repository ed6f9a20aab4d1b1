"""Both engines compute the same: TensorFlow, whose gradient is written by hand, and JAX, which finds its own.

Each network runs with the same weights on the same rows, here and in a process with Keras on JAX.
"""

from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import pytest

from pipeline.spec.cells import CELLS
from pipeline.spec.data import Data
from tests.made_networks import data, experiment, ids, vectors

Arrays = list[np.ndarray]
TIMESTEPS, FEATURES = 6, 3
LENGTHS = [6, 1, 4, 6, 3]
PLAIN = {name: {"variant": name} for name in CELLS}
OPTIONS: dict[str, dict[str, Any]] = {
    "softsign": {"variant": "lstm", "recurrent": {"activation": "softsign"}},
    "hard gates": {"variant": "gru_before", "recurrent": {"recurrent_activation": "hard_sigmoid"}},
    "normalised": {"variant": "gru", "recurrent": {"layer_norm": True}},
    "normalised before": {"variant": "gru_before", "recurrent": {"layer_norm": True}},
    "truncated": {"variant": "lstm", "recurrent": {"tbptt_steps": 2}},
    "truncated in parallel": {"variant": "min_gru", "recurrent": {"tbptt_steps": 2}},
    "two layers": {"variant": "rnn", "layers": 2},
    "both ways": {"variant": "mgu", "bidirectional": True},
    "pooled": {"variant": "lstm", "readout": {"pooling": "mean_max", "input_statistics": True, "dense_units": 3}},
    "penalised": {"variant": "gru", "recurrent": {"l1": 0.01, "l2": 0.01}},
    "flat": {"variant": "mlp", "units": 0, "readout": {"dense_units": 5}, "masked": False},
    "bands": {
        "variant": "gru",
        "frontend": {"conv2d": [{"filters": 3, "pool_bands": 2}]},
        "features": 4,
        "masked": False,
    },
    "symbols": {"variant": "lstm", "ids": True},
    "words": {
        "variant": "lstm",
        "frontend": {"embedding_dim": 4, "filters": 5, "kernel_size": 3, "pool_size": 2},
        "ids": True,
    },
}


def case(options: dict[str, Any]) -> tuple[Any, Data, int]:
    """Build the experiment, the data and the number of features, or of ids, of a case."""
    options = dict(options)
    features, masked = options.pop("features", FEATURES), options.pop("masked", True)
    of_ids = options.pop("ids", False)
    sequences = ids(TIMESTEPS, 7) if of_ids else vectors(TIMESTEPS, features)
    made = data(sequences, masked=masked)
    made.lengths[:] = LENGTHS if masked else TIMESTEPS
    return experiment(**options), made, 7 if of_ids else features


def inputs_of(made: Data) -> Arrays:
    return [made.sequences, made.lengths] if made.masked else [made.sequences]


def drawn(model: Any) -> Arrays:
    """Draw weights of the shapes of a model."""
    random = np.random.default_rng(3)
    return [random.normal(0, 0.5, weight.shape).astype(np.float32) for weight in model.trainable_variables]


def on_tensorflow(options: dict[str, Any]) -> tuple[Arrays, np.ndarray, Arrays]:
    """Return weights, outputs and the gradients of a loss on TensorFlow."""
    import tensorflow as tf

    from pipeline.networks.model import make_model

    chosen, made, features = case(options)
    model = make_model(chosen, made, features, 0)
    weights = drawn(model)
    for variable, value in zip(model.trainable_variables, weights, strict=True):
        variable.assign(value)
    with tf.GradientTape() as tape:
        outputs = model(inputs_of(made), training=True)
        loss = tf.reduce_sum(tf.tanh(outputs)) + sum(model.losses)
    gradients = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
    return weights, outputs.numpy(), [tf.convert_to_tensor(gradient).numpy() for gradient in gradients]


def on_jax(options: dict[str, Any], weights: Arrays) -> tuple[np.ndarray, Arrays]:
    """Return outputs and gradients of the same on JAX, for one of two runs in a stack."""
    import jax

    from pipeline.networks.model import make_model

    chosen, made, features = case(options)
    model = make_model(chosen, made, features, 0)
    others = [variable.value for variable in model.non_trainable_variables]

    def loss(trainable: Any) -> Any:
        call = model.stateless_call(trainable, others, inputs_of(made), training=True, return_losses=True)
        return jax.numpy.tanh(call[0]).sum() + sum(call[2]), call[0]

    both = [np.stack([0 * weight, weight]) for weight in weights]
    (_, outputs), gradients = jax.vmap(jax.value_and_grad(loss, has_aux=True))(both)
    return np.asarray(outputs[1]), [np.asarray(gradient[1]) for gradient in gradients]


@pytest.mark.parametrize("name", [*PLAIN, *OPTIONS])
def test_outputs_and_gradients_agree(name: str, tensorflow: None, jax_process: ProcessPoolExecutor) -> None:
    options = {**PLAIN, **OPTIONS}[name]
    weights, outputs, gradients = on_tensorflow(options)
    theirs, found = jax_process.submit(on_jax, options, weights).result()
    np.testing.assert_allclose(theirs, outputs, rtol=1e-5, atol=1e-5)
    for ours, other in zip(gradients, found, strict=True):
        np.testing.assert_allclose(other, ours, rtol=1e-4, atol=1e-5)
        assert np.abs(ours).max() > 0
