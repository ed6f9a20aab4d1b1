"""The embedding: its gradient with sorted rows against the one that JAX finds, and Keras' own layer elsewhere."""

from concurrent.futures import ProcessPoolExecutor

import keras
import numpy as np
import pytest

from pipeline.networks.kernel_options import Kernels
from tests.made_networks import ids

SIZE, WIDTH, RUNS = 9, 3, 3
IDS = np.stack([ids(6, below) for below in (2, SIZE, SIZE - 3)]).astype(np.int32)  # repeated, and some not at all


def gradients(ours: bool, runs: list[int]) -> list[np.ndarray]:
    """Compute the rows and the gradient of the table of each run."""
    import jax
    from jax import numpy as jnp

    from pipeline.networks.kernel_embedding import take

    random = np.random.default_rng(2)
    tables = random.standard_normal((RUNS, SIZE, WIDTH)).astype(np.float32)
    upstream = random.standard_normal((RUNS, *IDS.shape[1:], WIDTH)).astype(np.float32)

    def one(table: jax.Array, ids: jax.Array, upstream: jax.Array) -> tuple[jax.Array, jax.Array]:
        read = take if ours else lambda table, ids: jnp.take(table, ids, axis=0)
        rows, back = jax.vjp(lambda table: read(table, ids), table)
        return rows, back(upstream)[0]

    return [np.asarray(leaf) for leaf in jax.jit(jax.vmap(one))(tables[runs], IDS[runs], upstream[runs])]


def layer(kernels: Kernels) -> list[np.ndarray]:
    """Apply the layer, and count the scatters in its gradient."""
    import jax

    from pipeline.networks.embedding import Embedding

    made = Embedding(SIZE, WIDTH)
    made.build()
    made.kernels = kernels
    table = np.arange(SIZE * WIDTH, dtype=np.float32).reshape(SIZE, WIDTH)

    def total(table: jax.Array) -> jax.Array:
        return made.stateless_call([table], [], IDS[1])[0].sum()

    scatters = str(jax.make_jaxpr(jax.grad(total))(table)).count("scatter")
    return [np.asarray(made.stateless_call([table], [], IDS[1])[0]), np.array(scatters)]


def test_the_gradient_is_that_of_jax(jax_process: ProcessPoolExecutor) -> None:
    every = list(range(RUNS))
    (rows, ours), (same, theirs) = (jax_process.submit(gradients, kind, every).result() for kind in (True, False))
    np.testing.assert_array_equal(rows, same)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)
    assert (ours[0, 2:] == 0).all()  # these ids do not occur
    assert (ours[0, :2] != 0).all()


def test_a_stack_has_the_bits_of_each_alone(jax_process: ProcessPoolExecutor) -> None:
    alone, stacked = (jax_process.submit(gradients, True, runs).result()[1] for runs in ([1], [0, 1, 2]))
    np.testing.assert_array_equal(alone[0], stacked[1])


def test_the_layer_scatters_nothing_with_kernels(jax_process: ProcessPoolExecutor) -> None:
    (ours, none), (theirs, some) = (
        jax_process.submit(layer, kernels).result() for kernels in (Kernels(interpret=True), Kernels(on=False))
    )
    np.testing.assert_array_equal(ours, theirs)
    assert none == 0
    assert some > 0


@pytest.mark.usefixtures("tensorflow")
def test_on_tensorflow_it_is_that_of_keras() -> None:
    from pipeline.networks.embedding import Embedding

    made, plain = Embedding(SIZE, WIDTH), keras.layers.Embedding(SIZE, WIDTH)
    made.build()
    plain.build()
    plain.set_weights(made.get_weights())
    np.testing.assert_array_equal(made(IDS[1]), plain(IDS[1]))
    assert keras.layers.deserialize(keras.layers.serialize(made)).__class__ is Embedding
