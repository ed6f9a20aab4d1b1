"""The slots: one a GPU, each with its own; without GPUs one a core."""

from pathlib import Path

import pytest

from pipeline.running import devices
from pipeline.running.devices import gpus, slots


def pretend(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put an nvidia-smi of our own on the path."""
    command = folder / "nvidia-smi"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_two_gpus_are_two_slots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(tmp_path, monkeypatch, 'echo "GPU 0: A (UUID: x)"; echo "GPU 1: A (UUID: y)"')
    assert slots("jax") == [{"CUDA_VISIBLE_DEVICES": "0"}, {"CUDA_VISIBLE_DEVICES": "1"}]
    monkeypatch.setattr(devices, "cores", lambda: 1)
    assert slots("tensorflow") == [{"CUDA_VISIBLE_DEVICES": "-1"}]


def test_a_driver_that_fails_is_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(tmp_path, monkeypatch, "echo 'no devices were found'; exit 9")
    monkeypatch.setattr(devices, "cores", lambda: 3)
    assert slots("jax") == [{"CUDA_VISIBLE_DEVICES": "-1"}] * 3


@pytest.mark.parametrize(("text", "found"), [("1", ["1"]), ("2,0", ["2", "0"]), ("", []), ("-1", [])])
def test_what_is_visible_decides(text: str, found: list[str]) -> None:
    assert gpus({"CUDA_VISIBLE_DEVICES": text}) == found


def test_without_a_driver_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices.shutil, "which", lambda name: None)
    assert gpus({}) == []
