"""A stage fails if its params, its code or its data are others at its end."""

from pathlib import Path

import pytest

from pipeline.base.console import UserError
from pipeline.stages.snapshot import dependencies, stage, unchanged

DVC = """
stages:
  one:
    cmd: python -m one
    deps: [code, data/raw, gone.txt]
    params: [run.seeds, experiments]
  each:
    foreach: {a: data/raw, b: code}
    do:
      deps: ["${item}", "code/${key}.py"]
      params: ["experiments.${key}"]
  listed:
    foreach: [a, b]
    do: {deps: ["data/raw/${item}"]}
"""
STAGES = {
    "one": {"deps": ["code"], "params": ["run.seeds"]},
    "each": {"foreach": {"a": "data/raw"}, "do": {"deps": ["${item}", "x/${key}"], "params": ["experiments.${key}"]}},
    "listed": {"foreach": ["a"], "do": {"deps": ["data/${item}"]}},
}


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("code/__pycache__", "data/raw/deep"):
        Path(folder).mkdir(parents=True)
    Path("dvc.yaml").write_text(DVC)
    Path("params.yaml").write_text("run: {seeds: 3, sweep: false}\nexperiments: {a: 1, b: 2}\n")
    Path("code/a.py").write_text("A = 1\n")
    Path("data/raw/deep/x.npy").write_bytes(b"data")


def test_what_a_stage_depends_on_is_read_from_dvc_yaml() -> None:
    assert dependencies(STAGES, "one") == (["code"], ["run.seeds"])
    assert dependencies(STAGES, "each", "a") == (["data/raw", "x/a"], ["experiments.a"])
    assert dependencies(STAGES, "listed", "a") == (["data/a"], [])
    assert dependencies(STAGES, "each", "no such item")[0][0] == "no such item"  # the stage itself says so


CHANGES = {
    "params.yaml: run.seeds": lambda: Path("params.yaml").write_text("run: {seeds: 1}\nexperiments: {a: 1, b: 2}\n"),
    "params.yaml: experiments": lambda: Path("params.yaml").write_text("run: {seeds: 3}\nexperiments: {a: 2, b: 2}\n"),
    "code/a.py": lambda: Path("code/a.py").write_text("A = 2\n"),
    "code/b.py": lambda: Path("code/b.py").write_text("new\n"),
    "data/raw/deep/x.npy": lambda: Path("data/raw/deep/x.npy").write_bytes(b"date!"),
    "gone.txt": lambda: Path("gone.txt").write_text("here\n"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_meanwhile_is_named(name: str) -> None:
    said = rf"^{name} changed while this stage ran; run `make reproduce` again$"
    with pytest.raises(UserError, match=said), unchanged("one"):
        CHANGES[name]()


def test_what_it_does_not_depend_on_may_change() -> None:
    with unchanged("one"):
        Path("params.yaml").write_text("run: {seeds: 3, sweep: true}\nexperiments: {a: 1, b: 2}\nmore: 1\n")
        Path("code/a.py").write_text("A = 1\n")  # saved again
        Path("code/__pycache__/a.pyc").write_bytes(b"compiled")
        Path("other.txt").write_text("new")
    with unchanged("each", "b"):
        Path("params.yaml").write_text("experiments: {a: 9, b: 2}\n")


def test_the_status_of_a_stage_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["one"])
    with pytest.raises(SystemExit) as ended:
        stage("one")(lambda: CHANGES["code/a.py"]() and None)()
    assert ended.value.code == 1 and capsys.readouterr().err.startswith("one: code/a.py changed while this stage ran")


def test_an_error_of_the_stage_comes_first() -> None:
    with pytest.raises(UserError, match="its own"), unchanged("one"):
        CHANGES["code/a.py"]()
        raise UserError("its own")


def test_where_no_dvc_yaml_names_it_nothing_is_recorded_and_nothing_checked() -> None:
    with unchanged("another"):
        CHANGES["code/a.py"]()
    Path("dvc.yaml").unlink()
    with unchanged("one"):
        CHANGES["code/b.py"]()
