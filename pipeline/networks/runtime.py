"""TensorFlow and JAX as workers use them: one core, one device, quiet, and with the XLA flags that the loops need."""

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pipeline.base.environment import refuse, xla_flags

PLAIN_XLA = ("--xla_cpu_multi_thread_eigen=false",)
_XLA_FLAGS = (
    *PLAIN_XLA,
    "--xla_cpu_prefer_vector_width=512",  # where the processor supports it
    # A loop over time becomes one kernel, with the products of a step compiled into it: see docs/decisions.md.
    "--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=1000000000,"
    "xla_force_enable_experimental_llvm_ir_gemm=true",
)
# LSTM(20) on 400x100x10 by `lax.scan` on an H200, 1 and 64 at once: 13.0 and 16.3 ms an update with these; 10.6 and
# 14.3 without deterministic operations; 43 and 48 without command buffers, which are JAX's default; 15.1 and 22.1 with
# WHILE in them, which made TensorFlow's loops 1.7 times faster. The kernels take the same time with all of these.
_JAX_FLAGS = (*PLAIN_XLA, "--xla_gpu_deterministic_ops=true")
_ENVIRONMENT = {"TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1", "KERAS_BACKEND": "tensorflow"}


@contextmanager
def silence() -> Iterator[None]:
    """Hide what TensorFlow's C++ code writes to standard error before its logging is set up."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def _without_ours(flags: str) -> str:
    """Leave out what a process that started this one has set."""
    return " ".join(flag for flag in flags.split() if flag not in (*_XLA_FLAGS, *_JAX_FLAGS))


def check_environment() -> None:
    """Raise UserError for a variable of the environment that could change results, before any worker starts."""
    refuse()
    xla_flags(_without_ours(os.environ.get("XLA_FLAGS", "")), _XLA_FLAGS)


def start_tensorflow(device: Mapping[str, str] | None = None, flags: tuple[str, ...] = _XLA_FLAGS) -> None:
    """Import TensorFlow for one core and one device, quietly. Call it before anything else imports TensorFlow.

    The user's XLA_FLAGS are kept where they change no result. Raises UserError for any other.
    """
    os.environ.update({**_ENVIRONMENT, **(device or {})})
    tempfile.tempdir = None  # TMPDIR may be new
    os.environ["XLA_FLAGS"] = xla_flags(_without_ours(os.environ.get("XLA_FLAGS", "")), flags)
    with silence():
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.zeros(()).numpy()  # devices log when they are first used


def start_jax(device: Mapping[str, str] | None = None) -> None:
    """Import JAX, and Keras on it, for one core and one device, quietly. Call it before anything else imports Keras.

    Products are of whole float32: JAX's default on a GPU is TF32, which is 1,000 times coarser. The user's XLA_FLAGS
    are kept where they change no result. Raises UserError for any other.
    """
    given = device or {}
    on_gpu = given.get("CUDA_VISIBLE_DEVICES", "-1") != "-1"
    os.environ.update({**_ENVIRONMENT, **given, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cuda" if on_gpu else "cpu"})
    tempfile.tempdir = None  # TMPDIR may be new
    os.environ["XLA_FLAGS"] = xla_flags(_without_ours(os.environ.get("XLA_FLAGS", "")), _JAX_FLAGS)
    sys.modules.setdefault("tensorflow", None)  # type: ignore[arg-type]  # else Keras imports it to save a model
    with silence():
        import jax

        jax.config.update("jax_default_matmul_precision", "highest")
        jax.numpy.zeros(()).block_until_ready()  # devices log when they are first used
