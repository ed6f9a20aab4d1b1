"""Ctrl-C in the middle of a reproduction: one message, nothing half-written, and the next one finishes the job."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.base.files import read_json
from tests.checkouts import PARAMS, lay_out, reproduce

LONG = PARAMS.replace("epochs: 2, samples: 100", "epochs: 40, samples: 2000")


def start(folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline.commands.reproduce"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("moment", ["inspect the clips", "windows: automata", "test accuracy"])
def test_an_interrupted_reproduction_goes_on(tmp_path: Path, moment: str) -> None:
    folder = lay_out(tmp_path, LONG)
    process = start(folder)
    assert process.stdout
    for line in process.stdout:
        if moment in line:
            break
    os.killpg(process.pid, signal.SIGINT)
    _, noise = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "interrupted; nothing is half-written" in noise and "Traceback" not in noise
    assert not list(folder.glob("data/**/.*.part")) and not (folder / "reports/results.json").exists()
    done = reproduce(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(read_json(folder / "reports/results.json")) == 8
