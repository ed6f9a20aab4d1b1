"""A trained network, loaded to be asked, and what its recurrent layers do at every step: gates and states.

The network runs eagerly, layer by layer. The loop over time of our layers then calls the cell's own `step`, which is
watched: what is shown is what answered, not a second computation.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.asking.question import Question
from pipeline.base.console import UserError
from pipeline.networks.runtime import PLAIN_XLA, start_tensorflow

Series = dict[str, np.ndarray]  # by letter, (steps, units) each
_GATES = {"lstm": "ifgo", "gru": "zrn", "mgu": "fn", "simple": ""}


@dataclass(frozen=True)
class Heard:
    """What one recurrent layer did: its gates and states by letter, in the order of the steps of the input.

    A `backward` layer has heard them in the other order. `output` is the letter of the state that it hands on.
    """

    layer: str
    gates: Series
    states: Series
    backward: bool = False
    output: str = "h"


def load_network(path: Path) -> Any:
    """Load a network to run on the CPU, whatever it was trained on. Raises UserError."""
    if "tensorflow" not in sys.modules:
        start_tensorflow({"CUDA_VISIBLE_DEVICES": "-1"}, PLAIN_XLA)
    import keras

    from pipeline.networks import baselines, model  # noqa: F401  they register what a network is made of

    try:
        network = keras.saving.load_model(path, safe_mode=True)
    except (OSError, ValueError, TypeError) as error:
        raise UserError(f"{path} is not a network that can be loaded ({' '.join(str(error).split())[:200]})") from None
    return network


def ask(network: Any, question: Question) -> np.ndarray:
    """Let a network hear the rows of a question, and return its outputs for the last one, (outputs,).

    One with state begins in silence, and hears one row after the other.
    """
    for layer in network._flatten_layers():
        if getattr(layer, "stateful", False):
            layer.reset_state()
    outputs = [_outputs(network, question, row) for row in range(len(question.sequences))]
    last: np.ndarray = outputs[-1]
    return last


def _outputs(network: Any, question: Question, row: int) -> np.ndarray:
    inputs = [question.sequences[row : row + 1], question.lengths[row : row + 1]][: len(network.inputs)]
    outputs: np.ndarray = network(inputs, training=False).numpy()
    return outputs[0]


def hear(network: Any, question: Question) -> tuple[np.ndarray, list[Heard]]:
    """Ask, and return the outputs with what every recurrent layer did on the last row."""
    with ExitStack() as stack:
        watched = [(layer, stack.enter_context(_watched(layer))) for layer in _recurrent(network)]
        outputs = ask(network, question)
    rows = len(question.sequences)
    return outputs, [_heard(layer, tape[-(len(tape) // rows) :], question) for layer, tape in watched if tape]


def _recurrent(network: Any) -> list[Any]:
    """List the recurrent layers in order, of two directions the forward one first."""
    from pipeline.networks.loop import FastLoop

    sides = [
        [getattr(layer, "forward_layer", layer), getattr(layer, "backward_layer", None)] for layer in network.layers
    ]
    return [layer for side in sides for layer in side if isinstance(layer, FastLoop)]


@contextmanager
def _watched(layer: Any) -> Iterator[list[Any]]:
    """Yield a tape of (kept, new states) of every step, or of (a, b) where no gate sees h, while the body runs."""
    tape: list[Any] = []
    name = "_coefficients" if hasattr(layer, "_coefficients") else "_cell"
    watch = _all_at_once if name == "_coefficients" else _step_by_step
    object.__setattr__(layer, name, partial(watch, getattr(layer, name), tape))
    try:
        yield tape
    finally:
        object.__delattr__(layer, name)


def _step_by_step(make: Any, tape: list[Any]) -> Any:
    cell = make()

    def step(x: Any, a: Any, states: list[Any], *more: Any) -> tuple[list[Any], Any]:
        new, kept = cell.step(x, a, states, *more)
        tape.append((None if kept is None else kept.numpy()[0], [state.numpy()[0] for state in new]))
        return new, kept

    return cell._replace(step=step)


def _all_at_once(coefficients: Any, tape: list[Any], projected: Any) -> tuple[Any, Any]:
    """Watch h' = a h + b, whose steps are computed together."""
    a, b = coefficients(projected)
    h = np.zeros(a.shape[2], np.float32)
    for keep, new in zip(a.numpy()[:, 0], b.numpy()[:, 0], strict=True):
        h = keep * h + new
        tape.append((keep, [h]))
    return a, b


def _heard(layer: Any, tape: list[Any], question: Question) -> Heard:
    """Sort the tape of one row into gates and states. The state of FGR carries its gates along."""
    tape = _in_order(tape, layer.go_backwards, question)
    letters, units = _letters(layer), layer.cell.output_size
    kept = np.stack([kept for kept, _ in tape]) if letters else np.empty((len(tape), 0))
    gates = {name: kept[:, place * units : (place + 1) * units] for place, name in enumerate(letters)}
    names = "hc"[: len(tape[0][1])]
    states = {name: np.stack([new[place][:units] for _, new in tape]) for place, name in enumerate(names)}
    return Heard(layer.name, gates, states, bool(layer.go_backwards), "c" if layer.return_state else "h")


def _in_order(tape: list[Any], backward: bool, question: Question) -> list[Any]:
    """Sort the steps as in the input, without the padding after the end, which changes no state."""
    tape = tape[::-1] if backward else tape
    return tape[: question.lengths[-1]] if len(tape) == question.sequences.shape[1] else tape


def _letters(layer: Any) -> str:
    """Name the blocks that a cell keeps of a step: its gates, and what it would write."""
    if hasattr(layer, "_coefficients"):
        return "a"
    kind = getattr(layer.cell, "variant", type(layer).__name__).lower()
    return next((letters for name, letters in _GATES.items() if kind.startswith(name)), "")
