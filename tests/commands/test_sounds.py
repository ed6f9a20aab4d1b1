"""`make sounds`: from a folder to a page, in a workspace of its own; what is wrong is one line; no claim is judged."""

import re
import shutil
from pathlib import Path

import pytest

from pipeline.base import parallel
from pipeline.base.console import UserError
from pipeline.base.files import read_json
from pipeline.commands import sounds
from pipeline.commands.sounds import features, prepare
from pipeline.judging.claims import load_claims
from pipeline.judging.judgement import judge_documents
from pipeline.params import load
from pipeline.running import pool
from pipeline.running.plan import plan
from tests import quick_worker
from tests.commands.test_own_choice import MEASURED, ROWS
from tests.made_own import folder, tone, write
from tests.made_runs import trained

CLAIMS = Path(__file__).resolve().parents[2] / "claims"
SHORT = ("us_lstm", "us_forest")  # what a test trains


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run the command in, with sounds of three classes in mine/."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(parallel, "cores", lambda: 1)  # to start processes takes longer than the work
    folder(tmp_path / "mine")
    (tmp_path / "mine/dataset.yaml").write_text("name: pitches\nlicence: CC0\ncitation: 'Anna <b>, 2024'\nfolds: 2\n")
    return tmp_path


def only(params: Path, *names: str, epochs: int = 2) -> None:
    """Ask for these experiments and fewer epochs, as a person does who edits the file."""
    text = params.read_text(encoding="utf-8")
    for name in set(load(params).experiments) - set(names):
        text = text.replace(f"  - {name}\n", "", 1)
    text = text.replace("        ensemble: us_average\n", "")  # made runs have no probabilities
    params.write_text(re.sub("(?<= epochs: )[0-9]{2,}", str(epochs), text), encoding="utf-8")


def test_from_a_folder_to_a_page(
    place: Path, migrated_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = place / "own/pitches"
    prepare(Path("mine"), {"SEEDS": "2"})
    only(workspace / "params.yaml", "us_best", "us_best_conv")
    shutil.copytree(migrated_store, workspace / "mlruns")
    monkeypatch.setattr(pool, "work", quick_worker.work)
    for name, value in {"FOLDER": "mine", "NAME": "", "SEEDS": ""}.items():
        monkeypatch.setenv(name, value)
    sounds.main()
    said = capsys.readouterr().out
    assert "sounds: pitches: 18 clips of 18 recordings in 3 classes, 2 folds by recording; licence: CC0" in said
    assert "params.yaml is kept as you changed it" in said and said.endswith("open own/pitches/reports/index.html\n")
    page = (workspace / "reports/index.html").read_text(encoding="utf-8")
    assert "Anna &lt;b&gt;, 2024" in page and "CC0" in page and "UrbanSound8K" not in page
    assert ">us_best_conv</" in page and "No recording is both in a training part" in page
    rows = read_json(workspace / "reports/results.json")
    assert {row["data_kind"] for row in rows} == {"other"} and {row["data"] for row in rows} == {
        "pitches (own sounds): 18 clips"
    }
    assert Path.cwd() == place and not (place / "reports").exists() and not (place / "mlruns").exists()
    made = (workspace / "data/windows/sound_recipes/mel_64/sequences.npy").stat().st_mtime_ns
    sounds.main()
    assert "already trained, 0 to train" in capsys.readouterr().out
    assert (workspace / "data/windows/sound_recipes/mel_64/sequences.npy").stat().st_mtime_ns == made


def test_no_claim_is_judged_on_own_sounds_whatever_they_are_called(place: Path) -> None:
    """Not even 2,552 clips that somebody names like the documents' data, in runs with the documents' names."""
    documents = [one for one in load_claims(CLAIMS) if one.document in ("000", "001")]
    parts = [part for one in documents for part in one.data.values() if "us_lstm_10_100" in part.experiments]
    names = {name for part in parts for name in part.experiments}
    prepare(Path("mine"), {"NAME": "UrbanSound8K"})
    card = read_json(place / "own/UrbanSound8K/data/raw/sounds/card.json")
    label = f"{card['data']}: 2552 clips"
    assert label not in {part.data_set for part in parts}
    row = {"protocol": "as_written", "data": label, "data_kind": "other", "epochs": 100, "family": "sounds"}
    figures = {"test_accuracy": 0.7, "test_loss": 1.0, "train_seconds": 1.0, "parameters": 1}
    rows = [{**row, "experiment": name, "seed": seed, "metrics": figures} for name in names for seed in range(10)]
    records = [one for one in judge_documents(documents, rows) if set(str(one["experiment"]).split(", ")) & names]
    verdicts = {one["verdict"] for one in records if one["evidence"] in ("measured figures", "orderings")}
    assert "other data" in verdicts and verdicts <= {"other data", "not attempted"}


def test_params_are_made_again_unless_a_person_changed_them(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = place / "own/pitches/params.yaml"
    prepare(Path("mine"), {"SEEDS": "4"})
    epochs = load(path).experiments["us_best"].epochs
    for number in range(10, 60):
        write(place / "mine/low" / f"{number}.wav", tone("low", number))
    prepare(Path("mine"), {})
    assert load(path).experiments["us_best"].epochs < epochs and load(path).run.seeds == 4
    path.write_text(path.read_text().replace("epochs: 1\n", "epochs: 1 \n"))
    before = path.read_text()
    prepare(Path("mine"), {})
    assert path.read_text() == before and "is kept as you changed it" in capsys.readouterr().out
    prepare(Path("mine"), {"SEEDS": "1"})
    assert load(path).run.seeds == 1


def test_two_classes_are_told_apart_by_networks_with_a_third_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(parallel, "cores", lambda: 1)
    folder(tmp_path / "mine", ("high", "low"), 12)
    place, card = prepare(Path("mine"), {"FOLDS": "2", "SEEDS": "1"})
    monkeypatch.chdir(place)
    path = Path("params.yaml")
    only(path, *SHORT, epochs=20)
    params = load()
    features(params)
    rows = [trained(run, Path("data/windows"), Path("unfinished")) for run in plan(params, Path("data/windows"))]
    assert {row["experiment"] for row in rows} == set(SHORT) and len(rows) == 4
    for row in rows:
        assert row["labels"] == ["high", "low", "neither"] and row["metrics"]["test_accuracy"] > 0.7, row["experiment"]
        assert {one["estimate"] for one in row["examples"]} <= {"high", "low", "neither"}
    sounds.publish(params, rows, card)
    page = Path("reports/index.html").read_text(encoding="utf-8")
    assert "is the forest" not in page and "the forest" in page


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"FOLDER": ""}, "write FOLDER=/folder: a sub-folder"),
        ({"FOLDER": "nowhere"}, "FOLDER=nowhere does not exist"),
        ({"FOLDER": "mine", "SEEDS": "x"}, "SEEDS=x: write a whole number"),
        ({"FOLDER": "one"}, "there is one class only, 'low'"),
    ],
)
def test_what_is_wrong_is_one_message(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    words: str,
) -> None:
    folder(place / "one", ("low",))
    for name in ("NAME", "SEEDS"):
        monkeypatch.setenv(name, "")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        sounds.main()
    said = capsys.readouterr().err
    assert said.startswith(f"sounds: {words}") and said.count("\n") == 1
    assert not (place / "own/nowhere").exists()


def test_too_few_clips_to_train_on_are_refused(place: Path) -> None:
    folder(place / "few", ("high", "low"), 3)
    with pytest.raises(UserError, match=r"a training part has \d clips, at least 8 are needed"):
        prepare(Path("few"), {})


def test_the_choice_beside_the_test_fold_is_kept_in_a_file(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, _ = prepare(Path("mine"), {})
    monkeypatch.chdir(workspace)
    asked: list[str] = []
    monkeypatch.setattr(sounds, "train", lambda params: asked.extend(params.chosen()) or MEASURED)
    found = sounds.choose(load(), ROWS)
    assert asked == ["us_best_in_parts", "us_best_conv_in_parts"] and len(found) == 4
    assert "sounds: for test fold 1 us_best is chosen (us_best 0.750" in capsys.readouterr().out
    assert Path("reports/selection.csv").read_text(encoding="utf-8").count("True") == 2
