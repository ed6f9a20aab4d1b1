"""The test part decides nothing: with other rows in its place, the same weights come out, after the same epoch."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.experiments.family import Inputs
from pipeline.experiments.registry import FAMILIES
from pipeline.params import parse
from pipeline.running.plan import plan
from pipeline.running.run_directory import RunDirectory
from pipeline.running.train_run import train_run
from pipeline.spec.data import Data
from pipeline.stages.originals import originals
from pipeline.training.rows import Row
from pipeline.training.trainer import Trainer

pytestmark = pytest.mark.usefixtures("tensorflow")

SMALL = {"document": "003", "variant": "gru", "units": 4, "epochs": 6, "patience": 2, "protocol": "corrected"}
ENTRIES: dict[str, dict[str, Any]] = {
    "automata": {**SMALL, "samples": 100, "test": 50, "optimizer": {"learning_rate": 0.05}},
    "digits": {**SMALL, "batch": 64, "train_size": 200, "optimizer": {"learning_rate": 0.05}},
}


def poisoned(data: Data) -> Data:
    """The same data with nonsense in the rows of the test part: other symbols or infinite values, other targets."""
    sequences, targets = data.sequences.copy(), data.targets.copy()
    sequences[data.test] = 1 if data.symbols else np.inf
    targets[data.test] = 1 - targets[data.test] if data.outputs == 1 else (targets[data.test] + 1) % len(data.labels)
    return replace(data, sequences=sequences, targets=targets)


@pytest.mark.parametrize("family", ENTRIES)
def test_the_test_part_decides_nothing(family: str, tmp_path: Path) -> None:
    values = {"run": {"seeds": 1}, "sounds": {"views": {}}, "experiments": {family: {"one": ENTRIES[family]}}}
    values["run"] |= {"experiments": ["one"]}
    params = parse(values)
    if family == "digits":
        originals("digits", params.run, None, tmp_path / "raw")
    inputs = Inputs(tmp_path / "raw" / family, tmp_path, 1, params.sounds)
    FAMILIES[family].make_windows(list(params.experiments.values()), inputs, tmp_path / "windows" / family)
    (run,) = plan(params, tmp_path / "windows")

    class Poisoned(type(FAMILIES[family])):  # type: ignore[misc]
        def load(self, *given: Any) -> Data:
            return poisoned(super().load(*given))

    def train(one: Any, name: str) -> Row:
        directory = RunDirectory(tmp_path / name, run.key)
        return train_run(run, one, Trainer(), tmp_path / "windows" / family, directory, "", lambda *_: None)

    plain, other = train(FAMILIES[family], "plain"), train(Poisoned(), "other")
    assert other["weights_sha256"] == plain["weights_sha256"]
    assert other["metrics"]["best_epoch"] == plain["metrics"]["best_epoch"]
    assert other["metrics"]["test_accuracy"] != plain["metrics"]["test_accuracy"]
    ours, theirs = ({k: v for k, v in row["history"].items() if "seconds" not in k} for row in (plain, other))
    assert ours == theirs
