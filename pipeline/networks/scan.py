"""A cell run over time, on the engine of this process.

TensorFlow's loop has a gradient written by hand, for one CPU core; JAX finds its own, and stacks runs by `jax.vmap`.
"""

from typing import Any

import keras

from pipeline.networks.kernel_options import Kernels


def scan(*given: Any, kernels: Kernels | None) -> tuple[Any, list[Any]]:
    """Run a cell over time, on the backend of this process; see `scan_tensorflow.scan` for what is given.

    `kernels`: how to build those of JAX, instead of what the machine has (`kernel_options`).
    """
    if keras.backend.backend() == "jax":
        from pipeline.networks import scan_jax

        return scan_jax.scan(*given, kernels=kernels)
    from pipeline.networks import scan_tensorflow

    return scan_tensorflow.scan(*given)
