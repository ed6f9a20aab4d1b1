"""A GPU is held by one process at a time, and is free when that ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from pipeline.running.devices import Slot
from pipeline.running.gpu_locks import FOLDER, held

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys
from pathlib import Path
from pipeline.running.devices import Slot
from pipeline.running.gpu_locks import held
with held([Slot("jax", {"CUDA_VISIBLE_DEVICES": name}) for name in sys.argv[1:]], Path("gpus")):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder: Path, *gpus: str) -> subprocess.Popen[str]:
    """A process that asks for GPUs, and holds them until its input ends."""
    words = [sys.executable, "-c", HOLD, *gpus]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        words, cwd=folder, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()


def test_who_wants_a_gpu_waits_for_the_one_that_holds_it_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    first, other = holder(tmp_path, "0", "0", "1"), holder(tmp_path, "2", "MIG-GPU-a/1/0")
    assert said(first) == said(other) == "held\n"
    second = holder(tmp_path, "1")
    assert said(second) == "train: GPU 1 is busy with another training of this checkout, waiting for it\n"
    first.send_signal(signal.SIGKILL)
    assert said(second) == "held\n"
    for process in (second, other):
        process.communicate("")
    first.communicate()
    assert {path.name for path in (tmp_path / "gpus").iterdir()} == {"0.lock", "1.lock", "2.lock", "MIG-GPU-a_1_0.lock"}


def test_cores_are_not_held(tmp_path: Path) -> None:
    with held([Slot("tensorflow", {"CUDA_VISIBLE_DEVICES": "-1"})] * 2, tmp_path / "gpus"):
        assert not (tmp_path / "gpus").exists()


def test_every_folder_of_a_checkout_has_the_same_locks() -> None:
    assert FOLDER == ROOT / "mlruns/gpus"
