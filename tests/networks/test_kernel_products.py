"""Products as kernels, in Pallas' interpreter, against NumPy. They run in a process of their own (`jax_process`)."""

import re
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import keras
import numpy as np
import pytest

from pipeline.networks.kernel_options import Kernels

INTERPRET = Kernels(interpret=True)
SHAPES = [(3, 2, 5), (70, 33, 40), (1100, 14, 3), (20, 150, 64)]  # rows, inner, columns: in one block and in several


def arrays(rows: int, inner: int, columns: int) -> list[np.ndarray]:
    random = np.random.default_rng(rows)
    shapes = (rows, inner), (inner, columns), (rows, columns)
    return [random.standard_normal(shape).astype(np.float32) for shape in shapes]


def product(shape: tuple[int, int, int], stack: int = 0) -> list[np.ndarray]:
    """Compute a product, the gradients of both factors, and sums over rows; of a stack of the same, if asked for."""
    import jax

    from pipeline.networks import kernel_products

    def run(x: Any, kernel: Any, gradient: Any) -> Any:
        out, back = jax.vjp(lambda x, kernel: kernel_products.matmul(INTERPRET, x, kernel), x, kernel)
        return out, *back(gradient), kernel_products.over_rows(INTERPRET, x, gradient)[1]

    given = arrays(*shape)
    if stack:
        run, given = jax.vmap(run), [np.stack([array * (n + 1) for n in range(stack)]) for array in given]
    compiled = jax.jit(run, compiler_options={"xla_backend_optimization_level": 0})
    return [np.asarray(leaf) for leaf in compiled(*given)]


def precisions() -> set[str]:
    """List the precisions of the products in the kernels of a product and its gradients."""
    import jax

    from pipeline.networks import kernel_products

    x, kernel, _ = arrays(*SHAPES[1])
    total = jax.grad(lambda *given: kernel_products.matmul(Kernels(), *given).sum(), argnums=(0, 1))
    return set(re.findall(r"precision=(?:DotAlgorithmPreset\.)?(\w+)", str(jax.make_jaxpr(total)(x, kernel))))


def dense(kernels: Kernels) -> list[np.ndarray]:
    """Apply a dense layer to (2, 3, 4), and count the kernels that does."""
    import jax

    from pipeline.networks.dense import Dense

    layer = Dense(5, "relu", bias_initializer="ones")
    layer.kernels = kernels
    layer.build((None, None, 4))
    layer.kernel.assign(np.random.default_rng(1).standard_normal((4, 5)))
    x = np.random.default_rng(2).standard_normal((2, 3, 4)).astype(np.float32)
    return [np.asarray(layer(x)), np.array(str(jax.make_jaxpr(layer)(x)).count("pallas_call["))]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_products_and_gradients_are_those_of_numpy(
    shape: tuple[int, int, int], jax_process: ProcessPoolExecutor
) -> None:
    x, kernel, gradient = (array.astype(float) for array in arrays(*shape))
    expected = x @ kernel, gradient @ kernel.T, x.T @ gradient, gradient.sum(axis=0)
    for ours, theirs in zip(jax_process.submit(product, shape).result(), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_a_stack_has_the_bits_of_each_alone(jax_process: ProcessPoolExecutor) -> None:
    alone, stacked = (jax_process.submit(product, SHAPES[2], stack).result() for stack in (1, 3))
    for one, three in zip(alone, stacked, strict=True):
        np.testing.assert_array_equal(one[0], three[0])
        assert not np.array_equal(three[0], three[1])


def test_on_a_gpu_products_are_three_of_tf32(jax_process: ProcessPoolExecutor) -> None:
    assert jax_process.submit(precisions).result() == {"TF32_TF32_F32_X3"}


def test_a_dense_layer_takes_the_product(jax_process: ProcessPoolExecutor) -> None:
    (ours, kernels), (theirs, none) = (
        jax_process.submit(dense, given).result() for given in (INTERPRET, Kernels(on=False))
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)
    assert (kernels, none, ours.shape) == (1, 0, (2, 3, 5))


@pytest.mark.usefixtures("tensorflow")
def test_on_tensorflow_a_dense_layer_is_that_of_keras() -> None:
    from pipeline.networks.dense import Dense

    x, layer = np.ones((2, 4), np.float32), Dense(5)
    outputs = layer(x)
    plain = keras.layers.Dense(5)
    plain.build((2, 4))
    plain.set_weights(layer.get_weights())
    np.testing.assert_array_equal(outputs, plain(x))
    assert keras.layers.deserialize(keras.layers.serialize(layer)).__class__ is Dense
