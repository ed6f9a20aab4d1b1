"""What is not chosen is named, with what would choose it: found by trying, so it holds for every entry."""

from typing import Any

import pytest
from ruamel.yaml import YAML

from pipeline.commands.left_out import left_out
from pipeline.params import Params, load, parse
from tests.checkouts import MORE, ROOT
from tests.conftest import strings_params


def params(**run: Any) -> Params:
    values = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values["run"] |= run
    return parse(values)


def small(**run: Any) -> Params:
    """Params with one entry that is not quick and runs anywhere, one on originals, and a line of the sweep."""
    values = YAML(typ="safe").load(MORE)
    values["run"] |= run
    values["experiments"]["digits"]["mine"] = {"from": "digit", "units": 5}
    return parse(values)


def test_an_entry_that_no_rule_chooses_is_named_with_its_reason() -> None:
    assert left_out(small()) == [
        "digits: mine: not marked quick; ALL=1 adds it",
        "reviews: film: on originals; ORIGINALS=1 adds it",
        "1 of the sweep: `make sweep` adds it",
    ]


def test_names_that_run_does_not_have() -> None:
    said = left_out(small(experiments=["digit", "mine"]))
    assert "automata: am_64: run.experiments names others; add it there" in said
    assert "sounds: us_w and us_c: run.experiments names others; add them there" in said
    assert said[-1] == "3 of the sweep: `make sweep` adds them" and not any("mine" in line for line in said)


def test_nothing_is_said_where_all_are_chosen() -> None:
    assert left_out(strings_params()) == []
    assert left_out(small(experiments="all", originals=True, sweep=True)) == []


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ({}, {"ALL=1 adds", "ORIGINALS=1 adds", "`make sweep` adds", "`make sweep ORIGINALS=1`", "`make select`"}),
        ({"experiments": "all", "sweep": True}, {"ORIGINALS=1 adds", "`make select`"}),
        ({"experiments": "all", "originals": ["digits"]}, {"ORIGINALS=1 adds", "`make sweep", "`make select`"}),
        ({"experiments": "all", "originals": True, "sweep": True}, {"`make select`"}),
    ],
)
def test_every_remedy_is_one_that_works(run: dict[str, Any], said: set[str]) -> None:
    lines = left_out(params(**run))
    assert all(any(words in line for line in lines) for words in said)
    assert all(any(words in line for words in said) for line in lines)
    adds = {"ALL=1": {"experiments": "all"}, "ORIGINALS=1": {"originals": True}, "sweep": {"sweep": True}}
    for line in lines:
        change: dict[str, Any] = {
            key: value for words, one in adds.items() if words in line for key, value in one.items()
        }
        names = line.split(": ")[1].replace(" and ", ", ").split(", ")
        if change and not line[0].isdigit():
            assert set(names) <= set(params(**{**run, **change}).chosen())


def test_every_entry_is_chosen_or_counted_once() -> None:
    found = load(ROOT / "params.yaml")
    counted = sum(
        int(line.split()[0]) if line[0].isdigit() else 1 + line.split(": ")[1].replace(" and ", ", ").count(", ")
        for line in left_out(found)
    )
    assert counted + len(found.chosen()) == len(found.every)
