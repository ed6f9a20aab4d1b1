"""Every message that ends a command or rejects an input, found in the syntax trees, with `…` for what varies."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from tests.docs.pages import ROOT

HOLE = "…"
_WORD = re.compile(r"[A-Za-z]{2,}")
_TELL = ("explain", "misfit", "_differences")  # functions that return messages, beside those named for faults
_FEWEST = 1  # words; with none, a message is put together from others


@cache
def messages() -> dict[str, str]:
    """Return where each message is, by its text."""
    found: dict[str, str] = {}
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in _files()}
    errors = _errors(trees.values())
    for path, tree in trees.items():
        for line, text in _texts(tree, errors):
            text = " ".join(text.split())
            if len(_WORD.findall(text)) >= _FEWEST:
                found.setdefault(text, f"{path.relative_to(ROOT)}:{line}")
    for name in ("scripts/setup", "Makefile"):
        for text in re.findall(r'echo "((?:setup|clean): [^"]+)" >&2', (ROOT / name).read_text(encoding="utf-8")):
            found[re.sub(r"\$\(.*?\)+|\$\w+", HOLE, text.partition(": ")[2])] = name
    return found


def _files() -> list[Path]:
    return sorted(path for folder in ("pipeline", "flows") for path in (ROOT / folder).rglob("*.py"))


def _errors(trees: Iterable[ast.Module]) -> set[str]:
    """Find the names of UserError and its kinds."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"UserError", "UnusableError"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def _texts(tree: ast.Module, errors: set[str]) -> Iterator[tuple[int, str]]:
    texts = _Texts(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ("fault" in node.name or node.name in _TELL):
            yield from ((one.lineno, texts.of(one)) for one in _returned(node))
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", "")
        if name in errors or name == "ValueError":
            yield node.lineno, texts.of(node.args[0])
        elif name == "leave":
            yield node.lineno, texts.of(node.args[1])
        elif name == "Rule" and len(node.args) > 2:
            yield node.lineno, f"{texts.of(node.args[0])}: {re.sub('{[^}]*}', HOLE, texts.of(node.args[2]))}"


def _returned(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """Yield the texts that a function returns, yields or appends."""
    for node in ast.walk(function):
        value: ast.expr | None = None
        if isinstance(node, ast.Return | ast.Yield):
            value = node.value
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "append":
            value = node.args[0]
        for one in value.elts[:1] if isinstance(value, ast.Tuple) else [value]:
            if isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and isinstance(one.value, str)):
                yield one


class _Texts:
    """Reads texts; names of constant texts in the same module stand for these."""

    def __init__(self, tree: ast.Module) -> None:
        self._known = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        }

    def of(self, node: ast.expr) -> str:
        """Return the text of an expression, with `…` for what is not known before it runs."""
        if isinstance(node, ast.Constant):
            return str(node.value)
        if isinstance(node, ast.JoinedStr):
            return "".join(map(self.of, node.values))
        if isinstance(node, ast.FormattedValue):
            return self.of(node.value)
        if isinstance(node, ast.BinOp):
            return self.of(node.left) + self.of(node.right)
        return self._known.get(node.id, HOLE) if isinstance(node, ast.Name) else HOLE
