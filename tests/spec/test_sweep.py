"""The sweep: every entry on every board, of one size, and nothing else changed by it."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.base.console import UserError
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params, load, parse
from pipeline.spec.experiment import Experiment
from pipeline.spec.sizes import parameters

DIGITS = {"document": "003", "variant": "lstm", "units": 32, "epochs": 3, "labels": {"quick": True}}
SOUNDS = {"document": "000", "view": "v", "variant": "lstm", "units": 20, "epochs": 2}
ENTRIES: dict[str, Any] = {
    "lstm": {"variant": "lstm", "labels": {"quick": True}},
    "gru": {"variant": "gru"},
    "random": {"variant": "lstm", "epochs": 0},
}
BOARDS: dict[str, Any] = {
    "images": {"from": "digits_lstm", "protocol": "corrected", "labels": {"quick": True, "minutes": 2}},
    "city": {"from": "us"},
}


def params(run: dict[str, Any] | None = None, **sweep: Any) -> Params:
    return parse(
        {
            "run": run or {},
            "sounds": {"views": {"v": {"hop_ms": 10, "window_ms": 10}}},
            "experiments": {"digits": {"digits_lstm": DIGITS}, "sounds": {"us": SOUNDS}},
            "sweep": {"boards": BOARDS, "entries": ENTRIES, **sweep},
        }
    )


def fault(**sweep: Any) -> str:
    with pytest.raises(UserError) as caught:
        params(**sweep)
    return str(caught.value)


def size(one: Experiment, of: Params) -> int:
    return sum(parameters(one, *FAMILIES[one.family].shape(one, of.sounds)).values())


def test_every_entry_stands_on_every_board_and_takes_what_the_board_has() -> None:
    grid = params().grid
    assert list(grid) == [f"sweep_{board}_{entry}" for board in BOARDS for entry in ENTRIES]
    one = grid["sweep_images_gru"]
    assert (one.variant, one.epochs, one.protocol) == ("gru", 3, "corrected")
    labels = one.labels
    assert (labels.board, labels.entry, labels.seeds, labels.minutes) == ("images", "gru", 5, 2)
    assert grid["sweep_images_random"].baseline and not one.baseline


def test_a_board_has_no_labels_of_the_experiment_that_it_is_from() -> None:
    assert DIGITS["labels"] == {"quick": True}
    assert not params(boards={"images": {"from": "digits_lstm"}}).grid["sweep_images_lstm"].labels.quick


def test_the_sizes_are_matched_and_a_baseline_keeps_its_own() -> None:
    grid = params().grid
    sizes = {name: size(one, params()) for name, one in grid.items()}
    assert sizes["sweep_images_gru"] == pytest.approx(sizes["sweep_images_lstm"], rel=0.02)
    assert grid["sweep_images_gru"].units > 32 == grid["sweep_images_lstm"].units == grid["sweep_images_random"].units
    plain = params(size="plain").grid
    assert {one.units for one in plain.values() if one.labels.board == "images"} == {32}


def test_the_projects_own_grid_is_matched() -> None:
    own = load(Path(__file__).parents[2] / "params.yaml")
    assert own.sweep.size == "matched"
    for board in own.sweep.boards:
        mine = {one.labels.entry: one for one in own.grid.values() if one.labels.board == board and not one.baseline}
        sizes = [size(one, own) for one in mine.values()]
        reference = sizes[list(mine).index(own.sweep.reference)]
        assert len(mine) >= 15 and max(abs(size / reference - 1) for size in sizes) <= 0.02


def test_a_line_more_changes_no_recipe_of_the_others() -> None:
    before, after = params().grid, params(entries={**ENTRIES, "rnn": {"variant": "rnn"}}).grid
    assert set(after) - set(before) == {"sweep_images_rnn", "sweep_city_rnn"}
    assert all(after[name].recipe() == one.recipe() for name, one in before.items())


def test_the_grid_is_run_when_asked_for_and_on_originals_only_with_them() -> None:
    def names(**run: Any) -> list[str]:
        return [name for name in params(run).chosen() if name.startswith("sweep_")]

    assert names() == ["sweep_images_lstm"]  # quick, as board and entry both say
    assert names(sweep=True) == ["sweep_images_lstm", "sweep_images_gru", "sweep_images_random"]
    assert names(experiments="all") == ["sweep_images_lstm"]
    assert names(originals=True) == ["sweep_images_lstm"]
    assert len(names(sweep=True, originals=["sounds"])) == 6
    assert names(experiments=["digits_lstm"]) == []
    assert len(names(experiments=["digits_lstm"], sweep=True)) == 6
    assert names(experiments=["sweep_city_gru"]) == ["sweep_city_gru"]


def test_the_windows_of_the_grid_are_made_when_it_is_run() -> None:
    def names(made: Params, family: str) -> list[str]:
        return [one.name for one in made.needed(family)]

    assert params().most_seeds("digits") == 5  # the quick round has one of it
    assert params().most_seeds("sounds") == params(entries={"lstm": {"variant": "lstm"}}).most_seeds("digits") == 3
    assert names(params(), "sounds") == ["us"]
    assert "sweep_images_gru" in names(params({"sweep": True}), "digits")


@pytest.mark.parametrize(
    ("sweep", "words"),
    [
        ({"boards": {"images": {"from": "nix"}}}, ["sweep.boards.images.from", "'nix'", "digits_lstm"]),
        ({"boards": {"images": {"units": 3}}}, ["sweep.boards.images.from", "None"]),
        ({"reference": "gru_2"}, ["sweep.reference", "'gru_2'", "lstm, gru"]),
        ({"entries": {"lstm": {"variant": "lstn"}}}, ["'lstm' on the board 'images'", "variant", "'lstn'"]),
        ({"entries": {"lstm": {"unitz": 3}}}, ["'lstm' on the board 'images'", "unitz: unknown key"]),
        ({"seeds": 0}, ["sweep.seeds", "0"]),
        ({"size": "equal"}, ["sweep.size", "'equal'"]),
        ({"boards": {"images": {**BOARDS["images"], "units": 2}}}, ["'gru' on the board 'images'", "%", "plain"]),
    ],
)
def test_a_fault_is_named(sweep: dict[str, Any], words: list[str]) -> None:
    text = fault(**sweep)
    assert all(word in text for word in words), text
