"""docs/add-an-experiment.md: every block is applied to a copy of the project, and what comes of it is trained."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.base.files import read_json
from pipeline.judging.structure import structure_of
from pipeline.params import load
from tests.docs.conftest import EXAMPLES
from tests.docs.pages import ROOT, apply, attempt, blocks, change, lay_out, run

PAGE = "add-an-experiment.md"
BLOCKS = blocks(PAGE)
TEXT = (ROOT / "docs" / PAGE).read_text(encoding="utf-8")
FILES = {  # that the table at the top promises of each section
    "An entry": {"params.yaml"},
    "A line of the sweep": {"params.yaml"},
    "A cell": {
        "pipeline/spec/cells.py",
        "pipeline/networks/recurrences.py",
        "pipeline/networks/custom_layers.py",
        "pipeline/networks/model.py",
        "params.yaml",
        "tests/networks/test_leaky.py",
    },
    "A family": {
        "pipeline/experiments/parity.py",
        "pipeline/experiments/registry.py",
        "params.yaml",
        "dvc.yaml",
    },
    "A fetched data set": {
        "pipeline/sources/tides.py",
        "pipeline/sources/originals.py",
        "pipeline/experiments/tides.py",
        "pipeline/experiments/registry.py",
        "params.yaml",
        "dvc.yaml",
        "mirror/tides/tides.txt",
    },
}
KNOWN = """
import json
from pipeline.params import load
from pipeline.running.keys import code_digest
print(json.dumps([list(load().every), [code_digest(family) for family in ("automata", "digits", "climate")]]))
"""


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[str]]:
    """The experiments of the project as it stands, and the digest of the code of three families."""
    names, code = json.loads(run(lay_out(tmp_path_factory.mktemp("plain")), "python", "-c", KNOWN))
    return names, code


def rows(trained: Path) -> dict[str, dict[str, Any]]:
    found = read_json(trained / "reports/results.json")
    return {row["experiment"]: row for row in found if row["experiment"] in EXAMPLES}


def cells_of(section: str) -> list[str]:
    """Return the line of a section in the table at the top."""
    begin = f"| [{section[0].lower()}{section[1:]}](#"
    (line,) = (line for line in TEXT.splitlines() if line.startswith(begin))
    return [cell.strip() for cell in line.split("|")]


@pytest.mark.parametrize("section", FILES)
def test_a_section_touches_the_files_that_the_table_counts(section: str) -> None:
    assert {block.file for block in BLOCKS if block.section == section} == FILES[section]
    assert int(cells_of(section)[3]) == len(FILES[section] - {"mirror/tides/tides.txt"})


@pytest.mark.parametrize("section", FILES)
def test_each_section_stands_alone_and_says_what_trains_again(
    section: str, known: tuple[list[str], list[str]], tmp_path: Path
) -> None:
    lay_out(tmp_path)
    for block in BLOCKS:
        if block.section == section:
            apply(block, tmp_path)
    names, code = json.loads(run(tmp_path, "python", "-c", KNOWN))
    assert set(names) > set(known[0])
    changed = sum(now != before for now, before in zip(code, known[1], strict=True))
    assert changed == {"nothing": 0, "every run": len(code)}[cells_of(section)[4]]


@pytest.mark.parametrize("section", ["A family", "A fetched data set"])
def test_a_new_family_passes_what_the_project_asks_of_every_family(section: str, tmp_path: Path) -> None:
    lay_out(tmp_path)
    for block in BLOCKS:
        if block.section == section:
            apply(block, tmp_path)
    files = "tests/experiments/test_registry.py", "tests/test_dvc_yaml.py"
    for name in ("tests/__init__.py", "tests/experiments/__init__.py", "tests/checkouts.py", *files):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    run(tmp_path, "python", "-m", "pytest", "-p", "no:cacheprovider", "-k", "family or depends", *files)


def test_the_code_is_in_the_style_of_the_project(checkout: Path) -> None:
    files = sorted({block.file for block in BLOCKS if block.file.endswith(".py")})
    run(checkout, "ruff", "check", *files)
    run(checkout, "ruff", "format", "--check", *files)


def params_with(section: str, folder: Path) -> Path:
    """Return a params.yaml with the blocks of a section that has no other."""
    shutil.copy(ROOT / "params.yaml", folder)
    for block in BLOCKS:
        if block.section == section:
            apply(block, folder)
    return folder / "params.yaml"


def test_an_entry_takes_groups_key_by_key_and_no_labels(tmp_path: Path) -> None:
    known = load(params_with("An entry", tmp_path)).experiments
    one, parent = known["digits_gru_softsign"], known["digits_gru"]
    assert (one.units, one.recurrent.dropout, one.recurrent.activation) == (48, 0.2, "softsign")
    assert (one.epochs, one.labels.minutes) == (parent.epochs, 0.2) and parent.labels.minutes == 0.1
    assert not [name for name in known if name.startswith("_")]


def test_options_that_do_not_go_together_are_refused_in_the_words_of_the_page(tmp_path: Path) -> None:
    path = params_with("An entry", tmp_path)
    wrong = {"digits_gru_softsign": {"recurrent": {"forget_bias": 2.0}}}
    change(path, {"experiments": {"digits": wrong}})
    with pytest.raises(UserError) as caught:
        load(path)
    assert f"explain: {str(caught.value).replace(str(path), 'params.yaml')}\n" in TEXT


def test_a_line_of_the_sweep_has_as_many_parameters_as_the_reference_on_every_board(tmp_path: Path) -> None:
    params = load(params_with("A line of the sweep", tmp_path))
    sizes = structure_of(params.model_copy(update={"experiments": params.grid}))
    for board in params.sweep.boards:
        ours, wanted = (int(sizes[f"sweep_{board}_{entry}", "parameters"]) for entry in ("gru_softsign", "lstm"))
        assert abs(ours / wanted - 1) <= 0.02


def test_the_gradient_of_the_cell_is_that_of_its_equation(checkout: Path) -> None:
    for path in (ROOT / "tests").glob("*.py"):  # the fixtures, and what they import
        if not path.stem.startswith("test_"):
            shutil.copy(path, checkout / "tests")
    said = run(checkout, "python", "-m", "pytest", "-p", "no:cacheprovider", "tests/networks/test_leaky.py")
    assert "1 passed" in said


def test_every_example_trains(trained: Path) -> None:
    found = rows(trained)
    assert set(found) == set(EXAMPLES)
    for row in found.values():
        assert row["epochs"] == 2 and np.isfinite(row["metrics"][row["metric"]]) and row["mlflow_run_id"]
    assert found["digits_leaky"]["variant"] == "leaky_rnn" and found["sweep_digits_gru_softsign"]["board"] == "digits"
    assert found["parity_lstm"]["examples"][0]["text"] in {"even (even)", "even (odd)", "odd (even)", "odd (odd)"}


def test_a_network_of_two_classes_shows_what_it_takes_an_example_for(trained: Path) -> None:
    row = rows(trained)["parity_lstm"]
    assert {shown["truth"] for shown in row["examples"]} <= set(row["labels"]) == {"even", "odd"}


def test_the_fetched_set_comes_from_the_mirror(trained: Path) -> None:
    card = read_json(trained / "data/raw/tides/card.json")
    assert card["source"] == "mirror" and card["counts"] == {"hours": 60}
    row = rows(trained)["tides_gru"]
    assert row["data"] == card["data"] and row["metric"] == "test_mae" and row["test_size"] == 10


def test_another_file_in_the_mirror_is_refused(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "tides").mkdir()
    (tmp_path / "tides/tides.txt").write_text("1.0 2.0\n")
    words = ["python", "-m", "pipeline.stages.originals", "tides"]
    done = attempt(trained, *words, REPRISE_MIRROR=str(tmp_path))
    assert done.returncode == 1 and "is not what was published" in done.stderr and "Traceback" not in done.stderr


def test_dvc_knows_the_new_stages(checkout: Path) -> None:
    run(checkout, "dvc", "init", "--no-scm", "--quiet")
    said = run(checkout, "dvc", "stage", "list")
    assert all(name in said for name in ("originals@tides", "windows@tides", "windows@parity"))
