"""Which kernel runs a network: cuDNN where a GPU has it and it is right, else XLA. The machine is said, not asked."""

from typing import Any

import numpy as np
import pytest

from pipeline.networks.build import build
from pipeline.networks.kernels import VARIANTS, kernel_in, kernel_of
from tests.made_networks import data, experiment, vectors


@pytest.mark.parametrize("variant", VARIANTS)
def test_on_a_gpu_cudnn_runs_what_it_has(variant: str) -> None:
    name, why = kernel_of(
        experiment(variant, bidirectional=variant != "lstm_state", recurrent={"dropout": 0.2, "l2": 0.1}), 1
    )
    assert (name, variant in why) == ("cudnn", True)
    assert kernel_of(experiment(variant, recurrent={"state": "carry"}, batch=1), 2, (9, 3))[0] == "cudnn"


@pytest.mark.parametrize(
    ("options", "gpus", "cudnn", "reason"),
    [
        ({"variant": "lstm"}, 0, None, "no GPU"),
        ({"variant": "gru_before"}, 1, None, "'gru_before'"),
        ({"variant": "rnn"}, 1, None, "'rnn'"),
        ({"variant": "lstm_peephole"}, 1, None, "'lstm_peephole'"),
        ({"variant": "mlp"}, 1, None, "'mlp'"),
        ({"variant": "lstm", "recurrent": {"activation": "softsign"}}, 1, None, "softsign"),
        ({"variant": "gru", "recurrent": {"recurrent_activation": "hard_sigmoid"}}, 1, None, "hard_sigmoid"),
        ({"variant": "gru", "recurrent": {"recurrent_dropout": 0.1}}, 1, None, "recurrent dropout"),
        ({"variant": "lstm", "recurrent": {"layer_norm": True}}, 1, None, "layer normalisation"),
        ({"variant": "lstm", "recurrent": {"tbptt_steps": 3}}, 1, None, "truncated"),
        ({"variant": "lstm"}, 1, (8, 1), "masks"),
        ({"variant": "lstm"}, 1, (8, 9, 0), "masks"),
        ({"variant": "lstm"}, 1, (8,), "masks"),
    ],
)
def test_xla_runs_the_rest_and_says_why(options: dict[str, Any], gpus: int, cudnn: Any, reason: str) -> None:
    name, why = kernel_of(experiment(**options), gpus, cudnn)
    assert (name, reason in why) == ("xla", True)


@pytest.mark.parametrize("cudnn", [(8, 0, 5), (8, 9, 1), (9,), (9, 1, 0), (7, 6)])
def test_other_versions_are_right_with_masks(cudnn: tuple[int, ...]) -> None:
    assert kernel_of(experiment("lstm"), 1, cudnn)[0] == "cudnn"


@pytest.mark.usefixtures("tensorflow")
@pytest.mark.parametrize("options", [{"variant": "lstm"}, {"variant": "gru", "bidirectional": True, "layers": 2}])
def test_a_network_for_cudnn_has_keras_own_kernel_and_comes_back_for_xla(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    import keras

    from pipeline.training.compiled import Compiled

    def built() -> Any:
        return build(experiment(**options), data(vectors(4, 3)), 3, None, 0)

    assert kernel_in(built()) == "xla"
    sequences = vectors(4, 3)
    expected = built()([sequences]).numpy()
    monkeypatch.setattr("pipeline.networks.build.machine", lambda: (1, (9, 3)))
    model = built()
    assert kernel_in(model) == Compiled(model, keras.optimizers.Adam()).kernel == "cudnn"
    with pytest.raises(Exception, match=r"(?i)cudnn"):  # here is no GPU
        model([sequences])
    model.save(tmp_path / "model.keras")
    again: Any = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert kernel_in(again) == "xla"
    np.testing.assert_array_equal(again([sequences]).numpy(), expected)
