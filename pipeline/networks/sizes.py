"""The number of parameters of every layer of a network, by arithmetic alone. Needs no TensorFlow."""

from typing import TYPE_CHECKING

from pipeline.networks.initial import GATES, layer_name
from pipeline.networks.options import BASELINES

if TYPE_CHECKING:
    from pipeline.experiments import Experiment

Sizes = dict[str, int]


def _dense(inputs: int, units: int) -> int:
    return (inputs + 1) * units


def _front(experiment: "Experiment", timesteps: int, features: int) -> tuple[Sizes, int, int]:
    """Return the layers before the recurrent ones, and the timesteps and features that they leave."""
    found: Sizes = {}
    if experiment.embedding:
        found["embedding"] = features * experiment.embedding
        features = experiment.embedding
    if experiment.filters:
        found["conv1d"] = _dense(experiment.kernel * features, experiment.filters)
        timesteps, features = timesteps - experiment.kernel + 1, experiment.filters
    return found, timesteps // experiment.pool, features


def _recurrent(experiment: "Experiment", features: int) -> tuple[Sizes, int]:
    """Return the recurrent layers and the features that they leave. A gate has two kernels and a bias, `gru`'s two."""
    units, directions = experiment.units, 2 if experiment.bidirectional else 1
    biases = 2 if experiment.variant == "gru" else 1
    found: Sizes = {}
    for place in range(1, experiment.layers + 1):
        name = layer_name(experiment.variant, experiment.bidirectional, place)
        found[name] = directions * GATES[experiment.variant] * (features + units + biases) * units
        features = directions * units
    return found, features


def parameters(experiment: "Experiment", timesteps: int, features: int, outputs: int) -> Sizes:
    """Return the parameters that training changes of each layer that has any, by name, in the order of the layers.

    `features` are those of a step, or the number of different ids. A baseline has none.
    """
    if experiment.variant in BASELINES:
        return {}
    found, timesteps, features = _front(experiment, timesteps, features)
    if experiment.variant == "mlp":
        features *= timesteps
    elif experiment.variant in GATES:
        layers, features = _recurrent(experiment, features)
        found |= layers
    if experiment.hidden:
        found["dense"] = _dense(features, experiment.hidden)
        features = experiment.hidden
    return {**found, "dense_2" if experiment.hidden else "dense": _dense(features, outputs)}
