"""`make publish`: what lies in docs/results afterwards, what the READMEs say, and what is refused."""

import json
import re
import shutil
from pathlib import Path

import pytest

from pipeline.commands import publish
from pipeline.report.fuller import PAGES
from pipeline.stages import judge, report
from tests import made_results
from tests.made_results import runs, traced

ROOT = made_results.CLAIMS.parent


def checkout(folder):
    for name in ("claims", "dvc.yaml", "params.yaml", "pyproject.toml"):
        (folder / name).symlink_to(ROOT / name)
    for name in ("README.md", "README.ko.md"):
        shutil.copyfile(ROOT / name, folder / name)


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """The reports of six seeds, made once."""
    folder = tmp_path_factory.mktemp("made")
    checkout(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        reproduce(6)
    return folder / "reports"


@pytest.fixture
def folder(tmp_path, reports, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEWER", raising=False)
    checkout(tmp_path)
    shutil.copytree(reports, tmp_path / "reports")
    return tmp_path


def reproduce(seeds):
    Path("reports").mkdir(exist_ok=True)
    Path("reports/results.json").write_text(json.dumps(traced(runs(("am_64",), seeds))), encoding="utf-8")
    judge.main()
    report.main()


def published():
    return {str(path): path.read_bytes() for path in sorted(Path("docs/results").rglob("*")) if path.is_file()}


def refused(capsys):
    with pytest.raises(SystemExit):
        publish.main()
    return capsys.readouterr().err


def test_the_page_its_files_and_its_provenance_are_there_and_stay_the_same(folder):
    publish.main()
    first, readmes = published(), [path.read_text(encoding="utf-8") for path in publish.READMES.values()]
    assert all((folder / "docs/results" / name).exists() for name in (*PAGES, "claims.svg", "leaderboard.csv"))
    assert not any(name.endswith(("results.json", "claims.json", ".npz", ".keras", ".wav")) for name in first)
    about = first["docs/results/README.md"].decode()
    assert first["docs/results/workflow/params.yaml"] == Path("params.yaml").read_bytes()
    assert first["docs/results/runs.csv"].decode().count("\n") == 7 and "[runs.csv](runs.csv)" in about
    assert "commit: c0ffee" in about and "Linux, 2 cores" in about and "`dddddddddddddddd`" in about
    assert "dvc exp run -S 'run.experiments=[am_64]' -S run.seeds=6" in first["docs/results/certificate.md"].decode()
    certificate = first["docs/results/certificate.md"].decode().split()[2]
    assert certificate in about and certificate in first["docs/results/index.html"].decode()
    publish.main()
    assert published() == first
    assert [path.read_text(encoding="utf-8") for path in publish.READMES.values()] == readmes


def test_recordings_of_others_are_left_out_and_what_networks_played_stays(folder):
    page = folder / "reports/families/sounds.html"
    clip, tune = (f'<audio controls aria-label="{name}" src="data:,x"></audio>' for name in ("The clip a.wav", "ours"))
    page.write_text(f"<p>{clip}</p><p>{tune}</p>", encoding="utf-8")
    publish.main()
    text = Path("docs/results/families/sounds.html").read_text(encoding="utf-8")
    assert clip not in text and tune in text and "the recording is not in this repository" in text
    assert clip in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_a_readme_has_the_answer_between_its_marks_and_nothing_else_changes(folder, name):
    before = Path(name).read_text(encoding="utf-8")
    publish.main()
    after = Path(name).read_text(encoding="utf-8")
    (head, old, tail), (head_after, new, tail_after) = (
        re.split(f"{re.escape(publish.BEGIN)}|{re.escape(publish.END)}", text) for text in (before, after)
    )
    assert (head, tail) == (head_after, tail_after) and old != new
    for place in re.findall(r"\]\(([^)#]+)\)", new):
        assert Path(place).is_file(), place
    assert {f"[{number}](claims/{number}" in new for number in ("000", "001", "002", "003", "004")} == {True}
    assert "2026-11-26 to 2026" not in new and "2026-11-26~" not in new and "2026-11-26" in new
    row = next(line for line in new.splitlines() if line.startswith("| [000]"))
    counts = [int(cell) for cell in row.split("|")[3:-1]]
    records = json.loads(Path("reports/claims.json").read_text(encoding="utf-8"))
    mine = [one for one in records if one["document"] == "000" and not one["repeats"]]
    assert sum(counts) == len(mine) and counts[0] > 0


def test_a_page_of_fewer_runs_is_published_only_on_demand(folder, capsys, monkeypatch):
    publish.main()
    before = published()
    reproduce(5)
    assert "docs/results holds a fuller page, on 6 runs" in refused(capsys)
    assert published() == before
    monkeypatch.setenv("FEWER", "1")
    publish.main()
    assert published() != before


def test_a_page_of_other_results_is_refused(folder, capsys):
    Path("reports/results.json").write_text(json.dumps(traced(runs(("am_64",), 5))), encoding="utf-8")
    assert "reports/index.html is not of reports/results.json" in refused(capsys)
    assert not Path("docs").exists()


def test_reports_of_an_older_version_are_refused_in_words(folder, capsys):
    Path("reports/runs.csv").unlink()
    assert "reports/index.html is not of reports/results.json" in refused(capsys)


def test_too_much_for_a_repository_is_refused_and_names_the_largest_file(folder, capsys):
    with Path("reports/families/automata.html").open("ab") as page:
        page.write(b" " * publish.MOST_BYTES)
    assert "in families/automata.html; 10 MB are too many" in refused(capsys)
    assert list(Path("docs").iterdir()) == []


def test_a_readme_without_marks_is_refused_before_anything_is_written(folder, capsys):
    Path("README.ko.md").write_text("# Reprise\n", encoding="utf-8")
    assert "README.ko.md has no place for the answer" in refused(capsys)
    assert not Path("docs").exists()
