"""A worker: what it says of a run that ends in one way or another."""

import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.console import UserError
from pipeline.running import worker
from pipeline.running.events import EpochEnd, Event, Failed, Finished, Ready, Resumed
from pipeline.spec.data import DatasetInfo
from pipeline.spec.run import Run
from pipeline.training import trainer
from tests.conftest import strings_params

pytestmark = pytest.mark.usefixtures("tensorflow")

RUN = Run(strings_params().experiments["am_a"], 0, None, DatasetInfo("made", "sample", "0" * 64), "key")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a failed run leaves is written below the current folder."""
    monkeypatch.chdir(tmp_path)


class Pipe:
    """A pipe that keeps what goes through it, and has runs in it if any are given."""

    def __init__(self, *waiting: Any) -> None:
        self.waiting, self.sent = list(waiting), list[Event]()

    def send(self, event: Event) -> None:
        self.sent.append(event)

    def recv(self) -> Any:
        if not self.waiting:
            raise EOFError
        return self.waiting.pop(0)


def said(monkeypatch: pytest.MonkeyPatch, train_run: Any) -> list[Event]:
    """Return all that a worker says of a run which is trained by `train_run`."""
    pipe = Pipe()
    monkeypatch.setattr(worker, "train_run", train_run)
    monkeypatch.setattr(worker, "require_planned", lambda runs, windows: None)
    trainers = worker._Trainers("tensorflow", Path("windows"), Path("unfinished"), pipe.send)
    last = list(trainers.train([RUN], ["id"]))
    return [event for _, event in [*pipe.sent, *last]]


def failing(error: BaseException) -> Any:
    def train_run(*given: Any) -> None:
        raise error

    return train_run


def test_it_says_what_it_trains_and_what_came_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def train_run(*given: Any) -> dict[str, Any]:
        run, family, _, windows, directory, run_id, report, resumed = given
        assert (run, family.name, run_id) == (RUN, "automata", "id")
        assert (windows, directory.folder) == (Path("windows/automata"), Path("unfinished/key"))
        resumed({"loss": [0.7]})
        report(2, {"loss": 0.5})
        return {"seed": 0}

    resumed = Resumed({"loss": [0.7]})
    assert said(monkeypatch, train_run) == [resumed, EpochEnd(2, {"loss": 0.5}), Finished({"seed": 0})]
    assert resumed.epochs == 1


@pytest.mark.parametrize("kind", ["of the device", "of the machine"])
def test_a_batch_that_does_not_fit_is_said_with_the_remedy(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    import tensorflow as tf

    errors = {
        "of the device": tf.errors.ResourceExhaustedError(None, None, "out of memory"),
        "of the machine": MemoryError(),
    }
    (event,) = said(monkeypatch, failing(errors[kind]))
    assert event == Failed(
        "its device ran out of memory with a batch of 10; set a smaller batch for 'am_a' in params.yaml"
    )


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (UserError("its windows cannot be read"), "its windows cannot be read"),
        (ValueError("no such axis"), "ValueError: no such axis (traceback: "),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero (traceback: "),
        (
            OSError(28, "No space left on device", "/disk/model.keras"),
            "the disk is full while writing /disk/model.keras",
        ),
    ],
)
def test_what_is_wrong_with_one_run_is_said_and_is_no_end_of_the_worker(
    monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    (event,) = said(monkeypatch, failing(error))
    assert isinstance(event, Failed) and message in event.text and not event.died


def test_a_parent_that_is_gone_is_no_failure_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BrokenPipeError):
        said(monkeypatch, failing(BrokenPipeError()))


@pytest.fixture
def only_in_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what is for a process of its own."""
    monkeypatch.setattr(worker, "end_with_parent", lambda: None)
    monkeypatch.setattr(worker, "start", lambda engine, device: None)
    monkeypatch.setattr(worker, "require_planned", lambda runs, windows: None)


@pytest.mark.usefixtures("only_in_a_child")
def test_it_goes_on_after_a_run_that_failed_until_its_pipe_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe(([RUN], ["first"]), ([RUN], ["second"]))
    trainers = set()

    def train_run(*given: Any) -> dict[str, Any]:
        trainers.add(given[2])
        if given[5] == "first":
            raise UserError("not this one")
        return {}

    monkeypatch.setattr(worker, "train_run", train_run)
    worker.work(pipe, Path(), Path(), {}, "tensorflow")  # type: ignore[arg-type]
    assert pipe.sent == [(0, Ready()), (0, Failed("not this one")), (0, Finished({}))]
    assert len(trainers) == 1  # what is compiled is kept


@pytest.mark.usefixtures("only_in_a_child")
def test_it_ends_with_a_parent_that_does_not_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe(([RUN], ["first"]), ([RUN], ["second"]))
    monkeypatch.setattr(worker, "train_run", failing(ConnectionResetError()))
    worker.work(pipe, Path(), Path(), {}, "tensorflow")  # type: ignore[arg-type]
    assert pipe.sent == [(0, Ready())] and len(pipe.waiting) == 1


class _OutOfMemory:
    """Stands in for `train_stack` on a device that holds so many lanes."""

    def __init__(self, most: int) -> None:
        self.asked: list[int] = []
        self._most = most

    def __call__(self, tasks: Any, family: Any, trainer: Any, *more: Any) -> list[dict[str, Any]]:
        self.asked.append(trainer.lanes(tasks[0].run.experiment))
        if self.asked[-1] > self._most:
            raise MemoryError
        return [{"seed": task.run.seed} for task in tasks]


@pytest.mark.usefixtures("only_in_a_child")
def test_a_stack_that_does_not_fit_has_fewer_lanes_from_then_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs, stacks = [replace(RUN, seed=seed) for seed in range(5)], _OutOfMemory(2)
    pipe = Pipe((runs, ["id"] * 5), (runs[:1], ["id"]))
    monkeypatch.setattr(trainer, "lanes_of", lambda experiment, gpu: 8)
    monkeypatch.setattr(worker, "train_stack", stacks)
    worker.work(pipe, Path(), Path(), {}, "jax")  # type: ignore[arg-type]
    assert stacks.asked == [8, 4, 2, 2]
    assert pipe.sent[1:] == [(seed, Finished({"seed": seed})) for seed in (*range(5), 0)]
    out = capsys.readouterr().out
    assert all(f"am_a: {2 * left} runs at once need too much memory; now {left}" in out for left in (4, 2))


class _Arrays:
    """Stands in for what a stack holds on its device."""


@pytest.mark.usefixtures("only_in_a_child")
def test_what_did_not_fit_is_gone_when_the_smaller_stack_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[weakref.ref[_Arrays]] = []

    def train_stack(tasks: Any, *more: Any) -> list[dict[str, Any]]:
        if not held:
            arrays = _Arrays()
            held.append(weakref.ref(arrays))
            raise MemoryError
        return [{"gone": held[0]() is None}]

    pipe = Pipe(([RUN], ["id"]))
    monkeypatch.setattr(trainer, "lanes_of", lambda experiment, gpu: 4)
    monkeypatch.setattr(worker, "train_stack", train_stack)
    worker.work(pipe, Path(), Path(), {}, "jax")  # type: ignore[arg-type]
    assert pipe.sent[1:] == [(0, Finished({"gone": True}))]


@pytest.mark.usefixtures("only_in_a_child")
def test_what_fails_after_the_training_of_one_run_fails_that_run_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [replace(RUN, seed=seed) for seed in range(3)]
    monkeypatch.setattr(worker, "train_stack", lambda *given: [{"seed": 0}, UserError("no picture"), {"seed": 2}])
    pipe = Pipe((runs, ["id"] * 3))
    worker.work(pipe, Path(), Path(), {}, "jax")  # type: ignore[arg-type]
    assert pipe.sent[1:] == [
        (0, Finished({"seed": 0})),
        (1, Failed("no picture")),
        (2, Finished({"seed": 2})),
    ]


@pytest.mark.usefixtures("only_in_a_child")
def test_what_does_not_fit_at_all_fails_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe(([RUN], ["id"]))
    monkeypatch.setattr(worker, "train_stack", _OutOfMemory(0))
    worker.work(pipe, Path(), Path(), {}, "jax")  # type: ignore[arg-type]
    (_, (place, failed)) = pipe.sent
    assert place == 0 and "set a smaller batch for 'am_a'" in failed.message


@pytest.mark.usefixtures("only_in_a_child")
def test_a_run_that_cannot_begin_leaves_the_others_of_its_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    def train_stack(tasks: Any, *more: Any) -> list[dict[str, Any]]:
        if any(task.run.seed == 1 for task in tasks):
            raise UserError("its windows cannot be read")
        return [{"seed": task.run.seed} for task in tasks]

    runs = [replace(RUN, seed=seed) for seed in range(3)]
    pipe = Pipe((runs, ["id"] * 3))
    monkeypatch.setattr(worker, "train_stack", train_stack)
    worker.work(pipe, Path(), Path(), {}, "jax")  # type: ignore[arg-type]
    ends = [Finished({"seed": 0}), Failed("its windows cannot be read"), Finished({"seed": 2})]
    assert pipe.sent[1:] == list(enumerate(ends))
