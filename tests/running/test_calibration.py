"""What networks cost on both engines is measured once for those that are alike, by workers like those that train."""

from pathlib import Path

import pytest

from pipeline.params import Params
from pipeline.running import calibration, costs
from pipeline.running import pool as pool_module
from pipeline.running.calibration import EPOCHS, _one_each, calibrate
from pipeline.running.costs import alike, chooser, read
from pipeline.running.devices import Slot
from pipeline.spec.run import Run
from tests import quick_worker

Windows = tuple[Params, Path]
BOTH = [Slot("jax", {}), Slot("tensorflow", {})]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[Run]]:
    """The runs that workers were wanted for, on a machine that seems to have a GPU."""
    found: list[list[Run]] = []
    monkeypatch.setattr(costs, "has_gpu", lambda: True)
    monkeypatch.setattr(pool_module, "work", quick_worker.work)
    monkeypatch.setattr(calibration, "slots", lambda runs: found.append(list(runs)) or BOTH)
    return found


def test_few_epochs_of_all_seeds_are_measured_on_both(
    asked: list[list[Run]], strings_windows: Windows, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    params, windows = strings_windows
    calibrate(params, windows, tmp_path / "costs.json")
    found = read(tmp_path / "costs.json")
    assert set(found) == {alike(one) for one in params.experiments.values()}
    (runs,) = asked
    assert all(run.experiment.epochs == EPOCHS for run in runs)
    for name in ("am_a", "am_b"):
        engines = [run.engine for run in runs if run.experiment.name == name]
        assert engines == ["jax"] * params.run.seeds + ["tensorflow"]
    first = found[alike(params.experiments["am_a"])]
    assert (first.jax, first.tensorflow, first.stack) == (0.001, 1.0, params.run.seeds)  # as the stand-ins make them up
    assert "train: measuring the cost of" in capsys.readouterr().out


def test_what_is_known_is_not_measured_again(asked: list[list[Run]], strings_windows: Windows, tmp_path: Path) -> None:
    path = tmp_path / "costs.json"
    calibrate(*strings_windows, path)
    before = path.read_bytes()
    calibrate(*strings_windows, path)
    assert len(asked) == 1 and path.read_bytes() == before


def test_an_engine_that_fails_is_said_and_is_not_chosen(
    asked: list[list[Run]],
    strings_windows: Windows,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calibration, "slots", lambda runs: BOTH[1:])
    calibrate(*strings_windows, tmp_path / "costs.json")
    assert {cost.jax for cost in read(tmp_path / "costs.json").values()} == {None}
    assert capsys.readouterr().out.count("am_a cannot be measured on jax: no worker runs jax") == 1
    first = strings_windows[0].experiments["am_a"]
    assert chooser("auto", tmp_path / "costs.json")(first) == "tensorflow"


@pytest.mark.parametrize(("engine", "gpu"), [("jax", True), ("tensorflow", True), ("auto", False)])
def test_nothing_is_measured_where_there_is_no_choice(
    asked: list[list[Run]],
    strings_windows: Windows,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    engine: str,
    gpu: bool,
) -> None:
    params, windows = strings_windows
    monkeypatch.setattr(costs, "has_gpu", lambda: gpu)
    run = params.run.model_copy(update={"engine": engine})
    calibrate(params.model_copy(update={"run": run}), windows, tmp_path / "costs.json")
    assert not asked and not (tmp_path / "costs.json").exists()


def test_a_gpu_is_measured_by_one_process_at_a_time() -> None:
    slots = [Slot("jax", {"CUDA_VISIBLE_DEVICES": name}) for name in ("0", "1", "0", "1", "-1", "-1")]
    assert _one_each(slots) == [slots[0], slots[1], slots[4], slots[5]]
