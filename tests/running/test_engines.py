"""What trains: which engine is chosen, and that of JAX through the pool to the rows."""

from pathlib import Path

import pytest

from pipeline.base.console import UserError
from pipeline.params import Params
from pipeline.running import engines
from pipeline.running.devices import Slot
from pipeline.running.engines import engine_of
from pipeline.running.events import EpochEnd, Failed, Finished
from pipeline.running.plan import plan_one
from pipeline.running.pool import Pool, stacked


def test_a_cpu_trains_on_tensorflow_and_a_gpu_on_jax_that_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert engine_of("auto") == "tensorflow" and engine_of("jax") == "jax"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    assert engine_of("auto") == "tensorflow"
    monkeypatch.setattr(engines, "find_spec", lambda name: "there")
    assert engine_of("auto") == "jax" and engine_of("tensorflow") == "tensorflow"


def test_a_jax_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"run\.engine: JAX is not installed; run `make setup`"):
        engine_of("jax")


def test_a_stack_is_of_one_experiment(strings_windows: tuple[Params, Path]) -> None:
    params, windows = strings_windows
    first, other = (plan_one(params.experiments[name], 2, windows, "jax") for name in ("am_a", "am_b"))
    mixed = [first[0], other[0], first[1], other[1]]
    assert stacked(mixed, other[0], 5) == other and stacked(mixed, first[0], 1) == first[:1]


def test_jax_trains_the_seeds_of_an_experiment_side_by_side(
    strings_windows: tuple[Params, Path], tmp_path: Path
) -> None:
    params, windows = strings_windows
    runs = plan_one(params.experiments["am_a"], 2, windows, "jax")
    pool = Pool([Slot("jax", {"CUDA_VISIBLE_DEVICES": "-1"})], windows, tmp_path / "unfinished")
    try:
        events = list(pool.run(runs))
    finally:
        pool.close()
    assert not [event for _, event in events if isinstance(event, Failed)]
    epochs = [(run.seed, event.epoch) for run, event in events if isinstance(event, EpochEnd)]
    assert epochs == [(seed, epoch) for epoch in (1, 2, 3) for seed in (0, 1)]
    rows = [event.row for _, event in events if isinstance(event, Finished)]
    assert [(row["seed"], row["engine"]) for row in rows] == [(0, "jax"), (1, "jax")]
    assert all((tmp_path / f"unfinished/{run.key}/artifacts/model.keras").is_file() for run in runs)
