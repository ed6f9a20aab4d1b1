"""docs/add-a-document.md: its document is put into a copy of the project and judged by runs of ten seeds."""

import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.console import UserError
from pipeline.base.files import read_json
from pipeline.judging.claims import load_claims
from pipeline.judging.kinds import KINDS
from pipeline.judging.verdicts import VERDICTS
from tests.docs.pages import ROOT, apply, blocks, run

PAGE = "add-a-document.md"
BLOCKS = blocks(PAGE)
TEXT = (ROOT / "docs" / PAGE).read_text(encoding="utf-8")
CLAIMS = "claims/005-digits-note.yaml"
VERDICT = re.compile(r"^\| `([^`]+)` \| `([^`]+)` \|$", re.MULTILINE)

Records = dict[str, dict[str, Any]]


def records(folder: Path) -> Records:
    """Judge, and return the records of the document by the ids of its claims."""
    run(folder, "python", "-m", "pipeline.stages.judge")
    found = read_json(folder / "reports/claims.json")
    return {record["id"].removeprefix("005."): record for record in found if record["document"] == "005"}


@pytest.fixture(scope="module")
def one(trained: Path) -> Records:
    """The records of the document of one claim."""
    return records(trained)


@pytest.fixture(scope="module")
def all_kinds(trained: Path, one: Records) -> Records:
    """The records after the other blocks are added; nothing is trained for them."""
    for block in BLOCKS[1:]:
        apply(block, trained)
    return records(trained)


def test_one_claim_is_judged_by_ten_seeds(one: Records) -> None:
    assert list(one) == ["accuracy"]
    record = one["accuracy"]
    assert (record["claimed"], record["seeds"], record["verdict"]) == (0.94, 10, "reproduced")
    assert record["low"] < record["mean_low"] < record["measured"] < record["mean_high"] < record["high"]


def test_the_page_names_every_key_of_a_record(one: Records) -> None:
    section = TEXT.partition("## A document with one claim")[2].partition("\n## ")[0]
    named = [name for line in section.splitlines() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line)]
    assert set(one["accuracy"]) <= set(named)


def test_every_kind_has_a_block_and_is_judged_as_the_page_says(all_kinds: Records) -> None:
    assert {record["kind"] for record in all_kinds.values()} == set(KINDS)
    promised = dict(VERDICT.findall(TEXT))
    assert {name: all_kinds[name]["verdict"] for name in promised} == promised
    assert set(promised) == {name for name in all_kinds if "." not in name} | {"log.test_accuracy", "log.train_seconds"}
    assert set(promised.values()) <= set(VERDICTS)


def test_a_log_is_a_claim_a_figure(all_kinds: Records) -> None:
    figures = [name.removeprefix("log.") for name in all_kinds if name.startswith("log.")]
    names = ("loss", "accuracy", "val_accuracy", "block_seconds", "total_seconds")
    assert figures == [
        *(f"{name}@{epoch}" for epoch in (15, 30) for name in names),
        *("train_seconds", "test_accuracy", "test_seconds"),
    ]


def test_the_document_is_on_the_page(trained: Path, all_kinds: Records) -> None:
    run(trained, "python", "-m", "pipeline.stages.report")
    page = (trained / "reports/index.html").read_text(encoding="utf-8")
    assert "숫자를 읽는 RNN" in page and all_kinds["accuracy"]["quote"] in page


def test_a_figure_without_quotes_is_refused_in_the_words_of_the_page(tmp_path: Path) -> None:
    block = BLOCKS[0]
    apply(block._replace(text=block.text.replace('"0.94"', "0.94")), tmp_path)
    with pytest.raises(UserError) as caught:
        load_claims(tmp_path / "claims")
    assert f"judge: {str(caught.value).replace(str(tmp_path / 'claims'), 'claims')}\n" in TEXT
