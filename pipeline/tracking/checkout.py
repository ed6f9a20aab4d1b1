"""The checkout that a run comes from: its commit, and which files differed from it."""

import subprocess

CHANGED = "git_changed"  # the tag
_ASKED = ("params.yaml", "dvc.lock")  # a choice of runs changes them; what it was is a run's own params
_NAMED = 20  # files; a tag has only so much room


def git_commit() -> str:
    """Read the commit of the checkout, with `-dirty` if `changed_files` finds any; `unknown` without git."""
    try:
        return _git("rev-parse", "HEAD").strip() + ("-dirty" if changed_files() else "")
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def changed_files() -> list[str]:
    """List the tracked files that differ from the commit, but for those that say what to run; [] without git."""
    try:
        found = _git("diff", "--name-only", "-z", "HEAD").split("\0")
    except (OSError, subprocess.SubprocessError):
        return []
    return [name for name in found if name and name not in _ASKED]


def _git(*words: str) -> str:
    line = ("git", *words)
    return subprocess.run(line, capture_output=True, text=True, check=True, timeout=20).stdout


def checkout_tags() -> dict[str, str]:
    """Describe the checkout as tags of a run: its commit and, if there are any, the changed files."""
    found = changed_files()
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return {"git_commit": git_commit(), **({CHANGED: ", ".join(found[:_NAMED]) + more} if found else {})}
