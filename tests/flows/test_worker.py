"""A worker's share of its machine: one GPU for each, or cores that no other has."""

import sys

import pytest

from flows import worker
from flows.worker import device, share
from pipeline.base.console import UserError


def test_workers_share_the_cores_and_no_core_has_two() -> None:
    assert [share(place, 2, [0, 1, 4, 5, 6]) for place in (0, 1)] == [[0, 4, 6], [1, 5]]
    assert share(0, 1, [0, 1]) == [0, 1]


def test_more_workers_than_cores_have_one_each() -> None:
    assert [share(place, 3, [7, 8]) for place in (0, 1, 2)] == [[7], [8], [7]]


def test_each_worker_has_a_gpu_of_its_own() -> None:
    assert [device(place, ["3", "5"]) for place in (0, 1)] == ["3", "5"]
    with pytest.raises(UserError, match="worker 2: this machine has 2 GPUs"):
        device(2, ["3", "5"])


def test_without_a_gpu_a_worker_sees_none() -> None:
    assert device(7, []) == "-1"


@pytest.mark.parametrize(("found", "kept"), [(["3", "5"], [0, 2]), ([], [0, 1, 2, 3])])
def test_workers_on_gpus_share_the_cores_too(
    found: list[str], kept: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: list[list[int]] = []
    monkeypatch.setattr(worker, "gpus", lambda _: found)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "all")
    monkeypatch.setenv("WORKERS", "1")
    monkeypatch.setattr(worker.os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    monkeypatch.setattr(worker.os, "sched_setaffinity", lambda _, mine: chosen.append(mine))
    worker._keep_to_share(0)
    assert chosen == [kept] and worker.os.environ["CUDA_VISIBLE_DEVICES"] == (found or ["-1"])[0]


@pytest.mark.parametrize("words", [[], ["gpu"], ["tpu", "0"], ["gpu", "x"], ["gpu", "0", "1"]])
def test_a_wrong_command_line_says_the_right_one(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["worker", *words])
    with pytest.raises(SystemExit):
        worker.main()
    assert "`python -m flows.worker gpu 0`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "remedy"),
    [(401, "PREFECT_API_AUTH_STRING is not its password"), (403, "start the tunnel at the same port")],
)
def test_a_worker_that_is_refused_ends_with_the_remedy(
    status: int, remedy: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = [0, status]
    monkeypatch.setattr(worker, "status_of", lambda page, login: answers.pop(0))
    monkeypatch.setattr(worker.time, "sleep", lambda _: None)
    with pytest.raises(UserError, match=remedy):
        worker._wait_for("gpu", "http://127.0.0.1:1/api")
    assert capsys.readouterr().out == "worker: waiting for the pool gpu of http://127.0.0.1:1/api\n"


def test_a_worker_without_a_server_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["worker", "gpu", "0"])
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    with pytest.raises(SystemExit):
        worker.main()
    assert "PREFECT_API_URL is not set" in capsys.readouterr().err
