"""The melody: its windows, its order, and the song played note by note."""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params, parse
from pipeline.running.plan import plan
from pipeline.sources.generated.song import SONG
from pipeline.spec.data import ABSENT
from pipeline.training.trainer import Trainer
from tests.made_runs import make_windows, trained, trained_on_jax

MELODY = FAMILIES["melody"]


def params_of(**changes: object) -> Params:
    basic = {"document": "002", "variant": "lstm", "units": 8, "epochs": 3, "batch": 14}
    state = {"from": "basic", "recurrent": {"state": "reset"}, "batch": 1, "features": 2}
    songs = {"basic": {**basic, **changes}, "state": state}
    run = {"seeds": 1, "experiments": "all"}
    return parse({"run": run, "sounds": {"views": {}}, "experiments": {"melody": songs}})


def data_of(name: str, folder: Path, **changes: object) -> Any:
    params = params_of(**changes)
    return MELODY.load(params.experiments[name], 0, None, make_windows(params, "melody", folder))


def kind_of(name: str, folder: Path) -> str:
    return MELODY.dataset(params_of().experiments[name], 0, None, folder / "melody").kind


def test_the_basic_network_hears_codes_in_batches_of_14(tmp_path: Path) -> None:
    data = data_of("basic", tmp_path)
    assert data.sequences.shape == (50, 4, 1) and data.sequences[0, :, 0] == pytest.approx(
        np.array([11, 9, 2, 10]) / 13
    )
    rows = data.train(1)
    assert rows.shape == (4, 14) and (rows[-1] == ABSENT).sum() == 6
    assert sorted(rows[rows != ABSENT]) == list(range(50)) and data.train(2).tolist() != rows.tolist()
    assert len(data.labels) == 12 and kind_of("basic", tmp_path) == "document"


def test_the_network_with_state_hears_pitch_and_length_in_order(tmp_path: Path) -> None:
    data = data_of("state", tmp_path)
    assert data.sequences.shape == (50, 4, 2)
    assert data.sequences[0] == pytest.approx(np.array([[4 / 6, 1], [2 / 6, 1], [2 / 6, 0], [3 / 6, 1]]))
    assert data.train(1).ravel().tolist() == data.train(2).ravel().tolist() == list(range(50))


def test_another_song_is_other_data(tmp_path: Path) -> None:
    data = data_of("basic", tmp_path, song="c4 d4 e4 f4 g4 g4")
    assert kind_of("basic", tmp_path) == "other" and data.sequences.shape == (2, 4, 1)


@pytest.mark.parametrize(
    ("song", "said"),
    [
        ("c4 d4 e4 f4 x9", r"experiments\.melody\.basic\.song: 'x9' is not a note"),
        ("c4 d4", "2 notes are too few for a window of 4"),
    ],
)
def test_what_is_no_song_is_refused_at_the_door(song: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        params_of(song=song)


@pytest.mark.usefixtures("tensorflow")
def test_what_is_played_is_kept_with_its_sound_and_both_agree(tmp_path: Path) -> None:
    params = params_of()
    make_windows(params, "melody", tmp_path)
    trainer = Trainer()
    runs = plan(params, tmp_path)
    rows = {run.experiment.name: trained(run, tmp_path, tmp_path / "unfinished", trainer) for run in runs}
    for row in rows.values():
        assert row["metrics"]["one_step_right"] == pytest.approx(50 * row["metrics"]["test_accuracy"], abs=1e-4)
        assert row["metrics"]["best_without_memory"] == 0.92
        played = row["facts"]["full-song list"].split()
        assert len(played) == 54 and played[:4] == SONG.split()[:4]
        right = sum(a == b for a, b in zip(played[4:], SONG.split()[4:], strict=True))
        assert row["metrics"]["song_right"] == right
    assert len(list((tmp_path / "unfinished").rglob("whole_song.wav"))) == 2


@pytest.mark.usefixtures("tensorflow")
def test_a_state_is_carried_through_an_epoch_and_forgotten_before_the_next(tmp_path: Path) -> None:
    from pipeline.training.compiled import Compiled
    from pipeline.training.optimizers import make_optimizer
    from pipeline.training.setup import Setup

    params = params_of()
    experiment = params.experiments["state"]
    data = MELODY.load(experiment, 0, None, make_windows(params, "melody", tmp_path))
    assert data.overlap == 0
    model = MELODY.network(experiment, data, 0)
    compiled = Compiled(Setup(model, make_optimizer(experiment.optimizer)))
    compiled.begin(model, (data.sequences, data.lengths, data.targets))
    same = np.array([7, 7], np.int32)
    once, again = compiled.predict(same), compiled.predict(same)
    assert np.array_equal(once, again)  # begun anew each time
    assert not np.array_equal(once[0], once[1])  # the second hears what came before
    loss, _ = compiled.train_epoch(np.array([[7], [7]], np.int32), 2)
    assert loss[0] != loss[1]


@pytest.mark.usefixtures("tensorflow")
def test_a_song_that_goes_on_has_the_same_bits_as_one_that_never_stopped(tmp_path: Path) -> None:
    from pipeline.training.compiled import Compiled
    from pipeline.training.optimizers import make_optimizer
    from pipeline.training.setup import Setup

    experiment = params_of().experiments["state"]
    data = MELODY.load(experiment, 0, None, make_windows(params_of(), "melody", tmp_path))
    model = MELODY.network(experiment, data, 0)
    compiled = Compiled(Setup(model, make_optimizer(experiment.optimizer)))
    compiled.begin(model, (data.sequences, data.lengths, data.targets))
    states = [compiled.state()]
    for epoch in range(1, 5):
        compiled.train_epoch(data.train(epoch), 50)
        states.append(compiled.state())
    compiled.restore(states[2])
    for epoch in (3, 4):
        compiled.train_epoch(data.train(epoch), 50)
    assert all(np.array_equal(a, b) for a, b in zip(compiled.state(), states[4], strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(states[2], states[4], strict=True))


def test_on_jax_what_is_played_agrees_with_what_is_measured_too(
    tmp_path: Path, jax_process: ProcessPoolExecutor
) -> None:
    params = params_of()
    make_windows(params, "melody", tmp_path)
    for run in plan(params, tmp_path):
        (row,) = jax_process.submit(trained_on_jax, [run], tmp_path, tmp_path / "unfinished").result()
        assert row["metrics"]["one_step_right"] == pytest.approx(50 * row["metrics"]["test_accuracy"], abs=1e-4)
        assert len(row["facts"]["full-song list"].split()) == 54
