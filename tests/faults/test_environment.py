"""Whatever the user's environment holds, a training gives the same bits under the same key, or one line refuses.

The short form tries what broke once; `make faults` tries twenty.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORST = {
    "another backend, precision and number of threads": {
        "KERAS_BACKEND": "jax",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "OMP_NUM_THREADS": "7",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "XLA_FLAGS": "--xla_gpu_cuda_data_dir=/usr/local/cuda",
        "HOME": "keras16",
    },
}
MORE: dict[str, Mapping[str, str]] = {
    "keras.json of another backend": {"HOME": "theano"},
    "keras.json that is none": {"HOME": "broken"},
    "a home that is not there": {"HOME": "nowhere"},
    "one epoch at most": {"KERAS_MAX_EPOCHS": "1"},
    "no vectors in NumPy": {"NPY_DISABLE_CPU_FEATURES": "AVX512F AVX2 FMA3"},
    "another BLAS kernel": {"OPENBLAS_CORETYPE": "Prescott", "OPENBLAS_NUM_THREADS": "3"},
    "MKL": {"MKL_NUM_THREADS": "4", "MKL_CBWR": "COMPATIBLE", "KMP_AFFINITY": "compact"},
    "no jit in Numba": {"NUMBA_DISABLE_JIT": "1"},
    "threads of TensorFlow": {"TF_NUM_INTRAOP_THREADS": "2", "TF_NUM_INTEROP_THREADS": "2"},
    "XLA everywhere": {"TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit"},
    "determinism": {"TF_DETERMINISTIC_OPS": "1", "TF_CUDNN_DETERMINISTIC": "1"},
    "logs of TensorFlow": {"TF_CPP_MIN_LOG_LEVEL": "0", "TF_CPP_MAX_VLOG_LEVEL": "0"},
    "old Keras": {"TF_USE_LEGACY_KERAS": "1"},
    "dumps of XLA": {"XLA_FLAGS": "--xla_dump_to=FOLDER/dumped"},
    "Turkish": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "no letters": {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    "another time zone": {"TZ": "Pacific/Kiritimati"},
    "files for nobody else": {"PROBE_UMASK": "077"},
    "another order of sets": {"PYTHONHASHSEED": "4711"},
    "a temporary folder with a space": {"TMPDIR": "tmp dir"},
    "matplotlib's settings": {"MPLCONFIGDIR": "nowhere", "MATPLOTLIBRC": "nowhere"},
}
OF_JAX = {
    "JAX_THREEFRY_PARTITIONABLE": "0",
    "JAX_ENABLE_X64": "1",
    "JAX_DEFAULT_PRNG_IMPL": "rbg",
    "JAX_DISABLE_JIT": "1",
}
DRAW = """
import pipeline.commands
from pipeline.networks.runtime import start_jax
start_jax()
import keras
print(keras.random.uniform((3,), seed=1).tolist(), keras.ops.arange(3.0).dtype)
"""
FAST = "--xla_cpu_enable_fast_math=true"
REFUSED = {
    "fast mathematics": ({"XLA_FLAGS": FAST}, f"XLA_FLAGS: {FAST} could change results"),
    "other functions": ({"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA"}, "GLIBC_TUNABLES chooses other"),
}


def probe(folder: Path, extra: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    for home, text in {"keras16": '{"floatx": "float16"}', "theano": '{"backend": "theano"}', "broken": "[1"}.items():
        (folder / home / ".keras").mkdir(parents=True)
        (folder / home / ".keras/keras.json").write_text(text)
    (folder / "tmp dir").mkdir()
    places = {name: str(folder / value) for name, value in extra.items() if name in ("HOME", "TMPDIR", "MPLCONFIGDIR")}
    flags = {name: value.replace("FOLDER", str(folder)) for name, value in extra.items() if name == "XLA_FLAGS"}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **extra, **places, **flags}
    words = [sys.executable, "-m", "tests.faults.environment_probe", str(folder)]
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> str:
    done = probe(tmp_path_factory.mktemp("plain"), {})
    assert done.returncode == 0, done.stderr
    return done.stdout


def expect_the_same(plain: str, folder: Path, extra: Mapping[str, str]) -> None:
    done = probe(folder, extra)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == json.loads(plain.splitlines()[-1])


@pytest.mark.parametrize("kind", WORST)
def test_what_broke_once_changes_nothing(plain: str, tmp_path: Path, kind: str) -> None:
    expect_the_same(plain, tmp_path, WORST[kind])


@pytest.mark.services
@pytest.mark.parametrize("kind", MORE)
def test_nor_does_anything_else(plain: str, tmp_path: Path, kind: str) -> None:
    expect_the_same(plain, tmp_path, MORE[kind])


@pytest.mark.parametrize("kind", REFUSED)
def test_what_would_change_bits_is_refused_in_one_line(tmp_path: Path, kind: str) -> None:
    extra, words = REFUSED[kind]
    done = probe(tmp_path, extra)
    (said,) = done.stderr.splitlines()
    assert done.returncode == 1 and said.startswith(f"probe: {words}")


def test_what_jax_reads_is_set_aside() -> None:
    def drawn(extra: Mapping[str, str]) -> str:
        words, environment = [sys.executable, "-c", DRAW], {**os.environ, "PYTHONPATH": str(ROOT), **extra}
        return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    assert drawn(OF_JAX) == drawn({})
