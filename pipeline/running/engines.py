"""What trains: TensorFlow, for CPUs, or JAX, for GPUs; one engine a process, chosen before Keras is imported."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from pipeline.base.console import UserError
from pipeline.running import devices
from pipeline.spec.run import JAX, TENSORFLOW


def engine_of(option: str) -> str:
    """Choose the engine for `run.engine`: for auto JAX where it finds a GPU, else TensorFlow.

    Raises UserError if JAX is asked for and not installed.
    """
    if option == JAX and find_spec("jax") is None:
        raise UserError("run.engine: JAX is not installed; run `make setup`, or with a GPU `make setup EXTRA=gpu`")
    if option != "auto":
        return option
    return JAX if has_gpu() else TENSORFLOW


def has_gpu() -> bool:
    """Check for a GPU, and for a JAX that finds it."""
    return bool(devices.usable_gpus())


def start(engine: str, device: Mapping[str, str]) -> None:
    """Import an engine for one device, quietly. Call it before anything else imports Keras.

    Raises UserError if JAX does not reach its device.
    """
    if engine == TENSORFLOW:
        from pipeline.networks.runtime import start_tensorflow

        start_tensorflow(device)
        return
    from pipeline.networks.runtime import start_jax

    try:
        start_jax(device)
    except (RuntimeError, AssertionError) as error:  # so JAX says that CUDA, the driver or the plugin does not work
        why = next(iter(str(error).splitlines()), "") or "it does not say why"
        raise UserError(
            f"JAX cannot use its device ({why}); `make setup EXTRA=gpu` installs what it needs for a GPU, and "
            "ENGINE=tensorflow does without"
        ) from error


def out_of_memory(error: Exception, engine: str) -> bool:
    """Tell whether an error says that the memory of the device ran out. The engine is already imported."""
    if isinstance(error, MemoryError):
        return True
    if engine == JAX:
        return type(error).__name__ in ("JaxRuntimeError", "XlaRuntimeError") and "RESOURCE_EXHAUSTED" in str(error)
    import tensorflow as tf

    return isinstance(error, tf.errors.ResourceExhaustedError)


def _kernel(engine: str) -> str:
    """Name what runs the loops over time; on a GPU `networks/scan_kernel.py` says which of them are a kernel."""
    if engine == TENSORFLOW:
        return "xla, one program for an epoch"
    from pipeline.networks.kernel_options import of_machine

    return f"{'pallas or scan' if of_machine().on else 'scan'}, one program for a stack of runs"


def about(engine: str) -> dict[str, Any]:
    """Describe what this process trains with: the engine, the kernel of its loop, and the device."""
    return {"engine": engine, "kernel": _kernel(engine), "device": devices.about(engine)}
