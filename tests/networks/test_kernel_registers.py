"""How a recurrent kernel is cut into matrices that the registers of a program hold, and the products with them."""

from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from pipeline.networks.kernel_options import Kernels
from pipeline.networks.kernel_registers import weights_of


def products(units: int, transposed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Multiply two vectors by the four matrices of a kernel, with a scale for each, in a program; and with NumPy."""
    from jax import numpy as jnp
    from jax.experimental import pallas as pl

    from pipeline.networks.kernel_programs import lanes_of
    from pipeline.networks.kernel_registers import load, product

    random, pairs = np.random.default_rng(1), [(0, 0), (1, 0), (0, 1), (1, 1)]
    kernel, given, scale = (
        random.standard_normal(shape).astype(np.float32) for shape in ((2 * units,) * 2, (2, units), (2, units))
    )
    lanes = lanes_of(units)

    def body(kernel_ref, given_ref, scale_ref, out_ref):  # type: ignore[no-untyped-def]
        values = {pair: given_ref[pair[0]] for pair in pairs}
        scales = {pair: scale_ref[pair[0]] for pair in pairs}
        given = Kernels(interpret=True), values, load(kernel_ref, units, pairs, transposed), units, scales
        for output, found in enumerate(product(*given)):
            out_ref[output] = found

    padded = [np.pad(some, ((0, 0), (0, lanes - units)), mode="edge") for some in (given, scale)]
    call = pl.pallas_call(body, out_shape=jnp.zeros((2, lanes)), interpret=True)
    found = np.asarray(call(kernel, *padded))[:, :units]
    blocks = (kernel.T if transposed else kernel).reshape(2, units, 2, units)
    expected = [sum(given[i] @ blocks[i, :, o] * scale[i] for i in range(2)) for o in range(2)]
    return found, np.asarray(expected)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("units", [5, 32, 130])
def test_products_are_those_of_the_blocks(units: int, transposed: bool, jax_process: ProcessPoolExecutor) -> None:
    found, expected = jax_process.submit(products, units, transposed).result()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_inputs_that_there_are_not_are_hardly_held() -> None:
    assert [weights_of(units) for units in (20, 64, 76, 145)] == [32 * 24, 64 * 64, 128 * 80, 256 * 152]
