"""Which options of a network do not go with which data; known once the windows are there."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.spec import fitting
from pipeline.spec.data import Data
from pipeline.spec.fitting import RULES, misfit, require_fit
from tests.made_networks import data, experiment, ids, vectors

KINDS: dict[str, Data] = {  # 6 steps each
    "clips": data(vectors(6, 3)),
    "padded": data(vectors(6, 3), masked=True),
    "ids": data(ids(6, 9)),
    "none": replace(data(vectors(6, 3)), train=lambda epoch: np.empty((0, 10), np.int32)),
    "numbers": replace(data(vectors(6, 3), 1), labels=[]),
}
CASES: list[tuple[dict[str, Any], str, str]] = [
    ({}, "none", "batch: 10 rows are more than the training part has; write a smaller batch"),
    (
        {"variant": "last_value", "epochs": 0},
        "clips",
        "variant: the family 'made' does not support 'last_value'; choose a",
    ),
    ({"variant": "forest"}, "padded", "variant: 'forest' is for classes of whole clips"),
    ({"variant": "forest"}, "numbers", "variant: 'forest' is for classes of whole clips"),
    ({"variant": "forest"}, "ids", "variant: 'forest' is for classes of whole clips"),
    ({"frontend": {"mfcc": {"steps": 2, "coefficients": 2}}}, "padded", "frontend: mfcc, conv2d and mixup need whole"),
    ({"frontend": {"conv2d": [{"filters": 2}]}}, "ids", "frontend: mfcc, conv2d and mixup need whole clips"),
    ({"augmentation": {"mixup": 0.2}}, "padded", "frontend: mfcc, conv2d and mixup need whole clips"),
    (
        {"frontend": {"mfcc": {"steps": 2, "coefficients": 4}}},
        "clips",
        "frontend.mfcc: 4 coefficients are more than the 3 bands; write fewer",
    ),
    (
        {"variant": "forest", "frontend": {"mfcc": {"coefficients": 4}}},
        "clips",
        "frontend.mfcc: 4 coefficients are more than the 3 bands; write fewer",
    ),
    (
        {"frontend": {"conv2d": [{"filters": 2, "pool_bands": 4}]}},
        "clips",
        "frontend: 6 steps of 3 bands leave no output; use smaller blocks",
    ),
    (
        {"frontend": {"mfcc": {"steps": 7, "coefficients": 2}}},
        "clips",
        "frontend: 6 steps of 3 bands leave no output; use smaller blocks",
    ),
    ({"frontend": {"embedding_dim": 5}}, "clips", "frontend.embedding_dim: 5 needs ids, and the steps are vectors"),
    ({"variant": "cnn", "frontend": {"filters": 5}}, "padded", "variant: 'cnn' cannot ignore padding; choose a"),
    ({"variant": "mlp"}, "padded", "variant: 'mlp' cannot ignore padding; choose a recurrent variant"),
    (
        {"frontend": {"filters": 5, "kernel_size": 7}},
        "clips",
        "frontend.kernel_size: 7 steps and a pool of 1 leave nothing of 6 steps; write a smaller",
    ),
    (
        {"frontend": {"filters": 5, "kernel_size": 3, "pool_size": 5}},
        "ids",
        "frontend.kernel_size: 3 steps and a pool of 5 leave nothing of 6 steps; write a smaller",
    ),
    (
        {"frontend": {"mfcc": {"steps": 2, "coefficients": 2}, "filters": 5, "pool_size": 2}},
        "clips",
        "frontend.kernel_size: 3 steps and a pool of 2 leave nothing of 6 steps; write a smaller",
    ),
]


def fault(options: dict[str, Any], kind: str, drawn: bool = False) -> str:
    """Return why options are refused for such data, nothing if they are not."""
    return misfit(experiment(**{"variant": "lstm", **options}), KINDS[kind], drawn) or ""


@pytest.mark.parametrize(("options", "kind", "message"), CASES)
def test_options_that_do_not_go_with_the_data_are_refused(options: dict[str, Any], kind: str, message: str) -> None:
    assert fault(options, kind).startswith(message)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.message[:30])
def test_every_rule_is_what_refuses_a_case(rule: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, failed = tuple(one for one in RULES if one is not rule), []
    before = [fault(options, kind) for options, kind, _ in CASES]
    monkeypatch.setattr(fitting, "RULES", kept)
    for (options, kind, _), text in zip(CASES, before, strict=True):
        try:
            failed += [text] if fault(options, kind) != text else []
        except (IndexError, ZeroDivisionError):  # a later rule takes what this one has refused
            failed.append(text)
    assert failed and all(text.startswith(f"{rule.key}: ") for text in failed)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"variant": "constant", "epochs": 0}, "padded"),
        ({"variant": "forest"}, "clips"),
        ({"variant": "forest", "frontend": {"mfcc": {"coefficients": 3}}}, "clips"),
        ({"frontend": {"mfcc": {"steps": 6, "coefficients": 3}}, "augmentation": {"mixup": 0.2}}, "clips"),
        ({"frontend": {"conv2d": [{"filters": 2, "pool_bands": 3, "pool_steps": 6}]}}, "clips"),
        ({"frontend": {"embedding_dim": 5, "filters": 2, "kernel_size": 6}}, "ids"),
        ({"variant": "mlp"}, "clips"),
        ({"frontend": {"filters": 2, "pool_size": 4}, "bidirectional": True}, "padded"),
    ],
)
def test_what_goes_with_the_data_is_taken(options: dict[str, Any], kind: str) -> None:
    assert fault(options, kind) == ""


@pytest.mark.parametrize(
    "options",
    [{"layers": 2}, {"readout": {"dense_units": 2}}, {"variant": "mgu"}, {"recurrent": {"layer_norm": True}}],
)
def test_the_documents_draw_is_of_one_plain_layer(options: dict[str, Any]) -> None:
    assert fault(options, "padded", drawn=True).startswith("protocol: ")
    assert fault(options, "padded") == ""


def test_a_constant_has_no_weights_to_draw_and_a_plain_layer_has() -> None:
    assert fault({"variant": "constant", "epochs": 0}, "padded", drawn=True) == ""
    assert fault({"variant": "lstm"}, "padded", drawn=True) == ""


def test_a_fault_is_raised_under_the_name_of_the_experiment() -> None:
    with pytest.raises(UserError, match=r"^experiments\.made\.made\.variant: 'mlp' cannot ignore padding"):
        require_fit(experiment("mlp"), KINDS["padded"])
    require_fit(experiment("mlp"), KINDS["clips"])
