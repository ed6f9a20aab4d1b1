"""All stages by `dvc repro`, on a tiny sample: from clips to verdicts, then again with nothing to do."""

import csv
import shutil
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.base.files import read_json
from pipeline.sources.sounds.windows import write_view
from pipeline.sources.untar import extract
from pipeline.spec.run_options import RunOptions
from pipeline.spec.sounds import Sounds, View
from pipeline.stages.download import download
from pipeline.stages.spectra import make_view
from tests.checkouts import MORE, reproduce


def test_results_follow_the_contract(reproduced: Path) -> None:
    rows = read_json(reproduced / "reports/results.json")
    runs = [(row["experiment"], row["seed"], row["fold"]) for row in rows]
    strings, shuffled = [("am_64", 0, None), ("am_64", 1, None)], [("us_w", 0, None), ("us_w", 1, None)]
    others = [(name, seed, None) for name in ("tune", "times", "digit") for seed in (0, 1)]
    folds = [("us_c", seed, fold) for seed in (0, 1) for fold in (1, 2)]
    grid = [(f"sweep_images_{entry}", seed, None) for entry in ("lstm", "majority") for seed in (0, 1)]
    recipes = [("us_r", seed, fold) for seed in (0, 1) for fold in (1, 2)]
    ensembles = [("us_both", 0, 1), ("us_both", 0, 2)]
    assert runs == [*strings, *shuffled, *folds, *recipes, *others, *grid, *ensembles]
    assert len({row["run_key"] for row in rows}) == len(rows)
    for row in rows:
        assert all(len(series) == row["epochs"] for series in row["history"].values())
        assert row["metrics"][row["metric"]] >= 0 and (row["metrics"]["train_cpu_seconds"] > 0) != row["baseline"]
        assert (row["parameters"] > 0) != row["baseline"] and row["mlflow_run_id"] and len(row["weights_sha256"]) == 64
    assert "test_accuracy@2" in rows[2]["metrics"]


def test_classes_and_numbers_have_figures_of_their_own(reproduced: Path) -> None:
    rows = read_json(reproduced / "reports/results.json")
    for row in rows:
        numbers = row["family"] == "product"
        assert row["metric"] == ("test_mse" if numbers else "test_accuracy")
        names = {"loss", "val_loss", "seconds", "cpu_seconds"} | (set() if numbers else {"accuracy", "val_accuracy"})
        assert set(row["history"]) == names
        if numbers:
            assert row["confusion"] is None and len(row["pairs"]) == 300 and row["curves"]
        else:
            assert np.sum(row["confusion"]) == row["test_size"] and row["pairs"] is None


def test_claims_follow_the_contract(reproduced: Path) -> None:
    claims = read_json(reproduced / "reports/claims.json")
    keys = "id document quote experiment metric claimed measured low high mean_low mean_high seeds verdict why"
    assert all(set(keys.split()) <= set(claim) for claim in claims)
    counts = Counter(claim["verdict"] for claim in claims)
    assert counts["contradicts itself"] == 12 and counts["reproduced"] == 0  # two seeds are an estimate
    assert read_json(reproduced / "reports/verdicts.json")["consistency"]["contradicts itself"] == 12


def test_the_page_and_the_audit_are_there(reproduced: Path) -> None:
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (reproduced / "reports/families").iterdir()}
    assert set(pages) == {"automata", "sounds", "sound_recipes", "reviews", "melody", "product", "digits"}
    assert "us_w" in pages["sounds"] and "<audio" in pages["melody"] and "Not run" in pages["reviews"]
    assert "families/melody.html" in (reproduced / "reports/index.html").read_text(encoding="utf-8")
    audit = read_json(reproduced / "reports/leakage/sounds.json")
    assert audit["c"]["fold_1"]["share"] == 0 and audit["w"]["seed_0"]["share"] > 0


def test_the_leaderboard_has_the_grid_of_the_quick_round(reproduced: Path) -> None:
    lines = (reproduced / "reports/leaderboard.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["images", "images"]
    assert {line.split(",")[4] for line in lines[1:]} == {"lstm", "majority"}
    page = (reproduced / "reports/leaderboard.html").read_text(encoding="utf-8")
    assert "majority" in page and "leaderboard.html" in (reproduced / "reports/index.html").read_text(encoding="utf-8")


def test_again_there_is_nothing_to_do(reproduced: Path) -> None:
    before = (reproduced / "dvc.lock").read_bytes()
    done = reproduce(reproduced)
    assert done.returncode == 0 and "up to date" in done.stdout
    assert "Running stage" not in done.stdout
    assert (reproduced / "dvc.lock").read_bytes() == before


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("seeds: 0", "params.yaml: run.seeds"),
        ("sedes: 2", "params.yaml: run.sedes: unknown key"),
        ("seeds: many", "params.yaml: run.seeds"),
    ],
)
def test_wrong_params_are_one_message(reproduced: Path, wrong: str, words: str) -> None:
    before = (reproduced / "reports/results.json").read_bytes()
    (reproduced / "params.yaml").write_text(MORE.replace("seeds: 2", wrong))
    done = reproduce(reproduced)
    (reproduced / "params.yaml").write_text(MORE)
    assert done.returncode == 1
    assert words in done.stderr and "Traceback" not in done.stderr and done.stderr.count("\n") <= 2
    assert (reproduced / "reports/results.json").read_bytes() == before


def test_what_needs_an_original_says_how_to_get_it(reproduced: Path) -> None:
    (reproduced / "params.yaml").write_text(MORE.replace("experiments: quick", "experiments: [film]"))
    done = reproduce(reproduced)
    (reproduced / "params.yaml").write_text(MORE)
    assert done.returncode != 0
    assert "film: its originals are not fetched; ORIGINALS=1" in done.stderr and "Traceback" not in done.stderr
    again = reproduce(reproduced)
    assert again.returncode == 0, again.stdout + again.stderr


def test_a_mirror_that_is_not_there_is_said_and_the_next_run_goes_on(reproduced: Path) -> None:
    done = reproduce(reproduced, ORIGINALS="1", REPRISE_MIRROR="/nowhere/mirror")
    assert done.returncode != 0 and "/nowhere/mirror" in done.stderr and "Traceback" not in done.stderr
    again = reproduce(reproduced, ORIGINALS="0")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "run.originals: True becomes False" in again.stdout


def test_real_recordings_go_through_the_data_stages(mirror: Path, tmp_path: Path) -> None:
    """The 45 byte-exact originals: 8 to 96 kHz, PCM 8 to 24, float and ADPCM, 0.05 to 4 s."""
    root = tmp_path / "mirror/UrbanSound8K"
    with tarfile.open(mirror / "urbansound8k/original-wav-sample.tar.xz") as archive:
        for member in archive:
            extract(archive, member, tmp_path / "wavs")
    wavs = {path.name: path for path in (tmp_path / "wavs").rglob("*.wav")}
    with (mirror / "urbansound8k/UrbanSound8K.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["slice_file_name"] in wavs]
    for row in rows:
        target = root / "audio" / f"fold{row['fold']}" / row["slice_file_name"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(wavs[target.name], target)
    (root / "metadata").mkdir()
    pd.DataFrame(rows).to_csv(root / "metadata/UrbanSound8K.csv", index=False)
    view = View(hop_ms=10, window_ms=100, protocol="corrected")
    sounds = Sounds(views={"c": view})
    card = download(RunOptions(originals=True), sounds.sample, tmp_path / "mirror", tmp_path / "raw")
    assert card["clips"] == 45 and card["rejected"] == 0
    make_view("c", view, sounds, tmp_path / "raw", tmp_path / "spectra")
    audit = write_view("c", sounds, 1, tmp_path / "spectra", tmp_path / "windows")
    sequences = np.load(tmp_path / "windows/sequences.npy")
    assert len(sequences) == 45 and np.isfinite(sequences).all() and sequences.any(axis=(1, 2)).all()
    assert all(found["share"] == 0 for found in audit.values())
