"""codecheck.yml: the certificate for programs, as the CODECHECK configuration file specification 1.0 defines it.

https://codecheck.org.uk/spec/config/1.0/
"""

import hashlib
from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted

from pipeline.report.account import NOT_STATED, Account
from pipeline.report.certificate import summary

SPECIFICATION = "https://codecheck.org.uk/spec/config/1.0/"


def codecheck(account: Account, manifest: Mapping[str, str], report: str) -> str:
    """Write codecheck.yml.

    `manifest` describes the files that the runs made, by name; `report` is the text of the certificate. Its digest
    names it until it is published; then a DOI belongs there. The specification knows one paper, so the documents are
    listed apart.
    """
    content: dict[str, Any] = {
        "version": SPECIFICATION,
        "manifest": [{"file": name, "comment": comment} for name, comment in manifest.items()],
        "paper": {
            "title": "; ".join(document.title_en for document in account.documents),
            "authors": [{"name": NOT_STATED}],
            "reference": "each document has its source under reprise_documents",
        },
        "codechecker": [{"name": account.project.authors}],
        "summary": summary(account),
        "report": f"hash://sha256/{hashlib.sha256(report.encode()).hexdigest()}",
        "certificate": account.id,
        "reprise_documents": [
            {"document": Quoted(one.document), "title": one.title, "title_en": one.title_en, "source": one.source}
            for one in account.documents
        ],
    }
    if account.last:
        content["check_time"] = Quoted(account.last)
    return _dumped(content)


def _dumped(content: dict[str, Any]) -> str:
    yaml, stream = YAML(), StringIO()
    yaml.version, yaml.explicit_start, yaml.width = (1, 1), True, 120
    yaml.default_flow_style = False
    yaml.dump(content, stream)
    return stream.getvalue()
