"""`make publish`: the page, its small files and its provenance in docs/results/, and its answer in the READMEs."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pipeline.base.console import UserError, command, say
from pipeline.base.files import digest, whole_directory, write_json, write_text
from pipeline.base.layout import CLAIMS, REPORTS, RESULTS
from pipeline.judging.claims import load_claims
from pipeline.judging.measures import Row, read_list, read_results
from pipeline.judging.records import Record
from pipeline.report.account import PYPROJECT, Account, account_of, read_project, software
from pipeline.report.fuller import PAGES, SIZE, Size, copy_pages, read_size, size_of
from pipeline.report.published import answer, picture, provenance, without_recordings

FOLDER = Path("docs/results")
PICTURE = "claims.svg"
MORE = ("leaderboard.csv",)  # beside the pages
READMES = {"en": Path("README.md"), "ko": Path("README.ko.md")}
BEGIN, END = "<!-- results: written by `make publish` -->", "<!-- end of results -->"
MOST_BYTES = 10_000_000


def check_page(account: Account) -> None:
    """Raise UserError unless the page in reports/ is of these results."""
    page = REPORTS / "index.html"
    whole = all((REPORTS / name).exists() for name in (*PAGES, *MORE))
    if not whole or account.id not in page.read_text(encoding="utf-8"):
        raise UserError(f"{page} is not of {RESULTS} as it is; `make reproduce` writes both")


def check_fuller(size: Size, anyway: bool) -> None:
    """Raise UserError if what is published rests on more."""
    before = read_size(FOLDER)
    if before and not size.covers(before) and not anyway:
        raise UserError(
            f"{FOLDER} holds a fuller page, on {before}; this one rests on {size}.\n"
            "`make publish FEWER=1` replaces it all the same"
        )


def check_size(folder: Path) -> int:
    """Return the bytes of a folder. Raises UserError naming the largest file if they are too many for a repository."""
    sizes = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    total = sum(sizes.values())
    if total >= MOST_BYTES:
        largest = max(sizes, key=lambda path: sizes[path])
        raise UserError(
            f"the page has {total / 1e6:.1f} MB, {sizes[largest] / 1e6:.1f} of them in {largest.relative_to(folder)}; "
            f"{MOST_BYTES / 1e6:.0f} MB are too many for a repository: run fewer experiments, and publish again"
        )
    return total


def between(path: Path, text: str) -> str:
    """Return a README with this text between its marks. Raises UserError if it has no marks."""
    whole = path.read_text(encoding="utf-8")
    before, begin, rest = whole.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UserError(f"{path} has no place for the answer; write `{BEGIN}` and `{END}` on lines of their own")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): digest(path) for path in files}


def write_folder(account: Account, records: Sequence[Record], size: Size) -> int:
    """Replace docs/results/; return its bytes."""
    with whole_directory(FOLDER) as beside:
        copy_pages(REPORTS, beside)
        for path in (beside / "families").glob("*.html"):
            write_text(path, without_recordings(path.read_text(encoding="utf-8")))
        for name in MORE:
            shutil.copyfile(REPORTS / name, beside / name)
        (beside / PICTURE).write_text(picture(account.documents, records), encoding="utf-8")
        left_out = {path.name: digest(path) for path in (RESULTS, REPORTS / "claims.json")}
        text = provenance(account, size, _digests(beside), left_out)
        (beside / "README.md").write_text(text, encoding="utf-8")
        write_json(beside / SIZE, asdict(size))
        return check_size(beside)


def publish(rows: Sequence[Row], records: Sequence[Record], anyway: bool) -> str:
    """Write the folder and the READMEs; return what was done, in words."""
    documents = load_claims(CLAIMS)
    account = account_of(rows, records, documents, read_project(PYPROJECT), software())
    size = size_of(rows, records)
    check_page(account)
    check_fuller(size, anyway)
    files = {document.document: next(CLAIMS.glob(f"{document.document}-*.yaml")) for document in documents}
    texts = {
        path: between(path, answer(language, account, records, files, FOLDER, PICTURE))
        for language, path in READMES.items()
    }
    total = write_folder(account, records, size)
    for path, text in texts.items():
        write_text(path, text)
    return f"{FOLDER}: {account.id}, {size}, {total / 1e6:.1f} MB; {' and '.join(map(str, READMES.values()))} say it"


@command("publish")
def main() -> None:
    """Publish what is in reports/; FEWER=1 also over a fuller page."""
    records = read_list(REPORTS / "claims.json", "claims")
    say(f"publish: {publish(read_results(RESULTS), records, os.environ.get('FEWER', '') not in ('', '0'))}")


if __name__ == "__main__":
    main()
