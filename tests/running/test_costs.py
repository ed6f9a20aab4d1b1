"""Where an experiment trains if the engine is left to the machine: what was measured decides, once."""

import json
from pathlib import Path

import pytest

from pipeline.base.console import UserError
from pipeline.params import Params, load
from pipeline.running import costs
from pipeline.running.costs import Cost, alike, chooser, in_kernel, read, trains, write
from pipeline.spec.cells import PEEPHOLE_LSTMS

CHEAP_ON_GPU = Cost(tensorflow=1.0, jax=0.01, stack=64, cores=10, device="a card")
CHEAP_ON_CORES = Cost(tensorflow=1.0, jax=0.2, stack=1, cores=10, device="a card")


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "has_gpu", lambda: True)


@pytest.fixture(scope="module")
def params() -> Params:
    return load()


def test_the_lower_cost_is_that_of_all_cores_beside_all_gpus() -> None:
    of_four = CHEAP_ON_CORES.model_copy(update={"gpus": 4})
    assert of_four.engine == "jax" and "200 ms of one of 4 GPUs (a card, " in of_four.text
    assert CHEAP_ON_GPU.engine == "jax" and CHEAP_ON_CORES.engine == "tensorflow"
    assert CHEAP_ON_GPU.text == (
        "an epoch of a run takes 10 ms of a GPU (a card, 64 runs at once) and 1e+03 ms of one of 10 cores"
    )


def test_an_engine_that_could_not_be_measured_is_not_chosen() -> None:
    no_gpu, no_core = (CHEAP_ON_GPU.model_copy(update={name: None}) for name in ("jax", "tensorflow"))
    assert no_gpu.engine == "tensorflow" and no_core.engine == "jax"
    assert no_gpu.text == "an epoch of a run takes 1e+03 ms of one of 10 cores, and could not be measured on a GPU"
    assert no_core.text.endswith("(a card, 64 runs at once), and could not be measured on a core")


def test_what_was_measured_decides_and_else_a_gpu_trains(gpu: None, params: Params, tmp_path: Path) -> None:
    song, sound = params.every["song_state"], params.every["us_lstm_10_100"]
    path = tmp_path / "costs.json"
    assert chooser("auto", path)(song) == "jax"
    write({alike(song): CHEAP_ON_CORES, alike(sound): CHEAP_ON_GPU}, path)
    choose = chooser("auto", path)
    assert choose(song) == "tensorflow" and choose(sound) == "jax"
    assert chooser("jax", path)(song) == "jax" and chooser("tensorflow", path)(sound) == "tensorflow"


def test_what_has_nothing_to_train_needs_no_gpu(gpu: None, params: Params, tmp_path: Path) -> None:
    for name in ("sweep_digits_random", "sweep_digits_majority", "us_forest"):
        assert not trains(params.every[name])
        assert chooser("auto", tmp_path / "costs.json")(params.every[name]) == "tensorflow"


def test_without_a_gpu_nothing_is_read(tmp_path: Path, params: Params, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "has_gpu", lambda: False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    broken = tmp_path / "costs.json"
    broken.write_text("no")
    assert chooser("auto", broken)(params.every["us_lstm_10_100"]) == "tensorflow"


def figures(**changed: object) -> str:
    return json.dumps({"a": CHEAP_ON_GPU.model_dump() | changed})


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "[1]",
        '{"a": 1}',
        '{"a": {"jax": 1}}',
        figures(tensorflow="a"),
        figures(jax=-1.0),
        figures(jax=float("nan")),
        figures(cores=0),
        figures(device="\x1b[31m"),
        figures(jax=None, tensorflow=None),
        figures(more=1),
    ],
)
def test_a_file_that_holds_no_costs_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "costs.json").write_text(text)
    with pytest.raises(UserError, match=r"costs\.json: not the costs that were measured .* remove it"):
        read(tmp_path / "costs.json")


def test_the_grid_has_few_kinds(params: Params) -> None:
    boards = [one for one in params.grid.values() if one.family == "digits"]
    assert len({alike(one) for one in boards if trains(one)}) <= 10
    assert alike(params.every["sweep_digits_lstm"]) == alike(params.every["sweep_digits_lstm_softsign"])
    assert alike(params.every["sweep_digits_lstm"]) == alike(params.every["sweep_digits_lstm_peephole"])
    assert alike(params.every["sweep_digits_lstm"]) != alike(params.every["sweep_digits_lstm_norm"])


def test_the_kernel_is_said_to_run_what_it_runs(params: Params) -> None:
    """Compare the words of params.yaml with the kernel, in the units, cells and options that it knows."""
    from pipeline.networks.kernel_steps import STEPS
    from pipeline.networks.scan_kernel import holds

    def most(name: str) -> int:
        return max(units for units in range(1, 300) if holds(STEPS[name], units))

    assert {name.split("_")[0] for name in STEPS} == {name.removesuffix("_rnn") for name in costs.KERNEL_UNITS}
    for name in STEPS:
        layer = "simple_rnn" if name == "simple" else name.split("_")[0]
        expected = costs.KERNEL_UNITS_BETWEEN if name == "lstm_fgr" else costs.KERNEL_UNITS[layer]
        assert most(name) == expected, name
    assert PEEPHOLE_LSTMS.keys() <= STEPS.keys()
    fits = {
        name
        for name in ("lstm", "lstm_norm", "lstm_nig", "lstm_fgr", "min_lstm", "lstm_two", "relu_rnn")
        if in_kernel(params.every[f"sweep_digits_{name}"])
    }
    assert fits == {"lstm", "lstm_norm", "lstm_nig", "lstm_fgr", "lstm_two", "relu_rnn"}
