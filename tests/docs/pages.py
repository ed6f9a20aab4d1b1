"""The worked examples of docs/: their blocks, each with the file it belongs to, applied to a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ("pipeline", "claims", "params.yaml", "dvc.yaml", "pyproject.toml", ".dvcignore", "requirements.lock")
_BLOCK = re.compile(
    r"^`(?P<file>[^`\n]+)`(?:, (?P<how>below|in place of) `(?P<line>[^`\n]+)`)?:\n\n```\w+\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """A block of a page: its section, the file it belongs to, and where in it."""

    section: str
    file: str
    how: str | None
    line: str | None
    text: str


def blocks(page: str) -> list[Block]:
    """Return the blocks of a page of docs/ that belong to a file, in order."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    found = []
    for part in re.split(r"^## ", text, flags=re.MULTILINE):
        section = part.partition("\n")[0]
        found += [Block(section, *match.group("file", "how", "line", "text")) for match in _BLOCK.finditer(part)]
    return found


def lay_out(folder: Path) -> Path:
    """Copy the project as it stands, without its tests."""
    for name in PROJECT:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)  # type: ignore[operator]
    return folder


def apply(block: Block, folder: Path) -> None:
    """Add a block to its file."""
    path = folder / block.file
    if block.line is not None:
        path.write_text("\n".join(_placed(block, path)) + "\n", encoding="utf-8")
    elif path.suffix == ".yaml" and path.exists():
        change(path, YAML(typ="safe").load(block.text))
    else:
        assert not path.exists(), f"{block.file} is no new file; say where in it"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")


def _placed(block: Block, path: Path) -> Iterator[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line.strip() == block.line for line in lines].count(True) == 1, f"{block.file}: once `{block.line}`"
    for line in lines:
        if line.strip() != block.line:
            yield line
            continue
        if block.how == "below":
            yield line
        yield from block.text.splitlines()


def change(path: Path, values: dict[str, Any]) -> None:
    """Add values to a YAML file, and keep what else is there."""
    yaml = YAML()
    yaml.width = 10_000
    merged = yaml.load(path.read_text(encoding="utf-8"))
    _merge(merged, values)
    with path.open("w", encoding="utf-8") as stream:
        yaml.dump(merged, stream)


def _merge(into: Any, values: dict[str, Any]) -> None:
    """Add values key by key; lists grow, anything else is replaced."""
    for key, value in values.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        elif isinstance(value, list) and isinstance(into.get(key), list):
            into[key].extend(value)
        else:
            into[key] = value


def run(folder: Path, *words: str, **environment: str) -> str:
    """Run a program of the environment in a copy, and return what it says; it must succeed."""
    done = attempt(folder, *words, **environment)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
    return done.stdout


def attempt(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the environment in a copy; `python` is the one that runs the tests."""
    binaries = Path(sys.executable).parent
    paths = {"PATH": f"{binaries}:{os.environ['PATH']}", "PYTHONPATH": str(folder)}
    words = (sys.executable if words[0] == "python" else str(binaries / words[0]), *words[1:])
    return subprocess.run(
        words, cwd=folder, env={**os.environ, **paths, **environment}, capture_output=True, text=True, check=False
    )
