"""The key of a run: sha256 of everything that can change its result. A run asked for twice under one key trains once.

The code that counts is found, not listed: the family's module, what trains a run, what starts its engine, and every
module of `pipeline` that these import. Left out are `base/` and the run's directory, which only store and show, and
names, labels and slots, which change no result; and modules that import the other engine when they are imported.
"""

import ast
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from pipeline.base.files import digest_of
from pipeline.spec.data import DatasetInfo
from pipeline.spec.experiment import Experiment

ROOT = Path(__file__).resolve().parents[2]
_EVERY = ("pipeline/running/train_run.py", "pipeline/networks/runtime.py")  # they count for every family
_APART = (
    "pipeline/base/",
    "pipeline/spec/labels.py",
    "pipeline/running/devices.py",
    "pipeline/running/engines.py",
    "pipeline/running/run_directory.py",
)
_LIBRARIES = ("keras", "numpy", "scipy", "scikit-learn")
_OF_ENGINE = {"tensorflow": ("tensorflow",), "jax": ("jax", "jaxlib")}
_SHOWN = {"title", "deviations"}  # attributes of a family that only its page shows


def key_of(
    experiment: Experiment,
    seed: int,
    fold: int | None,
    dataset: DatasetInfo,
    code: str = "",
    engine: str = "tensorflow",
) -> str:
    """Compute the key of a run, as hex digits. `code` is the digest of its code, `code_digest` unless given.

    The engine counts, as another one rounds differently.
    """
    code = code or code_digest(experiment.family, engine=engine)
    return digest_of([experiment.recipe(), seed, fold, dataset.digest, code, engine])


def read_code_digest(family: str, root: Path = ROOT, engine: str = "tensorflow") -> str:
    """Compute the sha256 of the code that decides a result, as it is on the disk, and of the library versions.

    Docstrings are left out.
    """
    code = [_parsed(path.read_text(encoding="utf-8")).code for path in code_of(family, root, engine)]
    return digest_of([*code, *(version(name) for name in (*_OF_ENGINE[engine], *_LIBRARIES))])


code_digest = cache(read_code_digest)  # as it was when this process first asked


def code_of(family: str, root: Path = ROOT, engine: str = "tensorflow") -> list[Path]:
    """List the files whose code decides the results of a family on an engine, sorted."""
    others = frozenset(_OF_ENGINE) - {engine}
    found = closure([root / name for name in (f"pipeline/experiments/{family}.py", *_EVERY)], root, others)
    return [path for path in found if not str(path.relative_to(root)).startswith(_APART)]


def closure(files: Iterable[Path], root: Path, without: frozenset[str] = frozenset()) -> list[Path]:
    """List files and everything below `root` that they import, directly or not, sorted.

    Imports inside functions count, imports for type checkers do not. Importing a package includes its `__init__.py`.
    Modules that import a package of `without` at their top are left out, as they only run where there is that one.
    """
    found: set[Path] = set()
    left = list(files)
    while left:
        path = left.pop()
        if path not in found and not _parsed(path.read_text(encoding="utf-8")).packages & without:
            found.add(path)
            left += imported(path, root)
    return sorted(found)


def imported(path: Path, root: Path) -> list[Path]:
    """List the files below `root` that a module imports, with the `__init__.py` of their packages."""
    names = (name.split(".") for name in _parsed(path.read_text(encoding="utf-8")).imports)
    places = {root.joinpath(*parts[:n]) for parts in names if parts[0] == "pipeline" for n in range(1, len(parts) + 1)}
    candidates = [found for place in places for found in (place.with_suffix(".py"), place / "__init__.py")]
    return [candidate for candidate in candidates if candidate.is_file()]


class _Parsed(NamedTuple):
    """A module: its code as text, without what only people read, its imports, and the packages of those at its top."""

    code: str
    imports: frozenset[str]
    packages: frozenset[str]


@lru_cache(maxsize=1024)
def _parsed(text: str) -> _Parsed:
    tree, names = ast.parse(text), _Imports()
    names.visit(tree)
    at_top = _Imports()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            at_top.visit(node)
    packages = frozenset(name.split(".")[0] for name in at_top.found)
    return _Parsed(ast.dump(_Bare().visit(tree)), frozenset(names.found), packages)


class _Imports(ast.NodeVisitor):
    """Collects the imports of a module, except those under `if TYPE_CHECKING`."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_If(self, node: ast.If) -> None:
        names = {name.id for name in ast.walk(node.test) if isinstance(name, ast.Name)}
        for child in node.orelse if "TYPE_CHECKING" in names else [*node.body, *node.orelse]:
            self.visit(child)

    def visit_Import(self, node: ast.Import) -> None:
        self.found |= {alias.name for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.found |= {f"{node.module}.{alias.name}" for alias in node.names}


class _Bare(ast.NodeTransformer):
    """Removes what only people read: docstrings, other bare constants, and a family's text for its page."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) else node

    def visit_Assign(self, node: ast.Assign) -> ast.Assign | None:
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        return None if names & _SHOWN else node
