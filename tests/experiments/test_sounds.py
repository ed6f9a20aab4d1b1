"""Urban sound: the runs of an experiment, the data of a run, and the examples of the document."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.base import seal
from pipeline.base.console import UserError
from pipeline.base.files import read_json
from pipeline.base.once import Remembered
from pipeline.experiments.family import Inputs
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params, parse
from pipeline.sources.sounds import reading
from pipeline.spec.sounds import CLIP_MS
from tests.made_sounds import CLASSES, SMALL, VIEWS, sounds, write, write_spectra

SOUNDS = FAMILIES["sounds"]


def params(**changes: Any) -> Params:
    """Params of an experiment as written, and of a corrected one with these changes."""
    entries = {"us_w": {**SMALL, "view": "w"}, "us_c": {**SMALL, "view": "c", "protocol": "corrected", **changes}}
    return parse({"run": {"seeds": 2}, "sounds": {"views": VIEWS, "bands": 3}, "experiments": {"sounds": entries}})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The windows of both protocols."""
    write_spectra(tmp_path)
    write(tmp_path, "w")
    write(tmp_path, "c")
    return tmp_path


def load(folder: Path, name: str, seed: int, fold: int | None, **changes: Any) -> Any:
    return SOUNDS.load(params(**changes).experiments[name], seed, fold, folder / "windows")


def test_an_unknown_view_is_refused() -> None:
    with pytest.raises(UserError, match=r"^experiments\.sounds\.us_c\.view: 'd' is not a view; known: w, c, c_slow$"):
        params(view="d")


def test_an_ensemble_is_refused_for_no_run_keeps_its_probabilities() -> None:
    with pytest.raises(UserError, match=r"experiments\.sounds\.us_c\.labels\.ensemble: runs of 'sounds' do not store"):
        params(labels={"ensemble": "us_both"})


def test_windows_are_made_of_the_views_that_an_experiment_needs(folder: Path, tmp_path: Path) -> None:
    for view in VIEWS:
        (tmp_path / view).symlink_to(tmp_path / "spectra")
    inputs = Inputs(tmp_path, tmp_path, 1, sounds())
    audit = SOUNDS.make_windows(list(params().experiments.values()), inputs, tmp_path / "made")
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["c", "w"] == sorted(audit)
    assert list(audit["w"]) == ["seed_0"] and list(audit["c"]) == ["fold_1", "fold_2"]


def test_more_seeds_leave_the_digest_of_a_run(folder: Path) -> None:
    experiment = params().experiments["us_w"]
    before = SOUNDS.dataset(experiment, 0, None, folder / "windows")
    write(folder, "w", seeds=3)
    assert SOUNDS.dataset(experiment, 0, None, folder / "windows") == before
    assert SOUNDS.dataset(experiment, 1, None, folder / "windows").digest != before.digest


def test_the_data_of_a_run_are_named_as_in_the_manifest(folder: Path) -> None:
    source = SOUNDS.dataset(params().experiments["us_w"], 0, None, folder / "windows")
    assert (source.label, source.kind) == ("part of UrbanSound8K: 60 clips", "other")


def test_runs_are_seeds_or_seeds_by_folds(folder: Path) -> None:
    experiments = params().experiments
    assert SOUNDS.splits(experiments["us_w"], 2, folder / "windows") == [(0, None), (1, None)]
    assert SOUNDS.splits(experiments["us_c"], 2, folder / "windows") == [(0, 1), (0, 2), (1, 1), (1, 2)]


def test_a_network_has_the_shape_of_the_longest_clip() -> None:
    assert SOUNDS.shape(params().experiments["us_c"], sounds()) == (CLIP_MS // 10, 3, 10)


def test_bands_are_standardised_on_the_training_part_alone(folder: Path) -> None:
    data = load(folder, "us_c", 0, 1)
    rows = np.unique(data.train(1))
    split = read_json(folder / "windows/c/splits/fold_1.json")
    assert set(rows) <= set(split["train"])
    frames = np.concatenate([data.sequences[row, : data.lengths[row]] for row in split["train"]])
    np.testing.assert_allclose(frames.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(frames.std(axis=0), 1, atol=1e-5)
    assert not data.sequences[0, data.lengths[0] :].any()


def test_as_written_stays_raw(folder: Path) -> None:
    data = load(folder, "us_w", 0, None)
    np.testing.assert_array_equal(data.sequences, np.load(folder / "windows/w/sequences.npy"))


def test_epochs_are_whole_batches_in_an_order_of_their_own(folder: Path) -> None:
    data = load(folder, "us_w", 0, None)
    first, second = data.train(1), data.train(2)
    assert first.shape == (4, 10)  # 48 of 60 clips, cut to tens
    assert not np.array_equal(first, second)
    assert np.array_equal(first, data.train(1))
    assert not set(first.ravel()) & set(data.test) and not set(data.validation(1)) & set(data.test)
    assert not np.array_equal(first, load(folder, "us_w", 1, None).train(1))


def test_a_choice_of_an_epoch_takes_the_whole_validation_part(folder: Path) -> None:
    few, every = (load(folder, "us_c", 0, 1, patience=patience) for patience in (0, 3))
    held = read_json(folder / "windows/c/splits/fold_1.json")["validation"]
    assert every.validation(1).tolist() == held == every.validation(2).tolist()
    assert sorted(few.validation(1)) == sorted(held)[:100]


def test_an_example_is_printed_as_in_the_document(folder: Path) -> None:
    data = load(folder, "us_w", 0, None)
    row = int(data.shown[0])
    truth = CLASSES[data.targets[row]]
    other = CLASSES[1 - data.targets[row]]
    logits = np.where(np.array(CLASSES) == other, 2.0, 0.0)
    example = SOUNDS.example(data, row, logits)
    assert example["text"] == f"{other}: wrong({truth})"
    assert example["probability"] == pytest.approx(np.exp(2) / (1 + np.exp(2)), abs=1e-4)
    assert SOUNDS.example(data, row, -logits)["text"] == f"{truth}: correct"
    assert example["clip"].endswith(f"{row}.wav")


def test_a_stack_reads_a_view_once_and_standardises_it_once_for_a_fold(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def verified(path: Path, root: Path | None = None) -> Path:
        checked.append(path.name)
        return seal.verified(path, root)

    monkeypatch.setattr(reading, "verified", verified)
    once, experiments, windows = Remembered(), params().experiments, folder / "windows"
    plain = [SOUNDS.load(experiments["us_w"], seed, None, windows, once) for seed in (0, 1)]
    assert plain[0].sequences is plain[1].sequences and checked.count("sequences.npy") == 1
    folds = [SOUNDS.load(experiments["us_c"], seed, fold, windows, once) for seed, fold in ((0, 1), (1, 1), (0, 2))]
    assert folds[0].sequences is folds[1].sequences and checked.count("sequences.npy") == 3
    for found, fold in zip(folds, (1, 1, 2), strict=True):
        np.testing.assert_array_equal(found.sequences, load(folder, "us_c", 0, fold).sequences)
    assert not np.array_equal(folds[0].sequences, folds[2].sequences)
