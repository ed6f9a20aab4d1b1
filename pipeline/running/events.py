"""The events that a worker process sends about the run that it trains."""

from dataclasses import dataclass

from pipeline.training.rows import Row

History = dict[str, list[float | None]]


@dataclass(frozen=True)
class Ready:
    """The process has started its engine and waits for its first run."""


@dataclass(frozen=True)
class Resumed:
    """The run resumes from a checkpoint; `history` is what it had logged by then."""

    history: History

    @property
    def epochs(self) -> int:
        """Number of epochs trained before."""
        return len(self.history["loss"])


@dataclass(frozen=True)
class EpochEnd:
    """An epoch has ended."""

    epoch: int
    metrics: dict[str, float]


@dataclass(frozen=True)
class Finished:
    """The run is trained; its files are in its directory."""

    row: Row


@dataclass(frozen=True)
class Failed:
    """The run ended with an error."""

    message: str
    died: bool = False  # its process ended; the next attempt resumes from the checkpoint
    traceback: str = ""  # the file that has it

    @property
    def text(self) -> str:
        """The message, and where to find more."""
        return f"{self.message} (traceback: {self.traceback})" if self.traceback else self.message


Event = Resumed | EpochEnd | Finished | Failed
