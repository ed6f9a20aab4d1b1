"""A step of an LSTM with peepholes and its gradient, a gate at a time, for `peephole_lstm` and the kernel of a GPU."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from keras import ops

from pipeline.networks.activations import Function
from pipeline.networks.arrays import split
from pipeline.spec.cells import CellSpec

SEEN = "ifo"  # the gates that the next step sees, in the order of their matrices' rows and columns
NOT_SEEN = (0.0, 0.0, 0.0)


class Gates(NamedTuple):
    """The values of the gates in a step, the candidate g among them; 1.0 where a cell lacks one."""

    i: Any
    f: Any
    g: Any
    o: Any


class PeepholeStep:
    """The equations of a cell (see `peephole_lstm`). All arrays are of one shape, but peepholes may be of one row."""

    def __init__(self, spec: CellSpec, activation: Function, gate: Function, linear: Function) -> None:
        self._spec, self._gate = spec, gate
        self._inner, self._outer = (linear if name in spec.linear else activation for name in "gh")

    def _named(self, peepholes: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(self._spec.peepholes, peepholes, strict=True))

    def forward(self, inputs: Sequence[Any], c: Any, peepholes: Sequence[Any]) -> tuple[Any, Any, Gates]:
        """Compute h and c after a step, and its gates, from what each gate of the cell gets besides its peephole."""
        z, p = dict(zip(self._spec.gates, inputs, strict=True)), self._named(peepholes)

        def opened(name: str, seen: Any) -> Any:
            return self._gate.value(z[name] + p[name] * seen) if name in z else 1.0

        i = opened("i", c)
        f = 1 - i if self._spec.coupled else opened("f", c)
        g = self._inner.value(z["g"])
        after = f * c + i * g
        o = opened("o", after)
        return o * self._outer.value(after), after, Gates(i, f, g, o)

    def kept(self, gates: Gates) -> list[Any]:
        """List the gates that the cell has: all that its gradient needs to know of them."""
        return [getattr(gates, name) for name in self._spec.gates]

    def back(
        self,
        kept: Sequence[Any],
        c: tuple[Any, Any],
        gradients: tuple[Any, Any],
        peepholes: Sequence[Any],
        seen: Sequence[Any] = NOT_SEEN,
    ) -> tuple[list[Any], Any]:
        """Compute the gradients of what each gate of the cell gets, and of c before the step, but not through h.

        kept: a result of `kept`; c: before and after the step; gradients: of h and c after it; seen: of the gates i, f
        and o, where the next step sees them.
        """
        spec, p = self._spec, dict.fromkeys(SEEN, 0.0) | self._named(peepholes)
        values = dict.fromkeys(SEEN, 1.0) | dict(zip(spec.gates, kept, strict=True))
        i, f, g, o = (values[name] for name in Gates._fields)
        f = 1 - i if spec.coupled else f

        def through(name: str, gradient: Any) -> Any:
            function = self._inner if name == "g" else self._gate
            return gradient * function.slope(values[name]) if name in spec.gates else 0.0

        (before, after), (dh, dc), (di, df, do) = c, gradients, seen
        y = self._outer.value(after)
        z_o = through("o", do + dh * y)
        dc = dc + dh * o * self._outer.slope(y) + z_o * p["o"]
        di, df = di + dc * g, df + dc * before
        di = di - df if spec.coupled else di
        z = {"i": through("i", di), "f": through("f", df), "g": through("g", dc * i), "o": z_o}
        return [z[name] for name in spec.gates], dc * f + z["i"] * p["i"] + z["f"] * p["f"]


def peephole_gradient(spec: CellSpec, c: Any, gradient: Any) -> Any:
    """Compute the gradient of the peepholes, (their number, units): i and f see c from before a step.

    c: before the first step and after every step, (timesteps + 1, batch, units); gradient: that of what the gates get,
    (timesteps, batch, gates * units).
    """
    before, after = c[:-1], c[1:]
    z = dict(zip(spec.gates, split(gradient, len(spec.gates)), strict=True))
    products = [z[name] * (after if name == "o" else before) for name in spec.peepholes]
    return ops.sum(ops.stack(products), axis=(1, 2))
