"""What an entry says of its optimizer: rate by schedule, weight decay, the length of a gradient, averaged weights."""

from typing import Any, get_args

import numpy as np
import pytest

from pipeline.spec.optimizer import Optimizer
from tests.made_networks import data, experiment, vectors

pytestmark = pytest.mark.usefixtures("tensorflow")


def updated(updates: int, gradient: float = 1.0, **options: Any) -> tuple[Any, list[Any]]:
    """Return the optimizer after so many updates, and a matrix, a bias and a gain of twos that it has changed."""
    import keras

    from pipeline.training.optimizers import make_optimizer

    shapes = {"kernel": (2, 2), "bias": (2,), "gamma": (2,)}
    variables = [keras.Variable(np.full(shape, 2.0), name=name) for name, shape in shapes.items()]
    optimizer = make_optimizer(Optimizer(**{"learning_rate": 0.1, **options}), 100)
    optimizer.build(variables)
    for _ in range(updates):
        optimizer.apply([np.full(v.shape, gradient, np.float32) for v in variables], variables)
    return optimizer, variables


def test_a_cosine_rises_for_a_tenth_and_ends_at_zero() -> None:
    from pipeline.training.optimizers import learning_rate

    rate = learning_rate(Optimizer(schedule="cosine", learning_rate=0.1), 100)
    found = [float(rate(step)) for step in (0, 5, 10, 55, 100)]
    np.testing.assert_allclose(found, [0, 0.05, 0.1, 0.05, 0], atol=1e-6)
    assert learning_rate(Optimizer(learning_rate=0.1), 100) == 0.1


def test_decay_takes_from_weights_and_not_from_biases_and_gains() -> None:
    _, (kernel, *others) = updated(1, 0.0, weight_decay=0.5)
    np.testing.assert_allclose(kernel, 2 - 0.1 * 0.5 * 2, rtol=1e-6)
    for other in others:
        np.testing.assert_array_equal(other, 2.0)


def test_a_long_gradient_is_shortened() -> None:
    _, (kernel, *_) = updated(1, 100.0, name="sgd", global_clipnorm=1.0)
    np.testing.assert_allclose(kernel, 2 - 0.1 / np.sqrt(8), rtol=1e-5)


def test_an_average_follows_the_weights_and_replaces_them_in_the_end() -> None:
    optimizer, variables = updated(3, 1.0, name="sgd", ema_momentum=0.5)
    np.testing.assert_allclose(variables[0], 1.7, rtol=1e-6)  # 1.9, 1.8, 1.7
    optimizer.finalize_variable_values(variables)
    np.testing.assert_allclose(variables[0], 0.5 * (0.5 * 1.9 + 0.5 * 1.8) + 0.5 * 1.7, rtol=1e-6)


def test_predicting_takes_the_average_and_training_goes_on_from_the_weights() -> None:
    from pipeline.networks.build import build
    from pipeline.training.compiled import Compiled
    from pipeline.training.optimizers import make_optimizer
    from pipeline.training.setup import Setup

    rows, sequences = np.arange(6, dtype=np.int32), vectors(3, 2, 6)

    def begun(ema_momentum: float) -> Any:
        chosen = experiment("lstm", optimizer={"learning_rate": 0.1, "ema_momentum": ema_momentum})
        model = build(chosen, data(sequences), 2, None, 0)
        compiled = Compiled(Setup(model, make_optimizer(chosen.optimizer)))
        compiled.begin(model, (sequences, np.full(6, 3, np.int32), rows % 3))
        return compiled

    plain, averaged = begun(0.0), begun(0.9)
    first = averaged.predict(rows)
    np.testing.assert_array_equal(first, plain.predict(rows))
    for _ in range(3):
        plain.train_epoch(rows.reshape(3, 2), 3)
        averaged.train_epoch(rows.reshape(3, 2), 3)
        assert not np.allclose(averaged.predict(rows), plain.predict(rows))
    for one, other in zip(averaged.model.trainable_variables, plain.model.trainable_variables, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)
    shown = averaged.predict(rows)
    averaged.settle()
    np.testing.assert_array_equal(averaged.predict(rows), shown)
    np.testing.assert_allclose(averaged.model([sequences]).numpy(), shown, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", get_args(Optimizer.model_fields["name"].annotation))
def test_an_id_that_occurs_twice_in_a_batch_counts_by_the_sum_of_its_gradients(name: str) -> None:
    """Keras' own optimizers would square the gradient of each occurrence by itself."""
    import keras
    import tensorflow as tf

    from pipeline.networks.build import build
    from pipeline.training.compiled import Compiled
    from pipeline.training.optimizers import make_optimizer
    from pipeline.training.setup import Setup

    chosen = experiment("rnn", optimizer={"name": name}, batch=4, frontend={"embedding_dim": 2})
    sequences, targets = np.array([[1, 3, 1], [1, 1, 1], [2, 3, 3], [3, 1, 2]], np.int32), np.array([0, 1, 2, 1])
    model = build(chosen, data(sequences), 5, None, 0)
    compiled = Compiled(Setup(model, make_optimizer(chosen.optimizer)))
    compiled.begin(model, (sequences, np.full(4, 3, np.int32), targets.astype(np.int32)))
    by_hand, optimizer = keras.models.clone_model(model), make_optimizer(chosen.optimizer)
    by_hand.set_weights(model.get_weights())
    for _ in range(3):
        compiled.train_epoch(np.arange(4, dtype=np.int32)[None], 1)
        with tf.GradientTape() as tape:
            outputs = by_hand([sequences])
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(targets, outputs, from_logits=True))
        gradients = [tf.convert_to_tensor(one) for one in tape.gradient(loss, by_hand.trainable_variables)]
        optimizer.apply(gradients, by_hand.trainable_variables)
    for ours, theirs in zip(compiled.model.trainable_variables, by_hand.trainable_variables, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
