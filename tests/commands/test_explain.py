"""`make explain`: which runs would train and why, what DVC says of the data, and nothing is made by asking."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from mlflow.store.entities import PagedList

from pipeline.base.console import UserError
from pipeline.commands import explain, standing
from pipeline.commands.explain import Verdict, experiment_line, planned, total_line
from pipeline.commands.standing import Past, Standing, finished_before, newest, params_changed, standings, why
from pipeline.params import Params
from pipeline.running import costs
from pipeline.running.keys import code_digest
from pipeline.running.run_directory import UNFINISHED, RunDirectory
from pipeline.spec.data import DatasetInfo
from pipeline.spec.optimizer import Optimizer
from pipeline.spec.run import Run
from pipeline.tracking.tracker import Tracker
from pipeline.training.checkpoints import Checkpoint, save
from tests.checkouts import lay_out
from tests.conftest import strings_params
from tests.made_documents import document, number, rows

ROW = {"metrics": {"test_accuracy": 0.5}, "epochs": 3}
CODE = "code or library versions changed"
QUICKER = Optimizer(name="textbook_adam", learning_rate=0.01)


def run_of(name: str = "am_a", seed: int = 0, fold: int | None = None, **changes: Any) -> Run:
    experiment = strings_params().experiments[name].model_copy(update=changes)
    return Run(
        experiment, seed, fold, DatasetInfo("strings", "document", "d" * 64), f"key {name} {seed} {fold} {changes}"
    )


def past_of(run: Run, **changes: Any) -> Past:
    params = {"name": run.experiment.name, **run.experiment.params()}
    params |= {"data": run.dataset.label, "seed": str(run.seed), "fold": str(run.fold)}
    values = {"key": "other", "ended": 1, "params": params, "data_digest": run.dataset.digest}
    return Past(**{**values, "code_digest": code_digest(run.experiment.family), **changes})


# Why a run would train


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        (Standing(finished=True), "up to date"),
        (Standing(trained=True), "trained, to be delivered"),
        (Standing(epoch=2), "unfinished at epoch 2 of 3"),
        (Standing(epoch=2, run_id="0123456789"), "unfinished at epoch 2 of 3 (MLflow run 01234567)"),
        (Standing(), "first run"),
        (Standing(past=past_of(run_of(), data_digest="e")), "data changed"),
        (Standing(past=past_of(run_of(), code_digest="e")), CODE),
        (Standing(past=past_of(run_of(), code_digest="")), CODE),  # logged before it had a digest of its code
        (Standing(past=past_of(run_of(), code_digest="", data_digest="e")), "data changed"),
        (Standing(past=past_of(run_of(units=5))), "params changed: units 5 -> 4"),
        (
            Standing(
                past=past_of(
                    run_of(epochs=2, optimizer=QUICKER),
                    data_digest="e",
                    code_digest="e",
                )
            ),
            f"data changed, {CODE}, params changed: epochs 2 -> 3, optimizer.learning_rate 0.01 -> 0.001",
        ),
    ],
)
def test_each_reason_is_said(stands: Standing, said: str) -> None:
    assert why(run_of(), stands) == said


def test_data_of_another_kind_are_named() -> None:
    past = past_of(run_of(), data_digest="e")
    past = past_of(run_of(), data_digest="e", params={**past.params, "data": "sample"})
    assert why(run_of(), Standing(past=past)) == "data changed (sample -> strings)"


def test_a_param_that_one_of_both_lacks_is_not_set() -> None:
    old = {"units": "4", "gone": "1", "seed": "0", "fold": "None", "data": "strings"}
    assert params_changed(old, {"units": "4", "patience": "0"}) == ["patience not set -> 0", "gone 1 -> not set"]


def test_a_run_is_compared_with_the_newest_of_its_seed_and_fold() -> None:
    run = run_of(fold=2)
    older, newer = past_of(run, ended=1), past_of(run, ended=2)
    others = [past_of(run_of(seed=1, fold=2), ended=3), past_of(run_of(fold=1), ended=4), past_of(run_of("am_b"))]
    assert newest([newer, *others, older])[("am_a", "0", "2")] is newer


# Where a run stands


def test_a_directory_says_what_is_unfinished_and_what_is_to_be_delivered(tmp_path: Path) -> None:
    runs = [run_of(seed=seed) for seed in range(4)]
    directories = [RunDirectory(tmp_path / UNFINISHED, run.key) for run in runs]
    save(directories[0].folder, Checkpoint(1, {"state": [np.zeros(2)]}, {"run_id": "abc"}))
    save(directories[0].folder, Checkpoint(2, {"state": [np.zeros(2)]}, {"run_id": "abc"}))
    save(directories[1].folder, Checkpoint(3, {"state": [np.zeros(2)]}))
    directories[1].write_result(ROW)
    past = past_of(runs[3])
    expected = [Standing(epoch=2, run_id="abc"), Standing(trained=True), Standing(), Standing(past=past)]
    assert standings(runs, [past], tmp_path) == expected
    assert standings(runs[:1], [past_of(runs[0], key=runs[0].key)], tmp_path) == [Standing(finished=True)]
    assert len(list((tmp_path / UNFINISHED).iterdir())) == 2  # no directory is made by looking


def finish(tracker: Tracker, run: Run, folder: Path) -> str:
    run_id = tracker.begin(run, tracker.parent(run))
    tracker.finish(run_id, ROW, folder / run.key)
    return run_id


def test_what_mlflow_keeps_is_read_and_runs_that_are_not_finished_are_not(mlruns: Path, tmp_path: Path) -> None:
    tracker = Tracker(mlruns)
    done = run_of(units=5, optimizer=QUICKER)
    renamed = finish(tracker, done, tmp_path / "files")
    tracker.client.set_tag(renamed, "mlflow.runName", "best so far")
    early = finish(tracker, run_of(seed=1), tmp_path / "files")
    tracker.client.delete_tag(early, "code_digest")
    tracker.stop(tracker.begin(run_of(seed=2), tracker.parent(run_of())), "KILLED")
    past = finished_before(mlruns)
    assert {one.key for one in past} == {done.key, run_of(seed=1).key}
    now = [run_of(), replace(run_of(seed=1), key="another"), run_of(seed=2)]
    reasons = [why(run, stands) for run, stands in zip(now, standings(now, past, mlruns), strict=True)]
    assert reasons == ["params changed: units 5 -> 4, optimizer.learning_rate 0.01 -> 0.001", CODE, "first run"]


def test_every_page_of_the_store_is_read(mlruns: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {None: PagedList([1, 2], "next"), "next": PagedList([3], None)}
    ours = [SimpleNamespace(name="reprise/automata", experiment_id="1")]
    monkeypatch.setattr("mlflow.MlflowClient.search_experiments", lambda *_, **__: ours)
    monkeypatch.setattr("mlflow.MlflowClient.search_runs", lambda *_, page_token, **__: pages[page_token])
    assert standing._search(mlruns) == [1, 2, 3]


def test_a_store_without_our_experiment_stays_so(mlruns: Path) -> None:
    before = (mlruns / "mlflow.db").read_bytes()
    assert finished_before(mlruns) == []
    assert (mlruns / "mlflow.db").read_bytes() == before


def test_without_a_store_none_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert finished_before(tmp_path / "mlruns") == []
    assert list(tmp_path.iterdir()) == []


def test_a_store_elsewhere_is_asked(mlruns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finish(Tracker(mlruns), run_of(), tmp_path / "files")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{mlruns / 'mlflow.db'}")
    assert [one.key for one in finished_before(tmp_path / "nowhere")] == [run_of().key]
    assert not (tmp_path / "nowhere").exists()


def test_a_store_that_cannot_be_read_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("no database")
    with pytest.raises(UserError, match=r"mlflow\.db"):
        finished_before(tmp_path)


# One line an experiment


def verdicts(seeds: int, folds: int = 0, reasons: Callable[[int, int], str] = lambda seed, fold: "r") -> list[Verdict]:
    pairs = [(seed, fold) for seed in range(seeds) for fold in range(1, max(folds, 1) + 1)]
    found = [(seed, fold, reasons(seed, fold)) for seed, fold in pairs]
    return [Verdict(seed, fold if folds else None, text, text != "up to date") for seed, fold, text in found]


def test_what_holds_for_all_is_said_once() -> None:
    assert experiment_line("a", verdicts(3)) == "a: 3 runs, 3 to train: r"
    assert experiment_line("a", verdicts(3, 10)) == "a: 30 runs, 30 to train: r"
    assert experiment_line("a", verdicts(1, reasons=lambda *_: "up to date")) == "a: 1 run: up to date"


def test_seeds_with_one_reason_are_named_together() -> None:
    reasons = {0: "up to date", 1: "unfinished at epoch 3 of 9"}
    line = experiment_line("a", verdicts(6, reasons=lambda seed, _: reasons.get(seed, "first run")))
    assert line == "a: 6 runs, 5 to train: seed 1: unfinished at epoch 3 of 9; seeds 2 to 5: first run"
    line = experiment_line("a", verdicts(8, reasons=lambda seed, _: "r" if seed in (0, 2, 3, 4, 7) else "up to date"))
    assert line == "a: 8 runs, 5 to train: seeds 0, 2 to 4 and 7: r"


def test_folds_are_named_where_not_all_are_meant() -> None:
    line = experiment_line("a", verdicts(3, 10, lambda seed, fold: "r" if fold > 3 else "up to date"))
    assert line == "a: 30 runs, 21 to train: seeds 0 to 2 folds 4 to 10: r"
    line = experiment_line("a", verdicts(3, 10, lambda seed, fold: "r" if (seed, fold) > (0, 9) else "up to date"))
    assert line == "a: 30 runs, 21 to train: seed 0 fold 10, seeds 1 and 2: r"


def test_what_waits_for_mlflow_is_not_to_train() -> None:
    some = [Verdict(0, None, "trained, to be delivered", False), Verdict(1, None, "up to date", False)]
    assert experiment_line("a", some) == "a: 2 runs, none to train: seed 0: trained, to be delivered"


def test_the_last_line_counts_what_can_be_counted() -> None:
    unmade = [explain.unmade(seed, before=False, broken=False) for seed in range(3)]
    assert total_line({"a": verdicts(3), "b": verdicts(1)}) == "4 runs, 4 to train"
    assert total_line({"a": unmade}) == "the runs are counted once their windows are made"
    some = total_line({"a": unmade, "b": verdicts(1)})
    assert some == "1 run, 1 to train; the runs of a are counted once their windows are made"


# Windows that are there, or not


def test_a_seed_without_windows_does_not_hide_the_others(strings_windows: tuple[Params, Path]) -> None:
    params, windows = strings_windows
    assert [run.seed for run in planned(params.experiments["am_a"], 5, windows)] == [0, 1]
    assert [run.seed for run in planned(params.experiments["am_b"], params.run.seeds, windows)] == [0, 1]
    assert planned(params.experiments["am_a"], 5, windows / "nowhere") == []


Said = Callable[[Params], list[str]]


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Run the command on some params with the windows and the store below `tmp_path`, DVC left out: its lines."""
    monkeypatch.setattr(explain, "WINDOWS", tmp_path / "windows")
    monkeypatch.setattr(explain, "MLRUNS", tmp_path / "mlruns")
    monkeypatch.setattr(explain, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(explain, "ask_dvc", lambda: "up to date")
    monkeypatch.setattr(explain, "passes_over_train", lambda: False)
    for name in ("ALL", "ORIGINALS", "SEEDS", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)

    def lines(params: Params) -> list[str]:
        monkeypatch.setattr(explain, "load", lambda: params)
        explain.main()
        return [line.removeprefix("explain: ") for line in capsys.readouterr().out.splitlines()]

    return lines


def test_all_together(said: Said, strings_windows: tuple[Params, Path], mlruns: Path, tmp_path: Path) -> None:
    params, windows = strings_windows
    for run in (
        *planned(params.experiments["am_a"], params.run.seeds, windows),
        planned(params.experiments["am_b"], params.run.seeds, windows)[0],
    ):
        finish(Tracker(mlruns), run, tmp_path / "files")
    first = "am_b: 2 runs, 1 to train: seed 1: first run"
    assert said(params) == ["data: up to date", "am_a: 2 runs: up to date", first, "4 runs, 1 to train"]
    waits = "am_b: 3 runs, 2 to train: seed 1: first run; seed 2: first run: its windows are not made yet"
    assert said(strings_params(seeds=3))[2] == waits


def test_where_experiments_train_is_said_with_the_figures(
    said: Said, strings_windows: tuple[Params, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params, _ = strings_windows
    first = params.experiments["am_a"]
    assert not [line for line in said(params) if line.startswith("engine")]
    monkeypatch.setattr(costs, "has_gpu", lambda: True)
    monkeypatch.chdir(tmp_path)
    same = first.model_copy(update={"name": "am_c"})
    assert "engine: jax for am_a: not measured yet" in said(params)
    monkeypatch.setattr(costs, "alike", lambda one: "of a kind")
    monkeypatch.setattr(explain, "alike", lambda one: "of a kind")
    assert "engine: jax for am_a and am_c: not measured yet" in said(
        params.model_copy(update={"experiments": {"am_a": first, "am_c": same}})
    )
    costs.write(
        {costs.alike(first): costs.Cost(tensorflow=0.1, jax=0.2, stack=2, cores=4, device="a card")},
        tmp_path / costs.COSTS,
    )
    lines = said(params.model_copy(update={"experiments": {"am_a": first}}))
    assert (
        "engine: tensorflow for am_a: an epoch of a run takes 200 ms of a GPU (a card, 2 runs at once) "
        "and 100 ms of one of 4 cores"
    ) in lines


def test_without_windows_every_experiment_is_a_first_run(said: Said, tmp_path: Path) -> None:
    unmade = "first run: its windows are not made yet"
    end = "the runs are counted once their windows are made"
    assert said(strings_params()) == ["data: up to date", f"am_a: {unmade}", f"am_b: {unmade}", end]
    assert list(tmp_path.iterdir()) == []


def test_what_was_trained_before_its_windows_went_is_no_first_run(
    said: Said, strings_windows: tuple[Params, Path], mlruns: Path, tmp_path: Path
) -> None:
    params, windows = strings_windows
    for run in planned(params.experiments["am_a"], params.run.seeds, windows):
        finish(Tracker(mlruns), run, tmp_path / "files")
    windows.rename(tmp_path / "away")
    assert said(params)[1] == "am_a: its windows are not made yet, it may be up to date once they are"
    assert said(params)[2] == "am_b: first run: its windows are not made yet"


def test_windows_that_cannot_be_read_are_said(said: Said, strings_windows: tuple[Params, Path]) -> None:
    params, windows = strings_windows
    (windows / "automata/am_a/manifest.json").write_text("{")
    assert said(params)[1] == "am_a: first run: its windows cannot be read"
    assert said(params)[2] == "am_b: 2 runs, 2 to train: first run"


def test_a_choice_that_is_not_in_the_file_is_named(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDS", "7")
    assert said(strings_params())[0] == "params.yaml: run.seeds is 2; explaining that, not 7"
    monkeypatch.setenv("SEEDS", "2")
    assert said(strings_params())[0] == "data: up to date"


def test_what_is_not_chosen_is_named_below_the_total(said: Said) -> None:
    lines = said(strings_params(experiments=["am_a"]))
    assert lines[-1] == "not chosen: automata: am_b: run.experiments names others; add it there"


def test_that_dvc_would_pass_over_the_training_is_said(
    said: Said, strings_windows: tuple[Params, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explain, "passes_over_train", lambda: True)
    assert said(strings_windows[0])[-1].startswith("but DVC considers `train` up to date")
    monkeypatch.setattr(explain, "WINDOWS", Path("nowhere"))
    assert not said(strings_windows[0])[-1].startswith("but")  # `train` runs once the windows are there


# Seeds that claims ask for


def test_the_seeds_that_claims_ask_for_are_named_by_the_results_so_far(
    said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = document(number("one", "0.7", experiment="am_a"), experiments=["am_a"])
    monkeypatch.setattr(explain, "load_claims", lambda _: [claims])
    assert not any(line.startswith("seeds") for line in said(strings_params(most_seeds=10)))  # there are no results
    (tmp_path / "results.json").write_text(json.dumps(rows("am_a", [0.70, 0.71, 0.69])), encoding="utf-8")
    assert said(strings_params(most_seeds=10))[-1] == "seeds: am_a: 5 seeds could decide 9.one"
    none = "seeds: no claim is undecided that more could decide within run.minutes = "
    assert said(strings_params(most_seeds=10, minutes=0.5))[-1] == f"{none}0.5"
    (tmp_path / "results.json").write_text(json.dumps(rows("am_a", [0.70, 0.71, 0.69, 0.7, 0.7])), encoding="utf-8")
    assert said(strings_params(most_seeds=10))[-1] == f"{none}6"


def test_in_a_fresh_checkout_everything_would_be_made_and_nothing_is(tmp_path: Path) -> None:
    folder = lay_out(tmp_path)

    def files() -> set[str]:
        names = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
        return {name for name in names if "__pycache__" not in name and not name.startswith(".dvc/")}

    before = files()
    script = (
        "import sys, pipeline.commands.explain as e; e.main(); assert not {'mlflow', 'tensorflow'} & set(sys.modules)"
    )
    environment = {name: value for name, value in os.environ.items() if name not in ("SEEDS", "MLFLOW_TRACKING_URI")}
    words = [sys.executable, "-c", script]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("explain: data: `download` would run (data/raw/sounds is missing); ")
    unmade = "first run: its windows are not made yet"
    assert lines[1:4] == [f"explain: {name}: {unmade}" for name in ("am_64", "us_w", "us_c")]
    assert len(lines) == 5 and files() == before
