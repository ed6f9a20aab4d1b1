"""params.yaml at the door: every fault is named, with the key and the value."""

import re
from pathlib import Path
from typing import Any

import pytest

from pipeline import params
from pipeline.base.console import UserError
from pipeline.params import load, parse

STRINGS = {"document": "000", "variant": "lstm", "units": 2, "epochs": 1}
EXPERIMENT = {"document": "000", "view": "v", "variant": "lstm", "units": 2, "epochs": 1}


def values(**changes: Any) -> dict[str, Any]:
    base = {
        "run": {"seeds": 1},
        "sounds": {"views": {"v": {"hop_ms": 10, "window_ms": 10}}},
        "experiments": {"sounds": {"x": EXPERIMENT}},
    }
    return base | changes


def fault(**changes: Any) -> str:
    with pytest.raises(UserError) as caught:
        parse(values(**changes))
    text = str(caught.value)
    assert text.count("\n") <= 1
    return text


def test_the_projects_own_file_is_valid_and_frozen() -> None:
    own = load(Path(__file__).parents[1] / "params.yaml")
    assert set(own.chosen()) < set(own.every)
    with pytest.raises(ValueError, match="frozen"):
        own.run.seeds = 9  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"run": {"seeds": 0}}, ["run.seeds", "0"]),
        ({"run": {"seeds": "3"}}, ["run.seeds", "'3'"]),
        ({"run": {"seeds": 2.5}}, ["run.seeds", "2.5"]),
        ({"run": {"sedes": 3}}, ["run.sedes: unknown key; did you mean 'seeds'?"]),
        ({"run": {"banana": 3}}, ["run.banana: unknown key; remove it or correct its name"]),
        ({"sounds": {"views": {"v": {"hops_ms": 1, "window_ms": 9}}}}, ["sounds.views.v.hops_ms", "mean 'hop_ms'?"]),
        ({"sounds": 3}, ["sounds: expected keys and values, found 3"]),
        ({"sounds": {"views": "v"}}, ["sounds.views: expected entries, found 'v'"]),
        ({"sounds": {"views": {"w": {"from": ["v"]}}}}, ["sounds.views.w.from: ['v'] is not the name"]),
        ({"run": {"experiments": ["nix"]}}, ["run.experiments", "nix"]),
        ({"run": {"experiments": "everything"}}, ["run.experiments", "everything"]),
        ({"runs": {}}, ["runs", "unknown key"]),
        ({"sounds": {"views": {"v": {"hop_ms": 10, "window_ms": 5000}}}}, ["sounds.views.v.window_ms", "5000"]),
        ({"sounds": {"views": {"v": {"hop_ms": 10, "window_ms": 1200}}}}, ["window_ms", "1200", "shortest clip"]),
        ({"sounds": {"views": {"v": {"hop_ms": 10, "window_ms": 2}}}}, ["views.v", "2 ms", "100 bands"]),
        (
            {"sounds": {"views": {"v": {"hop_ms": 10, "window_ms": 50, "mel": 40}}}},
            ["views.v", "mel", "40", "corrected"],
        ),
        ({"sounds": {"views": {"v": {"hop_ms": 0, "window_ms": 10}}}}, ["hop_ms", "0"]),
        ({"sounds": {"views": {"w": {"from": "v"}}}}, ["sounds.views.w.from", "'v'"]),
        (
            {"experiments": {"sounds": {"x": {**EXPERIMENT, "loss": "mse"}}}},
            ["experiments.sounds.x.loss", "'mse'", "cross_entropy"],
        ),
        (
            {"experiments": {"sounds": {"x": {**EXPERIMENT, "units": 0}}}},
            ["experiments.sounds.x.units", "1 or more", "lstm"],
        ),
        ({"run": {"originals": ["films"]}}, ["originals", "films", "reviews"]),
        ({"experiments": {"sounds": {"x": {**EXPERIMENT, "view": "u"}}}}, ["experiments.sounds.x.view", "'u'"]),
        (
            {"experiments": {"sounds": {"x": {**EXPERIMENT, "unitz": 3}}}},
            ["experiments.sounds.x.unitz", "unknown key; did you mean 'units'?"],
        ),
        ({"experiments": {"sounds": {"x": {**EXPERIMENT, "family": "songs"}}}}, ["experiments.sounds.x.family"]),
        ({"experiments": {"songs": {"x": EXPERIMENT}}}, ["experiments.songs", "not a family", "melody"]),
        ({"experiments": {"sounds": 3}}, ["experiments.sounds", "3"]),
        ({"experiments": 3}, ["experiments", "3"]),
        (
            {"experiments": {"sounds": {"x": EXPERIMENT}, "automata": {"x": {}}}},
            ["experiments.automata.x", "taken", "sounds"],
        ),
        (
            {"experiments": {"sounds": {"x": {**EXPERIMENT, "variant": "lstn"}}}},
            ["experiments.sounds.x.variant", "lstn"],
        ),
        ({"experiments": {"sounds": {"x": {**EXPERIMENT, "epochs": -1}}}}, ["experiments.sounds.x.epochs", "-1"]),
        ({"experiments": {"sounds": {"x": {**EXPERIMENT, "view": 1010}}}}, ["experiments.sounds.x.view", "1010"]),
        ({"experiments": {"sounds": {"x": {}}}}, ["experiments.sounds.x", "missing"]),
        ({"experiments": {"sounds": {"x": 3}}}, ["experiments.sounds.x", "3"]),
        ({"experiments": {"sounds": {"x": {"from": "x"}}}}, ["experiments.sounds.x.from"]),
    ],
)
def test_a_fault_is_named(changes: dict[str, Any], words: list[str]) -> None:
    text = fault(**changes)
    assert all(word in text for word in words), text


def test_choices() -> None:
    strings, quick = {"document": "000", "variant": "lstm", "units": 2, "epochs": 1}, {"labels": {"quick": True}}
    automata = {"a": {**strings, **quick}, "b": {"from": "a"}}  # labels are not inherited
    four = {"sounds": {"x": {**EXPERIMENT, **quick}, "y": EXPERIMENT}, "automata": automata}

    def chosen(**run: Any) -> list[str]:
        return list(parse(values(experiments=four, run=run)).chosen())

    assert chosen() == ["x", "a"]
    assert chosen(experiments="all") == ["x", "a", "b"]
    assert chosen(originals=True) == ["x", "y", "a"]
    assert chosen(experiments="all", originals=True) == ["x", "y", "a", "b"]
    assert chosen(experiments=["y"]) == ["y"]


@pytest.mark.parametrize("text", ["run: [", "run: {seeds: 1", "- a\n- b", ""])
def test_a_file_that_is_no_params_names_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(UserError, match=r"params\.yaml"):
        load(tmp_path / "params.yaml")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        params.load(tmp_path / "params.yaml")


def test_a_name_that_begins_with_an_underscore_is_there_to_inherit_from() -> None:
    entries = {"_all": EXPERIMENT, "x": {"from": "_all", "units": 3}}
    found = parse(values(experiments={"sounds": entries})).experiments
    assert list(found) == ["x"] and found["x"].units == 3


def test_originals_are_asked_for_by_the_family_that_has_them() -> None:
    views = {"v": {"hop_ms": 10, "window_ms": 100, "protocol": "corrected"}}
    recipe = {"document": "000", "view": "v", "variant": "lstm", "units": 2, "epochs": 1}
    run = {"experiments": "all", "originals": ["sounds"]}
    params = parse(values(experiments={"sound_recipes": {"r": recipe}}, sounds={"views": views}, run=run))
    assert list(params.chosen()) == ["r"]


def test_the_projects_own_file_is_easy_to_read() -> None:
    lines = (Path(__file__).parents[1] / "params.yaml").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > 120] == []


def test_the_documents_draw_is_defined_for_every_experiment_that_takes_it() -> None:
    own = load(Path(__file__).parents[1] / "params.yaml").experiments.values()
    drawn = [one for one in own if one.family in ("automata", "sounds") and one.protocol == "as_written"]
    assert len(drawn) > 9 and all(one.drawable for one in drawn), [one.name for one in drawn if not one.drawable]


def test_a_board_with_an_unknown_view_is_said() -> None:
    sweep = {"boards": {"clips": {"from": "x", "view": "gone"}}, "entries": {"lstm": {"variant": "lstm"}}}
    text = fault(sweep=sweep)
    assert "'lstm' on the board 'clips'" in text and "view: 'gone' is not a view" in text


BAD = ("한글", "a b", "a/b", "..", "../../x", "/x/y", "=1+1", "a.b", "", "-a", "a\nb", "a" * 81, "é")


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_is_no_safe_file_name_is_refused_wherever_it_stands(name: str) -> None:
    values = {
        "experiments": {"experiments": {"automata": {name: STRINGS}}},
        "views": {"sounds": {"views": {name: {"hop_ms": 10, "window_ms": 10}}}},
        "ensemble": {"experiments": {"automata": {"am": STRINGS | {"labels": {"ensemble": name or " "}}}}},
        "entry": {"experiments": {"automata": {"am": STRINGS | {"labels": {"board": "b", "entry": name or " "}}}}},
        "board": {"sweep": {"boards": {name: {"from": "am"}}, "entries": {"lstm": {"variant": "lstm"}}}},
        "line": {"sweep": {"boards": {}, "entries": {name: {"variant": "lstm"}}}},
    }
    for place, changed in values.items():
        base = {"run": {}, "sounds": {"views": {}}, "experiments": {"automata": {"am": STRINGS}}}
        with pytest.raises(UserError) as error:
            parse({**base, **changed})
        assert "is not a name" in str(error.value) or "at most 80 characters" in str(error.value), place


def test_names_that_a_disk_or_a_server_may_not_tell_apart_are_refused() -> None:
    for twin in ("AM_a", "am-a"):
        entries = {"am_a": STRINGS, twin: STRINGS}
        with pytest.raises(UserError, match=f"experiments.automata.{twin}: the same as 'am_a' but for case"):
            parse({"run": {}, "sounds": {"views": {}}, "experiments": {"automata": entries}})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**9, 10**30, -1])
@pytest.mark.parametrize("key", ["units", "layers", "epochs", "batch", "samples", "labels.minutes", "recurrent.l2"])
def test_no_number_is_without_bounds(key: str, value: float) -> None:
    group, _, name = key.rpartition(".")
    entry = STRINGS | ({group: {name: value}} if group else {name: value})
    with pytest.raises(UserError, match=rf"experiments.automata.am.{key}: "):
        parse({"run": {}, "sounds": {"views": {}}, "experiments": {"automata": {"am": entry}}})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("us_lstm_10_101", r"did you mean '.+'us_lstm_10_100'"),
        ("sweep_digits_lstn", r"did you mean 'sweep_digits_lstm'"),
        ("?", r"the names stand there, below `experiments`$"),
    ],
)
def test_an_unknown_name_is_answered_by_the_nearest_ones(name: str, said: str) -> None:
    with pytest.raises(UserError, match=rf"^'{re.escape(name)}' is not an experiment of params\.yaml; {said}"):
        load(Path(__file__).parents[1] / "params.yaml").require(name)
