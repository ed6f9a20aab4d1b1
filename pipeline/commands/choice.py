"""Write the choice of what to run into params.yaml, as `dvc exp run -S run.seeds=5` would.

Comments and layout of the file are kept.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pipeline.base.console import UserError
from pipeline.base.files import write_text
from pipeline.params import load, parse
from pipeline.spec.run_options import ENGINES

_SWITCH = {"1": True, "0": False}


def switch(name: str, text: str) -> bool:
    """Parse 1 or 0. Raises UserError naming the variable."""
    if text not in _SWITCH:
        raise UserError(f"{name}={text}: write {name}=1 or {name}=0")
    return _SWITCH[text]


def _number(name: str, text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise UserError(f"{name}={text}: write a whole number, 1 or more")
    return int(text)


def _engine(text: str) -> str:
    if text not in ENGINES:
        raise UserError(f"ENGINE={text}: write ENGINE={', ENGINE='.join(ENGINES[:-1])} or ENGINE={ENGINES[-1]}")
    return text


def asked(environment: Mapping[str, str]) -> dict[str, Any]:
    """Parse ALL, ORIGINALS, SWEEP, SEEDS and ENGINE into values of `run`. Raises UserError."""
    run: dict[str, Any] = {}
    if environment.get("ALL"):
        run["experiments"] = "all" if switch("ALL", environment["ALL"]) else "quick"
    if environment.get("ORIGINALS"):
        run["originals"] = switch("ORIGINALS", environment["ORIGINALS"])
    if environment.get("SWEEP"):
        run["sweep"] = switch("SWEEP", environment["SWEEP"])
    if environment.get("SEEDS"):
        run["seeds"] = _number("SEEDS", environment["SEEDS"])
    if environment.get("ENGINE"):
        run["engine"] = _engine(environment["ENGINE"])
    return run


def write_choice(path: Path, run: Mapping[str, Any]) -> list[str]:
    """Write values into `run` of params.yaml, and return one line per change.

    Raises UserError, and writes nothing, if the file is invalid or these values would make it so.
    """
    load(path)
    editor = YAML()  # the round-trip editor keeps comments and layout
    editor.preserve_quotes, editor.width = True, 4096
    editor.indent(mapping=2, sequence=4, offset=2)
    values = editor.load(path.read_text(encoding="utf-8"))
    changes = [
        f"params.yaml: run.{name}: {values['run'].get(name)} becomes {value}"
        for name, value in run.items()
        if values["run"].get(name) != value
    ]
    if changes:
        values["run"].update(run)
        text = io.StringIO()
        editor.dump(values, text)
        parse(YAML(typ="safe", pure=True).load(text.getvalue()))
        write_text(path, text.getvalue())
    return changes
