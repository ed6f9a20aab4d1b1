"""A worker where memory does not suffice: it says so, and tries a smaller batch once where that is allowed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.running.worker import _train_one, halved
from pipeline.spec.data import Source
from pipeline.spec.run import Run
from tests.conftest import strings_params

pytestmark = pytest.mark.usefixtures("tensorflow")


def run_of(**changes: Any) -> Run:
    experiment = strings_params().experiments["am_a"].model_copy(update=changes)
    return Run(experiment, 0, None, Source("made", "sample", "0" * 64), "key")


class Small:
    """A trainer on a device that has memory for so many rows."""

    def __init__(self, rows: int) -> None:
        self.rows, self.tried, self.forgot = rows, list[int](), list[str]()

    def train(self, run: Run, *_: Any) -> dict[str, Any]:
        import tensorflow as tf

        self.tried.append(run.experiment.batch)
        if run.experiment.batch > self.rows:
            raise tf.errors.ResourceExhaustedError(None, None, "out of memory")
        return {"batch": run.experiment.batch}

    def forget(self, run: Run) -> None:
        self.forgot.append(run.key)


class Pipe:
    """A pipe that nothing goes through."""


def trained(device: Small, run: Run) -> tuple[str, Any]:
    return _train_one(device, Pipe(), run, "id")  # type: ignore[arg-type]


def test_a_batch_that_fits_is_trained() -> None:
    assert trained(Small(10), run_of(batch=10)) == ("done", {"batch": 10})


def test_one_that_does_not_says_so_with_the_remedy() -> None:
    device = Small(5)
    kind, text = trained(device, run_of(batch=10))
    assert kind == "failed" and text.startswith("the memory of its device does not suffice for a batch of 10")
    assert "a smaller batch for 'am_a' into params.yaml, or halve_batch: true" in text
    assert device.tried == [10] and device.forgot == []


def test_where_it_is_allowed_half_of_it_is_tried_once(capsys: pytest.CaptureFixture[str]) -> None:
    device = Small(5)
    assert trained(device, run_of(batch=10, halve_batch=True)) == ("done", {"batch": 5})
    assert device.tried == [10, 5] and device.forgot == ["key"]
    assert "am_a · seed 0: the memory does not suffice for a batch of 10; tried once with 5" in capsys.readouterr().out


def test_and_not_twice() -> None:
    device = Small(4)
    kind, text = trained(device, run_of(batch=10, halve_batch=True))
    assert (kind, device.tried) == ("failed", [10, 5]) and "not even for a batch of 5" in text


def test_a_batch_of_one_cannot_be_halved() -> None:
    assert halved(run_of(batch=1, halve_batch=True)) is None


def test_what_is_allowed_changes_no_run(tmp_path: Path) -> None:
    from pipeline.running.plan import recipe

    assert recipe(run_of(halve_batch=True).experiment) == recipe(run_of().experiment)
    assert replace(run_of(), seed=1) != run_of()
