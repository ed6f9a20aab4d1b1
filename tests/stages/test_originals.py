"""The stage originals: a family's folder is filled whole or not at all, and one line is said."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.base.console import UserError
from pipeline.base.files import read_json
from pipeline.sources.originals import Originals
from pipeline.sources.texts.originals import collect_reviews
from pipeline.spec.run_options import RunOptions
from pipeline.stages import originals as stage
from tests.made_originals import csv, known_reviews, weather, write_imdb, write_jena

PARAMS = "run: {{originals: {}}}\nsounds: {{views: {{}}}}\nexperiments: {{}}\n"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return a folder to work in, with no mirror named."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REPRISE_MIRROR", raising=False)
    return tmp_path


def run(monkeypatch, originals: str, *words: str) -> None:
    """Run the main on a params.yaml."""
    Path("params.yaml").write_text(PARAMS.format(originals))
    monkeypatch.setattr(sys, "argv", ["originals", *words])
    stage.main()


@pytest.mark.parametrize("family", ["reviews", "newswire", "climate"])
def test_originals_that_are_not_wanted(place, monkeypatch, capsys, family):
    monkeypatch.setenv("REPRISE_MIRROR", "/nowhere")
    run(monkeypatch, "false", family)
    why = "run.originals is false; ORIGINALS=1 fetches it"
    assert sorted(path.name for path in Path("data/raw", family).iterdir()) == ["card.json", "sha256.json"]
    assert read_json(Path("data/raw", family, "card.json")) == {"family": family, "data": None, "why": why}
    assert capsys.readouterr().out == f"originals: {family}: not fetched, because {why}\n"


def test_other_families_are_wanted(place, monkeypatch, capsys):
    run(monkeypatch, "[sounds]", "reviews")
    said = "originals: reviews: not fetched, because run.originals names other families; ORIGINALS=1 fetches it\n"
    assert capsys.readouterr().out == said


def test_the_digits_are_there_without_originals(place, monkeypatch, capsys):
    run(monkeypatch, "false", "digits")
    assert sorted(path.name for path in Path("data/raw/digits").iterdir()) == ["card.json", "digits.npz", "sha256.json"]
    said = (
        "originals: digits: scikit-learn's digits: 1,797 images; mnist: not fetched, because run.originals is false; "
    )
    assert capsys.readouterr().out.startswith(said)


def test_reviews_of_a_mirror(place, monkeypatch):
    write_imdb(place / "mirror")
    made = Originals(lambda *how: collect_reviews(*how, known_reviews()))
    monkeypatch.setattr(stage, "ORIGINALS", {"reviews": made})
    card = stage.originals("reviews", RunOptions(originals=True), place / "mirror")
    assert stage.summary(card) == "originals: reviews: IMDB from the mirror: 4 train, 2 test, 9 words"
    assert sorted(path.name for path in Path("data/raw/reviews").iterdir()) == [
        "card.json",
        "reviews.npz",
        "sha256.json",
        "words.json",
    ]


def test_other_weather_is_said_in_one_line(place, monkeypatch, capsys):
    lines = [[*line, "0" if row else "rain (mm)"] for row, line in enumerate(weather(6700, year=2020))]
    write_jena(place / "mirror", "roof.csv", csv(lines))
    monkeypatch.setenv("REPRISE_MIRROR", "mirror")
    run(monkeypatch, "[climate]", "climate")
    assert capsys.readouterr().out == (
        "originals: climate: Jena climate 2020-01-01 to 2020-02-16, not the document's 2009-2016, from the mirror "
        "(roof.csv): 6,700 rows, 0 missing values; columns left out: rain (mm)\n"
    )


def test_what_goes_wrong_leaves_what_was_there(place, monkeypatch, capsys):
    run(monkeypatch, "false", "reviews")
    before = read_json(Path("data/raw/reviews/card.json"))
    write_imdb(place / "mirror")
    monkeypatch.setenv("REPRISE_MIRROR", "mirror")
    with pytest.raises(SystemExit):
        run(monkeypatch, "true", "reviews")
    assert (
        "originals: the copy of IMDB in mirror: the word index has 9 words, expected 88584" in capsys.readouterr().err
    )
    assert read_json(Path("data/raw/reviews/card.json")) == before
    assert [path.name for path in Path("data/raw").iterdir()] == ["reviews"]


@pytest.mark.parametrize("family", ["reviews", "newswire", "climate", "digits"])
def test_a_mirror_without_the_folder(place, family):
    with pytest.raises(
        UserError, match=rf"^REPRISE_MIRROR={place}: there is no folder {place}/\w+;\n.*list in run\.orig"
    ):
        stage.originals(family, RunOptions(originals=True), place)
    assert not Path("data/raw", family).exists()


@pytest.mark.parametrize(
    ("words", "found"), [([], "none"), (["sounds"], "sounds"), (["reviews", "digits"], "reviews d")]
)
def test_no_family(place, monkeypatch, capsys, words, found):
    with pytest.raises(SystemExit):
        run(monkeypatch, "false", *words)
    assert f"one family of reviews, newswire, climate, digits, found {found}" in capsys.readouterr().err


def test_without_a_network_nothing_is_written_but_the_cache(place):
    (place / "params.yaml").write_text(PARAMS.format("true"))
    (place / "home").mkdir()
    away = {
        "HOME": str(place / "home"),
        "https_proxy": "http://127.0.0.1:9",
        "no_proxy": "",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.stages.originals", "climate"],
        env={**os.environ, **away},
        cwd=place,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith(
        "originals: Keras could not fetch the Jena climate: URL fetch failure on https://stor"
    )
    assert done.stderr.endswith("try again, or set REPRISE_MIRROR=/folder to use a copy you have\n")
    assert not (place / "home" / ".keras").exists() and (place / "data/downloads/keras/datasets").is_dir()
    assert not list((place / "data/raw").iterdir())
