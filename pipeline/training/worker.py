"""A worker process: one core, one network at a time. It keeps what is compiled for the next run of the same shapes."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from pipeline.console import UserError
from pipeline.experiments import FAMILIES, Experiment
from pipeline.parallel import end_with_parent
from pipeline.training.data import Data
from pipeline.training.fit import Outcome, confusion, fit
from pipeline.training.runs import Run

if TYPE_CHECKING:
    from pipeline.training.compiled import Compiled

_XLA_FLAGS = (
    "--xla_cpu_multi_thread_eigen=false",
    "--xla_cpu_prefer_vector_width=512",  # where the processor has it
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
    """Trains runs one after the other."""

    def __init__(self, windows: Path) -> None:
        self._windows = windows
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

    def train(self, run: Run, model_path: Path, report: Callable[[int, dict[str, float]], None]) -> dict[str, Any]:
        """Train one run, save its model, and return what results.json says of it."""
        family = FAMILIES[run.experiment.family]
        try:
            data = family.load(run.experiment, run.seed, run.fold, self._windows / run.experiment.family)
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            raise UserError(f"its windows cannot be read ({error}); run `make reproduce`") from None
        model = family.network(run.experiment, data, run.seed)
        compiled = self._compiled_for(run.experiment, data, model)
        compiled.begin(model, (data.sequences, data.lengths, data.targets))
        capacity = len(data.lengths) // run.experiment.batch
        outcome = fit(compiled, run.experiment, data, capacity, report)
        model_path.parent.mkdir(parents=True, exist_ok=True)
        compiled.model.save(model_path)
        return row_of(run, data, outcome, compiled.model.count_params())


def row_of(run: Run, data: Data, outcome: Outcome, parameters: int) -> dict[str, Any]:
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
        "epochs": experiment.epochs,
        "metrics": {name: round(value, 6) for name, value in outcome.metrics.items()},
        "history": outcome.history,
        "parameters": parameters,
        "labels": data.labels,
        "confusion": confusion(data, outcome.test),
        "examples": [example(data, row, logits) for row, logits in zip(data.shown, outcome.shown, strict=True)],
    }


def work(pipe: Connection, windows: Path, models: Path, device: Mapping[str, str]) -> None:
    """Train what comes through the pipe until it closes; sends ("epoch", ...), ("done", row) or ("failed", text)."""
    end_with_parent()
    try:
        start_tensorflow(device)
        trainer = Trainer(windows)
        while True:
            run: Run = pipe.recv()
            try:
                row = trainer.train(run, models / f"{run.key}.keras", lambda e, f: pipe.send(("epoch", (e, f))))
                pipe.send(("done", row))
            except UserError as error:
                pipe.send(("failed", str(error)))
            except (OSError, ValueError) as error:
                if isinstance(error, BrokenPipeError):
                    raise
                pipe.send(("failed", f"{type(error).__name__}: {error}"))
    except (EOFError, BrokenPipeError):
        return
