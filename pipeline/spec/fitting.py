"""Which options of a network fit which data; checked once the windows exist."""

from pipeline.base.console import UserError
from pipeline.spec.cells import BASELINES, CELLS, CONSTANT, FOREST
from pipeline.spec.data import Data
from pipeline.spec.experiment import Experiment
from pipeline.spec.group import Rule, first_broken


def _clips(d: Data) -> bool:
    """Whether the rows are whole clips of bands."""
    return not d.symbols and not d.masked and d.sequences.ndim == 3


def _bands(d: Data) -> int:
    return int(d.sequences.shape[-1])


def _conv1d_steps(e: Experiment, d: Data) -> int:
    """Compute how many steps the 1-D convolution and its pooling leave."""
    timesteps, _ = e.frontend.extent(d.timesteps, 1)
    return (timesteps - e.frontend.kernel_size + 1) // e.frontend.pool_size


RULES = (
    Rule("batch", lambda e, d: not len(d.train(1)),
         "{e.batch} rows are more than the training part has; write a smaller batch"),
    Rule("variant", lambda e, d: e.variant in BASELINES,
         "the family '{e.family}' does not support '{e.variant}'; choose a network that trains"),
    Rule("variant", lambda e, d: e.variant == FOREST and not (_clips(d) and d.labels),
         "'forest' is for classes of whole clips of bands; choose a network that trains"),
    Rule("frontend", lambda e, d: (e.frontend.reads_bands or e.augmentation.mixup > 0) and not _clips(d),
         "mfcc, conv2d and mixup need whole clips of bands; leave them out"),
    Rule("frontend.mfcc",
         lambda e, d: e.frontend.mfcc is not None and e.frontend.mfcc.coefficients > _bands(d),
         "{e.frontend.mfcc.coefficients} coefficients are more than the {d.sequences.shape[2]} bands; write fewer"),
    Rule("frontend",
         lambda e, d: e.frontend.reads_bands and not all(e.frontend.extent(d.timesteps, _bands(d))),
         "{d.timesteps} steps of {d.sequences.shape[2]} bands leave no output; use smaller blocks"),
    Rule("frontend.embedding_dim", lambda e, d: e.frontend.embedding_dim > 0 and not d.symbols,
         "{e.frontend.embedding_dim} needs ids, and the steps are vectors; write 0"),
    Rule("variant", lambda e, d: d.masked and e.variant not in CELLS,
         "'{e.variant}' cannot ignore padding; choose a recurrent variant"),
    Rule("frontend.kernel_size", lambda e, d: e.frontend.filters > 0 and _conv1d_steps(e, d) < 1,
         "{e.frontend.kernel_size} steps and a pool of {e.frontend.pool_size} leave nothing of {d.timesteps} steps; "
         "write a smaller kernel_size or pool_size"),
)  # fmt: skip


def misfit(experiment: Experiment, data: Data, drawn: bool) -> str | None:
    """Find what in an experiment does not fit its data, as `key: fault; remedy`, or None.

    `drawn`: the initial weights are the documents' draw.
    """
    if experiment.variant == CONSTANT:
        return None
    if drawn and not experiment.drawable:
        return (
            "protocol: the documents' initial weights are defined for one plain recurrent layer only; write corrected"
        )
    return first_broken(RULES, e=experiment, d=data)


def require_fit(experiment: Experiment, data: Data, drawn: bool = False) -> None:
    """Raise UserError, with the name of the experiment, if it does not fit its data."""
    fault = misfit(experiment, data, drawn)
    if fault:
        raise UserError(f"experiments.{experiment.family}.{experiment.name}.{fault}")
