"""A worker process: one core, one network at a time. It keeps what is compiled for the next run of the same shapes."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from pipeline.console import UserError, explain
from pipeline.experiments import FAMILIES, Experiment
from pipeline.files import whole_file
from pipeline.parallel import end_with_parent
from pipeline.training.checkpoints import load, save
from pipeline.training.data import Data
from pipeline.training.desk import Desk
from pipeline.training.fit import Keep, Outcome, Report, confusion, fit, outcome_of
from pipeline.training.runs import Run

if TYPE_CHECKING:
    from pipeline.training.compiled import Compiled

CHECKPOINT_SECONDS = 10.0  # what a kill may cost, and no more
Resumed = Callable[[dict[str, list[float | None]]], None]
_XLA_FLAGS = (
    "--xla_cpu_multi_thread_eigen=false",
    "--xla_cpu_prefer_vector_width=512",  # where the processor has it
    "--xla_gpu_deterministic_ops=true",  # the CPU has no other
    # A loop over time becomes one kernel, with the products of a step compiled into it: see docs/decisions.md.
    "--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=1000000000,"
    "xla_force_enable_experimental_llvm_ir_gemm=true",
)
_ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1", "XLA_FLAGS": " ".join(_XLA_FLAGS)}


_NETWORK = {"variant", "units", "batch", "learning_rate", "protocol", "dropout", "recurrent_dropout"}  # what compiles


@contextmanager
def _silence() -> Iterator[None]:
    """Keep what TensorFlow's C++ writes on standard error before its logging is set up from the user."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def start_tensorflow(device: Mapping[str, str] | None = None) -> None:
    """Import TensorFlow for one core and one device, quietly. To be called before anything else imports it."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    os.environ.update(device or {})
    with _silence():
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        for device in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(device, True)
        tf.zeros(()).numpy()  # the devices speak when they are first used


class Trainer:
    """Trains runs one after the other. A run's checkpoints go to its desk below `desks`, one in `every` seconds."""

    def __init__(self, windows: Path, desks: Path, every: float = CHECKPOINT_SECONDS) -> None:
        self._windows, self._desks, self._every = windows, desks, every
        self._shapes: tuple[Any, ...] = ()
        self._compiled: Compiled | None = None

    def _compiled_for(self, experiment: Experiment, data: Data, model: Any) -> "Compiled":
        from pipeline.training.compiled import Compiled
        from pipeline.training.optimizers import optimizer_of

        recipe = experiment.model_dump(include=_NETWORK)
        shapes = (*recipe.values(), data.sequences.shape, data.sequences.dtype, data.outputs)
        if self._compiled is None or shapes != self._shapes:
            self._shapes, self._compiled = shapes, Compiled(model, optimizer_of(experiment))
        return self._compiled

    def _data(self, run: Run) -> Data:
        family = FAMILIES[run.experiment.family]
        try:
            data: Data = family.load(run.experiment, run.seed, run.fold, self._windows / run.experiment.family)
            return data
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            raise UserError(f"its windows cannot be read ({error}); run `make reproduce`") from None

    def _begin(self, run: Run, data: Data) -> "Compiled":
        model = FAMILIES[run.experiment.family].network(run.experiment, data, run.seed)
        compiled = self._compiled_for(run.experiment, data, model)
        compiled.begin(model, (data.sequences, data.lengths, data.targets))
        return compiled

    def _keeper(self, desk: Desk, compiled: "Compiled", run_id: str) -> Keep:
        last = time.monotonic()

        def keep(outcome: Outcome) -> None:
            nonlocal last
            if time.monotonic() - last >= self._every:
                save(desk.folder, outcome.checkpoint(compiled.state(), run_id))
                last = time.monotonic()

        return keep

    def _resume(self, desk: Desk, compiled: "Compiled") -> Outcome | None:
        checkpoint = load(desk.folder)
        if checkpoint is None:
            return None
        compiled.restore(checkpoint.arrays["state"])
        return outcome_of(checkpoint)

    def train(self, run: Run, run_id: str, report: Report, resumed: Resumed = lambda history: None) -> dict[str, Any]:
        """Train one run, from its checkpoint if it has one, and return what results.json says of it.

        `run_id` is that of the tracker. What the run gave, model included, stays on its desk until it is delivered.
        """
        desk = Desk(self._desks, run.key)
        with desk.held():
            data = self._data(run)
            compiled = self._begin(run, data)
            outcome = self._resume(desk, compiled)
            if outcome:
                resumed(outcome.history)
            keep = self._keeper(desk, compiled, run_id)
            capacity = len(data.lengths) // run.experiment.batch
            outcome = fit(compiled, run.experiment, data, capacity, report, outcome, keep)
            with whole_file(desk.artifacts / "model.keras") as beside:
                write_model(compiled.model, beside)
            row = row_of(run, data, outcome, compiled.model.get_weights())
            desk.write_result(row)
        return row


def write_model(model: Any, path: Path) -> None:
    """Save a model as a .keras file, whatever the path is called."""
    named = path.with_name(f"{path.name}.keras")
    try:
        model.save(named)
        named.replace(path)
    finally:
        named.unlink(missing_ok=True)


def weights_digest(weights: list[np.ndarray]) -> str:
    """Return the sha256 of weights: equal where every bit is."""
    return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in weights)).hexdigest()


def row_of(run: Run, data: Data, outcome: Outcome, weights: list[np.ndarray]) -> dict[str, Any]:
    """Return the row of reports/results.json, but for the id of its MLflow run."""
    experiment = run.experiment
    example = FAMILIES[experiment.family].example
    return {
        "run_key": run.key,
        "experiment": experiment.name,
        "family": experiment.family,
        "variant": experiment.variant,
        "protocol": experiment.protocol,
        "seed": run.seed,
        "fold": run.fold,
        "data": run.source.label,
        "data_kind": run.source.kind,
        "test_size": len(data.test),
        "epochs": outcome.epoch,
        "metrics": {name: round(value, 6) for name, value in outcome.metrics.items()},
        "history": outcome.history,
        "parameters": sum(array.size for array in weights),
        "weights_sha256": weights_digest(weights),
        "labels": data.labels,
        "confusion": confusion(data, outcome.test),
        "examples": [example(data, row, logits) for row, logits in zip(data.shown, outcome.shown, strict=True)],
    }


def _train_one(trainer: Trainer, pipe: Connection, run: Run, run_id: str) -> tuple[str, Any]:
    def report(epoch: int, figures: dict[str, float]) -> None:
        pipe.send(("epoch", (epoch, figures)))

    try:
        return "done", trainer.train(run, run_id, report, lambda history: pipe.send(("resumed", history)))
    except BrokenPipeError:
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
    try:
        start_tensorflow(device)
        trainer = Trainer(windows, desks)
        while True:
            run, run_id = pipe.recv()
            pipe.send(_train_one(trainer, pipe, run, run_id))
    except (EOFError, BrokenPipeError):
        return
