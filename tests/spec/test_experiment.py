"""An experiment: which options of its training do not go together, and what of it decides a result."""

from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from pipeline.spec import experiment as module
from pipeline.spec.augmentation import Augmentation
from pipeline.spec.experiment import TRAINING_RULES, Experiment
from pipeline.spec.network import Network
from pipeline.spec.sections import explain
from tests.made_networks import experiment


class Numbers(Experiment):
    """An experiment whose targets are numbers."""

    regression: ClassVar[bool] = True


CASES: list[tuple[type[Experiment], dict[str, Any], str]] = [
    (Experiment, {"loss": "mse"}, "loss: 'mse' does not fit; write cross_entropy"),
    (Experiment, {"loss": "mae"}, "loss: 'mae' does not fit; write cross_entropy"),
    (Numbers, {}, "loss: 'cross_entropy' does not fit; write mse or mae"),
    (Numbers, {"loss": "mse", "label_smoothing": 0.1}, "label_smoothing: label_smoothing, mixup and ensembles"),
    (Numbers, {"loss": "mae", "augmentation": {"mixup": 0.1}}, "label_smoothing: label_smoothing, mixup and ens"),
    (Numbers, {"loss": "mae", "labels": {"ensemble": "all"}}, "label_smoothing: label_smoothing, mixup and ensem"),
    (Experiment, {"variant": "constant", "units": 0, "epochs": 2}, "epochs: 'constant' does not train; write 0 epochs"),
    (Experiment, {"variant": "last_value", "units": 0}, "epochs: 'last_value' does not train; write 0 epochs"),
    (Experiment, {"variant": "forest", "units": 0, "epochs": 2}, "epochs: 'forest' is fitted once; write 1"),
    (Experiment, {"variant": "forest", "units": 0, "epochs": 0}, "epochs: 'forest' is fitted once; write 1"),
    (Experiment, {"augmentation": {"gain": 3.0}}, "augmentation: only log-mel bands can be augmented"),
    (Experiment, {"augmentation": {"roll": True, "mixup": 0.1}}, "augmentation: only log-mel bands can be augmented"),
    (Experiment, {"recurrent": {"state": "reset"}, "batch": 14}, "batch: .* 14 rows cannot be one batch; write 1"),
    (Experiment, {"recurrent": {"state": "carry"}}, "batch: .* 10 rows cannot be one batch; write 1"),
]


def made(kind: type[Experiment], options: dict[str, Any]) -> Experiment:
    values = {"name": "made", "family": "made", "document": "002", "variant": "lstm", "units": 4, "epochs": 1}
    return kind.model_validate(values | options)


def fault(kind: type[Experiment], options: dict[str, Any]) -> str:
    """Return why options are refused, nothing if they are not."""
    try:
        made(kind, options)
    except ValidationError as error:
        return explain(error)
    return ""


@pytest.mark.parametrize(("kind", "options", "message"), CASES)
def test_options_that_do_not_go_together_are_refused(
    kind: type[Experiment], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError) as caught:
        made(kind, options)
    assert caught.match(message) and fault(kind, options).split(":")[0] == message.split(":")[0]


@pytest.mark.parametrize("rule", TRAINING_RULES, ids=lambda rule: rule.message[:30])
def test_every_rule_is_what_refuses_a_case(rule: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [fault(kind, options) for kind, options, _ in CASES]
    monkeypatch.setattr(module, "TRAINING_RULES", tuple(one for one in TRAINING_RULES if one is not rule))
    after = [fault(kind, options) for kind, options, _ in CASES]
    changed = [text for text, then in zip(before, after, strict=True) if text != then]
    assert changed and all(text.startswith(f"{rule.key}: ") for text in changed)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (Numbers, {"loss": "mae"}),
        (Experiment, {"variant": "constant", "units": 0, "epochs": 0}),
        (Experiment, {"epochs": 0}),
        (Experiment, {"augmentation": {"mixup": 0.3}, "label_smoothing": 0.1, "labels": {"ensemble": "all"}}),
        (Experiment, {"augmentation": {"gain": 3.0}, "frontend": {"mfcc": {"steps": 2}}}),
        (Experiment, {"augmentation": {"roll": True}, "frontend": {"conv2d": [{"filters": 2}]}}),
        (Experiment, {"recurrent": {"state": "carry"}, "batch": 1}),
    ],
)
def test_what_goes_together_is_taken(kind: type[Experiment], options: dict[str, Any]) -> None:
    assert fault(kind, options) == ""


@pytest.mark.parametrize("key", ["name", "document", "family", "variant", "units", "epochs"])
def test_what_an_experiment_must_say(key: str) -> None:
    values = {"name": "made", "family": "made", "document": "002", "variant": "lstm", "units": 4, "epochs": 1}
    with pytest.raises(ValidationError) as caught:
        Experiment.model_validate({name: value for name, value in values.items() if name != key})
    assert explain(caught.value) == f"{key}: missing; add it"


def test_a_recipe_is_all_but_what_an_experiment_is_called_and_when_it_is_run() -> None:
    one = experiment("lstm", name="a", document="000", labels={"quick": True, "board": "b"})
    other = experiment("lstm", name="b", document="001", labels={"seeds": 9, "ensemble": "all"})
    assert one.recipe() == other.recipe()
    assert set(Experiment.model_fields) - set(one.recipe()) == {"name", "document", "labels"}


@pytest.mark.parametrize(
    "options",
    [
        {"variant": "gru"},
        {"units": 5},
        {"family": "other"},
        {"protocol": "corrected"},
        {"frontend": {"mfcc": {"steps": 3}}},
        {"recurrent": {"l2": 0.1}},
        {"readout": {"dropout": 0.1}},
        {"optimizer": {"ema_momentum": 0.9}},
        {"augmentation": {"mixup": 0.2}},
        {"eval_epochs": [1]},
        {"label_smoothing": 0.1},
    ],
)
def test_everything_else_is_of_the_recipe(options: dict[str, Any]) -> None:
    assert experiment(**{"variant": "lstm", **options}).recipe() != experiment("lstm").recipe()


def test_the_params_of_a_recipe_are_texts_with_groups_by_a_dot() -> None:
    found = experiment("lstm", frontend={"mfcc": {"steps": 8}}, eval_epochs=[1, 2]).params()
    assert {found["units"], found["optimizer.learning_rate"], found["frontend.mfcc.steps"]} == {"4", "0.001", "8"}
    assert found["eval_epochs"] == "[1, 2]" and found["recurrent.layer_norm"] == "False"
    assert not any(key.startswith(("name", "document", "labels")) for key in found)


def test_the_network_of_an_experiment_knows_nothing_of_its_training() -> None:
    one, other = experiment("lstm", epochs=9, batch=3, optimizer={"name": "sgd"}), experiment("lstm")
    assert one.network() == other.network() and set(one.network()) == set(Network.model_fields)
    assert one.network() != experiment("lstm", recurrent={"dropout": 0.1}).network()


def test_only_what_is_not_trained_is_a_baseline() -> None:
    assert experiment("lstm", epochs=0).baseline and not experiment("lstm").baseline


def test_mixup_is_no_augmentation_of_clips() -> None:
    both = Augmentation(gain=3.0, mixup=0.2)
    assert both.of_clips == Augmentation(gain=3.0) and Augmentation(mixup=0.2).of_clips == Augmentation()
