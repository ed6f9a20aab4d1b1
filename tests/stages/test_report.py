"""The stage `report`: page and plots on disk, and what it says when something is missing."""

import json

import pytest
from rocrate.rocrate import ROCrate

from pipeline.base.yaml_files import read_yaml
from pipeline.stages import judge, report
from tests import made_results
from tests.made_results import runs


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "claims").symlink_to(made_results.CLAIMS)
    for name in ("dvc.yaml", "params.yaml", "pyproject.toml"):
        (tmp_path / name).symlink_to(made_results.CLAIMS.parent / name)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/results.json").write_text(json.dumps(runs(("am_64",), 2)), encoding="utf-8")
    return tmp_path


def test_page_and_plots_are_written_and_old_plots_are_gone(folder, capsys):
    (folder / "reports/plots").mkdir()
    (folder / "reports/plots/old.svg").write_text("x", encoding="utf-8")
    judge.main()
    capsys.readouterr()
    report.main()
    out = capsys.readouterr().out
    assert out.startswith("report: reports/index.html: ")
    assert out.count("\n") == 1
    assert {path.name for path in (folder / "reports/plots").iterdir()} == {"am_64-curve.svg", "am_64-confusion.svg"}
    page = (folder / "reports/index.html").read_text(encoding="utf-8")
    assert "Do the claims hold?" in page
    assert "No audit" in page
    pages = {path.name for path in (folder / "reports/families").iterdir()}
    assert {"automata.html", "climate.html", "melody.html"} < pages
    assert "am_64" in (folder / "reports/families/automata.html").read_text(encoding="utf-8")
    assert "make sweep" in (folder / "reports/leaderboard.html").read_text(encoding="utf-8")
    assert "leaderboard.html" not in page


def test_the_sweep_stands_on_the_leaderboard_and_the_page_leads_there(folder):
    rows = [*runs(("am_64",), 2), *made_results.swept(("digits", "automata"))]
    (folder / "reports/results.json").write_text(json.dumps(rows), encoding="utf-8")
    judge.main()
    report.main()
    assert "lstm, bidirectional" in (folder / "reports/leaderboard.html").read_text(encoding="utf-8")
    page = (folder / "reports/index.html").read_text(encoding="utf-8")
    assert 'href="leaderboard.html"' in page
    assert 'href="#leaderboard"' in page
    assert "sweep_digits" not in page


def test_the_audit_is_shown_where_there_is_one(folder):
    judge.main()
    audit = {"10_10": {"seed_0": {"test_clips": 200, "shared": 50, "share": 0.25}}}
    (folder / "reports/leakage").mkdir()
    (folder / "reports/leakage/sounds.json").write_text(json.dumps(audit), encoding="utf-8")
    report.main()
    assert "25.0%" in (folder / "reports/index.html").read_text(encoding="utf-8")


CITED = ("certificate.md", "codecheck.yml", "ro-crate-metadata.json", "workflow/stages.yaml", "workflow/params.yaml")


def test_what_others_cite_is_written_and_the_same_when_it_is_written_again(folder):
    rows = made_results.traced(runs(("am_64",), 2))
    (folder / "reports/results.json").write_text(json.dumps(rows), encoding="utf-8")
    judge.main()
    report.main()
    before = {name: (folder / "reports" / name).read_bytes() for name in CITED}
    report.main()
    assert before == {name: (folder / "reports" / name).read_bytes() for name in CITED}
    assert before["workflow/stages.yaml"] == (folder / "dvc.yaml").read_bytes()
    crate = ROCrate(folder / "reports")
    parts = {part.id for part in crate.root_dataset["hasPart"]}
    assert {"results.json", "claims.json", "leaderboard.csv", "index.html", "certificate.md"} < parts
    assert all((folder / "reports" / part).is_file() for part in parts)
    assert {entry["file"] for entry in read_yaml(folder / "reports/codecheck.yml")["manifest"]} < parts


def test_without_claims_it_says_the_remedy(folder, capsys):
    with pytest.raises(SystemExit):
        report.main()
    assert "reports/claims.json does not exist; `make reproduce` makes it" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "words"), [("[", "is not JSON"), ("{}", "expected a list of claims")])
def test_claims_that_are_no_claims_are_refused(folder, capsys, text, words):
    (folder / "reports/claims.json").write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit):
        report.main()
    assert words in capsys.readouterr().err
    assert not (folder / "reports/index.html").exists()
