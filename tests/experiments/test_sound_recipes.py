"""Recipes for few clips of sound: whole clips of several speeds, drawn evenly, and parts to select a recipe by."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.base.files import read_json, write_json
from pipeline.base.seal import SEAL, seal
from pipeline.experiments.family import Inputs
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params, parse
from pipeline.running.plan import plan_one
from pipeline.running.run_directory import RunDirectory
from tests.made_runs import trained
from tests.made_sounds import SMALL, VIEWS, sounds, write, write_spectra

RECIPES = FAMILIES["sound_recipes"]
TILED = {**SMALL, "view": "c", "balance": 0.5, "batch": 4}


def params(run: dict[str, Any] | None = None, **entries: dict[str, Any]) -> Params:
    experiments = {
        "us_tiled": TILED,
        "us_speeds": {"from": "us_tiled", "speeds": ["c_slow"]},
        "us_parts": {"from": "us_tiled", "parts": 3},
        **entries,
    }
    views = {"views": VIEWS, "bands": 3}
    return parse({"run": {"seeds": 2, **(run or {})}, "sounds": views, "experiments": {"sound_recipes": experiments}})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The windows of two speeds of the same clips."""
    write_spectra(tmp_path)
    write(tmp_path, "c")
    write(tmp_path, "c_slow")
    return tmp_path


def load(folder: Path, name: str, seed: int, fold: int, **entries: dict[str, Any]) -> Any:
    return RECIPES.load(params(**entries).experiments[name], seed, fold, folder / "windows")


def split_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = read_json(folder / "windows/c/splits/fold_1.json")
    return found


def test_windows_are_made_of_the_speeds_too(folder: Path) -> None:
    for view in VIEWS:
        (folder / view).symlink_to(folder / "spectra")
    inputs = Inputs(folder, folder, 1, sounds())
    made = [params().experiments["us_speeds"]]
    assert list(RECIPES.make_windows(made, inputs, folder / "made")) == ["c", "c_slow"]
    assert sorted(path.name for path in (folder / "made").iterdir()) == ["c", "c_slow"]


def test_a_recipe_may_be_for_some_folds_alone(folder: Path) -> None:
    second, third = ({"from": "us_tiled", "folds": [fold]} for fold in (2, 3))
    experiments, windows = params(second=second, third=third).experiments, folder / "windows"
    assert RECIPES.splits(experiments["us_tiled"], 1, windows) == [(0, 1), (0, 2)]
    assert RECIPES.splits(experiments["second"], 2, windows) == [(0, 2), (1, 2)]
    said = r"experiments\.sound_recipes\.third\.folds: fold 3 is not complete; complete folds: 1, 2"
    with pytest.raises(UserError, match=said):
        RECIPES.splits(experiments["third"], 2, windows)


def test_a_short_clip_is_repeated_and_needs_no_mask(folder: Path) -> None:
    data, plain = load(folder, "us_tiled", 0, 1), np.load(folder / "windows/c/sequences.npy")
    lengths = np.load(folder / "windows/c/lengths.npy")
    row = int(np.flatnonzero(lengths == 2)[0])
    expected = plain[row, [0, 1, 0, 1, 0]]
    np.testing.assert_array_equal(data.sequences[row], expected)
    assert not data.masked and data.sequences.shape == plain.shape


def test_a_balanced_epoch_is_drawn_from_the_training_part_alone(folder: Path) -> None:
    data, train = load(folder, "us_tiled", 0, 1), set(split_of(folder)["train"])
    first, second = data.train(1), data.train(2)
    assert first.shape == (len(train) // 4, 4) and set(first.ravel()) <= train
    assert np.array_equal(first, data.train(1)) and not np.array_equal(first, second)


def test_an_epoch_that_is_not_balanced_has_no_clip_twice(folder: Path) -> None:
    rows = load(folder, "us_even", 0, 1, us_even={"from": "us_tiled", "balance": 0.0}).train(1).ravel()
    assert len(set(rows)) == len(rows) and set(rows) <= set(split_of(folder)["train"])


def test_clips_of_other_speeds_train_as_often_and_are_never_measured(folder: Path) -> None:
    slow = folder / "windows/c_slow"
    np.save(slow / "sequences.npy", np.load(slow / "sequences.npy")[:, :4] + 100)
    np.save(slow / "lengths.npy", np.minimum(np.load(slow / "lengths.npy"), 4))
    seal(slow)
    data, plain = load(folder, "us_speeds", 0, 1), load(folder, "us_tiled", 0, 1)
    assert data.sequences.shape == (120, *plain.sequences.shape[1:])
    np.testing.assert_array_equal(data.sequences[:60], plain.sequences)
    rows = np.concatenate([data.train(epoch).ravel() for epoch in range(1, 21)])
    assert data.sequences[60:].min() > 50 and 0.4 < (rows >= 60).mean() < 0.6
    assert set(rows % 60) <= set(split_of(folder)["train"])
    assert max(data.test) < 60 and max(data.validation(1)) < 60
    np.testing.assert_array_equal(data.targets, np.tile(plain.targets, 2))


def test_the_digest_of_a_run_is_that_of_its_speeds_too(folder: Path) -> None:
    experiments, windows = params().experiments, folder / "windows"
    before = {name: RECIPES.dataset(experiments[name], 0, 1, windows).digest for name in ("us_tiled", "us_speeds")}
    path = windows / "c_slow" / SEAL
    write_json(path, read_json(path) | {"sequences.npy": "another"})
    after = {name: RECIPES.dataset(experiments[name], 0, 1, windows).digest for name in before}
    assert after["us_tiled"] == before["us_tiled"] and after["us_speeds"] != before["us_speeds"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"view": "d"}, "view: 'd' is not a view; known: w, c, c_slow"),
        ({"speeds": ["c_slwo"]}, "view: 'c_slwo' is not a view; known: w, c, c_slow"),
        ({"speeds": ["w"]}, "speeds: a view may differ from 'view' only in its speed; choose others"),
        ({"view": "w"}, "view: 'w' is as_written; take a corrected one"),
        ({"protocol": "as_written"}, "protocol: input should be 'corrected', found 'as_written'"),
        ({"parts": 1}, "parts: 1 would leave nothing to train on; write 2 or more, or 0"),
        (
            {"parts": 3, "patience": 2},
            "parts: without a validation part, training cannot stop early; write patience: 0",
        ),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(UserError) as said:
        params(us_new={"from": "us_tiled", **changes})
    assert str(said.value) == f"experiments.sound_recipes.us_new.{fault}"


def test_runs_can_be_an_ensemble() -> None:
    labels = params(us_new={**TILED, "labels": {"ensemble": "us_both"}}).experiments["us_new"].labels
    assert labels.ensemble == "us_both" and RECIPES.keeps_probabilities


def test_a_choice_of_an_epoch_takes_the_whole_validation_part(folder: Path) -> None:
    data = load(folder, "us_patient", 0, 1, us_patient={"from": "us_tiled", "patience": 3})
    assert data.validation(1).tolist() == split_of(folder)["validation"] == data.validation(2).tolist()


def test_parts_are_made_of_what_lies_beside_the_test_fold(folder: Path) -> None:
    runs, split = [load(folder, "us_parts", seed, 1) for seed in range(4)], split_of(folder)
    beside = sorted(split["train"] + split["validation"])
    assert sorted(np.concatenate([run.test for run in runs[:3]])) == beside
    np.testing.assert_array_equal(runs[3].test, runs[0].test)
    for run in runs:
        trained_on = set(np.concatenate([run.train(epoch).ravel() for epoch in range(1, 40)]))
        assert trained_on == set(beside) - set(run.test) and len(run.validation(1)) == 0
        assert not {row // 3 for row in trained_on} & {row // 3 for row in run.test}  # recordings
        assert set(run.shown) <= set(run.test) and 4 < len(run.test) < 16


def test_what_selects_runs_only_where_it_is_named() -> None:
    every = {"experiments": "all", "originals": True, "sweep": True}
    assert params(every).chosen().keys() == {"us_tiled", "us_speeds"}
    assert params({"experiments": ["us_parts"]}).chosen().keys() == {"us_parts"}


def test_the_clips_are_those_of_the_family_sounds() -> None:
    assert RECIPES.originals == "sounds"
    chosen = params({"experiments": "all", "originals": ["sounds"]}).chosen()
    assert chosen.keys() == {"us_tiled", "us_speeds"}


def test_a_forest_is_a_run_like_any_other_but_for_its_curve(folder: Path, tmp_path: Path) -> None:
    forest = {**SMALL, "view": "c", "variant": "forest", "units": 0, "epochs": 1}
    all_windows = tmp_path / "all"
    all_windows.mkdir()
    (all_windows / "sound_recipes").symlink_to(folder / "windows")
    experiment = params(us_f={**forest, "frontend": {"mfcc": {"coefficients": 2}}}).experiments["us_f"]
    run, _ = plan_one(experiment, 1, all_windows)
    row = trained(run, all_windows, tmp_path / "unfinished")
    assert row["variant"] == "forest" and row["epochs"] == 0 and not row["baseline"]
    assert 0 <= row["metrics"]["test_accuracy"] <= 1 and row["metrics"]["train_cpu_seconds"] > 0
    assert np.shape(row["outputs"]["probabilities"]) == (30, 2)
    assert RunDirectory(tmp_path / "unfinished", run.key).artifacts.is_dir()
