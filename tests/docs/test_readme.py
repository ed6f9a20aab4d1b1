"""README.md and README.ko.md: their commands run, what they name is there, and both say the same."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path

import pytest

from pipeline.judging.claims import load_claims
from pipeline.params import load
from tests.checkouts import lay_out
from tests.docs.pages import ROOT

PAGES = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ko.md")}
ENGLISH, KOREAN = PAGES.values()
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
MADE = ("reports/", "mlruns", "data/", "docs/results/")  # what the commands make
ELSEWHERE = {"results.json", "claims.json", "certificate.md", "card.json"}  # named beside the folder they are in
THEIRS = "codes/chap11/rnn_lstm_test.ipynb"  # a file of the documents' publisher


def spans(text: str) -> list[str]:
    """Return the code of a page: in the line, and lines of blocks that are indented by four."""
    blocks = re.findall(r"^    (\S.*)$", text, re.MULTILINE)
    return [*re.findall(r"`([^`\n]+)`", text), *(line.partition("  #")[0].strip() for line in blocks)]


def commands(text: str) -> list[str]:
    """Return the calls of make in a page, each once."""
    pattern = re.compile(r"(?:[A-Z_]+=\S+ )?make(?: [a-z]+)*(?: [A-Z_]+=\S+)*")
    return list(dict.fromkeys(span for span in spans(text) if pattern.fullmatch(span)))


def run(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL", "SEEDS")}
    return subprocess.run(
        words, cwd=folder, env={**environment, **more}, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with small params, the Makefile, and the environment that runs the tests as its own."""
    folder = lay_out(tmp_path_factory.mktemp("checkout"))
    for name in ("Makefile", "scripts", "locks", "flows"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, folder / name)  # type: ignore[operator]
    (folder / ".venv").mkdir()
    for path in Path(sys.prefix).iterdir():
        if path.name != ".ready":
            (folder / ".venv" / path.name).symlink_to(path)
    (folder / ".venv/.ready").touch()
    return folder


# The commands


ALL_COMMANDS = list(dict.fromkeys(one for text in (*PAGES.values(), *DOCS.values()) for one in commands(text)))


def test_the_commands_are_found() -> None:
    assert {"make", "make test", "make reproduce ALL=1", "make up NO_PASSWORD=1"} <= set(ALL_COMMANDS)
    assert "REPRISE_MIRROR=/folder make reproduce ORIGINALS=1" in ALL_COMMANDS


@pytest.mark.parametrize("command", ALL_COMMANDS)
def test_make_knows_every_command_and_hands_on_its_values(command: str, checkout: Path) -> None:
    before, _, after = command.partition("make")
    variables = dict(re.findall(r"([A-Z_]+)=(\S+)", before))
    done = run(checkout, "make", "--dry-run", *shlex.split(after), **variables)
    assert done.returncode == 0, done.stderr
    for name, value in re.findall(r"([A-Z_]+)=(\S+)", after):
        if name not in (
            "PREFECT_PORT",
            "MLFLOW_PORT",
            "WORKERS",
            "PYTHON",
            "INPUT",
            "SERVE_PORT",
        ):  # read from the environment
            assert value in done.stdout, f"nothing reads {name}"


def test_make_lists_the_targets(checkout: Path) -> None:
    said = run(checkout, "make")
    listed = re.findall(r"^  make (\w+)", said.stdout, re.MULTILINE)
    targets = {word for command in ALL_COMMANDS for word in command.split("make", 1)[1].split() if "=" not in word}
    assert said.returncode == 0 and targets <= set(listed)


@pytest.mark.parametrize("typed", ["a+b*(c", "a $b 'c' \"d\" #e", ""])
def test_make_hands_on_an_input_as_it_was_typed(typed: str, checkout: Path) -> None:
    show = "show: ; @printf '[%s]' \"$$INPUT\""
    said = run(checkout, "make", "--eval", show, "show", *([f"INPUT={typed}"] if typed else []))
    assert said.stdout == f"[{typed}]", said.stderr


def test_make_explain_runs_as_in_a_fresh_clone(checkout: Path) -> None:
    said = run(checkout, "make", "explain")
    assert said.returncode == 0, said.stderr
    assert "explain: am_64: first run" in said.stdout


def test_make_reproduce_leaves_what_the_page_promises(checkout: Path, reproduced: Path) -> None:
    """`reproduced` is what this recipe has made."""
    assert run(checkout, "make", "--dry-run", "reproduce").stdout.endswith("python -m pipeline.commands.reproduce\n")
    promised = ENGLISH.partition("Afterwards you have")[2].partition("\n`make` lists")[0]
    names = re.findall(r"^\* \*\*`([^`]+)`\*\*|\*\*`([\w.]+)`\*\*", promised, re.MULTILINE)
    paths = [one or (other if "/" in other else f"reports/{other}") for one, other in names]
    assert {"reports/index.html", "reports/claims.json", "mlruns/"} <= set(paths)
    assert [path for path in paths if not (reproduced / path).exists()] == []


def test_a_command_that_is_wrong_is_one_message(checkout: Path) -> None:
    said = run(checkout, "make", "reproduce", "ALL=yes")
    assert said.returncode and "reproduce: ALL=yes: write ALL=1 or ALL=0" in said.stderr


def test_the_login_for_programs_is_split_as_the_page_says(tmp_path: Path) -> None:
    block = "\n".join(re.findall(r"^    (export .+)$", DOCS["services.md"], re.MULTILINE))
    (tmp_path / "mlruns").mkdir()
    (tmp_path / "mlruns/login").write_text("someone:a:b\n")
    show = "\nprintf '%s|' $PREFECT_API_AUTH_STRING $MLFLOW_TRACKING_USERNAME $MLFLOW_TRACKING_PASSWORD"
    assert run(tmp_path, "sh", "-c", block + show).stdout == "someone:a:b|someone|a:b|"


@pytest.mark.parametrize("name", sorted(PAGES))
def test_programs_of_python_are_there(name: str) -> None:
    found = re.findall(r"python -m ([\w.]+)(?: (\w+))?", PAGES[name])
    for module, experiment in found:
        assert find_spec(module), module
        assert not experiment or experiment in load(ROOT / "params.yaml").every
    assert found or name == "README.ko.md"


# What they name


@pytest.mark.parametrize("name", sorted(PAGES))
def test_files_and_links_are_there(name: str) -> None:
    text = PAGES[name]
    shape = re.compile(r"\w[\w./-]*(/|\.(md|yaml|py|json|html|toml|conf|cff|ipynb))|LICENSE")
    named = {span for span in spans(text) if shape.fullmatch(span) and not span.startswith((*MADE, "UrbanSound8K"))}
    assert [path for path in named - ELSEWHERE - {THEIRS} if not (ROOT / path).exists()] == []
    assert len(named) > 5
    for target, place in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([\w-]+))?\)", text):
        path = ROOT / (target or name)
        assert path.is_file(), target
        heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert not place or place in {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}


def test_every_page_of_docs_can_be_reached() -> None:
    assert {page for page in DOCS if f"(docs/{page})" not in ENGLISH} <= {"cluster.md"}


def test_the_experiments_of_the_table_are_there() -> None:
    known = load(ROOT / "params.yaml").experiments
    section = ENGLISH.partition("## Experiments")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    names = [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]
    patterns = [one.replace("...", "*") for name in names for one in expanded(name)]
    assert len(patterns) > 20
    assert [one for one in patterns if not any(fnmatch(name, one) for name in [*known, "us_chosen_x"])] == []
    assert {one.family for name, one in known.items() if any(fnmatch(name, each) for each in patterns)} == {
        one.family for one in known.values()
    }


def expanded(name: str) -> list[str]:
    found = re.fullmatch(r"(.*)\{(.+)\}(.*)", name)
    return [f"{found[1]}{part}{found[3]}" for part in found[2].split(",")] if found else [name]


def test_the_ten_files_are_ten() -> None:
    section = ENGLISH.partition("### Ten files")[2].partition("\n## ")[0]
    files = re.findall(r"^\|[^|]*\| `([^`]+)` \|", section, re.MULTILINE)
    assert len(files) == len(set(files)) == 10 and all((ROOT / name).is_file() for name in files)
    assert re.findall(r"^\| (\w+) \| `", section, re.MULTILINE) == ["DVC", "Prefect", "MLflow", "TensorFlow"]


# Both


def rows(text: str) -> list[str]:
    """The commands of the table of what to run."""
    return re.findall(r"^\| `((?:[A-Z_]+=\S+ )?make [^`]+)` \|", text, re.MULTILINE)


def test_both_name_the_same_commands() -> None:
    assert rows(KOREAN) == rows(ENGLISH) and len(rows(ENGLISH)) > 5
    assert set(commands(KOREAN)) <= set(commands(ENGLISH))
    assert {"make reproduce", "make test", "make", "make explain", "make up", "make calibrate"} <= set(commands(KOREAN))
    for both in (r"3\.11\D+3\.13", r"\b10\b", "5 GB", "reports/index.html"):
        assert re.search(both, ENGLISH) and re.search(both, KOREAN), both


def test_both_give_every_document_its_title() -> None:
    for document in load_claims(ROOT / "claims"):
        row = f"| {document.document} | {document.title}"
        assert row in ENGLISH and row in KOREAN


def test_both_link_to_each_other() -> None:
    assert "(README.ko.md)" in ENGLISH and "(README.md)" in KOREAN
