"""Run keys: everything that can change a result changes the key, and nothing else does."""

import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.files import read_json, write_json
from pipeline.base.seal import SEAL
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params, load
from pipeline.running import keys
from pipeline.running.keys import ROOT, closure, code_of, imported, key_of
from pipeline.running.plan import plan
from pipeline.spec.data import DatasetInfo
from pipeline.spec.experiment import Experiment
from tests.made_networks import experiment

Windows = tuple[Params, Path]
SOURCE = DatasetInfo("made", "sample", "0" * 64)
digest = keys.code_digest.__wrapped__  # without its memory
TWO = ("reviews", "sounds")


def names(paths: list[Path], root: Path = ROOT) -> set[str]:
    return {str(path.relative_to(root / "pipeline")) for path in paths}


@cache
def code(family: str, engine: str = "tensorflow") -> set[str]:
    return names(code_of(family, engine=engine))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the pipeline, which its tests leave as it was."""
    root = tmp_path_factory.mktemp("tree")
    shutil.copytree(ROOT / "pipeline", root / "pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    return root


def change(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


# The code that counts


@pytest.mark.parametrize("family", TWO)
def test_the_digest_is_that_of_the_code_and_not_of_its_place(tree: Path, family: str) -> None:
    assert digest(family, tree) == digest(family)


@pytest.mark.parametrize("family", TWO)
def test_a_line_in_any_file_of_a_family_changes_its_digest(tree: Path, family: str) -> None:
    files = code_of(family, tree)
    found = {digest(family, tree)}
    assert len(files) > 50
    for path in files:
        kept = path.read_text(encoding="utf-8")
        change(path, "\n_X = 1\n")
        one = digest(family, tree)
        path.write_text(kept, encoding="utf-8")
        assert one not in found, path
        found.add(one)
    assert digest(family, tree) == digest(family)


@pytest.mark.parametrize("family", TWO)
def test_a_line_in_a_file_outside_of_it_leaves_it(tmp_path: Path, family: str) -> None:
    shutil.copytree(ROOT / "pipeline", tmp_path / "pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    outside = set((tmp_path / "pipeline").rglob("*.py")) - set(code_of(family, tmp_path))
    assert len(outside) > 50
    for path in outside:
        change(path, "\n_X = 1\n")
    assert digest(family, tmp_path) == digest(family)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_decides_a_result_counts_for_every_family(family: str) -> None:
    wanted = {
        f"experiments/{family}.py",
        "experiments/family.py",
        "networks/build.py",
        "networks/model.py",
        "networks/scan.py",
        "networks/runtime.py",
        "running/train_run.py",
        "sources/window_files.py" if family != "sound_recipes" else "sources/sounds/reading.py",
        "spec/data.py",
        "spec/network.py",
        "training/compiled.py",
        "training/fit.py",
        "training/optimizers.py",
        "training/trainer.py",
    }
    assert wanted <= code(family)
    every = {f"training/{path.name}" for path in (ROOT / "pipeline/training").glob("*.py")}
    assert every <= code(family) | code(family, "jax")


@pytest.mark.parametrize("family", FAMILIES)
def test_modules_of_the_other_engine_do_not_count(family: str) -> None:
    of_tensorflow = {"training/compiled.py", "networks/scan_tensorflow.py"}
    of_jax = {"training/stack.py", "training/stack_program.py", "networks/scan_jax.py", "networks/sequence_kernel.py"}
    assert of_tensorflow <= code(family) and not of_tensorflow & code(family, "jax")
    assert of_jax <= code(family, "jax") and not of_jax & code(family)


@pytest.mark.parametrize(
    ("family", "file"),
    [
        ("reviews", "sources/texts/windows.py"),
        ("newswire", "sources/texts/windows.py"),
        ("reviews", "experiments/texts.py"),
        ("climate", "sources/climate/windows.py"),
        ("sounds", "sources/sounds/reading.py"),
        ("sound_recipes", "experiments/sounds.py"),
        ("automata", "sources/generated/strings.py"),
        ("melody", "sources/generated/song.py"),
        ("product", "networks/gradient_lag.py"),
    ],
)
def test_what_a_family_reads_by_counts_for_it_and_not_for_others(family: str, file: str) -> None:
    assert file in code(family) and file not in code("digits")


@pytest.mark.parametrize("family", FAMILIES)
def test_what_stores_shows_and_judges_counts_for_none(family: str) -> None:
    apart = ("base/", "judging/", "report/", "tracking/", "stages/", "commands/", "spec/labels.py", "params.py")
    running = {name for name in code(family) if name.startswith("running/")}
    assert not [name for name in code(family) if name.startswith(apart)]
    assert running == {"running/__init__.py", "running/train_run.py"}


def test_one_family_is_not_changed_by_another() -> None:
    own = {name for name in code("reviews") if name.startswith("experiments/")}
    assert own == {f"experiments/{name}.py" for name in ("__init__", "family", "reviews", "texts")}


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ('"""Does a review praise the film?"""', '"""Is it praise?"""'),
        ('title = "Film reviews"', 'title = "Films"'),
        ("Reviews are padded in front", "Wires are padded in front"),
        ("_LETTERS = 300  # of a review that is shown", "_LETTERS = 300\n# a remark"),
    ],
)
def test_what_only_people_read_leaves_it(tree: Path, text: str, by: str) -> None:
    path = tree / "pipeline/experiments/reviews.py"
    kept = path.read_text(encoding="utf-8")
    assert kept.count(text) == 1
    path.write_text(kept.replace(text, by), encoding="utf-8")
    changed = digest("reviews", tree)
    path.write_text(kept, encoding="utf-8")
    assert changed == digest("reviews")


def test_every_docstring_and_remark_of_the_code_may_go(tree: Path) -> None:
    path = tree / "pipeline/training/fit.py"
    kept = path.read_text(encoding="utf-8")
    bare = re.sub(r"  # .*", "", re.sub(r'"""(?:[^"])*"""', '"""Else."""', kept))
    assert bare != kept
    path.write_text(bare, encoding="utf-8")
    changed = digest("reviews", tree)
    path.write_text(kept, encoding="utf-8")
    assert changed == digest("reviews")


def test_another_version_of_a_library_is_another_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest("reviews")
    versions = keys.version
    monkeypatch.setattr(keys, "version", lambda name: versions(name) + (".1" if name == "keras" else ""))
    assert digest("reviews") != before


# What a module imports


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """A package of small modules."""
    texts = {
        "pipeline/__init__.py": "",
        "pipeline/a.py": "import numpy\nfrom pipeline.b import x\n",
        "pipeline/b.py": "def x():\n    from pipeline.far import c\n",
        "pipeline/far/__init__.py": "import pipeline.d\n",
        "pipeline/far/c.py": "from pipeline import e\n",
        "pipeline/d.py": "",
        "pipeline/e.py": "from pipeline.a import y\n",
        "pipeline/f.py": "",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def found(root: Path, text: str) -> set[str]:
    """Return what a module of this text imports."""
    (root / "pipeline/made.py").write_text(text)
    return names(imported(root / "pipeline/made.py", root), root)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import pipeline.far.c", {"far/__init__.py", "far/c.py"}),
        ("import pipeline.far.c as other", {"far/__init__.py", "far/c.py"}),
        ("from pipeline.far import c, nothing", {"far/__init__.py", "far/c.py"}),
        ("from pipeline import a, b as other", {"a.py", "b.py"}),
        ("def f():\n    from pipeline.d import g", {"d.py"}),
        ("class A:\n    if True:\n        import pipeline.d\n    else:\n        import pipeline.e", {"d.py", "e.py"}),
        ("try:\n    import pipeline.d\nexcept ImportError:\n    import pipeline.e", {"d.py", "e.py"}),
    ],
)
def test_whatever_is_imported_is_found_with_its_packages(modules: Path, text: str, expected: set[str]) -> None:
    assert found(modules, text) == {"__init__.py", *expected}


def test_what_is_not_of_the_project_is_left_out(modules: Path) -> None:
    assert found(modules, "import numpy\nimport os.path\nfrom collections import abc") == set()


def test_what_is_imported_for_type_checkers_alone_does_not_count(modules: Path) -> None:
    text = "if TYPE_CHECKING:\n    from pipeline.d import T\nelse:\n    import pipeline.e"
    assert found(modules, f"from typing import TYPE_CHECKING\n{text}") == {"__init__.py", "e.py"}


def test_a_closure_goes_on_with_what_is_imported_and_ends_in_a_circle(modules: Path) -> None:
    wanted = {"__init__.py", "a.py", "b.py", "far/__init__.py", "far/c.py", "d.py", "e.py"}
    assert names(closure([modules / "pipeline/a.py"], modules), modules) == wanted
    assert names(closure([modules / "pipeline/f.py"], modules), modules) == {"f.py"}


# The key


def key(chosen: Experiment, seed: int = 0, fold: int | None = None, source: DatasetInfo = SOURCE) -> str:
    return key_of(chosen, seed, fold, source)


def made(**options: Any) -> Experiment:
    values = {"variant": "lstm", "family": "digits", **options}
    return experiment(**values)


OF_A_RESULT: list[dict[str, Any]] = [
    {"variant": "gru"},
    {"units": 5},
    {"layers": 2},
    {"bidirectional": True},
    {"fan_in_init": True},
    {"protocol": "corrected"},
    {"epochs": 2},
    {"batch": 5},
    {"patience": 3},
    {"eval_epochs": [1]},
    {"label_smoothing": 0.1},
    {"frontend": {"filters": 3}},
    {"frontend": {"mfcc": {"steps": 2, "coefficients": 3}}},
    {"recurrent": {"forget_bias": 2.0}},
    {"recurrent": {"tbptt_steps": 2}},
    {"readout": {"dropout": 0.1}},
    {"optimizer": {"learning_rate": 0.01}},
    {"optimizer": {"ema_momentum": 0.9}},
    {"augmentation": {"mixup": 0.1}},
]


def test_whatever_decides_the_result_is_part_of_the_key() -> None:
    assert len({key(made()), *(key(made(**options)) for options in OF_A_RESULT)}) == len(OF_A_RESULT) + 1


@pytest.mark.parametrize("family", FAMILIES)
def test_every_field_of_a_family_is_in_its_recipe_but_for_names_and_labels(family: str) -> None:
    one = next(found for found in load(ROOT / "params.yaml").experiments.values() if found.family == family)
    assert set(type(one).model_fields) - set(one.recipe()) == {"name", "document", "labels"}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("imdb_lstm", {"vocabulary": 9}),
        ("imdb_cnn_lstm", {"validates_on": "held_out"}),
        ("us_lstm_10_100_full", {"view": "mel"}),
        ("us_best", {"speeds": []}),
        ("jena_gru", {"steps": 9}),
    ],
)
def test_the_options_of_a_family_are_part_of_the_key(name: str, change: dict[str, Any]) -> None:
    one = load(ROOT / "params.yaml").experiments[name]
    assert key(one.model_copy(update=change)) != key(one)


@pytest.mark.parametrize(
    "options",
    [
        {"name": "other"},
        {"document": "000"},
        {"labels": {"quick": True, "minutes": 9.0, "seeds": 5}},
        {"labels": {"board": "sounds", "entry": "mine"}},
        {"labels": {"ensemble": "all"}},
    ],
)
def test_names_and_labels_are_not(options: dict[str, Any]) -> None:
    assert key(made(**options)) == key(made())


def test_seed_fold_data_and_family_are() -> None:
    other = DatasetInfo("made", "sample", "1" * 64)
    found = {
        key(made()),
        key(made(), seed=1),
        key(made(), fold=1),
        key(made(), source=other),
        key(made(family="reviews")),
    }
    assert len(found) == 5


def test_what_the_data_are_called_is_not() -> None:
    assert key(made(), source=DatasetInfo("renamed", "document", "0" * 64)) == key(made())


def test_the_code_of_its_family_is(monkeypatch: pytest.MonkeyPatch) -> None:
    digests = {"digits": "one", "reviews": "one"}
    monkeypatch.setattr(keys, "code_digest", lambda family, engine: digests[family])
    before = key(made()), key(made(family="reviews"))
    digests["digits"] = "other"
    assert key(made()) != before[0] and key(made(family="reviews")) == before[1]


def test_the_engine_is() -> None:
    assert key_of(made(), 0, None, SOURCE, engine="jax") != key_of(made(), 0, None, SOURCE, engine="tensorflow")
    assert key_of(made(), 0, None, SOURCE, "code", "jax") != key_of(made(), 0, None, SOURCE, "code", "tensorflow")


def test_the_data_of_one_seed_changes_that_key_alone(strings_windows: Windows) -> None:
    params, windows = strings_windows
    before = [run.key for run in plan(params, windows)]
    path = windows / "automata/am_a" / SEAL
    write_json(path, read_json(path) | {"seed_1.npz": "0" * 64})
    after = [run.key for run in plan(params, windows)]
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, True, True]
