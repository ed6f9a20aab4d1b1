"""The groups of params.yaml: frozen, without unknown keys or silent conversions; and the rules of options."""

from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.spec.frontend import MFCC, Conv2D, FrontEnd
from pipeline.spec.group import Group, Rule, first_broken
from pipeline.spec.optimizer import Optimizer
from pipeline.spec.recurrent import Recurrent

RULES = (
    Rule("low", lambda n, limit: n < limit, "{n} is below {limit}; write more"),
    Rule("odd", lambda n, limit: n % 2 == 1, "{n} is odd"),
)


def test_a_group_is_frozen_and_a_changed_copy_is_another() -> None:
    options = Optimizer()
    with pytest.raises(ValidationError, match="frozen"):
        options.learning_rate = 0.1  # type: ignore[misc]
    assert options.model_copy(update={"learning_rate": 0.1}) != options == Optimizer()


@pytest.mark.parametrize(
    ("kind", "values", "key"),
    [
        (Recurrent, {"truncation": 5}, "truncation"),
        (Recurrent, {"tbptt_steps": "5"}, "tbptt_steps"),
        (Recurrent, {"tbptt_steps": 5.0}, "tbptt_steps"),
        (Recurrent, {"tbptt_steps": -1}, "tbptt_steps"),
        (Recurrent, {"dropout": 1.0}, "dropout"),
        (Recurrent, {"l2": -0.1}, "l2"),
        (Recurrent, {"layer_norm": 1}, "layer_norm"),
        (FrontEnd, {"kernel_size": 0}, "kernel_size"),
        (FrontEnd, {"mfcc": {"steps": 2, "cepstra": 4}}, "mfcc.cepstra"),
        (FrontEnd, {"conv2d": [{"filters": 2}, {"filters": 0}]}, "conv2d.1.filters"),
    ],
)
def test_what_is_no_key_or_no_value_is_refused_under_its_name(
    kind: type[Group], values: dict[str, Any], key: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(values)
    assert [".".join(map(str, fault["loc"])) for fault in caught.value.errors()] == [key]


def test_the_changed_fields_are_those_without_their_default_in_the_order_asked_for() -> None:
    options = Recurrent(activation="softsign", dropout=0.5, recurrent_dropout=0.0)
    assert options.changed("recurrent_dropout", "dropout", "activation") == ["dropout", "activation"]


def test_a_default_that_is_made_anew_counts_as_one() -> None:
    assert FrontEnd().changed("conv2d", "mfcc") == FrontEnd(conv2d=[]).changed("conv2d", "mfcc") == []
    assert FrontEnd(conv2d=[Conv2D(filters=1)], mfcc=MFCC()).changed("conv2d", "mfcc") == ["conv2d", "mfcc"]


@pytest.mark.parametrize(
    ("n", "fault"), [(1, "low: 1 is below 4; write more"), (5, "odd: 5 is odd"), (4, None), (6, None)]
)
def test_the_first_broken_rule_is_named_with_its_key(n: int, fault: str | None) -> None:
    assert first_broken(RULES, n=n, limit=4) == fault
