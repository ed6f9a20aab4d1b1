"""A worker process: one core, one network at a time."""

import traceback
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path

from pipeline.base.console import UserError, explain
from pipeline.base.parallel import end_with_parent
from pipeline.experiments.registry import FAMILIES
from pipeline.networks.runtime import start_tensorflow
from pipeline.running.events import EpochEnd, Event, Failed, Finished, Ready, Resumed
from pipeline.running.plan import ChangedError, require_planned
from pipeline.running.run_directory import RunDirectory
from pipeline.running.train_run import train_run
from pipeline.spec.run import Run
from pipeline.training.trainer import Trainer

TRACEBACK = "error.txt"  # in the directory of a run that failed


def _out_of_memory() -> tuple[type[Exception], ...]:
    """List the exceptions raised when memory runs out. TensorFlow is already imported when this is called."""
    import tensorflow as tf

    return tf.errors.ResourceExhaustedError, MemoryError


def _train_one(trainer: Trainer, pipe: Connection, run: Run, run_id: str, windows: Path, unfinished: Path) -> Event:
    experiment, directory = run.experiment, RunDirectory(unfinished, run.key)
    try:
        require_planned(run, windows)
        row = train_run(
            run,
            FAMILIES[experiment.family],
            trainer,
            windows / experiment.family,
            directory,
            run_id,
            lambda epoch, metrics: pipe.send(EpochEnd(epoch, metrics)),
            lambda history: pipe.send(Resumed(history)),
        )
        require_planned(run, windows)
        return Finished(row)
    except ChangedError as error:
        directory.clear()
        return Failed(str(error))
    except _out_of_memory():
        return Failed(
            f"its device ran out of memory with a batch of {experiment.batch}; "
            f"set a smaller batch for '{experiment.name}' in params.yaml"
        )
    except ConnectionError:  # the parent is gone
        raise
    except UserError as error:
        return Failed(str(error))
    except OSError as error:
        return Failed(explain(error)[0])
    except Exception as error:  # a bad run must not take those after it with it
        directory.folder.mkdir(parents=True, exist_ok=True)
        (directory.folder / TRACEBACK).write_text(traceback.format_exc(), encoding="utf-8")
        return Failed(f"{type(error).__name__}: {error} (traceback: {directory.folder / TRACEBACK})")


def work(pipe: Connection, windows: Path, unfinished: Path, device: Mapping[str, str]) -> None:
    """Train the runs that come through the pipe, as (run, id in the tracker), and send events until it closes.

    The last event of a run is Finished or Failed.
    """
    end_with_parent()
    try:
        start_tensorflow(device)
    except Exception as error:  # whatever it is, the parent says it in one line
        pipe.send(Failed(f"{type(error).__name__}: {error}", died=True))
        return
    pipe.send(Ready())
    trainer = Trainer()
    try:
        while True:
            run, run_id = pipe.recv()
            pipe.send(_train_one(trainer, pipe, run, run_id, windows, unfinished))
    except (EOFError, OSError):  # the parent is gone, perhaps in the middle of a message
        return
