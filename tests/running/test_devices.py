"""The slots: some on each GPU, and one a core."""

import subprocess
from pathlib import Path

import pytest

from pipeline.base.console import UserError
from pipeline.running import devices
from pipeline.running.devices import Slot, gpus, slots, usable_gpus
from pipeline.spec.data import DatasetInfo
from pipeline.spec.run import Run
from tests.made_networks import experiment

INFO = DatasetInfo("made", "other", "0")


@pytest.fixture(autouse=True)
def anew() -> None:
    """Nothing is known of the driver yet."""
    devices._nvidia_smi.cache_clear()


def pretend(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put an nvidia-smi of our own on the path."""
    command = folder / "nvidia-smi"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(devices, "find_spec", lambda name: "there")


def some(engine: str, experiments: int, each: int = 2) -> list[Run]:
    """Make runs of so many experiments."""
    made = [experiment("lstm", name=f"e{n}") for n in range(experiments)]
    return [Run(one, seed, None, INFO, f"{one.name} {seed}", engine) for one in made for seed in range(each)]


def two_gpus(folder: Path, monkeypatch: pytest.MonkeyPatch, cores: int = 16, memory: int = 80000) -> None:
    listed = 'echo "GPU 0: A (UUID: x)"; echo "GPU 1: A (UUID: y)"'
    asked = f"echo {memory}; echo {memory}"
    pretend(
        folder, monkeypatch, f"case $1 in --list-gpus) {listed};; --query-gpu=memory.total) {asked};; *) exit 1; esac"
    )
    monkeypatch.setattr(devices, "cores", lambda: cores)


def test_an_experiment_is_a_slot_on_each_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two_gpus(tmp_path, monkeypatch)
    share = {"XLA_PYTHON_CLIENT_MEM_FRACTION": "0.225"}
    both = [Slot("jax", {"CUDA_VISIBLE_DEVICES": name, **share}) for name in ("0", "1")]
    assert slots(some("jax", 1)) == both and [slot.gpu for slot in both] == ["0", "1"]


@pytest.mark.parametrize(
    ("experiments", "cores", "memory", "found", "share"),
    [
        (3, 16, 80000, 3, 0.225),
        (60, 16, 80000, 8, 0.225),
        (60, 64, 80000, 8, 0.225),
        (60, 64, 24000, 6, 0.3),
        (60, 5, 80000, 2, 0.9),
        (60, 16, 4000, 2, 0.9),
    ],
)
def test_processes_share_a_gpu_by_cores_and_memory_whatever_is_planned(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    experiments: int,
    cores: int,
    memory: int,
    found: int,
    share: float,
) -> None:
    two_gpus(tmp_path, monkeypatch, cores, memory)
    on = slots(some("jax", experiments))
    assert [slot.gpu for slot in on] == (["0", "1"] * 8)[:found]
    assert {float(slot.device["XLA_PYTHON_CLIENT_MEM_FRACTION"]) for slot in on} == {share}


def test_a_driver_that_does_not_know_the_memory_gets_one_process_a_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(tmp_path, monkeypatch, 'case $1 in --list-gpus) echo "GPU 0: A (UUID: x)";; *) exit 1; esac')
    assert [slot.gpu for slot in slots(some("jax", 5))] == ["0"]


def test_tensorflow_has_the_cores_that_the_gpus_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two_gpus(tmp_path, monkeypatch, 5)
    found = slots([*some("jax", 1), *some("tensorflow", 4)])
    assert [(slot.engine, slot.gpu) for slot in found] == [("jax", "0"), ("jax", "1"), *[("tensorflow", "")] * 3]
    assert [slot.gpu for slot in slots(some("tensorflow", 1, 2))] == ["", ""]


def test_a_part_of_a_gpu_is_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(tmp_path, monkeypatch, 'echo "GPU 0: A (UUID: x)"; echo "  MIG 1g.10gb Device 0: (UUID: y)"')
    assert gpus({}) == ["0"]


def test_a_driver_that_hangs_or_fails_is_said_where_jax_would_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(command: list[str], timeout: float, **options: object) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    for script in ("exit 0", "echo 'no devices were found'; exit 9"):
        devices._nvidia_smi.cache_clear()
        pretend(tmp_path, monkeypatch, script)
        with monkeypatch.context() as patch:
            if script == "exit 0":
                patch.setattr(subprocess, "run", hang)
            assert gpus({}) == []
            with pytest.raises(UserError, match="nvidia-smi fails, so the GPUs are not known; repair the driver, or"):
                usable_gpus()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert usable_gpus() == []


def test_what_the_driver_says_first_counts_in_the_whole_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_gpus(tmp_path, monkeypatch)
    assert usable_gpus() == ["0", "1"]
    pretend(tmp_path, monkeypatch, "exit 9")
    assert usable_gpus() == ["0", "1"]


def test_a_gpu_that_jax_has_no_plugin_for_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two_gpus(tmp_path, monkeypatch, cores=3)
    monkeypatch.setattr(devices, "find_spec", lambda name: None)
    assert usable_gpus() == [] and [slot.gpu for slot in slots(some("jax", 1))] == ["", ""]


def test_without_a_gpu_stacks_train_on_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    monkeypatch.setattr(devices, "cores", lambda: 3)
    assert slots(some("jax", 2)) == [Slot("jax", {"CUDA_VISIBLE_DEVICES": "-1"})] * 3
    assert {slot.gpu for slot in slots(some("jax", 2))} == {""}


def test_a_gpu_keeps_its_name() -> None:
    assert Slot("jax", {"CUDA_VISIBLE_DEVICES": "GPU-1a-1b"}).gpu == "GPU-1a-1b"


@pytest.mark.parametrize(("text", "found"), [("1", ["1"]), ("2,0", ["2", "0"]), ("", []), ("-1", [])])
def test_what_is_visible_decides(text: str, found: list[str]) -> None:
    assert gpus({"CUDA_VISIBLE_DEVICES": text}) == found


def test_without_a_driver_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices.shutil, "which", lambda name: None)
    assert gpus({}) == []
