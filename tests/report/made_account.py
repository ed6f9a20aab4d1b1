"""A result to cite: a few runs with their provenance, and some claims about them."""

from typing import Any

from pipeline.judging.claims import load_claims
from pipeline.report.account import SOFTWARE, Account, Project, account_of
from tests import made_results

PROJECT = Project("Reprise", "0.1.0", "Experiments performed again", "A. Author, B. Author", "")
VERSIONS = dict.fromkeys(SOFTWARE, "1.2")
DOCUMENTS = load_claims(made_results.CLAIMS)
RECORDS = [
    {"id": "000.a", "document": "000", "verdict": "reproduced", "evidence": "run"},
    {"id": "000.b", "document": "000", "verdict": "cannot tell", "evidence": "run"},
    {"id": "002.a", "document": "002", "verdict": "reproduced", "evidence": "counted"},
    {"id": "002.b", "document": "002", "verdict": "reproduced"},
]


def account(
    rows: list[dict[str, Any]] | None = None,
    records: list[dict[str, Any]] = RECORDS,
    project: Project = PROJECT,
) -> Account:
    found = made_results.traced(made_results.runs(("am_64",), 3)) if rows is None else rows
    return account_of(found, records, DOCUMENTS, project, VERSIONS)
