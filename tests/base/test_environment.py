"""What the user's environment holds: set aside, refused, or let through."""

import pytest

from pipeline.base.console import UserError
from pipeline.base.environment import refuse, settle, xla_flags

OURS = ("--ours=1", "--xla_backend_extra_options=a=1,b=true")


def test_what_numerical_libraries_read_is_set_aside_and_all_else_stays() -> None:
    theirs = {
        "OMP_NUM_THREADS": "8",
        "MKL_CBWR": "AVX",
        "OPENBLAS_CORETYPE": "Prescott",
        "NPY_DISABLE_CPU_FEATURES": "FMA3",
    }
    theirs |= {
        "TF_XLA_FLAGS": "--tf_xla_auto_jit=2",
        "KERAS_BACKEND": "jax",
        "KERAS_HOME": "/x",
        "KERAS_MAX_EPOCHS": "1",
    }
    theirs |= {
        "JAX_THREEFRY_PARTITIONABLE": "0",
        "JAX_ENABLE_X64": "1",
        "XLA_PYTHON_CLIENT_MEM_FRACTION": "0.1",
        "NVIDIA_TF32_OVERRIDE": "1",
        "CUBLAS_WORKSPACE_CONFIG": ":16:8",
    }
    theirs |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "NUMBA_DISABLE_JIT": "1"}
    kept = {
        "PATH": "/bin",
        "LC_ALL": "tr_TR.UTF-8",
        "CUDA_VISIBLE_DEVICES": "1",
        "NUMBA_CACHE_DIR": "/cache",
        "XLA_FLAGS": "x",
    }
    environment = {**theirs, **kept}
    settle(environment)
    assert environment == {**kept, "KERAS_BACKEND": "tensorflow", "KERAS_HOME": "/dev/null", "MPLBACKEND": "agg"}


def test_other_mathematical_functions_are_refused() -> None:
    refuse({"GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"})
    with pytest.raises(UserError, match="GLIBC_TUNABLES"):
        refuse({"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2_Usable"})


@pytest.mark.parametrize("user", ["", "--xla_gpu_cuda_data_dir=/usr/local/cuda --xla_dump_to=/tmp/x"])
def test_flags_that_change_no_result_are_added_to_ours(user: str) -> None:
    found = xla_flags(user, OURS).split()
    assert found[-2:] == list(OURS) and set(found) == {*OURS, *user.split()} and len(found) == len(set(found))


@pytest.mark.parametrize("flag", ["--xla_cpu_enable_fast_math=true", "--xla_backend_extra_options=c=2", "nonsense"])
def test_any_other_flag_is_refused(flag: str) -> None:
    with pytest.raises(UserError, match=f"XLA_FLAGS: {flag} could change results"):
        xla_flags(f"--xla_dump_to=/tmp {flag}", OURS)
