"""A stage works on what it was started with: it fails if its params, code or data are others at its end.

DVC records what a stage depends on when the stage has ended. Without this check, a file that was edited meanwhile would
be recorded as what the result was made from, and the stage would count as up to date ever after.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce, wraps
from pathlib import Path
from typing import Any

from pipeline.base.console import UserError, command
from pipeline.base.environment import refuse
from pipeline.base.files import digest
from pipeline.base.layout import DATA

DVC, PARAMS = Path("dvc.yaml"), Path("params.yaml")
Snapshot = dict[str, Any]  # a value for each file and each key of params.yaml


def _yaml(path: Path) -> Any:
    from pipeline.base.yaml_files import read_yaml  # the processes that `download` starts import this module

    return read_yaml(path)


def dependencies(stages: dict[str, Any], name: str, item: str = "") -> tuple[list[str], list[str]]:
    """Look up the (files, keys of params.yaml) that a stage of dvc.yaml names; `item` is its place in a `foreach`."""
    found = stages[name]
    each = found.get("foreach", {})
    value = each.get(item, item) if isinstance(each, dict) else item
    body = found.get("do", found)
    files, keys = (
        [str(entry).replace("${key}", item).replace("${item}", value) for entry in body.get(kind, [])]
        for kind in ("deps", "params")
    )
    return files, keys


def take(files: list[str], keys: list[str]) -> Snapshot:
    """Describe files by their content, data by size and time of change, and params by their values."""
    params = _yaml(PARAMS)
    values = {f"{PARAMS}: {key}": reduce(_below, key.split("."), params) for key in keys}
    return values | {str(path): _state(path) for name in files for path in _files(Path(name))}


def _below(values: Any, key: str) -> Any:
    return values.get(key) if isinstance(values, dict) else None


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    yield from (one for one in sorted(path.rglob("*")) if one.is_file() and "__pycache__" not in one.parts)


def _state(path: Path) -> Any:
    try:
        found = path.stat()
        return (found.st_size, found.st_mtime_ns) if DATA in path.parents else digest(path)
    except FileNotFoundError:
        return None


@contextmanager
def unchanged(name: str, item: str = "") -> Iterator[None]:
    """Run the body of a stage. Raises UserError at its end if what it depends on has changed meanwhile.

    Where no dvc.yaml names the stage nothing is recorded, so nothing is checked.
    """
    refuse()
    stages = _yaml(DVC)["stages"] if DVC.exists() else {}
    if name not in stages:
        yield
        return
    files, keys = dependencies(stages, name, item)
    before = take(files, keys)
    yield
    after = take(files, keys)
    changed = sorted(one for one in before.keys() | after.keys() if before.get(one) != after.get(one))
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise UserError(f"{changed[0]}{more} changed while this stage ran; run `make reproduce` again")


def stage(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Decorate the main function of a stage: it runs as a command, on inputs that stay as they are."""

    def wrap(main: Callable[[], None]) -> Callable[[], None]:
        @command(name)
        @wraps(main)
        def run() -> None:
            with unchanged(name, sys.argv[1] if len(sys.argv) > 1 else ""):
                main()

        return run

    return wrap
