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


def slots() -> list[dict[str, str]]:
    """List the environment variables of each worker; no two workers share a GPU."""
    found = gpus(os.environ)
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


def about_jax() -> dict[str, str]:
    """Describe what this process trains on with JAX, as `about` does for TensorFlow."""
    import jax

    (first, *_), slot = jax.devices(), {"slot": os.environ.get(_VISIBLE, "")}
    if first.platform == "cpu":
        return {"device": "CPU", **slot}
    return {
        "device": first.device_kind,
        **slot,
        "driver": _driver(),
        "cuda": jax.local_devices()[0].client.platform_version,
    }


def about() -> dict[str, str]:
    """Describe what this process trains on, as MLflow tags: `device`, `slot`, and for a GPU driver, CUDA and cuDNN."""
    import tensorflow as tf

    found = tf.config.list_physical_devices("GPU")
    slot = {"slot": os.environ.get(_VISIBLE, "")}
    if not found:
        return {"device": "CPU", **slot}
    name = tf.config.experimental.get_device_details(found[0]).get("device_name", "GPU")
    built = tf.sysconfig.get_build_info()
    versions = {"cuda": built.get("cuda_version", ""), "cudnn": built.get("cudnn_version", "")}
    return {"device": name, **slot, "driver": _driver(), **versions}
