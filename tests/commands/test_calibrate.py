"""`make calibrate`: how good the judge is, in lines and as a file, or what it would take to know."""

import json

import pytest

from pipeline.commands import calibrate
from tests.made_results import runs


@pytest.fixture
def reports(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").mkdir()
    return tmp_path / "reports"


def test_a_line_for_every_share_and_the_file(reports, capsys):
    (reports / "results.json").write_text(json.dumps(runs(("am_64",), 8)), encoding="utf-8")
    calibrate.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("calibrate: true figures called wrong: ")
    assert any(line.startswith("calibrate: false, over 4 margins: ") for line in lines)
    assert len(lines) == 6 + 5 + 2
    found = json.loads((reports / "calibration.json").read_text(encoding="utf-8"))
    assert found["figures"]["true"]["planted"] == 8 * 10


def test_too_few_seeds_say_the_command(reports, capsys):
    (reports / "results.json").write_text(json.dumps(runs(("am_64",), 5)), encoding="utf-8")
    with pytest.raises(SystemExit):
        calibrate.main()
    assert "no experiment has more than 5 seeds" in (error := capsys.readouterr().err)
    assert "make reproduce SEEDS=10" in error
    assert not (reports / "calibration.json").exists()


def test_without_results_the_remedy_is_said(reports, capsys):
    with pytest.raises(SystemExit):
        calibrate.main()
    assert "reports/results.json does not exist" in capsys.readouterr().err
