"""What a worker process says of the run that it trains."""

from dataclasses import dataclass

from pipeline.training.rows import Row

History = dict[str, list[float | None]]


@dataclass(frozen=True)
class Resumed:
    """It goes on from a checkpoint; `history` is what it had come to."""

    history: History

    @property
    def epochs(self) -> int:
        """How many epochs it had trained."""
        return len(self.history["loss"])


@dataclass(frozen=True)
class EpochEnd:
    """An epoch is trained."""

    epoch: int
    metrics: dict[str, float]


@dataclass(frozen=True)
class Finished:
    """It is trained; what it gave lies in its directory."""

    row: Row


@dataclass(frozen=True)
class Failed:
    """It ended with an error."""

    message: str
    died: bool = False  # its process ended; asked again, the run goes on from its checkpoint


Event = Resumed | EpochEnd | Finished | Failed
