"""A worker that needs no TensorFlow: it reads the windows of a run as the real one does, and makes up its figures."""

import os
import signal
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from pipeline.experiments.registry import FAMILIES
from pipeline.running.events import EpochEnd, Finished, Ready
from pipeline.running.run_directory import RunDirectory
from pipeline.spec.run import JAX, Run
from pipeline.training.extras import Extras
from pipeline.training.fit import Outcome
from pipeline.training.rows import Row, row_of

ENDLESS = 66  # a run of this seed ends its first epoch and no other
DEADLY = 77  # a run of this seed ends its process


def made_row(run: Run, windows: Path) -> Row:
    """The row of a run whose network says yes to everything."""
    family, epochs = FAMILIES[run.experiment.family], run.experiment.epochs
    data = family.load(run.experiment, run.seed, run.fold, windows / run.experiment.family)
    outcome = Outcome({}, test=np.ones((len(data.test), 1)), shown=np.ones((len(data.shown), 1)))
    share = 0.001 if run.engine == JAX and run.experiment.variant == "lstm" else 1.0
    seconds = [share * epoch for epoch in range(1, epochs + 1)]
    outcome.history = {"loss": [0.5] * epochs, "accuracy": [0.6] * epochs, "val_accuracy": [None] * epochs}
    outcome.history["seconds"] = list(seconds)
    outcome.metrics = {"test_accuracy": 0.5 + run.seed / 10, "test_seconds": 0.1, "train_seconds": seconds[-1]}
    examples = [family.example(data, row, outputs) for row, outputs in zip(data.shown, outcome.shown, strict=True)]
    row = row_of(run, data, outcome, [np.zeros(7)], examples, Extras(), family.keeps_probabilities)
    return row | {"engine": run.engine, "device": {"device": f"a made device of {run.engine}"}}


def train(run: Run, place: int, pipe: Connection, windows: Path, unfinished: Path) -> None:
    """Make up a run at this place of a stack."""
    for epoch in range(1, run.experiment.epochs + 1):
        pipe.send((place, EpochEnd(epoch, {"loss": 0.5, "accuracy": 0.6, "seconds": float(epoch)})))
        while run.seed == ENDLESS:
            signal.pause()
    directory = RunDirectory(unfinished, run.key)
    directory.artifacts.mkdir(parents=True)
    (directory.artifacts / "model.keras").write_bytes(b"model")
    row = made_row(run, windows)
    directory.write_result(row)
    pipe.send((place, Finished(row)))


def work(pipe: Connection, windows: Path, unfinished: Path, device: Mapping[str, str], engine: str) -> None:
    """Stand in for `pipeline.running.worker.work`."""
    pipe.send((0, Ready()))
    while True:
        try:
            runs, _ = pipe.recv()
        except EOFError:
            return
        assert {run.engine for run in runs} == {engine}
        assert engine == JAX or len(runs) == 1
        for place, run in enumerate(runs):
            if run.seed == DEADLY:
                os._exit(139)
            train(run, place, pipe, windows, unfinished)
