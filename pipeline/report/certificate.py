"""The certificate: one page of plain words that says what was checked, on which data, and how to repeat it."""

from collections.abc import Iterable, Sequence

from pipeline.base.console import plural
from pipeline.report.account import NOT_STATED, Account

DIRTY = "-dirty"  # ends a commit whose checkout had other changes


def certificate(account: Account, command: str = "") -> str:
    """Write the certificate as Markdown. `command`: the one that makes the runs of one experiment again."""
    parts = [_head(account), _documents(account), _data(account), _verdicts(account), _environment(account)]
    return "\n\n".join([*parts, _repeat(account, command)]) + "\n"


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
    versions = ", ".join(f"{name} {version}" for name, version in account.software.items())
    lines = [
        f"runs: {account.runs}, begun {account.begun}",
        f"commit: {'; '.join(map(_commit, account.commits)) or NOT_STATED}",
        f"machine: {account.machine}",
        f"software: {versions}",
    ]
    return "## Environment\n\n" + "\n".join(f"* {line}" for line in lines)


def _commit(name: str) -> str:
    return f"{name.removesuffix(DIRTY)} with changes that are not in it" if name.endswith(DIRTY) else name


def _repeat(account: Account, command: str) -> str:
    commit = account.commits[-1].removesuffix(DIRTY) if len(account.commits) == 1 else "COMMIT"
    several = ", the one that `runs.csv` names for the run" if commit == "COMMIT" else ""
    steps = [
        f"Check out the commit in a fresh clone: `git checkout {commit}`{several}. Where files differed from it, "
        "`runs.csv` names those that are known.",
        *([f"One experiment: `{command}`. The page has this line for each, under Every run."] if command else []),
        "All of them: copy `workflow/params.yaml`, beside this certificate, over `params.yaml`. It names the "
        "experiments, the seeds and the originals, so run `make reproduce` without ALL, ORIGINALS and SEEDS.",
        "Compare figures and `weights_sha256` with `runs.csv`, and the verdicts with `reports/claims.json`.",
    ]
    return "## How to repeat it\n\n" + "\n".join(f"{place}. {step}" for place, step in enumerate(steps, 1))


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out a table in Markdown; bars in a cell are escaped."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)
