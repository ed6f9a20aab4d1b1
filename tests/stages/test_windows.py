"""The stage windows: those of one family whole on disk, or what was there before; and the audit in one line."""

import errno
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from pipeline.base.files import digest, read_json
from pipeline.base.seal import read_seal
from pipeline.experiments.family import Inputs
from pipeline.experiments.registry import FAMILIES
from pipeline.params import load
from pipeline.stages.windows import main, summary, windows

PARAMS = """
run: {seeds: SEEDS}
sounds: {views: {}}
experiments:
  automata:
    am_a: {document: "000", variant: lstm, units: 4, epochs: 2, samples: 20, test: 10}
    am_b: {from: am_a, variant: relu_rnn}
    am_c: {from: am_a, variant: relu_rnn, labels: {seeds: 1}}
  product:
    times: {document: "004", variant: constant, units: 0, epochs: 0, loss: mse, labels: {seeds: 7}}
"""
AUDIT = {
    "10_10": {
        "seed_0": {"test_clips": 10, "shared": 9, "share": 0.9},
        "seed_1": {"test_clips": 10, "shared": 8, "share": 0.8},
    },
    "10_10_full": {"fold_1": {"test_clips": 4, "shared": 0, "share": 0.0}},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_params(2)
    ask(monkeypatch, "automata")
    return tmp_path


def write_params(seeds: object) -> None:
    Path("params.yaml").write_text(PARAMS.replace("SEEDS", str(seeds)))


def ask(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    """Put these words on the command line."""
    monkeypatch.setattr("sys.argv", ["windows", *words])


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_every_experiment_and_seed_of_the_family_has_its_windows(folder: Path) -> None:
    main()
    parts = ("manifest.json", "seed_0.npz", "seed_1.npz", "sha256.json")
    names = [f"windows/automata/{name}/{part}" for name in ("am_a", "am_b", "am_c") for part in parts]
    assert files(folder / "data") == names
    path = folder / "data/windows/automata/am_a/seed_1.npz"
    assert read_seal(path.parent)["seed_1.npz"] == digest(path)
    with np.load(path) as arrays:
        assert arrays["symbols"].shape == (2 * 20 + 100 + 10 + 3, 39)


def test_made_again_it_is_the_same_and_nothing_old_stays(folder: Path) -> None:
    main()
    path = folder / "data/windows/automata/am_a/seed_0.npz"
    first = digest(path)
    write_params(1)
    main()
    assert digest(path) == first
    assert not [name for name in files(folder / "data") if "seed_1" in name]


def test_the_audit_of_a_family_is_written_and_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(FAMILIES["sounds"], "make_windows", lambda *_: AUDIT)
    main()
    ask(monkeypatch, "sounds")
    main()
    assert read_json(folder / "reports/leakage/sounds.json") == AUDIT
    assert read_json(folder / "reports/leakage/automata.json") == {}
    assert capsys.readouterr().out.splitlines() == [
        "windows: automata",
        "windows: sounds",
        "windows: test clips whose recording is also in training: 10_10 85.0%, 10_10_full 0.0%",
    ]


def test_the_audit_of_a_view_is_the_mean_of_its_splits() -> None:
    assert summary(AUDIT) == "10_10 85.0%, 10_10_full 0.0%"
    assert summary({}) == ""


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_makes_its_own_experiments_from_its_own_inputs(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def note(experiments: list[Any], inputs: Inputs, out: Path) -> dict[str, Any]:
        asked.extend([[one.name for one in experiments], inputs.raw, inputs.spectra, inputs.seeds])
        return {}

    monkeypatch.setattr(FAMILIES[name], "make_windows", note)
    assert windows(load(), name) == {}
    names = {"automata": ["am_a", "am_b", "am_c"], "product": ["times"]}.get(name, [])
    originals = "sounds" if name in ("sound_recipes", "sound_leak") else name
    seeds = 7 if name == "product" else 2  # the most that one of its experiments has
    assert asked == [names, Path("data/raw") / originals, Path("data/spectra"), seeds]


@pytest.mark.parametrize("words", [[], ["automata", "sounds"], ["birdsong"]])
def test_one_family_must_be_named(
    words: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(monkeypatch, *words)
    with pytest.raises(SystemExit, match="1"):
        main()
    said = f"windows: expected one family of {', '.join(FAMILIES)}, found {' '.join(words) or 'none'}"
    assert said in capsys.readouterr().err
    assert files(folder) == ["params.yaml"]


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 1, "windows: the disk is full"),
        (KeyboardInterrupt(), 130, "windows: interrupted"),
    ],
)
def test_what_stops_it_leaves_the_old_windows(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    words: str,
) -> None:
    main()
    before = {name: digest(folder / name) for name in files(folder)}

    def stop(experiments: object, inputs: object, out: Path) -> NoReturn:
        (out / "half").write_text("half")
        raise error

    monkeypatch.setattr(FAMILIES["automata"], "make_windows", stop)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == status
    assert capsys.readouterr().err.startswith(words)
    assert {name: digest(folder / name) for name in files(folder)} == before


def test_wrong_params_make_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_params("many")
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 1
    assert "params.yaml: run.seeds:" in capsys.readouterr().err
    assert files(folder) == ["params.yaml"]
