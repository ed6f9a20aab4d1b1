"""Licences: the project has one in every file that names it, and docs/data.md has that of every data set."""

import hashlib
import re
import tomllib

import pytest
from ruamel.yaml import YAML

from pipeline.sources.climate.originals import LICENCE as CLIMATE
from pipeline.sources.images.originals import MNIST_LICENCE, shipped
from pipeline.sources.originals import ORIGINALS
from pipeline.sources.sounds.collection import LICENCES as SOUNDS
from pipeline.sources.texts.originals import IMDB, REUTERS
from tests.docs.pages import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = YAML(typ="safe").load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
DATA = (ROOT / "docs/data.md").read_text(encoding="utf-8")
APACHE = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"  # sha256 of the text as Apache publishes it
KEYS = {  # of the Citation File Format 1.2.0; further ones are allowed there, but none here without a look at it
    *("cff-version", "message", "title", "abstract", "type", "authors", "version", "license", "keywords"),
}


def test_the_licence_is_apache_2_and_names_the_authors() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    (author,) = PROJECT["authors"]
    (line,) = re.findall(r"^   Copyright \d{4} (.+)$", text, re.MULTILINE)
    assert line == author["name"]
    template = re.sub(r"^   Copyright \d{4} .+$", "   Copyright [yyyy] [name of copyright owner]", text, flags=re.M)
    assert hashlib.sha256(template.encode()).hexdigest() == APACHE


def test_every_file_names_the_same_licence() -> None:
    assert PROJECT["license"] == CITATION["license"] == "Apache-2.0"
    assert "Apache License 2.0 (`LICENSE`)" in DATA


def test_the_citation_is_of_this_version() -> None:
    assert CITATION["cff-version"] == "1.2.0" and CITATION["type"] == "software"
    assert CITATION["version"] == PROJECT["version"]
    assert CITATION["title"].lower() == PROJECT["name"]
    assert CITATION["authors"] == PROJECT["authors"]
    assert set(CITATION) == KEYS and all(CITATION.values())
    assert len(set(CITATION["keywords"])) == len(CITATION["keywords"])


@pytest.mark.parametrize("licence", [*SOUNDS.values(), IMDB.licence, REUTERS.licence, CLIMATE, MNIST_LICENCE])
def test_the_page_has_the_licence_that_the_code_writes_on_the_data(licence: str) -> None:
    assert f"| {licence} |" in DATA


def test_the_page_has_the_licence_of_the_digits() -> None:
    assert f"| {shipped().card['licence']} |" in DATA


def test_every_family_that_is_fetched_has_a_line() -> None:
    rows = [line for line in DATA.splitlines() if line.startswith("|") and "`ORIGINALS=1`" in line]
    assert {re.findall(r"`(\w+)`", row.split("|")[4])[0] for row in rows} == set(ORIGINALS) | {"sounds"}
