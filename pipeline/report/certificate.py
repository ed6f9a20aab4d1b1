"""The certificate: one page of plain words that says what was checked, on which data, and how to repeat it."""

from collections.abc import Iterable, Sequence

from pipeline.base.console import plural
from pipeline.report.account import NOT_STATED, Account

DIRTY = "-dirty"  # ends a commit whose checkout had other changes


def certificate(account: Account) -> str:
    """Write the certificate as Markdown."""
    parts = [_head(account), _documents(account), _data(account), _verdicts(account), _environment(account)]
    return "\n\n".join([*parts, _repeat(account)]) + "\n"


def summary(account: Account) -> str:
    """Say in one sentence what came out."""
    found = _by_verdict(account)
    parts = ", ".join(f"{count} {verdict}" for verdict, count in found)
    return f"{plural(sum(account.counts.values()), 'claim')} of {plural(len(account.documents), 'document')}: {parts}."


def _by_verdict(account: Account) -> list[tuple[str, int]]:
    verdicts = dict.fromkeys(verdict for _, verdict in account.counts)
    return [(one, sum(n for (_, verdict), n in account.counts.items() if verdict == one)) for one in verdicts]


def _head(account: Account) -> str:
    made = f"{account.project.name} {account.project.version}"
    return (
        f"# Certificate {account.id}\n\n{summary(account)}\n\n"
        f"{made} performed the experiments of these documents again and judged what they claim. This certificate sums "
        "up `results.json` (the runs) and `claims.json` (the verdicts, each with its reason); its number is their "
        "digest. A program wrote it: nobody has reviewed it, and it is not in the CODECHECK register."
    )


def _documents(account: Account) -> str:
    rows = [(one.document, one.title_en, account.claims.get(one.document, 0)) for one in account.documents]
    return "## What was checked\n\n" + table(("document", "title", "claims"), rows)


def _data(account: Account) -> str:
    rows = [(one.name, one.kind, ", ".join(one.families), one.runs, _short(one.digests)) for one in account.data]
    heads = ("data", "kind", "families", "runs", "sha256 of the windows")
    return "## On which data\n\n" + (table(heads, rows) if rows else "No run was made.")


def _short(digests: Sequence[str]) -> str:
    more = f" and {len(digests) - 1} more, in `results.json`" if len(digests) > 1 else ""
    return f"`{digests[0][:16]}…`{more}" if digests else NOT_STATED


def _verdicts(account: Account) -> str:
    rows = [(evidence, verdict, count) for (evidence, verdict), count in sorted(account.counts.items())]
    return "## What came out\n\n" + table(("evidence", "verdict", "claims"), rows)


def _environment(account: Account) -> str:
    when = f"{account.first} to {account.last}" if account.first else NOT_STATED
    versions = ", ".join(f"{name} {version}" for name, version in account.software.items())
    lines = [
        f"runs: {account.runs}, begun {when}",
        f"commit: {'; '.join(map(_commit, account.commits)) or NOT_STATED}",
        f"machine: {'; '.join(account.machines) or NOT_STATED}",
        f"software: {versions}",
    ]
    return "## Environment\n\n" + "\n".join(f"* {line}" for line in lines)


def _commit(name: str) -> str:
    return f"{name.removesuffix(DIRTY)} with changes that are not in it" if name.endswith(DIRTY) else name


def _repeat(account: Account) -> str:
    commit = account.commits[-1].removesuffix(DIRTY) if len(account.commits) == 1 else "COMMIT"
    return (
        "## How to repeat it\n\n"
        f"1. Check out the commit: `git checkout {commit}`\n"
        "2. Copy `workflow/params.yaml` over `params.yaml`. It names the experiments, the seeds and the data.\n"
        "3. Run `make reproduce`, and compare `reports/claims.json`."
    )


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out a table in Markdown; bars in a cell are escaped."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)
