"""docs/ledger.md explains every field of a record of claims.json, and every part of a provenance."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.stages import judge
from pipeline.tracking.provenance import provenance_of
from tests.docs.pages import ROOT
from tests.made_results import runs

TEXT = (ROOT / "docs/ledger.md").read_text(encoding="utf-8")


def explained(title: str) -> set[str]:
    """The names in the first column of the table under a title."""
    section = TEXT.partition(f"## {title}\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return set(re.findall(r"`(\w+)`", " ".join(cells)))


def test_every_field_of_a_record_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("claims", "params.yaml"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/results.json").write_text(json.dumps(runs(("am_64",), 2)), encoding="utf-8")
    judge.main()
    records = json.loads((tmp_path / "reports/claims.json").read_text(encoding="utf-8"))
    fields = {key for record in records for key in record}
    assert fields and fields <= explained("A record of `claims.json`")


def test_every_part_of_a_provenance_is_explained() -> None:
    assert explained("A row of `results.json`") == set(provenance_of(SimpleNamespace(start_time=None), {}))
