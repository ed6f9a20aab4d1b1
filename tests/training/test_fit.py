"""The compiled epoch: equal to plain Keras, the same bits again, one compilation for all seeds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params
from pipeline.spec.data import ABSENT, Data
from pipeline.training import fit as fit_module
from pipeline.training import metrics
from pipeline.training.fit import fit
from pipeline.training.metrics import confusion

pytestmark = pytest.mark.usefixtures("tensorflow")

Windows = tuple[Params, Path]


def compiled_of(params: Params, windows: Path, name: str, seed: int = 0) -> tuple[Any, Any, Any]:
    from pipeline.training.compiled import Compiled
    from pipeline.training.optimizers import make_optimizer
    from pipeline.training.setup import Setup

    experiment = params.experiments[name]
    family = FAMILIES[experiment.family]
    data = family.load(experiment, seed, None, windows / experiment.family)
    model = family.network(experiment, data, seed)
    compiled = Compiled(Setup(model, make_optimizer(experiment.optimizer)))
    compiled.begin(model, (data.sequences, data.lengths, data.targets))
    return compiled, experiment, data


def test_an_epoch_equals_plain_keras_steps(strings_windows: Windows) -> None:
    import keras
    import tensorflow as tf

    compiled, experiment, data = compiled_of(*strings_windows, "am_a")
    compiled.optimizer = keras.optimizers.Adam(0.01)
    compiled.optimizer.build(compiled.model.trainable_variables)
    start = compiled.model.get_weights()
    losses, _ = compiled.train_epoch(data.train(1), len(data.lengths))
    plain = FAMILIES["automata"].network(experiment, data, 0)
    plain.set_weights(start)
    plain.compile(keras.optimizers.Adam(0.01), keras.losses.BinaryCrossentropy(from_logits=True))
    expected = []
    for rows in data.train(1):
        inputs = [tf.cast(data.sequences[rows], "int32"), data.lengths[rows]]
        expected.append(plain.train_on_batch(inputs, data.targets[rows][:, None].astype("float32"), return_dict=False))
        plain.reset_metrics()
    np.testing.assert_allclose(losses, expected, atol=1e-5)
    for ours, theirs in zip(compiled.model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_textbook_adam_equals_the_papers_algorithm() -> None:
    import keras

    from pipeline.training.optimizers import TextbookAdam

    random = np.random.default_rng(0)
    value, variable = random.normal(size=5), keras.Variable(np.zeros(5, np.float32))
    variable.assign(value)
    optimizer = TextbookAdam(0.1, epsilon=1e-3)
    optimizer.build([variable])
    m, v = np.zeros(5), np.zeros(5)
    for t in range(1, 6):
        gradient = random.normal(0, 1e-3, 5)
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        value = value - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-3)
        optimizer.apply([keras.ops.convert_to_tensor(gradient, "float32")], [variable])
        np.testing.assert_allclose(variable.numpy(), value, atol=1e-6)


def test_keras2_rmsprop_adds_epsilon_to_the_root() -> None:
    import keras

    from pipeline.training.optimizers import Keras2RMSprop

    variable = keras.Variable(np.zeros(3, np.float32))
    optimizer = Keras2RMSprop(0.001)
    optimizer.build([variable])
    value, v = np.zeros(3), np.zeros(3)
    for gradient in np.random.default_rng(0).normal(0, 1e-5, (5, 3)):  # today's floor of 3e-4 would hold these back
        v = 0.9 * v + 0.1 * gradient**2
        value = value - 0.001 * gradient / (np.sqrt(v) + 1e-7)
        optimizer.apply([keras.ops.convert_to_tensor(gradient, "float32")], [variable])
    np.testing.assert_allclose(variable.numpy(), value, rtol=1e-4)


def test_a_smaller_batch_is_the_mean_of_those_that_are_there(strings_windows: Windows) -> None:
    weights, losses = [], []
    for others in (5, ABSENT):  # ten times the same row learns as the row alone
        compiled, _, _ = compiled_of(*strings_windows, "am_a")
        loss, _ = compiled.train_epoch(np.array([[5] + [others] * 9], np.int32), 1)
        losses.append(loss[0])
        weights.append(compiled.model.get_weights())
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)
    for ours, theirs in zip(*weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_smaller_batch_weighs_less_in_the_figures_of_an_epoch() -> None:
    rows = np.array([[0, 1], [2, ABSENT]])
    assert fit_module._mean(np.array([1.0, 2.0], np.float32), rows) == pytest.approx(4 / 3)


def test_an_outcome_has_every_epoch_and_those_that_are_measured_on_the_way(strings_windows: Windows) -> None:
    compiled, experiment, data = compiled_of(*strings_windows, "am_a")
    marked = experiment.model_copy(update={"eval_epochs": [2, 3]})
    heard: list[int] = []
    outcome = fit(compiled, marked, data, 100, lambda epoch, figures: heard.append(epoch))
    assert heard == [1, 2, 3]
    assert [len(series) for series in outcome.history.values()] == [3] * 6
    assert outcome.history["val_accuracy"][0] is None and outcome.history["val_accuracy"][1] is not None
    assert set(outcome.metrics) >= {"test_accuracy", "train_seconds", "test_accuracy@2", "train_seconds@2"}
    assert not any(name.endswith("@3") for name in outcome.metrics)  # the end is measured once
    assert outcome.metrics["train_seconds@2"] < outcome.metrics["train_seconds"]
    counts = np.array(confusion(2, outcome.test, data.targets[data.test]))
    assert counts.sum() == 50
    assert np.trace(counts) / 50 == pytest.approx(outcome.metrics["test_accuracy"])


def test_it_stops_early_with_the_best_weights(strings_windows: Windows) -> None:
    compiled, experiment, data = compiled_of(*strings_windows, "am_a")
    always = Data(**{**vars(data), "validation": lambda epoch: data.test})
    losses = iter([0.5, 0.3, 0.4, 0.3, 0.9, 0.1])
    states: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics, "cross_entropy", lambda logits, targets: next(losses))
        patient = experiment.model_copy(update={"epochs": 9, "patience": 2})
        outcome = fit(compiled, patient, always, 100, lambda epoch, figures: states.append(compiled.state()))
    assert outcome.history["val_loss"] == [0.5, 0.3, 0.4, 0.3] and outcome.metrics["best_epoch"] == 2
    assert all(np.array_equal(a, b) for a, b in zip(compiled.state(), states[1], strict=True))


def test_a_lost_network_is_written_as_null(strings_windows: Windows) -> None:
    compiled, experiment, data = compiled_of(*strings_windows, "am_b")
    compiled.model.set_weights([np.full_like(w, np.nan) for w in compiled.model.get_weights()])
    outcome = fit(compiled, experiment, data, 100, lambda epoch, figures: None)
    assert outcome.history["loss"] == [None, None, None]
    assert outcome.metrics["test_accuracy"] == 0
