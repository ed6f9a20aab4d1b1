"""`make down`: every process of the services of a checkout, also orphans, and none of another."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from flows import down
from flows.addresses import MARK
from pipeline.base.console import UserError

SERVICE = "import time; print('ready', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SERVICE}"
SUPERVISED = (
    f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); {SERVICE}"
)
ADDRESSES = {"PREFECT_API_URL": "http://127.0.0.1:4300/api", "MLFLOW_TRACKING_URI": "http://127.0.0.1:5300"}
Process = subprocess.Popen[bytes]


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[list[Process]]:
    """Processes, which end with the test."""
    found: list[Process] = []
    yield found
    for service in down.services(tmp_path):
        service.process.kill()
    for process in found:
        process.kill()
        process.wait()


def start(begun: list[Process], checkout: Path, code: str = SERVICE, *words: str) -> Process:
    """Start a service of a checkout, and wait until it runs."""
    environment = {**os.environ, **ADDRESSES, MARK: str(checkout)}
    line = [sys.executable, "-c", code, *words]
    process = subprocess.Popen(line, env=environment, stdout=subprocess.PIPE)
    begun.append(process)
    assert process.stdout and process.stdout.readline() == b"ready\n"
    return process


def test_the_services_are_those_of_this_checkout_and_what_they_started(tmp_path: Path, begun: list[Process]) -> None:
    top = start(begun, tmp_path, SUPERVISED, "supervisor.supervisord")
    start(begun, tmp_path / "another")
    found = down.services(tmp_path)
    assert [service.supervises for service in found] == [True, False]
    assert found[0].process.pid == top.pid and found[1].process.ppid() == top.pid


def test_all_end_however_they_were_left_and_no_other_does(tmp_path: Path, begun: list[Process]) -> None:
    top = start(begun, tmp_path, SUPERVISED, "supervisor.supervisord")
    other = start(begun, tmp_path / "another")
    top.send_signal(signal.SIGKILL)  # its child is an orphan now
    top.wait()
    (orphan,) = down.services(tmp_path)
    assert down.describe([orphan]).endswith(
        "(1 process left): Prefect http://127.0.0.1:4300/api, MLflow http://127.0.0.1:5300"
    )
    assert down.end_all(tmp_path) == 1
    assert not psutil.pid_exists(orphan.process.pid) and other.poll() is None
    assert down.services(tmp_path) == []


def test_one_that_ignores_the_signal_is_killed(
    tmp_path: Path, begun: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(down, "_GRACE", 0.5)
    stubborn = start(begun, tmp_path, STUBBORN)
    assert down.end_all(tmp_path) == 1
    assert not psutil.pid_exists(stubborn.pid)


def test_a_second_start_says_what_runs(tmp_path: Path, begun: list[Process]) -> None:
    down.require_none(tmp_path)
    top = start(begun, tmp_path, SERVICE, "supervisor.supervisord")
    words = (
        rf"^this checkout is up since 20[\d: -]+ \(process {top.pid}\): Prefect http://127\.0\.0\.1:4300/api, MLflow "
    )
    with pytest.raises(UserError, match=words + r"http://127\.0\.0\.1:5300; `make down` ends it$"):
        down.require_none(tmp_path)


def test_the_command_says_what_it_did(
    tmp_path: Path, begun: list[Process], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    down.main()
    start(begun, tmp_path)
    down.main()
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == "down: nothing of this checkout is running"
    assert second.startswith("down: stopping what is up since ") and third == "down: ended 1 process"
