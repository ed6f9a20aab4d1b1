"""What is shown of a layer is what it did: gates and states that give the network's own outputs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.asking.hearing import ask, hear, load_network
from pipeline.asking.question import Question
from pipeline.base.console import UserError
from pipeline.networks.build import build
from tests import made_networks

TIMESTEPS, FEATURES, UNITS = 6, 3, 4
pytestmark = pytest.mark.usefixtures("tensorflow")


def network(variant: str, masked: bool = False, **options: Any) -> Any:
    data = made_networks.data(made_networks.vectors(TIMESTEPS, FEATURES), masked=masked)
    return build(made_networks.experiment(variant, **options), data, FEATURES, None, 0)


def question(length: int = TIMESTEPS, rows: int = 1) -> Question:
    sequences = made_networks.vectors(TIMESTEPS, FEATURES, rows)
    sequences[:, length:] = 0
    return Question(sequences, np.full(rows, length, np.int32), [str(step) for step in range(length)])


def read_out(model: Any, state: np.ndarray) -> np.ndarray:
    kernel, bias = model.layers[-1].get_weights()
    return np.asarray(state @ kernel + bias)


VARIANTS = {
    "rnn": "",
    "lstm": "ifgo",
    "lstm_state": "ifgo",
    "lstm_peephole": "ifgo",
    "lstm_fgr": "ifgo",
    "gru": "zrn",
    "gru_before": "zrn",
    "mgu": "fn",
    "min_gru": "a",
    "min_lstm": "a",
}


@pytest.mark.parametrize(("variant", "gates"), VARIANTS.items())
def test_the_last_state_gives_the_answer(variant: str, gates: str) -> None:
    model = network(variant)
    outputs, (heard,) = hear(model, question())
    np.testing.assert_allclose(read_out(model, heard.states[heard.output][-1]), outputs, rtol=1e-5, atol=1e-6)
    assert "".join(heard.gates) == gates
    assert all(values.shape == (TIMESTEPS, UNITS) for values in (*heard.gates.values(), *heard.states.values()))


def test_the_gates_of_an_lstm_make_its_states() -> None:
    _, (heard,) = hear(network("lstm"), question())
    i, f, g, o = heard.gates.values()
    c = heard.states["c"]
    np.testing.assert_allclose(c[1:], f[1:] * c[:-1] + i[1:] * g[1:], atol=1e-6)
    np.testing.assert_allclose(heard.states["h"], o * np.tanh(c), atol=1e-6)


def test_padding_after_the_end_is_not_shown() -> None:
    model = network("lstm", masked=True)
    outputs, (heard,) = hear(model, question(length=4))
    assert len(heard.states["h"]) == 4
    np.testing.assert_allclose(read_out(model, heard.states["h"][-1]), outputs, rtol=1e-5)


def test_a_backward_layer_is_shown_in_the_order_of_the_input() -> None:
    model = network("lstm", bidirectional=True)
    outputs, (there, back) = hear(model, question())
    assert (there.backward, back.backward) == (False, True)
    ends = np.concatenate([there.states["h"][-1], back.states["h"][0]])
    np.testing.assert_allclose(read_out(model, ends), outputs, rtol=1e-5)


def test_a_network_with_state_hears_all_rows_and_begins_in_silence() -> None:
    model = network("lstm", recurrent={"state": "reset"}, batch=1)
    both = question(rows=2)
    outputs, (heard,) = hear(model, both)
    np.testing.assert_array_equal(ask(model, both), outputs)
    alone = ask(model, Question(both.sequences[1:], both.lengths[1:], both.steps))
    assert len(heard.states["h"]) == TIMESTEPS and not np.allclose(alone, outputs)


def test_watching_leaves_the_layer_as_it_was() -> None:
    model = network("gru")
    first, _ = hear(model, question())
    again, (heard,) = hear(model, question())
    np.testing.assert_array_equal(first, again)
    assert len(heard.states["h"]) == TIMESTEPS


def test_without_recurrent_layers_only_the_answer_is_left() -> None:
    outputs, heard = hear(network("mlp", units=0, readout={"dense_units": 5}), question())
    assert outputs.shape == (3,) and heard == []


def test_a_saved_network_answers_the_same(tmp_path: Path) -> None:
    model = network("lstm")
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(ask(load_network(tmp_path / "model.keras"), question()), ask(model, question()))


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_bytes(b"no archive")
    with pytest.raises(UserError, match="is not a network that can be loaded"):
        load_network(tmp_path / "model.keras")
