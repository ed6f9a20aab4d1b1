"""What a family measures beyond the figures that every run has."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pipeline.experiments import Experiment
from pipeline.spec.data import Data

if TYPE_CHECKING:
    from pipeline.training.fit import Outcome

Measure = Callable[[Experiment, Data, Any, "Outcome", int], "Further"]


@dataclass(frozen=True)
class Further:
    """Metrics, facts (texts by name, for claims that are no figures), curves by name, and files kept with the run."""

    metrics: dict[str, float] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    curves: dict[str, list[float]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


def further(
    family: ModuleType, experiment: Experiment, data: Data, model: Any, outcome: "Outcome", seed: int
) -> Further:
    """Return what the family's `afterwards(experiment, data, model, outcome, seed)` measures, if it has one."""
    measure: Measure | None = getattr(family, "afterwards", None)
    return measure(experiment, data, model, outcome, seed) if measure else Further()
