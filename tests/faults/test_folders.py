"""Folders that are full, that may not be written, or that are another user's, and few file handles.

What cannot be done is said in one line that names the place and the remedy, sources stay whole, and the next run
finishes with the weights of one that nobody disturbed. Folders that are not needed stop nothing.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkouts import lay_out, reproduce, with_every_family
from tests.faults.conftest import Mount
from tests.faults.disks import fill, free

PARAMS = with_every_family(
    """
run: {experiments: quick, seeds: 1, most_seeds: 0, originals: false, sweep: false}
sounds:
  bands: 100
  rate: 22050
  clips: 2552
  sample: {folds: 2, recordings: 2, slices: 2, seconds: 1.0}
  views: {w: {hop_ms: 10, window_ms: 10}}
sweep: {seeds: 1, boards: {}}
experiments:
  automata:
    am: {document: "000", variant: lstm, units: 4, epochs: 2, samples: 100, test: 50, labels: {quick: true}}
"""
)
CHANGED = PARAMS.replace("units: 4", "units: 5").replace("samples: 100", "samples: 4000")  # from windows to report
SOURCES = ("pipeline", "claims", "dvc.yaml", "params.yaml", ".dvcignore", ".dvc/config", "requirements.lock")
PLACES = ["data", "mlruns", "reports", ".dvc", "."]
VARIABLES = ["TMPDIR", "HOME"]
_POWERS = "-dac_override,-dac_read_search,-fowner,-sys_resource"  # with which root may write everywhere


def as_others() -> tuple[str, ...]:
    """The words before a command that make root obey permissions and limits; none for others, who do anyway."""
    if os.geteuid():
        return ()
    if not shutil.which("setpriv"):
        pytest.skip("setpriv is missing: root cannot be made to obey permissions")
    return ("setpriv", f"--bounding-set={_POWERS}", f"--inh-caps={_POWERS}")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = lay_out(tmp_path_factory.mktemp("folders"), PARAMS)
    first = reproduce(folder)
    assert first.returncode == 0, first.stdout + first.stderr
    return folder


@pytest.fixture
def checkout(done: Path, tmp_path: Path) -> Path:
    """A checkout in which one number has changed since everything was reproduced."""
    folder = Path(shutil.copytree(done, tmp_path / "checkout", symlinks=True))
    (folder / "params.yaml").write_text(CHANGED)
    return folder


@pytest.fixture(scope="module")
def weights(done: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The weights of a run that nobody disturbs."""
    folder = Path(shutil.copytree(done, tmp_path_factory.mktemp("undisturbed") / "checkout", symlinks=True))
    (folder / "params.yaml").write_text(CHANGED)
    return finished(folder)


def finished(folder: Path) -> str:
    """Reproduce to the end; return the weights of the only run."""
    last = reproduce(folder)
    assert last.returncode == 0, last.stdout + last.stderr
    (row,) = json.loads((folder / "reports/results.json").read_text())
    assert not list(folder.rglob(".*.part*"))
    return str(row["weights_sha256"])


def sources(folder: Path) -> Iterator[tuple[str, bytes]]:
    for name in SOURCES:
        found = folder / name
        for path in [found] if found.is_file() else sorted(found.rglob("*.py")):
            yield str(path.relative_to(folder)), path.read_bytes()


def refused(attempt: subprocess.CompletedProcess[str], place: str, *words: str) -> None:
    """The first line names the place; what failed in a stage, or in DVC, is followed by their own one line each."""
    said = [line for line in attempt.stderr.splitlines() if line and "is empty" not in line]
    assert attempt.returncode and "Traceback" not in attempt.stdout + attempt.stderr
    assert place in said[0] and any(word in said[0] for word in words), attempt.stderr
    assert [line.split(":")[0].strip() for line in said[1:]] in ([], ["reproduce"], ["ERROR", "reproduce"]), (
        attempt.stderr
    )


@pytest.mark.services
@pytest.mark.parametrize("place", PLACES)
def test_a_full_folder_is_one_line(checkout: Path, weights: str, place: str, mount: Mount) -> None:
    folder, before = checkout / place, dict(sources(checkout))
    kept = folder.rename(checkout.with_name("kept"))
    mount(folder, "64m")
    if place != "reports":  # DVC would make room there: it removes what a stage is about to write
        shutil.copytree(kept, folder, symlinks=True, dirs_exist_ok=True)
    fill(folder, 0)
    refused(reproduce(checkout), place.strip("."), "disk is full")
    assert dict(sources(checkout)) == before
    free(folder)
    assert finished(checkout) == weights


@pytest.mark.services
@pytest.mark.parametrize("place", PLACES)
def test_a_folder_that_may_not_be_written_is_one_line(checkout: Path, weights: str, place: str) -> None:
    folder, before = checkout / place, dict(sources(checkout))
    subprocess.run(["chmod", "-R", "a-w", folder], check=True)
    refused(reproduce(checkout, as_others()), place.strip("."), "Permission denied", "readonly database")
    assert dict(sources(checkout)) == before
    subprocess.run(["chmod", "-R", "u+w", folder], check=True)
    assert finished(checkout) == weights


@pytest.mark.services
@pytest.mark.parametrize("variable", VARIABLES)
def test_a_full_folder_that_is_not_needed_stops_nothing(
    checkout: Path, weights: str, variable: str, tmp_path: Path, mount: Mount
) -> None:
    folder = tmp_path / "elsewhere"
    mount(folder, "1m")
    fill(folder, 0)
    attempt = reproduce(checkout, **{variable: str(folder)})
    assert attempt.returncode == 0, attempt.stdout + attempt.stderr
    assert finished(checkout) == weights


@pytest.mark.services
@pytest.mark.parametrize("variable", VARIABLES)
def test_a_read_only_folder_that_is_not_needed_stops_nothing(
    checkout: Path, weights: str, variable: str, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir(mode=0o555)
    attempt = reproduce(checkout, as_others(), **{variable: str(folder)})
    assert attempt.returncode == 0, attempt.stdout + attempt.stderr
    assert finished(checkout) == weights


@pytest.mark.services
@pytest.mark.parametrize("handles", [10, 12, 16, 64])
def test_few_file_handles(checkout: Path, weights: str, handles: int) -> None:
    before = dict(sources(checkout))
    attempt = reproduce(checkout, (*as_others(), "prlimit", f"--nofile={handles}:{handles}"))
    if attempt.returncode:
        refused(attempt, "Too many open files", "ulimit -n")
    assert dict(sources(checkout)) == before
    assert finished(checkout) == weights


def test_another_users_checkout_is_one_line(tmp_path: Path) -> None:
    folder = lay_out(tmp_path, PARAMS)
    before = dict(sources(folder))
    for path in (folder, folder / ".dvc"):
        path.chmod(0o555)
    refused(reproduce(folder, as_others()), ".dvc", "Permission denied")
    assert dict(sources(folder)) == before
