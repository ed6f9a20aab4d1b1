"""On which scale a metric is judged, and how narrow an interval must be for a verdict: written down here beforehand.

A share (an accuracy, a probability) is judged by its logit, so that no interval leaves 0 to 1; an error, a time, a
gradient or any other positive figure by its logarithm, since such figures spread in proportion to their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from pipeline.judging.printed import Term, parse_metric

_SHARES = ("accuracy", "correct")
_ERRORS = ("loss", "mse", "mae", "celsius")
_POSITIVE = ("seconds", "gradient_reach", "gradient_reach_first", "gradient_reach_far")
MANY = 1_000_000  # samples of a share that is not known to be one of few
TINY = 1e-6  # results are rounded to six decimals, so a smaller figure is shown as 0


@dataclass(frozen=True)
class Scale:
    """`figure`: half of the widest interval of one run that still says something, in points for a share and as a factor
    else. `ordering`: the largest mean difference, in the same terms, that counts as none."""

    name: str
    figure: float
    ordering: float

    def into(self, values: Sequence[float], size: int | None = None) -> np.ndarray:
        """Bring values to the scale. `size`: of how many samples shares are; half a sample is added to either side, as
        Jeffreys does, so that all or none of them is a finite logit."""
        given = np.asarray(values, float)
        if self.name == "share":
            size = size or MANY
            given = (given.clip(0, 1) * size + 0.5) / (size + 1)
            return np.log(given / (1 - given))
        return np.log(np.maximum(given, TINY))

    def back(self, value: float, size: int | None = None) -> float:
        """Bring a value back to the unit of the metric."""
        if self.name == "share":
            size = size or MANY
            share = 1 / (1 + exp(-value)) if value > -700 else 0.0
            return min(max((share * (size + 1) - 0.5) / size, 0.0), 1.0)
        return exp(min(value, 700))

    def half(self, low: float, high: float) -> float:
        """Compute half the width of an interval, in the terms of `figure`."""
        return (high - low) / 2 if self.name == "share" else (high / max(low, TINY)) ** 0.5

    def step_text(self) -> str:
        """Format the margin of an ordering."""
        return f"{self.ordering * 100:g} point" if self.name == "share" else f"a factor of {self.ordering:g}"

    def margin(self) -> str:
        """Describe the margins of figures in words."""
        return f"{self.figure * 100:g} points" if self.name == "share" else f"a factor of {self.figure:g}"

    @property
    def step(self) -> float:
        """`ordering` as a difference: of shares, or of logarithms."""
        return self.ordering if self.name == "share" else log(self.ordering)


SHARE = Scale("share", 0.05, 0.01)
POSITIVE = Scale("positive", 1.25, 1.05)


def scale_of(metric: str) -> Scale:
    """Find the scale of a metric. Raises ValueError for a metric that no run measures."""
    name = parse_metric(metric).name
    if name.endswith(_SHARES) or name.startswith("probability of "):
        return SHARE
    if name.endswith(_ERRORS) or name.endswith("seconds") or name in _POSITIVE:
        return POSITIVE
    raise ValueError(f"metric '{metric}' is not one that runs measure; correct its name")


def scale_of_terms(terms: Sequence[Term]) -> Scale:
    """Find the scale on which terms are compared: that of their metrics, which must agree; raises ValueError."""
    scales = {scale_of(piece.metric) for term in terms for piece in term.pieces}
    if len(scales) != 1:
        raise ValueError("the terms have metrics of different kinds, or none; compare figures of one kind")
    return scales.pop()
