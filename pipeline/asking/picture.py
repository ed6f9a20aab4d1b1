"""The picture of what a network heard: the input, then gates, states and answer at every step.

Of a layer the units are shown that matter to the answer: those that vary most, weighted by what the read-out makes of
them where it reads them directly.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.asking.hearing import Heard
from pipeline.asking.question import Answer, Facts, Question, Reader

UNITS = 8  # shown of a layer
_NAMES = {
    "i": "input gate",
    "f": "forget gate",
    "g": "candidate",
    "o": "output gate",
    "z": "update gate",
    "r": "reset gate",
    "n": "candidate",
    "a": "kept share",
    "h": "output h",
    "c": "cell state c",
}
_SIGNED = "gnhc"  # from -1 to 1 or beyond; gates are from 0 to 1
_MANY = 45  # steps: of more only some are named
_HEIGHT = {True: 1.5, False: 0.9}  # inches of a panel, with its steps named or not


def importance(heard: Heard, kernel: np.ndarray | None) -> np.ndarray:
    """Weigh each unit of a layer, (units,): how much its output varies over the steps, times its read-out weight."""
    outputs = heard.states[heard.output]
    varies: np.ndarray = outputs.std(axis=0) if len(outputs) > 1 else np.abs(outputs[0])
    return varies if kernel is None else varies * np.linalg.norm(kernel, axis=1)


def read_out(network: Any, heard: Sequence[Heard]) -> tuple[np.ndarray, np.ndarray] | None:
    """Find kernel and bias of a read-out that is one product with the last layer's output, or None."""
    after = [layer for layer in network.layers if type(layer).__name__ in ("Dense", "Bidirectional", "Concatenate")]
    if not heard or len(after) != 1 or "Pooling" in " ".join(type(layer).__name__ for layer in network.layers[-3:]):
        return None
    kernel, bias = after[0].get_weights()
    return (kernel, bias) if len(kernel) == heard[-1].states["h"].shape[1] else None


def so_far(reader: Reader, facts: Facts, heard: Heard, weights: tuple[np.ndarray, np.ndarray]) -> list[Answer]:
    """Answer after every step, as if the input ended there."""
    kernel, bias = weights
    return [reader.answer(outputs, facts) for outputs in heard.states[heard.output] @ kernel + bias]


def draw(
    title: str, question: Question, heard: Sequence[Heard], kernel: np.ndarray | None, answers: Sequence[Answer]
) -> Figure:
    """Draw the input, every layer, and the answer so far; a panel each, one above the other."""
    panels: list[tuple[str, Any]] = [("input", question)]
    for one in heard:
        of_last = kernel if one is heard[-1] else None
        chosen = np.argsort(-importance(one, of_last), kind="stable")[:UNITS]
        panels += [(_titled(one, name), (name, v[:, chosen], chosen)) for name, v in {**one.gates, **one.states}.items()]
    panels += [("answer if it ended here", answers)] if answers else []
    heights = [_HEIGHT[place == 0 or place == len(panels) - 1] for place in range(len(panels))]
    figure = Figure(figsize=(_width(len(question.steps)), sum(heights) + 0.6), layout="constrained")
    figure.suptitle(title, fontsize=10)
    axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    for place, (one, (name, what)) in enumerate(zip(axes, panels, strict=True)):
        one.set_title(name, fontsize=8, loc="left")
        one.tick_params(labelsize=7)
        _draw_panel(one, what)
        _name_steps(one, question.steps if _same(what, question) else [], place in (0, len(panels) - 1))
    return figure


def _titled(heard: Heard, letter: str) -> str:
    way = ", read backwards" if heard.backward else ""
    return f"{heard.layer}: {_NAMES[letter]}{way}"


def _width(steps: int) -> float:
    return min(14.0, max(6.0, 2.0 + 0.22 * steps))


def _same(what: Any, question: Question) -> bool:
    """Check whether a panel has a place for each step of the input; a convolution leaves fewer."""
    return not isinstance(what, tuple) or len(what[1]) == len(question.steps)


def _draw_panel(axes: Axes, what: Any) -> None:
    if isinstance(what, Question):
        _draw_input(axes, what)
    elif isinstance(what, tuple):
        _draw_units(axes, *what)
    else:
        _draw_answers(axes, what)


def _draw_input(axes: Axes, question: Question) -> None:
    seen, names = question.seen, question.features
    axes.set_xlim(-0.5, len(question.steps) - 0.5)
    if not seen.size:
        axes.set_yticks([])
    elif names:
        for name, values in zip(names, seen.T, strict=True):
            axes.plot(values, label=name, linewidth=1, marker="." if len(values) < _MANY else None)
        axes.legend(fontsize=7)
    else:
        axes.imshow(seen.T, aspect="auto", cmap="Greys", interpolation="nearest", origin="upper")


def _draw_units(axes: Axes, name: str, values: np.ndarray, units: np.ndarray) -> None:
    most = max(1.0, float(np.nanmax(np.abs(values), initial=0.0))) if name in _SIGNED else 1.0
    scale = {"cmap": "RdBu_r", "vmin": -most, "vmax": most} if name in _SIGNED else {"cmap": "Blues", "vmin": 0, "vmax": 1}
    shown = axes.imshow(values.T, aspect="auto", interpolation="nearest", **scale)
    axes.set_yticks(range(len(units)), [str(unit) for unit in units], fontsize=5)
    bar = axes.figure.colorbar(shown, ax=axes, pad=0.01, aspect=8)
    bar.ax.tick_params(labelsize=5)


def _draw_answers(axes: Axes, answers: Sequence[Answer]) -> None:
    """Draw the numbers, or the chances of the classes that are the most probable ones at some step."""
    axes.set_xlim(-0.5, len(answers) - 0.5)
    if answers[0].value is not None:
        axes.plot([answer.value for answer in answers], linewidth=1)
        return
    last = answers[-1].probabilities
    for name in sorted(last, key=lambda name: -last[name])[:3]:
        axes.plot([answer.probabilities[name] for answer in answers], label=name, linewidth=1)
    axes.set_ylim(-0.02, 1.02)
    axes.legend(fontsize=7)


def _name_steps(axes: Axes, steps: Sequence[str], named: bool) -> None:
    every = max(1, -(-len(steps) // _MANY))
    places = range(0, len(steps), every) if named else []
    names = [_plain(steps[place]) for place in places]
    upright = all(len(name) < 3 for name in names)
    axes.set_xticks(list(places), names, fontsize=7, rotation=0 if upright else 90)


def _plain(step: str) -> str:
    """Keep matplotlib from reading a dollar sign as mathematics."""
    return step.replace("$", r"\$")
