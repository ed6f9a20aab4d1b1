"""The families: each is where the key of a run looks for its code, and can be fetched where it must be."""

import sys

import pytest

from pipeline.experiments.registry import FAMILIES
from pipeline.running.keys import ROOT, code_of
from pipeline.sources.originals import ORIGINALS
from pipeline.spec.experiment import Experiment

SHARED = {"__init__", "family", "registry", "texts"}  # modules that are no family


def may_need_originals(name: str) -> bool:
    return FAMILIES[name].experiment.needs_original is not Experiment.needs_original


def test_every_module_is_a_family_or_shared_by_some() -> None:
    modules = {path.stem for path in (ROOT / "pipeline/experiments").glob("*.py")}
    assert modules - SHARED == set(FAMILIES) and modules > SHARED


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_called_as_its_module_whose_code_is_in_the_key_of_its_runs(name: str) -> None:
    family = FAMILIES[name]
    assert family.name == name and type(family).__module__ == f"pipeline.experiments.{name}"
    assert family.experiment.__module__ in (f"pipeline.experiments.{name}", "pipeline.experiments.texts")
    assert ROOT / f"pipeline/experiments/{name}.py" in code_of(name)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_page_of_a_family_says_what_it_is(name: str) -> None:
    family = FAMILIES[name]
    assert family.title and family.deviations and all(text.endswith(".") for text in family.deviations)
    assert [other.title for other in FAMILIES.values()].count(family.title) == 1


@pytest.mark.parametrize("name", list(filter(may_need_originals, FAMILIES)))
def test_a_family_that_may_need_originals_has_a_stage_that_brings_them(name: str) -> None:
    assert FAMILIES[name].originals in {"sounds", *ORIGINALS}
    assert FAMILIES[name].originals in FAMILIES  # or run.originals could not name it


def test_originals_are_brought_for_families_that_may_need_them_alone() -> None:
    wanted = {FAMILIES[name].originals for name in FAMILIES if may_need_originals(name)}
    assert wanted == {"sounds", *ORIGINALS}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_module_of_a_family_begins_with_what_it_is_and_how_it_is_run(name: str) -> None:
    head = sys.modules[f"pipeline.experiments.{name}"].__doc__
    assert head and "Command: `make reproduce" in head
