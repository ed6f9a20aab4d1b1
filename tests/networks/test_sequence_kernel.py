"""The kernel of a sequence, in Pallas' interpreter, against `lax.scan` and JAX's own gradient.

All that computes runs in a process of its own, where Keras has JAX (`jax_process`).
"""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import keras
import numpy as np
import pytest

from pipeline.networks import recurrences
from pipeline.networks.activations import old_hard_sigmoid
from pipeline.networks.kernel_options import Kernels, of_machine
from pipeline.networks.kernel_registers import PART
from pipeline.networks.layer_norm import centred
from pipeline.networks.loops import Loop, Weights
from pipeline.networks.peephole_lstm import peephole_lstm
from pipeline.spec.cells import CELLS, PEEPHOLE_LSTMS

TANH, SIGMOID = keras.activations.tanh, keras.activations.sigmoid
SCAN, KERNEL = Kernels(on=False), Kernels(interpret=True)
GATES = {"simple": 1, "lstm": 4, "gru": 3, "gru_before": 3, "mgu": 2}
GATES |= {name: len(spec.gates) for name, spec in PEEPHOLE_LSTMS.items()}
Leaves = list[np.ndarray]


class Case(NamedTuple):
    """A sequence: 3 rows, 7 timesteps, where nothing else is said. `activations` by their names in `FUNCTIONS`."""

    cell: str
    activations: tuple[str, ...] = ("tanh", "sigmoid")
    units: int = 20  # kept in 32 lanes
    batch: int = 3
    timesteps: int = 7
    bias: bool = False
    masks: int = 0
    padded: bool = False
    sequences: bool = False
    truncation: int = 0
    gain: bool = False


CASES = [
    Case("simple", ("relu",), bias=True),
    Case("simple", ("tanh",), units=33, timesteps=4, padded=True, sequences=True, masks=1),
    Case("lstm", padded=True),
    Case("lstm", ("relu", "old_hard_sigmoid"), masks=4, sequences=True, truncation=3),
    Case("gru", bias=True, padded=True, sequences=True, truncation=2),
    Case("gru_before", ("softsign", "hard_sigmoid"), masks=3, padded=True, sequences=True),
    Case("mgu", ("linear", "sigmoid"), units=5, timesteps=1, padded=True),
    Case("lstm_peephole", padded=True, sequences=True, truncation=3),
    Case("lstm_nig", units=33),
    Case("lstm_nfg", ("softsign", "hard_sigmoid"), units=5),
    Case("lstm_nog", units=5, padded=True),
    Case("lstm_niaf", units=5, masks=4),
    Case("lstm_noaf", units=5, sequences=True),
    Case("lstm_cifg", units=5, masks=3, padded=True),
    Case("lstm_fgr", units=5, padded=True, sequences=True, truncation=3),
    Case("lstm_fgr", units=33, masks=4, timesteps=4),
    Case("gru", units=70, timesteps=3),
    Case("simple", ("tanh",), units=5, gain=True),
    Case("lstm", units=33, padded=True, masks=4, gain=True),
    Case("gru", bias=True, padded=True, sequences=True, truncation=2, gain=True),
    Case("gru_before", masks=3, padded=True, sequences=True, truncation=2, gain=True),
    Case("mgu", gain=True),
    Case("lstm_fgr", units=5, gain=True),
    Case("simple", ("relu",), units=130, timesteps=3),
]


def name_of(case: Case) -> str:
    return "-".join([case.cell, *case.activations, str(case.units), *["gain"] * case.gain])


def function_of(name: str) -> Any:
    return old_hard_sigmoid if name == "old_hard_sigmoid" else keras.activations.get(name)


def cell_of(case: Case) -> recurrences.Cell:
    functions = [function_of(name) for name in case.activations]
    if case.cell == "simple":
        return recurrences.simple(*functions)
    if case.cell in PEEPHOLE_LSTMS:
        return peephole_lstm(*functions, case.cell)
    return getattr(recurrences, case.cell)(case.units, *functions)


def arrays_of(case: Case) -> tuple[Any, ...]:
    """Draw projected inputs, kernel, bias, gain, peepholes, initial states; masks of dropout; which steps there are."""
    random = np.random.default_rng(7)

    def draw(*shape: int) -> np.ndarray:
        return random.standard_normal(shape).astype(np.float32)

    units, batch, width = case.units, case.batch, GATES[case.cell] * case.units
    seen = 4 * units if case.cell == "lstm_fgr" else units
    kernel, bias = draw(seen, width) / np.float32(seen**0.5), draw(width) if case.bias else None
    kernel[units:, 2 * units : 3 * units] = 0.0  # the candidate of lstm_fgr sees h alone
    peepholes = draw(len(CELLS[case.cell].peepholes), units) if case.cell in PEEPHOLE_LSTMS else None
    initial = [draw(batch, seen), draw(batch, units)][: 2 if case.cell.startswith("lstm") else 1]
    masks = [np.abs(draw(batch, seen)) for _ in range(case.masks)]
    valid = random.random((case.timesteps, batch, 1)) < 0.6 if case.padded else None
    gain = draw(width) if case.gain else None
    return (draw(case.timesteps, batch, width), kernel, bias, gain, peepholes, initial), masks, valid


def jitted(function: Any) -> Any:
    """Compile fast, for what runs once."""
    import jax

    return jax.jit(function, compiler_options={"xla_backend_optimization_level": 0})


def gradient_of(case: Case, kernels: Kernels) -> Any:
    """Make the function of the states and the gradients of a sequence, of what is differentiated in `arrays_of`."""
    import jax
    from jax import numpy as jnp

    from pipeline.networks import scan_jax

    _, masks, valid = arrays_of(case)

    def loss(projected: Any, kernel: Any, bias: Any, gain: Any, peepholes: Any, initial: Any) -> Any:
        kernel = kernel if gain is None else centred(kernel, case.units)
        weights, options = Weights(kernel, bias, gain, peepholes), (case.sequences, case.truncation)
        loop = Loop(cell_of(case), projection_of(projected), weights, masks, valid, initial, *options)
        hidden, last = scan_jax.scan(loop, kernels)
        hidden = hidden[..., : case.units] if case.sequences else None  # the scan keeps all that lstm_fgr sees
        total = sum((n + 1) * jnp.sin(state).sum() for n, state in enumerate(last))
        return total + (jnp.cos(hidden) ** 2).sum() if case.sequences else total, (hidden, last)

    return jax.value_and_grad(loss, argnums=(0, 1, 2, 3, 4, 5), has_aux=True)


def run_case(case: Case, kernels: Kernels) -> Leaves:
    """Compute the states and the gradients of a sequence."""
    import jax

    both = jitted(gradient_of(case, kernels))(*arrays_of(case)[0])
    return [np.asarray(leaf) for leaf in jax.tree.leaves(both)]


def for_a_gpu(case: Case) -> str:
    """Translate a case for a GPU, which needs none: a kernel is then in Triton's language."""
    import jax

    traced = jax.jit(gradient_of(case, Kernels())).trace(*arrays_of(case)[0])
    return str(traced.lower(lowering_platforms=("cuda",)).as_text())


def projection_of(projected: Any) -> Any:
    """Stand in for a projection that has computed this."""
    return SimpleNamespace(every=lambda: projected)


def reasons(case: Case, dtype: str) -> str | None:
    """Ask whether the kernel takes a case."""
    from pipeline.networks.scan_kernel import against

    projected = np.zeros((case.timesteps, case.batch, GATES[case.cell] * case.units), dtype)
    return against(cell_of(case), projected)


def unknown(activation: str) -> str | None:
    from pipeline.networks.scan_kernel import against

    known = cell_of(Case("simple", ("tanh",)))
    other = known._replace(activations=(function_of(activation),), name="simple" if activation == "gelu" else "")
    return against(other, np.zeros((1, 1, 5), np.float32))


def calls_of(kernels: Kernels | None) -> int:
    """Count the kernels in a gradient of a sequence."""
    import jax

    from pipeline.networks import scan_jax

    (projected, kernel, bias, _, _, initial), _, _ = arrays_of(CASES[0])

    def total(projected: Any) -> Any:
        loop = Loop(cell_of(CASES[0]), projection_of(projected), Weights(kernel, bias), [], None, initial, False)
        return scan_jax.scan(loop, kernels)[1][0].sum()

    return str(jax.make_jaxpr(jax.grad(total))(projected)).count("pallas_call[")


def fallback(kernels: Kernels) -> list[Any]:
    """Run what the kernel cannot, a wide layer; also count the products that are left to a library."""
    import jax

    from pipeline.networks import scan_jax

    case = Case("lstm", units=129, timesteps=2)
    (projected, kernel, *_, initial), masks, valid = arrays_of(case)

    def hidden(projected: Any) -> Any:
        loop = Loop(cell_of(case), projection_of(projected), Weights(kernel), masks, valid, initial, True)
        return scan_jax.scan(loop, kernels)[0]

    return [np.asarray(jitted(hidden)(projected)), str(jax.make_jaxpr(hidden)(projected)).count("dot_general")]


def model_of(kernels: Kernels) -> Any:
    """A model with a mask, recurrent dropout, and a read-out."""
    from pipeline.networks.dense import Dense
    from pipeline.networks.layers import LSTM

    inputs, mask = keras.Input((5, 3)), keras.Input((5,), dtype="bool")
    recurrent, dense = LSTM(6, recurrent_dropout=0.3, seed=2), Dense(2)
    recurrent.kernels = dense.kernels = kernels
    return keras.Model([inputs, mask], dense(recurrent(inputs, mask=mask)))


def train(kernels: Kernels, runs: list[int]) -> list[Leaves]:
    """Do two updates of a stack of runs; return what each then holds."""
    import jax
    from jax import lax

    keras.utils.set_random_seed(3)
    model = model_of(kernels)
    random = np.random.default_rng(5)
    trainable = [random.standard_normal((3, *v.shape)).astype(np.float32)[runs] for v in model.trainable_variables]
    others = [np.stack([np.asarray(v.value)] * len(runs)) for v in model.non_trainable_variables]
    inputs, mask = random.standard_normal((3, 2, 4, 5, 3)).astype(np.float32)[runs], random.random((2, 4, 5)) < 0.7

    def one(trainable: Any, others: Any, inputs: Any) -> Any:
        def loss(trainable: Any, others: Any, batch: Any) -> Any:
            outputs, others = model.stateless_call(trainable, others, list(batch), training=True)
            return (outputs**2).sum(), others

        def update(values: Any, batch: Any) -> Any:
            (total, others), gradients = jax.value_and_grad(loss, has_aux=True)(*values, batch)
            return ([w - 0.1 * g for w, g in zip(values[0], gradients, strict=True)], others), total

        (trainable, _), totals = lax.scan(update, (trainable, others), (inputs, mask))
        return trainable, totals

    stack = jax.tree.leaves(jitted(jax.vmap(one))(trainable, others, inputs))
    return [[np.asarray(leaf[place]) for leaf in stack] for place in range(len(runs))]


def agree(ours: Leaves, theirs: Leaves, tolerance: float) -> None:
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_kernel_gives_the_states_and_gradients_of_the_scan(case: Case, jax_process: ProcessPoolExecutor) -> None:
    ours, theirs = (jax_process.submit(run_case, case, kernels).result() for kernels in (KERNEL, SCAN))
    agree(ours, theirs, 1e-5)
    assert all(np.abs(leaf).max() > 0 for leaf in theirs)
    assert jax_process.submit(reasons, case, "float32").result() is None  # else it would be the scan twice


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_triton_knows_all_that_the_kernel_does(case: Case, jax_process: ProcessPoolExecutor) -> None:
    text = jax_process.submit(for_a_gpu, case).result()
    for kernel in ("forward", "backward", "over_rows", *["matmul"] * case.gain):
        assert f'name = "{kernel}"' in text
    assert "fma.rn.f32" in text or (case.units <= PART and not case.masks and case.cell != "lstm_fgr")


def test_runs_of_a_stack_end_with_the_bits_of_each_alone(jax_process: ProcessPoolExecutor) -> None:
    stack, alone, scan = (
        jax_process.submit(train, kernels, runs).result()
        for kernels, runs in ((KERNEL, [0, 1, 2]), (KERNEL, [1]), (SCAN, [0, 1, 2]))
    )
    for ours, theirs in zip(stack[1], alone[0], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for ours, theirs in zip(stack, scan, strict=True):
        agree(ours, theirs, 1e-5)
    assert not np.array_equal(stack[0][0], stack[1][0])


def test_what_the_kernel_cannot_do_is_said(jax_process: ProcessPoolExecutor) -> None:
    ask = partial(jax_process.submit, reasons)
    assert ask(Case("lstm", units=128), "float32").result() is None
    assert ask(Case("gru", units=129), "float32").result() == "the kernel does not hold the weights of 129 units"
    assert ask(Case("simple", ("tanh",), units=192), "float32").result() is None
    wide = Case("simple", ("tanh",), units=193)
    assert ask(wide, "float32").result() == "the kernel does not hold the weights of 193 units"
    assert ask(CASES[0], "float64").result() == "the kernel computes in float32, not float64"
    assert ask(CASES[0]._replace(timesteps=0), "float32").result() == "the kernel needs one timestep or more"
    assert jax_process.submit(unknown, "gelu").result() == "the kernel does not have its activations"
    assert jax_process.submit(unknown, "tanh").result() == "the kernel does not have this cell"
    assert ask(Case("lstm_fgr", units=65), "float32").result() == "the kernel does not hold the weights of 65 units"


def test_what_is_left_to_the_scan_has_no_product_of_a_library(jax_process: ProcessPoolExecutor) -> None:
    (ours, none), (theirs, one) = (jax_process.submit(fallback, kernels).result() for kernels in (KERNEL, SCAN))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    assert (none, one) == (0, 1)


def test_a_machine_without_a_gpu_takes_the_scan(jax_process: ProcessPoolExecutor) -> None:
    assert not of_machine().on  # on TensorFlow
    assert not jax_process.submit(of_machine).result().on
    assert [jax_process.submit(calls_of, kernels).result() for kernels in (None, SCAN, KERNEL)] == [
        0,
        0,
        3,
    ]  # forward, backward, and the gradient of the kernel
