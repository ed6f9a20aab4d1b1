"""Where an experiment trains if the engine is left to the machine: on a GPU or on the cores, by what was measured.

The figures are those of `calibration`, kept in mlruns/costs.json. Networks alike share them, so that a grid needs few.
A choice that was made stays, whatever is asked for later: runs of another engine are other runs.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from pipeline.base.console import UserError
from pipeline.base.files import write_json
from pipeline.base.layout import MLRUNS
from pipeline.experiments.registry import FAMILIES
from pipeline.running.engines import engine_of, has_gpu
from pipeline.spec.cells import CELLS
from pipeline.spec.experiment import Experiment
from pipeline.spec.run import JAX, TENSORFLOW

COSTS = MLRUNS / "costs.json"
# The most units that a kernel takes, by layer; gates that see gates need more weights. See `networks/scan_kernel.py`.
KERNEL_UNITS, KERNEL_UNITS_BETWEEN = {"simple_rnn": 192, "lstm": 128, "gru": 128, "mgu": 128}, 64


Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]


class Cost(BaseModel):
    """Seconds that an epoch of a run takes: on a core, and its share of a GPU in a stack of so many runs.

    None where it could not be measured, but not both.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    tensorflow: Seconds | None
    jax: Seconds | None
    stack: Annotated[int, Field(ge=0)]
    cores: Count
    gpus: Count = 1
    device: Annotated[str, Field(pattern=r"^[\w .,:;()/-]*$")]

    @model_validator(mode="after")
    def _measured(self) -> "Cost":
        if self.tensorflow is None and self.jax is None:
            raise ValueError("neither engine was measured")
        return self

    @property
    def engine(self) -> str:
        """The engine that trains such runs in less time, all cores beside all GPUs."""
        if self.tensorflow is None or self.jax is None:
            return JAX if self.tensorflow is None else TENSORFLOW
        return JAX if self.jax / self.gpus < self.tensorflow / self.cores else TENSORFLOW

    @property
    def text(self) -> str:
        """The figures for people."""
        said = []
        if self.jax is not None:
            of = "a GPU" if self.gpus == 1 else f"one of {self.gpus} GPUs"
            said.append(f"{1000 * self.jax:.3g} ms of {of} ({self.device}, {self.stack} runs at once)")
        if self.tensorflow is not None:
            said.append(f"{1000 * self.tensorflow:.3g} ms of one of {self.cores} cores")
        missing = "" if len(said) > 1 else f", and could not be measured on a {'GPU' if self.jax is None else 'core'}"
        return f"an epoch of a run takes {' and '.join(said)}{missing}"


_KEPT = TypeAdapter(dict[str, Cost])


def in_kernel(experiment: Experiment) -> bool:
    """Check whether a GPU has a kernel for the loop over time of this network."""
    cell = CELLS.get(experiment.variant)
    if cell is None:
        return False
    return experiment.units <= (KERNEL_UNITS_BETWEEN if cell.between else KERNEL_UNITS.get(cell.layer, 0))


def alike(experiment: Experiment) -> str:
    """Name what experiments share that cost about the same: data, batch and size, and whether there is a kernel."""
    units = 1 << max(experiment.units - 1, 0).bit_length()
    network = f"{experiment.layers} x {2 if experiment.bidirectional else 1} x {units} units"
    kind = "kernel" if in_kernel(experiment) else "scan" if experiment.variant in CELLS else experiment.variant
    kind += ", normalised" if experiment.recurrent.layer_norm else ""
    folder = FAMILIES[experiment.family].folder(experiment)
    return f"{experiment.family}/{folder}, batch {experiment.batch}: {network}, {kind}"


def trains(experiment: Experiment) -> bool:
    """Check whether there is a network to train by updates at all."""
    return bool(experiment.epochs) and (experiment.variant in CELLS or experiment.variant in ("mlp", "cnn"))


def read(path: Path = COSTS) -> dict[str, Cost]:
    """Read the costs that were measured, by `alike`. Raises UserError for a file that is not one of them."""
    if not path.exists():
        return {}
    try:
        return _KEPT.validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        why = ": ".join([".".join(map(str, first["loc"])) or "the file", first["msg"]])
        raise UserError(f"{path}: not the costs that were measured ({why}); remove it, and they are again") from None


def write(costs: dict[str, Cost], path: Path = COSTS) -> None:
    """Keep the costs."""
    write_json(path, {name: cost.model_dump() for name, cost in costs.items()})


def left_to_the_machine(option: str) -> bool:
    """Check whether `run.engine` leaves a choice here."""
    return option == "auto" and has_gpu()


def chooser(option: str, path: Path = COSTS) -> Callable[[Experiment], str]:
    """Make the function that chooses the engine of an experiment for `run.engine`.

    What was not measured trains on JAX if there is a GPU.
    """
    if not left_to_the_machine(option):
        engine = engine_of(option)
        return lambda experiment: engine
    costs = read(path)

    def choose(experiment: Experiment) -> str:
        if not trains(experiment):
            return TENSORFLOW
        found = costs.get(alike(experiment))
        return found.engine if found else JAX

    return choose
