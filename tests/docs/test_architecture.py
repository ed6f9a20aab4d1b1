"""docs/architecture.md and its picture say what the code is."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pipeline.running.keys import code_of
from tests.docs.pages import ROOT

TEXT = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
PACKAGES = sorted(
    path.name
    for path in (ROOT / "pipeline").iterdir()
    if (path / "__init__.py").exists() or (path.suffix == ".py" and path.stem != "__init__")
)
DRAW = str(ROOT / "scripts/draw_layers.py")


def draw(script: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(script), str(out)], capture_output=True, text=True, check=False)


def paragraph(package: str) -> str:
    """Return the paragraph that begins with the name of a package."""
    found = re.findall(rf"^\*\*`{re.escape(package)}`\*\* .*?(?=^$)", TEXT, re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"docs/architecture.md: one paragraph that begins **`{package}`**"
    return found[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_has_its_paragraph_and_the_modules_it_names(package: str) -> None:
    folder = ROOT / "pipeline" / package
    named = re.findall(r"`(\w+(?:\.py|/))`", paragraph(package))
    missing = [name for name in named if name != package and not (folder / name).exists()]
    assert not missing and (named or package.endswith(".py"))


def test_the_paragraphs_stand_in_the_order_of_the_layers() -> None:
    said = ElementTree.parse(ROOT / "docs/layers.svg").getroot()[0].text or ""  # noqa: S314  our own file
    layers = [layer.split(" and ") for layer in re.sub(r"^.*: |\.$", "", said).split("; ")]
    place = {name: number for number, layer in enumerate(layers) for name in layer}
    found = [place[name] for name in re.findall(r"^\*\*`([\w.]+)`\*\* ", TEXT, re.MULTILINE)]
    assert found == sorted(found) and len(found) == len(PACKAGES)


def test_the_picture_is_what_the_script_draws(tmp_path: Path) -> None:
    assert draw(Path(DRAW), tmp_path / "layers.svg").returncode == 0
    same = (tmp_path / "layers.svg").read_bytes() == (ROOT / "docs/layers.svg").read_bytes()
    assert same, "docs/layers.svg is out of date; run `python scripts/draw_layers.py`"


def test_the_picture_follows_the_imports_and_refuses_a_circle(tmp_path: Path) -> None:
    for name, text in {
        "scripts/draw_layers.py": Path(DRAW).read_text(encoding="utf-8"),
        "pipeline/low/__init__.py": "",
        "pipeline/low/a.py": "import json\n",
        "pipeline/high/__init__.py": "from pipeline.low import a\n",
        "pipeline/top.py": "def late():\n    from pipeline.high import b\n    import pipeline.low.a\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    out = tmp_path / "layers.svg"
    assert draw(tmp_path / "scripts/draw_layers.py", out).returncode == 0
    drawn = out.read_text(encoding="utf-8")
    assert "The layers, the lowest first: low; high; top.py." in drawn
    assert drawn.count('class="arrow"') == 2 and drawn.count('class="dot"') == 3
    (tmp_path / "pipeline/low/a.py").write_text("from pipeline import top\n")
    done = draw(tmp_path / "scripts/draw_layers.py", out)
    assert done.returncode == 1 and "import each other" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("family", ["digits", "sounds"])
def test_the_code_in_a_key_is_what_the_page_says(family: str) -> None:
    found = {str(path.relative_to(ROOT / "pipeline")) for path in code_of(family)}
    begin = {"training/fit.py", f"experiments/{family}.py", "networks/runtime.py", "running/train_run.py"}
    assert begin | {"networks/model.py", "spec/experiment.py"} <= found
    left_out = ("base", "features", "params.py", "judging", "tracking", "report", "stages", "commands", "running/plan")
    assert not [name for name in found if name.startswith(left_out)] and "spec/labels.py" not in found


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_links_between_the_pages_lead_somewhere(page: str) -> None:
    text = re.sub(r"```.*?```", "", (ROOT / "docs" / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    for target, _, place in re.findall(r"\]\((?!https?:)([^)#]*)(#([\w-]+))?\)", text):
        path = ROOT / "docs" / (target or page)
        assert path.exists(), target
        if place:
            heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert place in {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in heads}
