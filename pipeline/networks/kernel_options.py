"""Whether JAX computes with the kernels of this package, and how they are built."""

from dataclasses import dataclass

import keras


@dataclass(frozen=True)
class Kernels:
    """How `sequence_kernel` and `kernel_products` are built, or, unless `on`, that they are not used.

    loops: whether a loop over time is a kernel, if there is one for its cell; only a benchmark says no.
    interpret: computed by JAX on a CPU, for tests.
    """

    on: bool = True
    loops: bool = True
    interpret: bool = False


def of_machine() -> Kernels:
    """Choose the kernels where Keras runs on JAX on a GPU; there is nothing else they can be compiled for."""
    if keras.backend.backend() != "jax":
        return Kernels(on=False)
    import jax

    return Kernels(on=jax.default_backend() == "gpu")
