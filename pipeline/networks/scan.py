"""A cell run over time, on the engine of this process.

TensorFlow's loop has a gradient written by hand, for one CPU core; JAX finds its own, and stacks runs by `jax.vmap`.
"""

from typing import Any

import keras

from pipeline.networks.kernel_options import Kernels
from pipeline.networks.loops import Loop


def scan(loop: Loop, kernels: Kernels | None) -> tuple[Any, list[Any]]:
    """Run a cell over time. Returns (h after every step or None unless `sequences`, the last states).

    `kernels`: how to build those of JAX, instead of what the machine has (`kernel_options`).
    """
    if keras.backend.backend() == "jax":
        from pipeline.networks import scan_jax

        return scan_jax.scan(loop, kernels)
    from pipeline.networks import scan_tensorflow

    return scan_tensorflow.scan(loop)
