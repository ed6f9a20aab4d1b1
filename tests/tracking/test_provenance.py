"""Where a run comes from, as its MLflow run tells: written when it begins, read back with its row."""

import re
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.tracking.delivery import Delivery
from pipeline.tracking.provenance import MACHINE, _processor, moment, provenance_of, this_machine
from pipeline.tracking.tracker import Tracker
from tests.tracking.test_delivery import row_of
from tests.tracking.test_tracker import run_of

TAGS = {"git_commit": "c0ffee", "data_digest": "d1", MACHINE: "Linux, 2 cores", "device": "CPU"}


def test_a_run_tells_its_commit_data_machine_and_moment() -> None:
    assert provenance_of(SimpleNamespace(start_time=1_500), TAGS) == {
        "git_commit": "c0ffee",
        "changed": None,
        "data_digest": "d1",
        "machine": "Linux, 2 cores",
        "date": "1970-01-01T00:00:01+00:00",
    }


def test_files_that_differed_are_named() -> None:
    found = provenance_of(SimpleNamespace(start_time=1), TAGS | {"git_changed": "a.py, b.py"})
    assert found["changed"] == "a.py, b.py"


def test_a_gpu_is_part_of_the_machine() -> None:
    found = provenance_of(SimpleNamespace(start_time=1), TAGS | {"device": "NVIDIA H100"})
    assert found["machine"] == "Linux, 2 cores, NVIDIA H100"


@pytest.mark.parametrize("tags", [{}, {"git_commit": "unknown", "device": "NVIDIA H100"}])
def test_what_is_not_known_is_none(tags: dict[str, str]) -> None:
    found = provenance_of(SimpleNamespace(start_time=None), tags)
    assert found == dict.fromkeys(("git_commit", "changed", "data_digest", "machine", "date"))


def test_a_machine_is_described_and_not_named() -> None:
    assert re.fullmatch(r"\w+ \S+ \S+(, .+)?, \d+ cores", this_machine())
    assert socket.gethostname() not in this_machine()


@pytest.mark.parametrize(
    ("text", "model"),
    [("a : 1\nmodel name\t: Some  CPU @ 2 GHz\nmodel name: b\n", "Some CPU @ 2 GHz"), ("a : 1\n", "")],
)
def test_the_processor_is_that_of_cpuinfo(tmp_path: Path, text: str, model: str) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    assert _processor(tmp_path / "cpuinfo") == model


def test_a_moment_is_in_utc() -> None:
    assert moment(1_795_685_400_999) == "2026-11-26T09:30:00+00:00" and moment(None) is None


def test_a_delivered_row_and_one_that_is_read_back_tell_the_same(mlruns: Path, tmp_path: Path) -> None:
    tracker, run = Tracker(mlruns), run_of(seed=1)
    delivery, row = Delivery(tracker), row_of(run, 2) | {"device": {"device": "NVIDIA H100"}}
    delivery.begin(run)
    (tmp_path / "files").mkdir()
    assert delivery.finish(run, row, tmp_path / "files")
    back = tracker.row(tracker.finished()[run.key])
    assert row["provenance"] == back["provenance"] and row["mlflow_run_id"] == back["mlflow_run_id"]
    assert back["provenance"]["data_digest"] == run.dataset.digest
    assert back["provenance"]["machine"] == f"{this_machine()}, NVIDIA H100"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", back["provenance"]["date"])
    commit = tracker.client.get_run(back["mlflow_run_id"]).data.tags["git_commit"]
    assert back["provenance"]["git_commit"] == commit


def test_a_run_that_goes_on_elsewhere_tells_where_it_ended(mlruns: Path) -> None:
    run_id = Tracker(mlruns).open(run_of())
    tracker = Tracker(mlruns)
    tracker.client.set_tag(run_id, MACHINE, "another machine")
    assert tracker.open(run_of()) == run_id
    assert tracker.provenance(run_id)["machine"] == this_machine()
