"""What a family measures in addition to the metrics of every run."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Extras:
    """Metrics, facts (texts by name, for claims that are not figures), curves by name, and files kept with the run."""

    metrics: dict[str, float] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    curves: dict[str, list[float]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
