"""Which options of an experiment go together, said before anything is built. Needs no TensorFlow."""

from typing import TYPE_CHECKING

from pipeline.spec.cells import ANATOMY, Anatomy

if TYPE_CHECKING:
    from pipeline.experiments import Experiment
    from pipeline.spec.data import Data

BASELINES = ("constant", "last_value")  # the latter a family makes itself, where it means something
FOREST = "forest"  # no network at all, see `training/forest.py`
_OF_RECURRENT = (
    *("pooling", "summary"),
    *("layers", "bidirectional", "merge", "layer_norm", "state", "truncation"),
    *("l1", "l2", "dropout", "recurrent_dropout"),
)
_MORE_THAN_ONE_LAYER = (
    "embedding",
    "convolutions",
    "filters",
    "layers",
    "bidirectional",
    "layer_norm",
    "pooling",
    "hidden",
)


def _changed(experiment: "Experiment", names: tuple[str, ...]) -> list[str]:
    """Return those of the options that do not have their default."""
    fields = type(experiment).model_fields
    return [name for name in names if getattr(experiment, name) != fields[name].default]


def _misfit_of_cell(experiment: "Experiment", parts: Anatomy) -> str | None:
    """Return what of the options does not go with the cell of a recurrent variant, or None."""
    variant = experiment.variant
    if not experiment.units:
        return f"units: 0 is no layer, and '{variant}' needs one; write 1 or more"
    if experiment.layer_norm and experiment.units == 1:
        return "layer_norm: one unit less its own mean is always 0; write 2 units or more"
    if not parts.forgets and _changed(experiment, ("forget_bias",)):
        return f"forget_bias: '{variant}' has no forget gate; leave it out"
    idle = [] if parts.recurrent else _changed(experiment, ("recurrent_dropout", "activation"))
    if idle:
        return f"{idle[0]}: '{variant}' hears no h and has no activation; leave it out"
    if variant == "min_lstm" and experiment.gates == "hard_sigmoid":
        return "gates: hard ones can both be 0, and 'min_lstm' divides by their sum; write sigmoid"
    return None


def _misfit_of_directions(experiment: "Experiment") -> str | None:
    """Return what of the options does not go with one direction, or with two, or None."""
    if not experiment.bidirectional:
        alone = _changed(experiment, ("merge",))
        return f"merge: '{experiment.merge}' is of two directions; write bidirectional: true" if alone else None
    if experiment.variant == "lstm_state":
        return "bidirectional: 'lstm_state' reads in one direction only; take 'lstm'"
    if experiment.stateful:
        return "state: what reads backwards ends where the row began, and has nothing to hand on; write none"
    return None


def misfit(experiment: "Experiment") -> str | None:
    """Return what of an experiment's network does not go together, as `key: fault; remedy`, or None."""
    variant, parts = experiment.variant, ANATOMY.get(experiment.variant)
    idle = [] if parts else _changed(experiment, _OF_RECURRENT)
    if idle:
        return f"{idle[0]}: '{variant}' has no recurrent layer; leave it out"
    if variant == FOREST and (experiment.epochs != 1 or not getattr(experiment, "tile", False)):
        return "variant: 'forest' learns whole clips in one go; write epochs: 1 and tile: true"
    if variant in BASELINES and experiment.epochs:
        return f"epochs: '{variant}' learns nothing in {experiment.epochs} epochs; write 0"
    if experiment.segment and experiment.convolutions:
        return "convolutions: cepstra of segments are no neighbours; write segment: 0, or leave them out"
    if not (experiment.segment or experiment.convolutions) and _changed(experiment, ("varied",)):
        return "varied: only log-mel bands can be varied; write segment or convolutions, or leave it out"
    if experiment.together > 1 and not experiment.convolutions:
        return f"together: {experiment.together} needs convolutions; write some, or leave it out"
    if variant == "lstm_state" and experiment.pooling != "last":
        return "pooling: 'lstm_state' reads out its last state; take 'lstm', or write last"
    if experiment.pool > 1 and not experiment.filters:
        return f"pool: {experiment.pool} needs a convolution; write filters, or leave pool out"
    if variant == "cnn" and not experiment.filters:
        return "filters: 0 is no convolution, and 'cnn' needs one; write 1 or more"
    if experiment.stateful and experiment.batch != 1:
        return f"batch: a state is carried from row to row, so {experiment.batch} rows cannot be one batch; write 1"
    return (_misfit_of_cell(experiment, parts) or _misfit_of_directions(experiment)) if parts else None


def extent(experiment: "Experiment", timesteps: int, features: int) -> tuple[int, int]:
    """Return the timesteps and features that segments, or convolutions over time and bands, leave of so many."""
    if experiment.segment:
        return timesteps // experiment.segment, 4 * experiment.cepstra
    timesteps //= experiment.together
    for convolution in experiment.convolutions:
        timesteps, features = timesteps // convolution.steps, features // convolution.bands
    return timesteps, features * (experiment.convolutions[-1].filters if experiment.convolutions else 1)


def _misfit_of_clips(experiment: "Experiment", data: "Data") -> str | None:
    """Return which of the options that are of whole clips does not go with the data, or None."""
    of_clips = _changed(experiment, ("segment", "convolutions", "mixup"))
    if not of_clips:
        return None
    if data.symbols or data.masked or data.sequences.ndim != 3:
        return f"{of_clips[0]}: it needs whole clips of bands; leave it out, or write tile: true"
    if experiment.segment and experiment.cepstra > data.sequences.shape[2]:
        return f"cepstra: {experiment.cepstra} are more than the {data.sequences.shape[2]} bands; write fewer"
    steps, bands = data.sequences.shape[1:]
    if not all(extent(experiment, steps, bands)):
        return f"{of_clips[0]}: nothing is left of {steps} steps of {bands} bands; write smaller blocks"
    return None


def misfit_of_data(experiment: "Experiment", data: "Data", drawn: bool) -> str | None:
    """Return what of an experiment's network does not go with its data, as `key: fault; remedy`, or None.

    `drawn` says that the first weights are the documents' draw, which is of one recurrent layer and its read-out.
    """
    if experiment.variant == "constant":
        return None
    if experiment.variant in BASELINES:
        return f"variant: the family '{experiment.family}' has no '{experiment.variant}'; take a network that learns"
    clips = _misfit_of_clips(experiment, data)
    if clips:
        return clips
    if experiment.embedding and not data.symbols:
        return f"embedding: {experiment.embedding} needs ids, and the steps are vectors; write 0"
    if data.masked and experiment.variant not in ANATOMY:
        return f"variant: '{experiment.variant}' cannot leave out the padding; take a recurrent layer"
    timesteps, _ = extent(experiment, data.timesteps, 1)
    if experiment.filters and (timesteps - experiment.kernel + 1) // experiment.pool < 1:
        both = f"{experiment.kernel} steps and a pool of {experiment.pool}"
        return f"kernel: {both} leave nothing of {timesteps} steps; write a smaller kernel or pool"
    many = _changed(experiment, _MORE_THAN_ONE_LAYER)
    parts = ANATOMY.get(experiment.variant)
    if drawn and (many or not parts or not parts.drawn):
        return f"{many[0] if many else 'variant'}: the documents drew one recurrent layer; write protocol: corrected"
    return None
