"""The user's environment changes no result and breaks nothing: what numerical libraries read from it is set aside.

Libraries read their variables when they are imported, so the packages that hold the commands call `settle` before they
import anything else. What cannot be set aside from within a process is refused by `refuse`.
"""

import os
from collections.abc import Mapping, MutableMapping

from pipeline.base.console import UserError

# BLAS, OpenMP, NumPy, Numba, TensorFlow, Keras, JAX and CUDA: number of threads, kernels, precision, memory, backend
_PREFIXES = (
    "BLIS_", "CUBLAS", "CUDNN_", "DNNL_", "GOMP_", "GOTO_", "JAX_", "KERAS_", "KMP_", "MKL_", "MPL", "NPY_", "NUMBA_",
    "NUMEXPR_", "NVIDIA_TF32_", "OMP_", "ONEDNN_", "OPENBLAS_", "TF_", "TRITON_", "VECLIB_", "XLA_PYTHON_CLIENT_",
)  # fmt: skip
_KEPT = ("NUMBA_CACHE_DIR",)
_SET = {"KERAS_BACKEND": "tensorflow", "MPLBACKEND": "agg"}
_SET |= {"KERAS_HOME": os.devnull}  # no keras.json is read or written
_HARMLESS_XLA = ("--xla_dump_", "--xla_gpu_cuda_data_dir=")


def settle(environment: MutableMapping[str, str] = os.environ) -> None:
    """Remove the variables that numerical libraries read, and set those that have one right value here."""
    for name in [name for name in environment if name.startswith(_PREFIXES) and name not in _KEPT]:
        del environment[name]
    environment.update(_SET)


def refuse(environment: Mapping[str, str] = os.environ) -> None:
    """Raise UserError for a variable that could change results and that a process cannot undo."""
    if "hwcap" in environment.get("GLIBC_TUNABLES", ""):
        raise UserError("GLIBC_TUNABLES chooses other mathematical functions, which changes results; unset it")


def xla_flags(user: str, ours: tuple[str, ...]) -> str:
    """Combine the user's XLA_FLAGS with ours. Raises UserError for a flag that could change results."""
    added = user.split()
    for flag in added:
        if not flag.startswith(_HARMLESS_XLA):
            raise UserError(
                f"XLA_FLAGS: {flag} could change results; leave it out (allowed: {', '.join(_HARMLESS_XLA)})"
            )
    return " ".join([*added, *ours])
