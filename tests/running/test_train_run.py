"""One run from its windows to its result on disk: checkpoints, the held directory, what is left behind."""

import math
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.base.console import UserError
from pipeline.base.once import Once, anew
from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params
from pipeline.running import train_run as module
from pipeline.running.plan import plan
from pipeline.running.run_directory import RunDirectory
from pipeline.running.train_run import Task, train_run, train_stack, write_model
from pipeline.spec.data import Data, DatasetInfo
from pipeline.spec.run import Run
from pipeline.training.checkpoints import Checkpoint, load
from pipeline.training.extras import Extras
from pipeline.training.rows import Row
from pipeline.training.trainer import StackTrainer, Trainer
from tests.made_networks import data, experiment, vectors
from tests.made_runs import all_rows

pytestmark = pytest.mark.usefixtures("tensorflow")

Windows = tuple[Params, Path]
Report = Callable[[int, dict[str, float]], None]


class Killed(Exception):
    """The end of a process."""


def nothing(epoch: int, figures: dict[str, float]) -> None:
    """Hear the figures of an epoch."""


def killed_after(epoch: int) -> Report:
    def report(now: int, figures: dict[str, float]) -> None:
        if now == epoch:
            raise Killed

    return report


@pytest.fixture
def run(strings_windows: Windows) -> Run:
    return plan(*strings_windows)[0]


@pytest.fixture
def directory(run: Run, tmp_path: Path) -> RunDirectory:
    return RunDirectory(tmp_path / "unfinished", run.key)


@pytest.fixture
def train(run: Run, strings_windows: Windows, directory: RunDirectory) -> Callable[..., Row]:
    """Train the run; what is given takes the place of what a worker gives."""

    def trained(**given: Any) -> Row:
        windows = given.pop("windows", strings_windows[1] / "automata")
        family, where = given.pop("family", FAMILIES["automata"]), given.pop("directory", directory)
        return train_run(run, family, Trainer(), windows, where, "id", given.pop("report", nothing), **given)

    return trained


def epochs(folder: Path) -> list[int]:
    """Return the epochs of the checkpoints in a folder."""
    return sorted(int(path.name.partition("-")[0]) for path in folder.glob("*.npz"))


def test_a_run_leaves_its_model_and_its_row_and_lets_its_directory_go(
    run: Run, train: Callable[..., Row], directory: RunDirectory
) -> None:
    import keras

    heard: list[int] = []
    row = train(report=lambda epoch, figures: heard.append(epoch))
    assert heard == [1, 2, 3] and directory.result() == row and not busy(directory)
    assert (row["experiment"], row["run_key"], row["epochs"]) == ("am_a", run.key, 3)
    assert [example["truth"] for example in row["examples"]] and row["outputs"] is None
    assert row["device"]["device"] == "CPU" and row["kernel"].startswith("xla, ")
    saved: Any = keras.saving.load_model(directory.artifacts / "model.keras", safe_mode=True)
    assert sum(np.prod(weight.shape) for weight in saved.trainable_variables) == row["parameters"]
    assert [path.name for path in directory.artifacts.iterdir()] == ["model.keras"]


def test_while_it_trains_its_directory_is_held(train: Callable[..., Row], directory: RunDirectory) -> None:
    held: list[bool] = []
    train(every=math.inf, report=lambda epoch, figures: held.append(busy(RunDirectory(directory.folder.parent, "key"))))
    assert held == [False] * 3  # another one's is free
    held.clear()
    train(every=math.inf, report=lambda epoch, figures: held.append(busy(directory)))
    assert held == [True] * 3


def test_a_run_that_another_process_trains_is_left_to_it(train: Callable[..., Row], directory: RunDirectory) -> None:
    with directory.held(), pytest.raises(UserError, match="another process is training this run"):
        train()
    assert directory.result() is None and not directory.artifacts.exists()


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_a_run_that_was_killed_goes_on_from_its_checkpoint_to_the_bit(
    train: Callable[..., Row], directory: RunDirectory, tmp_path: Path, epoch: int
) -> None:
    whole = train(directory=RunDirectory(tmp_path / "other", "key"))
    with pytest.raises(Killed):
        train(report=killed_after(epoch), every=0.0)
    assert not busy(directory) and directory.result() is None
    assert epochs(directory.folder) == [one for one in (1, 2, 3) if one < epoch]
    histories: list[int] = []
    heard: list[int] = []
    row = train(
        report=lambda now, figures: heard.append(now),
        resumed=lambda history: histories.append(len(history["loss"])),
    )
    assert histories == ([epoch - 1] if epoch > 1 else []) and heard == list(range(epoch, 4))
    assert row["weights_sha256"] == whole["weights_sha256"]
    assert row["history"]["loss"] == whole["history"]["loss"]


def test_a_checkpoint_is_written_when_the_last_is_old_enough_and_names_the_run_of_the_tracker(
    train: Callable[..., Row], directory: RunDirectory
) -> None:
    train(every=3600.0)
    assert epochs(directory.folder) == []
    directory.clear()
    train(every=0.0)
    assert epochs(directory.folder) == [2, 3]  # the last two
    kept = load(directory.folder)
    assert kept is not None and kept.memory["run_id"] == "id" and kept.memory["history"]["loss"][2]


def test_a_checkpoint_that_is_torn_costs_an_epoch_and_not_the_run(
    train: Callable[..., Row], directory: RunDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Killed):
        train(report=killed_after(3), every=0.0)
    newest = max(directory.folder.glob("*.npz"))
    newest.write_bytes(newest.read_bytes()[:-9])
    heard: list[int] = []
    train(report=lambda now, figures: heard.append(now))
    assert heard == [2, 3] and "damaged (checksum mismatch)" in capsys.readouterr().out


def test_a_disk_that_is_full_names_where_and_leaves_no_result(
    train: Callable[..., Row], directory: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path, checkpoint: Checkpoint) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(module, "save", full)
    with pytest.raises(OSError) as caught:
        train(every=0.0)
    assert caught.value.filename == str(directory.folder)
    assert directory.result() is None and not busy(directory)


def test_a_model_that_cannot_be_written_leaves_no_part_of_it(
    train: Callable[..., Row], directory: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    def half(self: Any, path: Path) -> None:
        path.write_bytes(b"PK")
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(keras.Model, "save", half)
    with pytest.raises(OSError):
        train()
    assert list(directory.artifacts.iterdir()) == [] and directory.result() is None


def test_a_model_is_written_under_any_name(tmp_path: Path) -> None:
    import keras

    inputs = keras.Input((2,))
    write_model(keras.Model(inputs, keras.layers.Dense(1)(inputs)), tmp_path / "model.part")
    assert [path.name for path in tmp_path.iterdir()] == ["model.part"]
    (tmp_path / "model.part").rename(tmp_path / "model.keras")
    assert keras.saving.load_model(tmp_path / "model.keras", safe_mode=True).count_params() == 3


def busy(directory: RunDirectory) -> bool:
    try:
        with directory.held():
            return False
    except UserError:
        return True


def break_file(windows: Path, content: bytes | None) -> None:
    (path,) = (windows / "automata/am_a").glob("seed_0*")
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 torn"])
def test_windows_that_cannot_be_read_are_named_with_the_remedy(
    strings_windows: Windows, train: Callable[..., Row], content: bytes | None
) -> None:
    break_file(strings_windows[1], content)
    with pytest.raises(UserError, match=r"seed_0\.npz is not what was written|its windows cannot be read"):
        train()


def test_what_a_family_measures_and_keeps_is_in_the_row_and_beside_the_model(
    train: Callable[..., Row], directory: RunDirectory
) -> None:
    class Measuring(type(FAMILIES["automata"])):  # type: ignore[misc]
        keeps_probabilities = True

        def extras(self, experiment: Any, data: Data, model: Any, outcome: Any, seed: int) -> Extras:
            assert outcome.epoch == 3 and model.trainable_variables and seed == 0
            return Extras({"mine": 0.25}, {"fact": "text"}, {"curve": [1.0, float("nan")]}, {"song.wav": b"RIFF"})

    class Classes(Measuring):
        keeps_probabilities = False

    row = train(family=Classes())
    assert row["metrics"]["mine"] == 0.25 and row["metrics"]["test_accuracy"] >= 0
    assert (row["facts"], row["curves"], row["outputs"]) == ({"fact": "text"}, {"curve": [1.0, None]}, None)
    assert (directory.artifacts / "song.wav").read_bytes() == b"RIFF"
    outputs = train(family=Measuring())["outputs"]
    assert len(outputs["probabilities"]) == len(outputs["truths"]) == 50


class Clips:
    """A family of clips in three classes, which are told apart by their bands."""

    keeps_probabilities = True

    def __init__(self, masked: bool = False) -> None:
        targets = np.arange(30, dtype=np.int32) % 3
        clips = vectors(8, 6, 30) + 3 * np.eye(3, 6, dtype=np.float32)[targets][:, None]
        rows = np.arange(30, dtype=np.int32)
        parts = {"train": lambda epoch: rows[:20].reshape(2, 10), "test": rows[20:], "shown": rows[20:22]}
        self.data = replace(data(clips, masked=masked), targets=targets, **parts)

    def load(self, *given: Any) -> Data:
        return self.data

    def example(self, data: Data, row: int, outputs: np.ndarray) -> dict[str, Any]:
        return {"text": data.labels[int(outputs.argmax())]}


def forest(family: Clips, directory: RunDirectory, **options: Any) -> Row:
    chosen = experiment("forest", units=0, **options)
    run = Run(chosen, 0, None, DatasetInfo("made", "sample", "0" * 64), "key")
    return train_run(run, family, Trainer(), Path(), directory, "id", nothing)  # type: ignore[arg-type]


def test_a_forest_is_a_run_without_a_model_and_without_epochs(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path, "key")
    row = forest(Clips(), directory, frontend={"mfcc": {"coefficients": 4}})
    assert directory.result() == row and list(directory.artifacts.iterdir()) == []
    assert (row["variant"], row["epochs"], row["parameters"]) == ("forest", 0, 0)
    assert row["metrics"]["test_accuracy"] > 0.8 and len(row["examples"]) == 2
    assert len(row["outputs"]["probabilities"]) == 10
    other = forest(Clips(), directory, frontend={"mfcc": {"coefficients": 1}})
    assert other["outputs"] != row["outputs"]


@pytest.mark.parametrize(
    ("masked", "coefficients", "message"), [(True, 4, "whole clips"), (False, 7, "7 coefficients are more than the 6")]
)
def test_a_forest_is_refused_where_its_data_do_not_go_with_it(
    tmp_path: Path, masked: bool, coefficients: int, message: str
) -> None:
    directory = RunDirectory(tmp_path, "key")
    with pytest.raises(UserError, match=rf"experiments\.made\.made\..*{message}"):
        forest(Clips(masked), directory, frontend={"mfcc": {"coefficients": coefficients}})
    assert directory.result() is None


def test_runs_of_a_stack_read_once_what_they_share(tmp_path: Path) -> None:
    read: list[Path] = []

    class Sharing(Clips):
        def load(self, experiment: Any, seed: int, fold: int | None, windows: Path, once: Once = anew) -> Data:
            once(read.append, windows)
            return self.data

    chosen = experiment("forest", units=0, frontend={"mfcc": {"coefficients": 4}})
    runs = [Run(chosen, seed, None, DatasetInfo("made", "sample", "0" * 64), f"key{seed}") for seed in range(3)]
    for count in (1, 2):  # the next stack reads anew
        tasks = [Task(run, RunDirectory(tmp_path, run.key), "id", nothing) for run in runs]
        rows = all_rows(train_stack(tasks, Sharing(), StackTrainer(), tmp_path))  # type: ignore[arg-type]
        assert [row["seed"] for row in rows] == [0, 1, 2] and read == [tmp_path] * count


@pytest.mark.parametrize("error", [ValueError("no picture"), OSError("no room"), MemoryError()])
def test_what_one_run_of_a_stack_ends_with_is_its_own_but_for_a_lack_of_memory(
    tmp_path: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = RunDirectory.write_result

    def failing(directory: RunDirectory, row: Row) -> None:
        if row["seed"] == 1:
            raise error
        write(directory, row)

    monkeypatch.setattr(RunDirectory, "write_result", failing)
    chosen = experiment("forest", units=0, frontend={"mfcc": {"coefficients": 4}})
    runs = [Run(chosen, seed, None, DatasetInfo("made", "sample", "0" * 64), f"key{seed}") for seed in range(3)]
    tasks = [Task(run, RunDirectory(tmp_path, run.key), "id", nothing) for run in runs]
    given = tasks, Clips(False), StackTrainer(), tmp_path
    if isinstance(error, MemoryError):
        with pytest.raises(MemoryError):
            train_stack(*given)  # type: ignore[arg-type]
        return
    first, second, third = train_stack(*given)  # type: ignore[arg-type]
    assert (first["seed"], second, third["seed"]) == (0, error, 2)  # type: ignore[index]
    assert [task.directory.result() is not None for task in tasks] == [True, False, True]
