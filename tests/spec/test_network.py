"""The options of a network: which of them do not go together, said when it is made."""

from typing import Any

import pytest
from pydantic import ValidationError

from pipeline import params
from pipeline.spec import network
from pipeline.spec.cells import CELLS
from pipeline.spec.network import RULES, Network
from pipeline.spec.sections import explain

CASES: list[tuple[dict[str, Any], str]] = [
    ({"variant": "mlp", "layers": 2}, "variant: 'mlp' has no recurrent layer"),
    ({"variant": "mlp", "units": 0, "bidirectional": True}, "variant: 'mlp' has no recurrent layer"),
    ({"variant": "mlp", "units": 0, "recurrent": {"tbptt_steps": 3}}, "variant: 'mlp' has no recurrent layer"),
    ({"variant": "mlp", "units": 0, "readout": {"pooling": "mean_max"}}, "variant: 'mlp' has no recurrent layer"),
    ({"variant": "cnn", "readout": {"input_statistics": True}}, "variant: 'cnn' has no recurrent layer"),
    ({"variant": "constant", "recurrent": {"l1": 0.1}}, "variant: 'constant' has no recurrent layer"),
    ({"variant": "lstm", "frontend": {"mfcc": {}}}, "frontend.mfcc: steps: 0 is one block per clip, .*'lstm'"),
    (
        {"variant": "lstm", "frontend": {"mfcc": {"steps": 2}, "conv2d": [{"filters": 2}]}},
        "frontend.conv2d: a convolution needs neighbouring bands that are similar",
    ),
    ({"variant": "lstm", "frontend": {"average_steps": 2}}, "frontend.average_steps: 2 needs conv2d"),
    ({"variant": "lstm", "frontend": {"pool_size": 4}}, "frontend.pool_size: 4 needs a convolution"),
    ({"variant": "cnn"}, "frontend.filters: 'cnn' needs a convolution"),
    ({"variant": "lstm_state", "readout": {"pooling": "mean_max"}}, "readout.pooling: 'lstm_state' outputs"),
    ({"variant": "lstm", "units": 0}, "units: 'lstm' needs a recurrent layer"),
    ({"variant": "rnn", "units": 1, "recurrent": {"layer_norm": True}}, "recurrent.layer_norm: with one unit"),
    ({"variant": "lstm_nfg", "recurrent": {"forget_bias": 0.0}}, "recurrent.forget_bias: 'lstm_nfg' has no forget"),
    ({"variant": "mgu", "recurrent": {"forget_bias": 2.0}}, "recurrent.forget_bias: 'mgu' has no forget"),
    ({"variant": "gru", "recurrent": {"forget_bias": 2.0}}, "recurrent.forget_bias: 'gru' has no forget"),
    ({"variant": "min_gru", "recurrent": {"recurrent_dropout": 0.1}}, "recurrent: no gate of 'min_gru' sees h"),
    ({"variant": "min_lstm", "recurrent": {"activation": "softsign"}}, "recurrent: no gate of 'min_lstm' sees h"),
    (
        {"variant": "min_lstm", "recurrent": {"recurrent_activation": "hard_sigmoid"}},
        "recurrent.recurrent_activation: hard gates can both be 0",
    ),
    ({"variant": "gru", "recurrent": {"merge_mode": "sum"}}, "recurrent.merge_mode: 'sum' is for two directions"),
    ({"variant": "lstm_state", "bidirectional": True}, "bidirectional: 'lstm_state' reads in one direction"),
    (
        {"variant": "gru", "bidirectional": True, "recurrent": {"state": "carry"}},
        "recurrent.state: a backward layer",
    ),
]


def network_of(**options: Any) -> Network:
    return Network.model_validate({"units": 4, **options})


def fault(options: dict[str, Any]) -> str:
    """Return why options are refused, nothing if they are not."""
    try:
        network_of(**options)
    except ValidationError as error:
        return explain(error)
    return ""


@pytest.mark.parametrize(("options", "message"), CASES)
def test_options_that_do_not_go_together_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        network_of(**options)
    assert caught.match(message) and fault(options).split(":")[0] == message.split(":")[0]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_every_rule_is_what_refuses_a_case(rule: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [fault(options) for options, _ in CASES]
    monkeypatch.setattr(network, "RULES", tuple(one for one in RULES if one is not rule))
    after = [fault(options) for options, _ in CASES]
    changed = [text for text, then in zip(before, after, strict=True) if text != then]
    assert changed and all(text.startswith(f"{rule.key}: ") for text in changed)


@pytest.mark.parametrize(
    "options",
    [
        {"variant": "forest", "units": 0, "frontend": {"mfcc": {"coefficients": 20}}},
        {"variant": "mlp", "units": 0, "readout": {"dense_units": 7, "dropout": 0.5}},
        {"variant": "gru", "bidirectional": True, "recurrent": {"merge_mode": "sum"}},
        {"variant": "min_gru", "recurrent": {"dropout": 0.1, "recurrent_activation": "hard_sigmoid"}},
        {"variant": "lstm", "frontend": {"average_steps": 2, "conv2d": [{"filters": 2}]}},
        {"variant": "cnn", "units": 0, "frontend": {"filters": 3, "pool_size": 2}},
        {"variant": "rnn", "units": 2, "recurrent": {"layer_norm": True, "state": "reset"}},
    ],
)
def test_what_goes_together_is_taken(options: dict[str, Any]) -> None:
    assert fault(options) == ""


@pytest.mark.parametrize("variant", [name for name, cell in CELLS.items() if cell.forgets])
def test_whoever_has_a_forget_gate_may_have_its_bias(variant: str) -> None:
    assert network_of(variant=variant, recurrent={"forget_bias": 2.0}).recurrent.forget_bias == 2.0


def test_a_variant_must_be_known() -> None:
    assert fault({"variant": "lstn"}).startswith("variant: 'lstn' is not a variant; known: relu_rnn, rnn, lstm,")


def test_the_documents_draw_is_of_one_plain_layer() -> None:
    assert [name for name in CELLS if network_of(variant=name).drawable] == [
        *("relu_rnn", "rnn", "lstm", "lstm_state", "gru", "gru_before")
    ]
    more: list[dict[str, Any]] = [
        {"layers": 2},
        {"bidirectional": True},
        {"recurrent": {"layer_norm": True}},
        {"frontend": {"embedding_dim": 3}},
        {"frontend": {"filters": 3}},
        {"frontend": {"conv2d": [{"filters": 3}]}},
        {"readout": {"dense_units": 3}},
        {"readout": {"pooling": "mean_max"}},
    ]
    assert not any(network_of(variant="lstm", **options).drawable for options in more)
    assert network_of(variant="lstm", recurrent={"dropout": 0.1, "forget_bias": 0.0, "state": "reset"}).drawable
    assert not network_of(variant="mlp").drawable


def test_params_yaml_asks_for_every_group() -> None:
    every = params.load().every.values()
    for group in ("frontend", "recurrent", "readout"):
        assert len({repr(getattr(one, group)) for one in every}) > 2
