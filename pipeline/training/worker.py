"""A worker process: one core, one network at a time."""

from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pipeline.console import UserError, explain
from pipeline.parallel import end_with_parent
from pipeline.training.runs import Run
from pipeline.training.start import start_tensorflow
from pipeline.training.trainer import Trainer


def _train_one(trainer: Trainer, pipe: Connection, run: Run, run_id: str) -> tuple[str, Any]:
    def report(epoch: int, figures: dict[str, float]) -> None:
        pipe.send(("epoch", (epoch, figures)))

    try:
        return "done", trainer.train(run, run_id, report, lambda history: pipe.send(("resumed", history)))
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
