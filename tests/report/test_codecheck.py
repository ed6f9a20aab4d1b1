"""codecheck.yml has what the specification 1.0 requires, and says what it says in UTF-8."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.yaml_files import read_yaml
from pipeline.report.codecheck import SPECIFICATION, codecheck
from tests.made_results import runs
from tests.report.made_account import account

MANIFEST = {"results.json": "every run: all of it", "index.html": "the page"}


@pytest.fixture
def found(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "codecheck.yml"
    path.write_text(codecheck(account(), MANIFEST, "report"), encoding="utf-8")
    content: dict[str, Any] = read_yaml(path)
    return content


def test_it_is_an_explicit_document_of_a_version(found: dict[str, Any]) -> None:
    assert codecheck(account(), MANIFEST, "").startswith("%YAML 1.1\n---\n")
    assert found["version"] == SPECIFICATION


def test_required_keys_are_there(found: dict[str, Any]) -> None:
    assert found["manifest"] == [{"file": name, "comment": words} for name, words in MANIFEST.items()]
    assert found["codechecker"] == [{"name": "A. Author, B. Author"}]
    assert found["report"] == f"hash://sha256/{hashlib.sha256(b'report').hexdigest()}"


def test_the_paper_has_title_and_author(found: dict[str, Any]) -> None:
    assert found["paper"]["title"].startswith("LSTM practice; ") and found["paper"]["authors"][0]["name"]


def test_optional_keys_say_what_came_out(found: dict[str, Any]) -> None:
    assert found["summary"].startswith("4 claims of 5 documents: ") and found["certificate"] == account().id
    assert found["check_time"] == "2026-11-26T09:02:00+00:00"


def test_every_document_is_listed_by_a_name_that_stays_text(found: dict[str, Any]) -> None:
    documents = found["reprise_documents"]
    assert [one["document"] for one in documents] == ["000", "001", "002", "003", "004"]
    assert documents[0]["title"] == "LSTM 실습" and all(one["source"] for one in documents)


def test_a_time_that_is_not_known_is_left_out() -> None:
    assert "check_time" not in codecheck(account(runs(("am_64",), 2)), MANIFEST, "")


def test_the_same_result_gives_the_same_bytes() -> None:
    assert codecheck(account(), MANIFEST, "a") == codecheck(account(), MANIFEST, "a")
