"""The verdicts are shown in MLflow where claims or results are new, and only there."""

from pathlib import Path

import pytest

from pipeline.base.console import UserError
from pipeline.base.files import write_json
from pipeline.commands.verdicts import DONE, tag_verdicts
from pipeline.tracking.tracker import Tracker
from tests import made_results
from tests.tracking.test_tracker import begin, run_of
from tests.tracking.test_verdicts import CLAIMS, verdict_of


@pytest.fixture
def files(mlruns: Path, tmp_path: Path) -> tuple[Path, Path, Path]:
    """A store with a run, and reports on it."""
    row = made_results.run("am_64", 0) | {"experiment": "am_a", "mlflow_run_id": begin(Tracker(mlruns), run_of())}
    write_json(tmp_path / "results.json", [row])
    write_json(tmp_path / "claims.json", CLAIMS)
    return mlruns, tmp_path / "claims.json", tmp_path / "results.json"


def test_new_verdicts_are_shown_and_the_same_are_not_looked_at(
    files: tuple[Path, Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tag_verdicts(*files)
    assert capsys.readouterr().out == "verdicts: MLflow shows the verdicts of 1 experiment that are new\n"
    run = Tracker(files[0])._search("tags.kind = 'run'")[0].info.run_id
    assert verdict_of(Tracker(files[0]), {"mlflow_run_id": run}) == "2 reproduced, 1 cannot tell"
    monkeypatch.setattr("pipeline.tracking.verdicts.show_verdicts", None)  # to call it would be an error
    tag_verdicts(*files)
    write_json(files[1], CLAIMS[:1])
    with pytest.raises(TypeError):
        tag_verdicts(*files)


def test_without_a_store_or_claims_nothing_is_made(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    tag_verdicts(tmp_path / "none", *files[1:])
    assert not (tmp_path / "none").exists()
    files[1].unlink()
    tag_verdicts(*files)
    assert not (files[0] / DONE).exists()


def test_a_file_that_is_no_list_is_said(files: tuple[Path, Path, Path]) -> None:
    write_json(files[1], {})
    with pytest.raises(UserError, match=r"claims\.json"):
        tag_verdicts(*files)
    assert not (files[0] / DONE).exists()
