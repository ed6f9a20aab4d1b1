"""The stage windows: all of params.yaml whole on disk, or what was there before; and the audit in one line."""

import errno
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from pipeline.base.files import digest, read_json
from pipeline.experiments import FAMILIES
from pipeline.stages.windows import main, summary

PARAMS = """
run: {seeds: SEEDS}
sounds: {views: {}}
experiments:
  am_a: {family: automata, document: "000", variant: lstm, units: 4, epochs: 2, samples: 20, test: 10}
  am_b: {from: am_a, variant: relu_rnn}
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
    return tmp_path


def write_params(seeds: object) -> None:
    Path("params.yaml").write_text(PARAMS.replace("SEEDS", str(seeds)))


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_every_experiment_and_seed_has_its_windows(folder: Path) -> None:
    main()
    names = [f"automata/{name}/{file}" for name in ("am_a", "am_b") for file in FILES]
    assert files(folder / "data") == [f"windows/{name}" for name in names]
    manifest = read_json(folder / "data/windows/automata/am_a/manifest.json")
    path = folder / "data/windows/automata/am_a/seed_1.npz"
    assert manifest["sha256"]["seed_1"] == digest(path)
    with np.load(path) as arrays:
        assert arrays["symbols"].shape == (2 * 20 + 100 + 10 + 3, 39)


FILES = ("manifest.json", "seed_0.npz", "seed_1.npz")


def test_made_again_it_is_the_same_and_nothing_old_stays(folder: Path) -> None:
    main()
    path = folder / "data/windows/automata/am_a/seed_0.npz"
    first = digest(path)
    write_params(1)
    main()
    assert digest(path) == first
    assert not [name for name in files(folder / "data") if "seed_1" in name]


def test_the_audit_is_written_and_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(FAMILIES["sounds"], "make_windows", lambda *_: AUDIT)
    main()
    assert read_json(folder / "reports/leakage.json") == AUDIT
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "windows: automata",
        "windows: test clips whose recording is also in training: 10_10 85.0%, 10_10_full 0.0%",
    ]


def test_the_audit_of_a_view_is_the_mean_of_its_splits() -> None:
    assert summary(AUDIT) == "10_10 85.0%, 10_10_full 0.0%"
    assert summary({}) == ""


def test_each_family_makes_its_own_experiments(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, list[str]] = {}

    def note(family: str) -> Any:
        return lambda experiments, *_: asked.update({family: [e.name for e in experiments]}) or {}

    for family in FAMILIES:
        monkeypatch.setattr(FAMILIES[family], "make_windows", note(family))
    main()
    assert asked == {family: ["am_a", "am_b"] if family == "automata" else [] for family in FAMILIES}


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
    before = files(folder)

    def stop(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(FAMILIES["sounds"], "make_windows", stop)
    write_params(1)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == status
    assert capsys.readouterr().err.startswith(words)
    assert files(folder) == before


def test_wrong_params_make_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_params("many")
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 1
    assert "params.yaml: run.seeds:" in capsys.readouterr().err
    assert files(folder) == ["params.yaml"]
