"""A page from fewer runs leaves the fuller one where it is, and says so."""

import pytest

from pipeline.report.fuller import PAGES, Size, keep, read_size, size_of
from tests.made_results import runs


@pytest.fixture
def reports(tmp_path):
    for name in ("families", "workflow"):
        (tmp_path / "reports" / name).mkdir(parents=True)
    return tmp_path / "reports"


def written(reports, text):
    for name in PAGES:
        path = reports / name if "." in name else reports / name / "automata.html"
        path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("size", "kept"), [(Size(9, 5), "full"), (Size(12, 4), "full"), (Size(10, 5), "new"), (Size(11, 7), "new")]
)
def test_only_a_page_that_is_as_full_takes_the_place(reports, size, kept):
    written(reports, "full")
    assert keep(reports, Size(10, 5), reports / "fullest") == ""
    written(reports, "new")
    said = keep(reports, size, reports / "fullest")
    assert (reports / "fullest/index.html").read_text() == kept
    assert (reports / "fullest/families/automata.html").read_text() == kept
    assert read_size(reports / "fullest") == (Size(10, 5) if kept == "full" else size)
    assert ("a fuller one, on 10 runs and 5 claims held against them, stays in" in said) == (kept == "full")


def test_what_a_page_rests_on_is_counted_once():
    records = [{"runs": [1], "repeats": ""}, {"runs": [1], "repeats": "000.a"}, {"runs": [], "repeats": ""}]
    assert size_of([*runs(("am_64",), 3), *runs(("am_64",), 2)], records) == Size(3, 1)


@pytest.mark.parametrize("text", ["", "[]", '{"runs": 1}', '{"runs": "x", "claims": 1}'])
def test_a_folder_that_does_not_say_its_size_has_none(tmp_path, text):
    (tmp_path / "size.json").write_text(text, encoding="utf-8")
    assert read_size(tmp_path) is None
