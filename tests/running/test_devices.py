"""The slots: some on each GPU, and one a core."""

from pathlib import Path

import pytest

from pipeline.running import devices
from pipeline.running.devices import Slot, gpus, slots
from pipeline.spec.data import DatasetInfo
from pipeline.spec.run import Run
from tests.made_networks import experiment

INFO = DatasetInfo("made", "other", "0")


def pretend(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put an nvidia-smi of our own on the path."""
    command = folder / "nvidia-smi"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def some(engine: str, experiments: int, each: int = 2) -> list[Run]:
    """Make runs of so many experiments."""
    made = [experiment("lstm", name=f"e{n}") for n in range(experiments)]
    return [Run(one, seed, None, INFO, f"{one.name} {seed}", engine) for one in made for seed in range(each)]


def two_gpus(folder: Path, monkeypatch: pytest.MonkeyPatch, cores: int = 16) -> None:
    pretend(folder, monkeypatch, 'echo "GPU 0: A (UUID: x)"; echo "GPU 1: A (UUID: y)"')
    monkeypatch.setattr(devices, "cores", lambda: cores)


def test_an_experiment_is_a_slot_on_each_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two_gpus(tmp_path, monkeypatch)
    share = {"XLA_PYTHON_CLIENT_MEM_FRACTION": "0.90"}
    both = [Slot("jax", {"CUDA_VISIBLE_DEVICES": name, **share}) for name in ("0", "1")]
    assert slots(some("jax", 1)) == both and [slot.gpu for slot in both] == ["0", "1"]


@pytest.mark.parametrize(("experiments", "cores", "found"), [(3, 16, 3), (60, 16, 8), (60, 5, 5), (60, 1, 2)])
def test_workers_share_a_gpu_and_its_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, experiments: int, cores: int, found: int
) -> None:
    two_gpus(tmp_path, monkeypatch, cores)
    names = [slot.gpu for slot in slots(some("jax", experiments))]
    assert names == (["0", "1"] * 4)[:found]
    shares = {float(slot.device["XLA_PYTHON_CLIENT_MEM_FRACTION"]) for slot in slots(some("jax", experiments))}
    assert all(share * max(names.count("0"), names.count("1")) <= 0.92 for share in shares)


def test_tensorflow_has_the_cores_that_the_gpus_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two_gpus(tmp_path, monkeypatch, 5)
    found = slots([*some("jax", 1), *some("tensorflow", 4)])
    assert [(slot.engine, slot.gpu) for slot in found] == [("jax", "0"), ("jax", "1"), *[("tensorflow", "")] * 3]
    assert [slot.gpu for slot in slots(some("tensorflow", 1, 2))] == ["", ""]


def test_a_driver_that_fails_is_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(tmp_path, monkeypatch, "echo 'no devices were found'; exit 9")
    monkeypatch.setattr(devices, "cores", lambda: 3)
    assert slots(some("jax", 2)) == [Slot("jax", {"CUDA_VISIBLE_DEVICES": "-1"})] * 3


@pytest.mark.parametrize(("text", "found"), [("1", ["1"]), ("2,0", ["2", "0"]), ("", []), ("-1", [])])
def test_what_is_visible_decides(text: str, found: list[str]) -> None:
    assert gpus({"CUDA_VISIBLE_DEVICES": text}) == found


def test_without_a_driver_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices.shutil, "which", lambda name: None)
    assert gpus({}) == []
