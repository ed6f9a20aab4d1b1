"""dvc.yaml names what each stage imports, reads and writes; its lists of families are those of the code."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pipeline.experiments.registry import FAMILIES
from pipeline.running.keys import closure
from pipeline.sources.originals import ORIGINALS

ROOT = Path(__file__).resolve().parents[1]
STAGES: dict[str, Any] = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def definition(stage: str) -> dict[str, Any]:
    found: dict[str, Any] = STAGES[stage]
    return found.get("do", found)


def code(stage: str) -> list[str]:
    return [dep for dep in definition(stage)["deps"] if str(dep).startswith("pipeline/")]


def lies_in(path: Path, place: str) -> bool:
    return (ROOT / place) in (path, *path.parents)


@pytest.mark.parametrize("stage", list(STAGES))
def test_a_stage_depends_on_all_that_its_module_imports(stage: str) -> None:
    imported = [path for path in closure([ROOT / f"pipeline/stages/{stage}.py"], ROOT) if path.name != "__init__.py"]
    missing = [path for path in imported if not any(lies_in(path, dep) for dep in code(stage))]
    assert not missing, [str(path.relative_to(ROOT)) for path in missing]


@pytest.mark.parametrize("stage", list(STAGES))
def test_a_stage_depends_on_no_code_that_it_does_not_import(stage: str) -> None:
    imported = closure([ROOT / f"pipeline/stages/{stage}.py"], ROOT)
    assert [dep for dep in code(stage) if not any(lies_in(path, dep) for path in imported)] == []


def test_every_stage_is_there() -> None:
    mains = {path.stem for path in (ROOT / "pipeline/stages").glob("*.py")} - {"__init__", "snapshot"}
    assert set(STAGES) == mains


def test_every_family_has_a_stage_of_windows_and_one_of_originals_if_it_has_some() -> None:
    assert list(STAGES["windows"]["foreach"]) == list(FAMILIES)
    assert list(STAGES["originals"]["foreach"]) == list(ORIGINALS)
    for name, reads in STAGES["windows"]["foreach"].items():
        originals = FAMILIES[name].originals
        fetched = "data/spectra" if originals == "sounds" else f"data/raw/{originals}"
        assert reads == (fetched if originals in (*ORIGINALS, "sounds") else "pipeline/sources/generated"), name


# Python runs a module of this name when it starts, in the workers of a stage too.
SITECUSTOMIZE = """
import os, sys
root, log = os.environ["ROOT"], os.open(os.environ["SEEN"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def note(event, given):
    if event == "open" and isinstance(given[0], str) and given[1] and not set("wax") & set(str(given[1])):
        os.write(log, (os.path.relpath(os.path.abspath(given[0]), root) + "\\n").encode())
sys.addaudithook(note)
"""


def opened(folder: Path, stage: str, *words: str) -> list[str]:
    """Run a stage again, and return the files of the checkout that it read, but for code."""
    hooks, seen = folder.parent / "hooks", folder.parent / f"{stage}.txt"
    hooks.mkdir(exist_ok=True)
    (hooks / "sitecustomize.py").write_text(SITECUSTOMIZE)
    seen.unlink(missing_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(hooks), "ROOT": str(folder), "SEEN": str(seen)}
    given = [sys.executable, "-m", f"pipeline.stages.{stage}", *words]
    done = subprocess.run(given, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    paths = {path for path in seen.read_text().splitlines() if not path.startswith("..")}
    beside = rf"(^|/)\.([^/]+)\.{re.escape(socket.gethostname())}-\d+-\d+\.part(?=/|$)"
    whole = {re.sub(beside, r"\1\2", path) for path in paths}  # what is written beside
    return sorted(path for path in whole if not path.endswith((".py", ".pyc", ".j2")) and ".pyc." not in path)


def named(stage: str, item: str) -> Iterator[str]:
    """Yield what a stage reads and writes by dvc.yaml, and what every stage may."""
    whole = definition(stage)
    family = STAGES[stage].get("foreach", {})
    reads = family.get(item) if isinstance(family, dict) else item
    for entry in (*whole["deps"], *whole["outs"], *whole.get("metrics", [])):
        path = entry if isinstance(entry, str) else next(iter(entry))
        yield path.replace("${item}", str(reads)).replace("${key}", item)
    yield from ("params.yaml", "dvc.yaml", "mlruns", "data/downloads", ".git", "reports/fullest")


@pytest.fixture(scope="module")
def copy(reproduced: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(reproduced, tmp_path_factory.mktemp("copy") / "checkout", symlinks=True))


@pytest.mark.parametrize(
    ("stage", "item"),
    [
        ("download", ""),
        ("originals", "digits"),
        ("spectra", ""),
        ("windows", "automata"),
        ("windows", "sounds"),
        ("windows", "digits"),
        ("train", ""),
        ("tables", ""),
        ("judge", ""),
        ("report", ""),
    ],
)
def test_a_stage_opens_no_file_that_it_does_not_name(copy: Path, stage: str, item: str) -> None:
    found = opened(copy, stage, *filter(None, [item]))
    allowed = list(named(stage, item))
    hidden = [path for path in found if not any(lies_in(ROOT / path, place) for place in allowed)]
    assert found and not hidden, hidden


def dvc(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_dvc_shows_what_the_runs_measured_and_draws_it(copy: Path) -> None:
    """The commands of the README."""
    shown = dvc(copy, "metrics", "show", "--md").splitlines()
    assert [word.strip() for word in shown[0].strip("|").split("|")] == [
        "Path",
        "high",
        "low",
        "mean",
        "metric",
        "seeds",
    ]
    assert {Path(line.split("|")[1].strip()).stem for line in shown[2:] if line.strip()} >= {"am_64", "us_w", "us_c"}
    dvc(copy, "plots", "show", "--out", "drawn")
    page = (copy / "drawn/index.html").read_text(encoding="utf-8")
    for title in ("reports/curves/loss/am_64.csv", "reports/curves/accuracy/us_w.csv", "reports/confusion/us_c.csv"):
        assert title in page


def test_a_clone_that_pulls_has_the_results_and_trains_nothing(copy: Path, tmp_path: Path) -> None:
    clone = Path(shutil.copytree(copy, tmp_path / "clone", symlinks=True, ignore=shutil.ignore_patterns("cache")))
    dvc(copy, "remote", "add", "--force", "--default", "there", str(tmp_path / "remote"))
    dvc(copy, "push")
    for path in [one for gone in ("data", "reports", "mlruns") for one in (clone / gone).rglob("*")]:
        if path.is_file() and path.name != ".gitignore":  # which git would bring
            path.unlink()
    dvc(clone, "remote", "add", "--force", "--default", "there", str(tmp_path / "remote"))
    dvc(clone, "pull")
    name = "reports/results.json"
    assert (clone / name).read_bytes() == (copy / name).read_bytes() and (clone / "reports/index.html").exists()
    assert "Running stage" not in dvc(clone, "repro")
    assert not (clone / "mlruns/mlflow.db").exists()
