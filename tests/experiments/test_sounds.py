"""Windows of the urban sound clips, and the data of a run made from them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.base.console import UserError
from pipeline.base.files import digest, read_json, write_json
from pipeline.experiments import FAMILIES
from pipeline.params import Params, parse
from pipeline.running.plan import plan_one
from pipeline.running.run_directory import Desk
from pipeline.running.trainer import Trainer
from pipeline.sources.sounds.windows import write_view

SOUNDS = FAMILIES["sounds"]
CLASSES = ["siren", "drilling"]
VIEWS = {
    "w": {"hop_ms": 10, "window_ms": 10},
    "c": {"hop_ms": 10, "window_ms": 100, "protocol": "corrected"},
    "c_slow": {"from": "c", "speed": 0.8},
}
SMALL = {"family": "sounds", "document": "000", "variant": "lstm", "units": 2, "epochs": 2}


def params(**run: Any) -> Params:
    experiments = {
        "us_w": {**SMALL, "view": "w"},
        "us_c": {**SMALL, "view": "c", "protocol": "corrected"},
        "us_tiled": {"from": "us_c", "tile": True, "balance": 0.5, "batch": 4},
        "us_speeds": {"from": "us_tiled", "speeds": ["c_slow"]},
        "us_parts": {"from": "us_tiled", "parts": 3},
    }
    return parse({"run": {"seeds": 2, **run}, "sounds": {"views": VIEWS, "bands": 3}, "experiments": experiments})


@pytest.fixture
def spectra(tmp_path: Path) -> Path:
    """60 clips of 20 recordings in two folds, 1 to 5 timesteps of 3 bands each."""
    random = np.random.default_rng(1)
    timesteps = random.integers(1, 6, 60)
    recordings = np.arange(60) // 3
    clips = pd.DataFrame(
        {
            "name": [f"{n}.wav" for n in range(60)],
            "fold": recordings // 10 + 1,
            "source": recordings,
            "class": [CLASSES[r % 2] for r in recordings],
            "class_id": recordings % 2,
            "start": np.cumsum(timesteps) - timesteps,
            "timesteps": timesteps,
        }
    )
    (tmp_path / "raw").mkdir()
    (tmp_path / "spectra").mkdir()
    clips.to_csv(tmp_path / "spectra/clips.csv", index=False)
    np.save(tmp_path / "spectra/frames.npy", random.normal(5, 3, (timesteps.sum(), 3)).astype(np.float32))
    card = {"data": "part of UrbanSound8K", "source": "mirror", "complete_folds": [1, 2], "classes": CLASSES}
    write_json(tmp_path / "raw/card.json", card)
    return tmp_path


def write(folder: Path, view: str, some: Params | None = None) -> dict[str, Any]:
    return write_view(view, some or params(), folder / "raw", folder / "spectra", folder / "windows" / view)


def load(folder: Path, name: str, seed: int, fold: int | None) -> Any:
    write(folder, "w")
    write(folder, "c")
    return SOUNDS.load(params().experiments[name], seed, fold, folder / "windows")


def test_sequences_are_the_clips_frames_and_padding_is_zero(spectra: Path) -> None:
    write(spectra, "w")
    clips, frames = pd.read_csv(spectra / "spectra/clips.csv"), np.load(spectra / "spectra/frames.npy")
    sequences = np.load(spectra / "windows/w/sequences.npy")
    lengths = np.load(spectra / "windows/w/lengths.npy")
    assert sequences.shape == (60, 5, 3)
    for row, (start, length) in enumerate(zip(clips["start"], clips["timesteps"], strict=True)):
        np.testing.assert_array_equal(sequences[row, :length], frames[start : start + length])
        assert not sequences[row, length:].any() and lengths[row] == length


def test_the_manifest_counts_and_digests_what_is_there(spectra: Path) -> None:
    write(spectra, "c")
    here = spectra / "windows/c"
    manifest = read_json(here / "manifest.json")
    assert manifest["shape"] == [60, 5, 3] and manifest["dtype"] == "float32" and manifest["folds"] == [1, 2]
    assert all(digest(here / name) == value for name, value in manifest["sha256"].items())
    assert {"sequences.npy", "splits/fold_1.json"} <= set(manifest["sha256"])
    counted = manifest["counts"]["fold_1"]
    assert sum(counted["test"]) == 30 and sum(map(sum, counted.values())) == 60


def test_the_audit_finds_leaks_in_shuffled_clips_and_none_in_folds(spectra: Path) -> None:
    assert all(audit["share"] > 0.5 for audit in write(spectra, "w").values())
    assert all(audit["share"] == 0 for audit in write(spectra, "c").values())


def test_splits_differ_by_seed_and_view_and_not_by_the_number_of_seeds(spectra: Path) -> None:
    write(spectra, "w")
    two = [read_json(spectra / f"windows/w/splits/seed_{seed}.json") for seed in range(2)]
    write(spectra, "w", params(seeds=3))
    three = [read_json(spectra / f"windows/w/splits/seed_{seed}.json") for seed in range(3)]
    assert two == three[:2] and two[0] != two[1]


def test_more_seeds_leave_the_digest_of_a_run(spectra: Path) -> None:
    write(spectra, "w")
    experiment = params().experiments["us_w"]
    before = SOUNDS.source(experiment, 0, None, spectra / "windows")
    write(spectra, "w", params(seeds=3))
    assert SOUNDS.source(experiment, 0, None, spectra / "windows") == before
    assert SOUNDS.source(experiment, 1, None, spectra / "windows").digest != before.digest


def test_fewer_clips_than_the_documents_are_other_data(spectra: Path) -> None:
    write(spectra, "w")
    source = SOUNDS.source(params().experiments["us_w"], 0, None, spectra / "windows")
    assert source.kind == "other" and "60 of the documents' 2552" in source.label
    enough = parse({"run": {"seeds": 1}, "sounds": {"views": VIEWS, "bands": 3, "clips": 50}, "experiments": {}})
    write(spectra, "w", enough)
    assert SOUNDS.source(params().experiments["us_w"], 0, None, spectra / "windows").kind == "document"


def test_the_sample_is_said_to_be_one(spectra: Path) -> None:
    card = read_json(spectra / "raw/card.json")
    write_json(spectra / "raw/card.json", {**card, "source": "sample"})
    write(spectra, "w")
    assert SOUNDS.source(params().experiments["us_w"], 0, None, spectra / "windows").kind == "sample"


def test_too_few_clips_name_the_view_and_the_number(spectra: Path) -> None:
    clips = pd.read_csv(spectra / "spectra/clips.csv")
    clips[:12].to_csv(spectra / "spectra/clips.csv", index=False)
    with pytest.raises(UserError, match="view w: 12 clips are too few for as_written"):
        write(spectra, "w")
    assert not (spectra / "windows/w").exists()


def test_no_complete_fold_is_an_error(spectra: Path) -> None:
    card = read_json(spectra / "raw/card.json")
    write_json(spectra / "raw/card.json", {**card, "complete_folds": []})
    with pytest.raises(UserError, match="view c: no fold is complete"):
        write(spectra, "c")


def test_runs_are_seeds_or_seeds_by_folds(spectra: Path) -> None:
    write(spectra, "w")
    write(spectra, "c")
    experiments = params().experiments
    assert SOUNDS.splits(experiments["us_w"], 2, spectra / "windows") == [(0, None), (1, None)]
    assert SOUNDS.splits(experiments["us_c"], 2, spectra / "windows") == [(0, 1), (0, 2), (1, 1), (1, 2)]


def test_a_recipe_may_be_for_some_folds_alone(spectra: Path) -> None:
    write(spectra, "c")
    second, third = (params().experiments["us_c"].model_copy(update={"folds": [fold]}) for fold in (2, 3))
    assert SOUNDS.splits(second, 2, spectra / "windows") == [(0, 2), (1, 2)]
    with pytest.raises(UserError, match=r"experiments\.us_c\.folds: fold 3 is not complete; complete folds: 1, 2"):
        SOUNDS.splits(third, 2, spectra / "windows")


def test_bands_are_standardised_on_the_training_part_alone(spectra: Path) -> None:
    data = load(spectra, "us_c", 0, 1)
    rows = np.unique(data.train(1))
    split = read_json(spectra / "windows/c/splits/fold_1.json")
    assert set(rows) <= set(split["train"])
    frames = np.concatenate([data.sequences[row, : data.lengths[row]] for row in split["train"]])
    np.testing.assert_allclose(frames.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(frames.std(axis=0), 1, atol=1e-5)
    assert not data.sequences[0, data.lengths[0] :].any()


def test_as_written_stays_raw(spectra: Path) -> None:
    data = load(spectra, "us_w", 0, None)
    np.testing.assert_array_equal(data.sequences, np.load(spectra / "windows/w/sequences.npy"))


def test_epochs_are_whole_batches_in_an_order_of_their_own(spectra: Path) -> None:
    data = load(spectra, "us_w", 0, None)
    first, second = data.train(1), data.train(2)
    assert first.shape == (4, 10)  # 48 of 60 clips, cut to tens
    assert not np.array_equal(first, second)
    assert np.array_equal(first, data.train(1))
    assert not set(first.ravel()) & set(data.test) and not set(data.validation(1)) & set(data.test)
    assert not np.array_equal(first, load(spectra, "us_w", 1, None).train(1))


def test_a_short_clip_is_repeated_and_needs_no_mask(spectra: Path) -> None:
    data, plain = load(spectra, "us_tiled", 0, 1), np.load(spectra / "windows/c/sequences.npy")
    lengths = np.load(spectra / "windows/c/lengths.npy")
    row = int(np.flatnonzero(lengths == 2)[0])
    expected = plain[row, [0, 1, 0, 1, 0]]
    np.testing.assert_array_equal(data.sequences[row], expected)
    assert not data.masked and data.sequences.shape == plain.shape


def test_a_recording_of_many_clips_is_drawn_less_often() -> None:
    chances = SOUNDS.chances_of(np.array([7, 7, 7, 7, 3]), 0.5)
    np.testing.assert_allclose(chances, np.array([0.5, 0.5, 0.5, 0.5, 1]) / 3)
    np.testing.assert_allclose(SOUNDS.chances_of(np.array([7, 7, 3]), 0.0), 1 / 3)


def test_a_balanced_epoch_is_drawn_from_the_training_part_alone(spectra: Path) -> None:
    data = load(spectra, "us_tiled", 0, 1)
    first, second = data.train(1), data.train(2)
    train = set(read_json(spectra / "windows/c/splits/fold_1.json")["train"])
    assert first.shape == (len(train) // 4, 4) and set(first.ravel()) <= train
    assert np.array_equal(first, data.train(1)) and not np.array_equal(first, second)


def test_clips_of_other_speeds_train_as_often_and_are_never_measured(spectra: Path) -> None:
    write(spectra, "c_slow")
    slow = spectra / "windows/c_slow"
    np.save(slow / "sequences.npy", np.load(slow / "sequences.npy")[:, :4] + 100)
    np.save(slow / "lengths.npy", np.minimum(np.load(slow / "lengths.npy"), 4))
    data = load(spectra, "us_speeds", 0, 1)
    plain = load(spectra, "us_tiled", 0, 1)
    assert data.sequences.shape == (120, *plain.sequences.shape[1:])
    np.testing.assert_array_equal(data.sequences[:60], plain.sequences)
    rows = np.concatenate([data.train(epoch).ravel() for epoch in range(1, 21)])
    assert data.sequences[60:].min() > 50 and 0.4 < (rows >= 60).mean() < 0.6
    assert set(rows % 60) <= set(plain.train(1).ravel()) | set(range(60)) - set(data.test) - set(data.validation(1))
    assert max(data.test) < 60 and max(data.validation(1)) < 60
    np.testing.assert_array_equal(data.targets, np.tile(plain.targets, 2))


def test_the_digest_of_a_run_is_that_of_its_speeds_too(spectra: Path) -> None:
    for view in ("c", "c_slow"):
        write(spectra, view)
    experiments, windows = params().experiments, spectra / "windows"
    before = {name: SOUNDS.source(experiments[name], 0, 1, windows).digest for name in ("us_tiled", "us_speeds")}
    manifest = read_json(windows / "c_slow/manifest.json")
    write_json(windows / "c_slow/manifest.json", manifest | {"sha256": {"sequences.npy": "another"}})
    after = {name: SOUNDS.source(experiments[name], 0, 1, windows).digest for name in before}
    assert after["us_tiled"] == before["us_tiled"] and after["us_speeds"] != before["us_speeds"]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"tile": False}, "speeds: clips of other speeds have other lengths; write tile: true"),
        ({"speeds": ["c_slwo"]}, "'c_slwo' is not a view"),
        ({"speeds": ["w"]}, "views that differ from its view in more than their speed"),
    ],
)
def test_speeds_that_do_not_fit_are_refused(changes: dict[str, Any], fault: str) -> None:
    entry = {**SMALL, "view": "c", "protocol": "corrected", "tile": True, "speeds": ["c_slow"], **changes}
    with pytest.raises(UserError, match=fault):
        parse({"run": {"seeds": 2}, "sounds": {"views": VIEWS, "bands": 3}, "experiments": {"us_s": entry}})


def test_a_choice_of_an_epoch_takes_the_whole_validation_part(spectra: Path) -> None:
    write(spectra, "c")
    few, every = (
        SOUNDS.load(params().experiments["us_c"].model_copy(update={"patience": n}), 0, 1, spectra / "windows")
        for n in (0, 3)
    )
    held = read_json(spectra / "windows/c/splits/fold_1.json")["validation"]
    assert every.validation(1).tolist() == held == every.validation(2).tolist()
    assert sorted(few.validation(1)) == sorted(held)[:100]


def test_parts_are_made_of_what_lies_beside_the_test_fold(spectra: Path) -> None:
    runs = [load(spectra, "us_parts", seed, 1) for seed in range(4)]
    split = read_json(spectra / "windows/c/splits/fold_1.json")
    beside = sorted(split["train"] + split["validation"])
    assert sorted(np.concatenate([run.test for run in runs[:3]])) == beside
    np.testing.assert_array_equal(runs[3].test, runs[0].test)
    for run in runs:
        trained = set(np.concatenate([run.train(epoch).ravel() for epoch in range(1, 40)]))
        assert trained == set(beside) - set(run.test) and len(run.validation(1)) == 0
        assert not {row // 3 for row in trained} & {row // 3 for row in run.test}  # recordings
        assert set(run.shown) <= set(run.test) and 4 < len(run.test) < 16


@pytest.mark.parametrize(
    "changes", [{"parts": 1}, {"tile": False}, {"patience": 2}, {"protocol": "as_written", "view": "w"}]
)
def test_parts_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    entry = {**SMALL, "view": "c", "protocol": "corrected", "tile": True, "parts": 3, **changes}
    with pytest.raises(UserError, match=r"experiments\.us_p\..*parts: (1 would|it needs)"):
        parse({"run": {"seeds": 2}, "sounds": {"views": VIEWS, "bands": 3}, "experiments": {"us_p": entry}})


def test_what_chooses_runs_only_where_it_is_named() -> None:
    every = {"experiments": "all", "originals": True, "sweep": True}
    assert params(**every).chosen().keys() == params().experiments.keys() - {"us_parts"}
    assert params(experiments=["us_parts"]).chosen().keys() == {"us_parts"}


def test_a_forest_is_a_run_like_any_other_but_for_its_curve(spectra: Path, tmp_path: Path) -> None:
    write(spectra, "c")
    forest = {**SMALL, "view": "c", "protocol": "corrected", "variant": "forest", "units": 0, "epochs": 1, "tile": True}
    views, folder = {"views": VIEWS, "bands": 3}, tmp_path / "all"
    folder.mkdir()
    (folder / "sounds").symlink_to(spectra / "windows")
    some = parse({"run": {"seeds": 1}, "sounds": views, "experiments": {"f": {**forest, "cepstra": 2}}})
    run, _ = plan_one(some.experiments["f"], 1, folder)
    row = Trainer(folder, tmp_path / "desks").train(run, "", lambda epoch, figures: None)
    assert row["variant"] == "forest" and row["epochs"] == 0 and not row["baseline"]
    assert 0 <= row["metrics"]["test_accuracy"] <= 1 and row["metrics"]["train_cpu_seconds"] > 0
    assert Desk(tmp_path / "desks", run.key).artifacts.is_dir()


def test_an_example_is_printed_as_in_the_document(spectra: Path) -> None:
    data = load(spectra, "us_w", 0, None)
    row = int(data.shown[0])
    truth = CLASSES[data.targets[row]]
    other = CLASSES[1 - data.targets[row]]
    logits = np.where(np.array(CLASSES) == other, 2.0, 0.0)
    example = SOUNDS.example(data, row, logits)
    assert example["text"] == f"{other}: wrong({truth})"
    assert example["probability"] == pytest.approx(np.exp(2) / (1 + np.exp(2)), abs=1e-4)
    assert SOUNDS.example(data, row, -logits)["text"] == f"{truth}: correct"
    assert example["clip"].endswith(f"{row}.wav")
