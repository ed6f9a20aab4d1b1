"""A worker process: one core, one network at a time."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pipeline.base.console import UserError, explain, say
from pipeline.base.parallel import end_with_parent
from pipeline.networks.runtime import start_tensorflow
from pipeline.running.plan import Run
from pipeline.running.trainer import Trainer


def _out_of_memory() -> tuple[type[Exception], ...]:
    """Return what TensorFlow raises where memory does not suffice; it is imported by now."""
    import tensorflow as tf

    return tf.errors.ResourceExhaustedError, MemoryError


def halved(run: Run) -> Run | None:
    """Return the run with half of its batch, where its params allow that and there is something to halve."""
    batch = run.experiment.batch // 2
    if not run.experiment.halve_batch or not batch:
        return None
    return replace(run, experiment=run.experiment.model_copy(update={"batch": batch}))


def _with_less(trainer: Trainer, run: Run, train: Callable[[Run], dict[str, Any]]) -> dict[str, Any]:
    """Train anew with half of the batch. Raises UserError if that is not allowed by its params, or fails too."""
    batch, smaller = run.experiment.batch, halved(run)
    if smaller is None:
        remedy = f"write a smaller batch for '{run.experiment.name}' into params.yaml, or halve_batch: true"
        raise UserError(f"the memory of its device does not suffice for a batch of {batch}; {remedy}")
    say(f"train: {run.title}: the memory does not suffice for a batch of {batch}; tried once with {batch // 2}")
    trainer.forget(run)
    try:
        return train(smaller)
    except _out_of_memory():
        raise UserError(f"the memory of its device does not suffice, not even for a batch of {batch // 2}") from None


def _train(trainer: Trainer, pipe: Connection, run: Run, run_id: str) -> dict[str, Any]:
    def report(epoch: int, figures: dict[str, float]) -> None:
        pipe.send(("epoch", (epoch, figures)))

    def train(run: Run) -> dict[str, Any]:
        return trainer.train(run, run_id, report, lambda history: pipe.send(("resumed", history)))

    try:
        return train(run)
    except _out_of_memory():
        return _with_less(trainer, run, train)


def _train_one(trainer: Trainer, pipe: Connection, run: Run, run_id: str) -> tuple[str, Any]:
    try:
        return "done", _train(trainer, pipe, run, run_id)
    except ConnectionError:  # the parent is gone, with messages unread or without
        raise
    except UserError as error:
        return "failed", str(error)
    except OSError as error:
        return "failed", explain(error)[0]
    except ValueError as error:
        return "failed", f"{type(error).__name__}: {error}"


def work(pipe: Connection, windows: Path, desks: Path, device: Mapping[str, str]) -> None:
    """Train the (run, tracker's id) that come through the pipe until it closes.

    Sends ("resumed", history), ("epoch", (epoch, figures)), then ("done", row) or ("failed", text).
    """
    end_with_parent()
    start_tensorflow(device)
    trainer = Trainer(windows, desks)
    try:
        while True:
            run, run_id = pipe.recv()
            pipe.send(_train_one(trainer, pipe, run, run_id))
    except (EOFError, OSError):  # the parent is gone, maybe in the middle of a message
        return
