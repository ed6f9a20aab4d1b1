"""What there is to cite: the result in a few figures, from the rows, the records and the project's own description."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

from pipeline.base.console import plural
from pipeline.base.files import digest_of
from pipeline.judging.claims import Document
from pipeline.judging.measures import Row
from pipeline.judging.records import counted
from pipeline.report.sections import Record

SOFTWARE = {  # what a run goes through, and its home page
    "Python": "https://www.python.org/",
    "tensorflow": "https://www.tensorflow.org/",
    "keras": "https://keras.io/",
    "numpy": "https://numpy.org/",
    "scipy": "https://scipy.org/",
    "scikit-learn": "https://scikit-learn.org/",
    "dvc": "https://dvc.org/",
    "mlflow": "https://mlflow.org/",
    "prefect": "https://www.prefect.io/",
}
PYPROJECT = Path("pyproject.toml")
NOT_STATED = "not stated"


@dataclass(frozen=True)
class Project:
    """The project, as its pyproject.toml describes it; `licence` is an SPDX expression, or empty if it states none."""

    name: str
    version: str
    description: str
    authors: str
    licence: str


@dataclass(frozen=True)
class DataSet:
    """The data of some runs; `digests` are those of their windows, as far as they are known."""

    name: str
    kind: str
    families: tuple[str, ...]
    runs: int
    digests: tuple[str, ...]


@dataclass(frozen=True)
class Account:
    """A result, ready to be cited; the times are empty if no run tells when it began."""

    id: str
    project: Project
    documents: tuple[Document, ...]
    claims: Mapping[str, int]  # by document
    counts: Mapping[tuple[str, str], int]  # by evidence and verdict
    data: tuple[DataSet, ...]
    runs: int
    commits: tuple[str, ...]
    machines: tuple[str, ...]
    placed: int  # runs whose machine is known
    first: str
    last: str
    software: Mapping[str, str]

    @property
    def machine(self) -> str:
        """Name the machines, and of how many runs they are known where that is not all."""
        part = f" (known for {self.placed} of {plural(self.runs, 'run')})" if self.placed < self.runs else ""
        return f"{'; '.join(self.machines)}{part}" if self.machines else NOT_STATED

    @property
    def begun(self) -> str:
        """Say when the runs began."""
        return span(self.first, self.last)


def span(first: str, last: str) -> str:
    """Join two dates or times; one that is both is named once."""
    return (first if first == last else f"{first} to {last}") or NOT_STATED


def read_project(path: Path) -> Project:
    """Read pyproject.toml."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    authors = ", ".join(author["name"] for author in found["authors"])
    return Project(found["name"].title(), found["version"], found["description"], authors, found.get("license", ""))


def software() -> dict[str, str]:
    """Look up the versions that are installed."""
    return {name: python_version() if name == "Python" else version(name) for name in SOFTWARE}


def account_of(
    rows: Sequence[Row],
    records: Sequence[Record],
    documents: Sequence[Document],
    project: Project,
    versions: Mapping[str, str],
) -> Account:
    """Sum up a result. The same result gives the same account, at whatever time it is written."""
    origins = list(_origins(rows, records))
    distinct = counted(records)
    dates = _known(origins, "date")
    return Account(
        id=f"{project.name.lower()}-{digest_of([rows, records])[:12]}",
        project=project,
        documents=tuple(documents),
        claims=Counter(record["document"] for record in distinct),
        counts=Counter((str(record.get("evidence") or NOT_STATED), record["verdict"]) for record in distinct),
        data=tuple(data_sets(rows)),
        runs=len({row["run_key"] for row in rows if "run_key" in row}),
        commits=_known(origins, "git_commit"),
        machines=_known(origins, "machine"),
        placed=len({row["run_key"] for row in rows if "run_key" in row and _placed(row)}),
        first=dates[0] if dates else "",
        last=dates[-1] if dates else "",
        software=versions,
    )


def _placed(row: Row) -> bool:
    return bool((row.get("provenance") or {}).get("machine"))


def _origins(rows: Sequence[Row], records: Sequence[Record]) -> Iterator[Mapping[str, Any]]:
    """Yield the provenance of every run that a row or a record names; rows from before it was kept have none."""
    yield from (row.get("provenance") or {} for row in rows)
    for record in records:
        yield from record.get("runs") or ()


def _known(origins: Sequence[Mapping[str, Any]], key: str) -> tuple[str, ...]:
    return tuple(sorted({origin[key] for origin in origins if origin.get(key)}))


def data_sets(rows: Sequence[Row]) -> Iterator[DataSet]:
    """Yield the data sets that were run on, in the order of the rows."""
    for name, kind in dict.fromkeys((row["data"], row["data_kind"]) for row in rows):
        mine = [row for row in rows if (row["data"], row["data_kind"]) == (name, kind)]
        digests = _known([row.get("provenance") or {} for row in mine], "data_digest")
        yield DataSet(name, kind, tuple(dict.fromkeys(row.get("family", "") for row in mine)), len(mine), digests)
