"""Which options of an experiment go together, said before anything is built. Needs no TensorFlow."""

from typing import TYPE_CHECKING

from pipeline.networks.initial import GATES

if TYPE_CHECKING:
    from pipeline.experiments import Experiment
    from pipeline.training.data import Data

BASELINES = ("constant", "last_value")  # a family makes them itself, where they mean something
_OF_RECURRENT = (
    *("layers", "bidirectional", "merge", "layer_norm", "state", "truncation"),
    *("l1", "l2", "dropout", "recurrent_dropout"),
)
_MORE_THAN_ONE_LAYER = ("embedding", "filters", "layers", "bidirectional", "hidden")


def _changed(experiment: "Experiment", names: tuple[str, ...]) -> list[str]:
    """Return those of the options that do not have their default."""
    fields = type(experiment).model_fields
    return [name for name in names if getattr(experiment, name) != fields[name].default]


def misfit(experiment: "Experiment") -> str | None:
    """Return what of an experiment's network does not go together, as `key: fault; remedy`, or None."""
    variant, recurrent = experiment.variant, experiment.variant in GATES
    idle = [] if recurrent else _changed(experiment, _OF_RECURRENT)
    if idle:
        return f"{idle[0]}: '{variant}' has no recurrent layer; leave it out"
    if recurrent and not experiment.units:
        return f"units: 0 is no layer, and '{variant}' needs one; write 1 or more"
    if experiment.pool > 1 and not experiment.filters:
        return f"pool: {experiment.pool} needs a convolution; write filters, or leave pool out"
    if variant == "cnn" and not experiment.filters:
        return "filters: 0 is no convolution, and 'cnn' needs one; write 1 or more"
    if variant == "lstm_state" and experiment.bidirectional:
        return "bidirectional: 'lstm_state' reads in one direction only; take 'lstm'"
    if experiment.stateful and experiment.batch != 1:
        return f"batch: a state is carried from row to row, so {experiment.batch} rows cannot be one batch; write 1"
    return None


def misfit_of_data(experiment: "Experiment", data: "Data", drawn: bool) -> str | None:
    """Return what of an experiment's network does not go with its data, as `key: fault; remedy`, or None.

    `drawn` says that the first weights are the documents' draw, which is of one recurrent layer and its read-out.
    """
    if experiment.variant in BASELINES:
        return f"variant: the family '{experiment.family}' has no '{experiment.variant}'; take a network that learns"
    if experiment.embedding and not data.symbols:
        return f"embedding: {experiment.embedding} needs ids, and the steps are vectors; write 0"
    if data.masked and (experiment.filters or experiment.variant not in GATES):
        return f"{'filters' if experiment.filters else 'variant'}: cannot leave out the padding; take a recurrent layer"
    if experiment.filters and (data.timesteps - experiment.kernel + 1) // experiment.pool < 1:
        both = f"{experiment.kernel} steps and a pool of {experiment.pool}"
        return f"kernel: {both} leave nothing of {data.timesteps} steps; write a smaller kernel or pool"
    many = _changed(experiment, _MORE_THAN_ONE_LAYER)
    if drawn and (many or experiment.variant not in GATES):
        return f"{many[0] if many else 'variant'}: the documents drew one recurrent layer; write protocol: corrected"
    return None
