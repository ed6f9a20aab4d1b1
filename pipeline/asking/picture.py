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
from pipeline.base.grounds import BLUE, looks, shares, signed

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
_MANY = 32  # steps: of more only some are named
_HEIGHT = 1.0  # inches of a panel
_ROW = 5  # names of lines beside each other


def importance(heard: Heard, kernel: np.ndarray | None, first: int = 0) -> np.ndarray:
    """Weigh each unit of a layer, (units,): how much its output varies from step `first` on, times its read-out."""
    outputs = heard.states[heard.output][first:]
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
        first = question.first if len(one.states["h"]) == len(question.steps) else 0
        order = np.argsort(-importance(one, kernel if one is heard[-1] else None, first), kind="stable")[:UNITS]
        panels += [(_titled(one, name), (name, v[:, order], order)) for name, v in {**one.gates, **one.states}.items()]
    panels += [("the answer if it ended here", answers)] if answers else []
    heights = [_HEIGHT if question.seen.size else _HEIGHT / 3, *[_HEIGHT] * (len(panels) - 1)]
    size = _width(len(question.steps) - question.first), sum(heights) + 0.5
    figure = Figure(figsize=size, layout="constrained")
    figure.suptitle(title.replace("$", r"\$"), fontsize=10)
    drawn = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (name, what) in zip(drawn, panels, strict=True):
        axes.set_title(name, fontsize=8, loc="left")
        axes.tick_params(labelsize=6)
        _draw_panel(axes, what)
        if _steps(what) == len(question.steps):
            _name_steps(axes, question, named=not isinstance(what, tuple))
    drawn[-1].set_xlabel("timestep", fontsize=7)
    return figure


def _titled(heard: Heard, letter: str) -> str:
    way = ", read backwards" if heard.backward else ""
    return f"{heard.layer}: {_NAMES[letter]}{way}"


def _width(steps: int) -> float:
    return min(12.0, max(6.0, 2.0 + 0.25 * steps))


def _steps(what: Any) -> int:
    """Count the steps of a panel; a convolution leaves fewer than the input has."""
    if isinstance(what, Question):
        return len(what.steps)
    return len(what[1]) if isinstance(what, tuple) else len(what)


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
        axes.spines[:].set_visible(False)
    elif names:
        for name, values, look in zip(names, seen.T, looks(len(names)), strict=True):
            axes.plot(values, label=name, linewidth=1, marker="." if len(values) < _MANY else None, **look)
        _name_lines(axes)
    else:
        axes.imshow(seen.T, aspect="auto", cmap=shares(), interpolation="nearest", origin="upper")
        axes.set_ylabel("feature", fontsize=6)


def _draw_units(axes: Axes, name: str, values: np.ndarray, units: np.ndarray) -> None:
    most = max(1.0, float(np.nanmax(np.abs(values), initial=0.0))) if name in _SIGNED else 1.0
    colours, least = (signed(), -most) if name in _SIGNED else (shares(), 0.0)
    shown = axes.imshow(values.T, aspect="auto", interpolation="nearest", cmap=colours, vmin=least, vmax=most)
    axes.set_ylabel("unit", fontsize=6)
    axes.set_yticks(range(len(units)), [str(unit) for unit in units], fontsize=5)
    bar = axes.figure.colorbar(shown, ax=axes, pad=0.01, aspect=8)
    bar.ax.tick_params(labelsize=5)


def _draw_answers(axes: Axes, answers: Sequence[Answer]) -> None:
    """Draw the numbers, or the chances of the classes that are the most probable ones at some step."""
    axes.set_xlim(-0.5, len(answers) - 0.5)
    if answers[0].value is not None:
        axes.plot([answer.value or 0.0 for answer in answers], linewidth=1, color=BLUE)
        return
    last = answers[-1].probabilities
    names = sorted(last, key=lambda name: -last[name])[:3]
    for name, look in zip(names, looks(len(names)), strict=True):
        axes.plot([answer.probabilities[name] for answer in answers], label=name, linewidth=1, **look)
    axes.set_ylim(-0.02, 1.02)
    axes.set_ylabel("probability", fontsize=6)
    _name_lines(axes)


def _name_lines(axes: Axes) -> None:
    """Name the lines above the axes, where the names cover nothing; the title stands left of them."""
    look = {"fontsize": 6, "borderaxespad": 0.2, "frameon": False}
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=min(len(axes.get_lines()), _ROW), **look)


def _name_steps(axes: Axes, question: Question, named: bool) -> None:
    """Write what stands at each step, or at some of many, and leave out the padding before the input."""
    steps, first = question.steps, question.first
    axes.set_xlim(first - 0.5, len(steps) - 0.5)
    places = range(first, len(steps), max(1, -(-(len(steps) - first) // _MANY))) if named else range(0)
    names = [steps[place].replace("$", r"\$") for place in places]  # a dollar sign would begin a formula
    upright = all(len(name) < 5 for name in names)
    axes.set_xticks(list(places), names, fontsize=7, rotation=0 if upright else 90)
