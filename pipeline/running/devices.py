"""The training slots of this machine, one per GPU or else one per core, and the device that a run trained on."""

import os
import shutil
import subprocess
from collections.abc import Mapping

from pipeline.base.parallel import cores

_VISIBLE = "CUDA_VISIBLE_DEVICES"


def gpus(environment: Mapping[str, str]) -> list[str]:
    """List the GPUs that may be used: those in CUDA_VISIBLE_DEVICES, else all that nvidia-smi lists."""
    if _VISIBLE in environment:
        return [name for name in environment[_VISIBLE].split(",") if name.strip() not in ("", "-1")]
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    listed = subprocess.run([command, "--list-gpus"], capture_output=True, text=True, check=False, timeout=20)
    return [str(place) for place, _ in enumerate(listed.stdout.splitlines())] if listed.returncode == 0 else []


def slots(engine: str = "tensorflow") -> list[dict[str, str]]:
    """List the environment variables of each worker; no two workers share a GPU, and TensorFlow gets none."""
    found = gpus(os.environ) if engine == "jax" else []
    if found:
        return [{_VISIBLE: name} for name in found]
    return [{_VISIBLE: "-1"} for _ in range(cores())]


def _driver() -> str:
    """Read the version of the NVIDIA driver; empty if nvidia-smi does not report it."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return ""
    words = [command, "--query-gpu=driver_version", "--format=csv,noheader"]
    said = subprocess.run(words, capture_output=True, text=True, check=False, timeout=20)
    return said.stdout.splitlines()[0].strip() if said.returncode == 0 and said.stdout.strip() else ""


def about(engine: str) -> dict[str, str]:
    """Describe what this process trains on, as MLflow tags: `device`, `slot`, and for a GPU driver and CUDA."""
    slot = {"slot": os.environ.get(_VISIBLE, "")}
    if engine == "tensorflow":  # never on a GPU
        return {"device": "CPU", **slot}
    import jax

    (first, *_) = jax.devices()
    if first.platform == "cpu":
        return {"device": "CPU", **slot}
    return {"device": first.device_kind, **slot, "driver": _driver(), "cuda": first.client.platform_version}
