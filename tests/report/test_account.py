"""What there is to cite: summed up from rows and records, the same whenever it is asked."""

from pathlib import Path

import pytest

from pipeline.report.account import SOFTWARE, read_project, software
from tests.made_results import runs, traced
from tests.report.made_account import RECORDS, account

ROOT = Path(__file__).resolve().parents[2]


def test_claims_are_counted_by_evidence_and_verdict_and_by_document() -> None:
    found = account()
    assert found.counts == {
        ("run", "reproduced"): 1,
        ("run", "cannot tell"): 1,
        ("counted", "reproduced"): 1,
        ("not stated", "reproduced"): 1,
    }
    assert found.claims == {"000": 2, "002": 2}


def test_runs_tell_where_and_when_they_were_made() -> None:
    found = account()
    assert (found.runs, found.commits, found.machines) == (3, ("c0ffee",), ("Linux, 2 cores",))
    assert (found.first, found.last) == ("2026-11-26T09:00:00+00:00", "2026-11-26T09:02:00+00:00")


def test_so_do_the_runs_of_a_record() -> None:
    run = {"git_commit": "beef", "machine": "Darwin", "date": "2026-12-01T00:00:00+00:00", "data_digest": None}
    found = account(records=[*RECORDS, RECORDS[0] | {"runs": [run]}])
    assert found.commits == ("beef", "c0ffee") and found.machines == ("Darwin", "Linux, 2 cores")
    assert found.last == "2026-12-01T00:00:00+00:00"


def test_rows_from_before_provenance_was_kept_are_counted_all_the_same() -> None:
    found = account(runs(("am_64",), 2))
    assert (found.runs, found.commits, found.first, found.last) == (2, (), "", "")
    assert found.data[0].runs == 2 and found.data[0].digests == ()


def test_data_are_told_apart_by_name_and_kind() -> None:
    rows = [*traced(runs(("am_64",), 2)), *traced(runs(("us_lstm_10_100",), 1, "sample"), data_digest="e" * 64)]
    one, other = account(rows).data
    assert (one.kind, one.families, one.runs, one.digests) == ("document", ("automata",), 2, ("d" * 64,))
    assert (other.kind, other.families, other.runs, other.digests) == ("sample", ("sounds",), 1, ("e" * 64,))


def test_an_id_stands_for_rows_and_records() -> None:
    assert account().id == account().id
    changed = account(records=[*RECORDS[:3], RECORDS[3] | {"verdict": "refuted"}])
    assert account().id.startswith("reprise-") and len({account().id, account([]).id, changed.id}) == 3


def test_the_project_is_that_of_pyproject() -> None:
    project = read_project(ROOT / "pyproject.toml")
    assert (project.name, project.version) == ("Reprise", "0.1.0") and project.authors and project.description


@pytest.mark.parametrize(("line", "licence"), [("", ""), ('license = "MIT"\n', "MIT")])
def test_a_licence_is_the_one_that_is_stated(tmp_path: Path, line: str, licence: str) -> None:
    text = (
        f'[project]\nname = "a"\nversion = "1"\ndescription = "b"\nauthors = [{{name = "c"}}, {{name = "d"}}]\n{line}'
    )
    (tmp_path / "pyproject.toml").write_text(text)
    found = read_project(tmp_path / "pyproject.toml")
    assert (found.authors, found.licence) == ("c, d", licence)


def test_every_program_has_a_version() -> None:
    assert software().keys() == SOFTWARE.keys() and all(software().values())
