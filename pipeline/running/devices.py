"""The training slots of this machine, some on each GPU and one a core, and the device that a run trained on."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from typing import NamedTuple

from pipeline.base.console import UserError
from pipeline.base.parallel import cores
from pipeline.spec.run import JAX, Run

_VISIBLE = "CUDA_VISIBLE_DEVICES"
_PLUGINS = ("jax_cuda12_plugin", "jax_cuda13_plugin")  # what JAX finds a GPU with
_SHARE = "XLA_PYTHON_CLIENT_MEM_FRACTION"
_A_GPU, _MEMORY = 4, 8000  # processes that share a GPU at most, and the least MiB that each gets
_OF_MEMORY = 0.9


class Slot(NamedTuple):
    """The place of a worker: its engine, and the variables of its environment that name its device."""

    engine: str
    device: Mapping[str, str]

    @property
    def gpu(self) -> str:
        """Name the GPU that it trains on; empty without one."""
        name = self.device.get(_VISIBLE, "-1")
        return "" if name == "-1" else name


@cache
def _nvidia_smi(*words: str) -> list[str] | None:
    """Read the lines that nvidia-smi answers, once a process; none without it, None if it fails or hangs.

    Asked twice, a driver in trouble may answer once; and asking takes longer than to save a small model.
    """
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    try:
        said = subprocess.run([command, *words], capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return [line.strip() for line in said.stdout.splitlines()] if said.returncode == 0 else None


def _ask(what: str) -> list[str]:
    """Ask about every GPU."""
    return _nvidia_smi(f"--query-gpu={what}", "--format=csv,noheader,nounits") or []


def gpus(environment: Mapping[str, str]) -> list[str]:
    """List the GPUs that may be used: those in CUDA_VISIBLE_DEVICES, else all that nvidia-smi lists."""
    if _VISIBLE in environment:
        return [name for name in environment[_VISIBLE].split(",") if name.strip() not in ("", "-1")]
    whole = [line for line in _nvidia_smi("--list-gpus") or () if line.startswith("GPU ")]  # and not the parts of one
    return [str(place) for place, _ in enumerate(whole)]


def usable_gpus() -> list[str]:
    """List the GPUs that may be used if JAX is installed with what it needs for one.

    Raises UserError if the driver fails: what was planned for a GPU would silently be something else.
    """
    if not any(map(find_spec, _PLUGINS)):
        return []
    if _VISIBLE not in os.environ and _nvidia_smi("--list-gpus") is None:
        raise UserError("nvidia-smi fails, so the GPUs are not known; repair the driver, or CUDA_VISIBLE_DEVICES=-1")
    return gpus(os.environ)


def _processes_of_a_gpu(gpus: int) -> int:
    """Compute how many processes may share a GPU: while one compiles, reads or writes, the others train.

    That is the same for every plan on a machine, as the share of the memory may decide how many runs fit into a stack.
    """
    memory = min((int(one) for one in _ask("memory.total") if one.isdigit()), default=0)
    return max(1, min(_A_GPU, memory // _MEMORY, cores() // 2 // gpus))


def _on_gpus(found: Sequence[str], experiments: int) -> list[Slot]:
    """List the slots on GPUs, in turn: one for each experiment, but at least one on each GPU."""
    each = _processes_of_a_gpu(len(found))
    share = {_SHARE: f"{_OF_MEMORY / each:.3f}"}
    most = max(len(found), min(experiments, each * len(found)))
    return [Slot(JAX, {_VISIBLE: found[n % len(found)], **share}) for n in range(most)]


def slots(runs: Sequence[Run]) -> list[Slot]:
    """List the slots for these runs. Stacks train on GPUs if there are any; TensorFlow has the cores they leave."""
    stacked = {run.experiment.name for run in runs if run.engine == JAX}
    found = usable_gpus() if stacked else []
    on_gpus = _on_gpus(found, len(stacked)) if found else []
    others = [run.engine for run in runs if not (on_gpus and run.engine == JAX)]
    engines = sorted(set(others))
    left = max(len(engines), cores() - len(on_gpus))
    on_cores = [Slot(engines[n % len(engines)], {_VISIBLE: "-1"}) for n in range(min(left, len(others)))]
    return [*on_gpus, *on_cores]


def about(engine: str) -> dict[str, str]:
    """Describe what this process trains on, as MLflow tags: `device`, `slot`, and for a GPU driver and CUDA."""
    slot = {"slot": os.environ.get(_VISIBLE, "")}
    if engine == "tensorflow":  # never on a GPU
        return {"device": "CPU", **slot}
    import jax

    (first, *_) = jax.devices()
    if first.platform == "cpu":
        return {"device": "CPU", **slot}
    return {
        "device": first.device_kind,
        **slot,
        "driver": next(iter(_ask("driver_version")), ""),
        "cuda": first.client.platform_version,
    }
