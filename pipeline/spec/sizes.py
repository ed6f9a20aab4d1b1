"""The number of parameters of every layer of a network, by arithmetic alone. Needs no TensorFlow."""

from typing import TYPE_CHECKING

from pipeline.networks.initial_weights import layer_name
from pipeline.spec.cells import ANATOMY, Anatomy
from pipeline.spec.compatibility import BASELINES, FOREST, extent

if TYPE_CHECKING:
    from pipeline.experiments import Experiment

Sizes = dict[str, int]


def _dense(inputs: int, units: int) -> int:
    return (inputs + 1) * units


def _front(experiment: "Experiment", timesteps: int, features: int) -> tuple[Sizes, int, int]:
    """Return the layers before the recurrent ones, and the timesteps and features that they leave."""
    found: Sizes = {}
    for place, convolution in enumerate(experiment.convolutions, 1):
        before = experiment.convolutions[place - 2].filters if place > 1 else 1
        found |= {f"conv2d_{place}": 9 * before * convolution.filters, f"norm_{place}": 2 * convolution.filters}
    timesteps, features = extent(experiment, timesteps, features)
    if experiment.embedding:
        found["embedding"] = features * experiment.embedding
        features = experiment.embedding
    if experiment.filters:
        found["conv1d"] = _dense(experiment.kernel * features, experiment.filters)
        timesteps, features = timesteps - experiment.kernel + 1, experiment.filters
    return found, timesteps // experiment.pool, features


def _cell(parts: Anatomy, features: int, units: int, layer_norm: bool) -> int:
    """Return the parameters of one cell: of each gate its kernels and biases, then peepholes, gates to gates, gains."""
    gates, recurrent = len(parts.gates), int(parts.recurrent)
    matrices = gates * units * (features + recurrent * units) + parts.between * (3 * units) ** 2
    vectors = gates * parts.biases + len(parts.peepholes) + layer_norm * gates * (1 + recurrent)
    return matrices + vectors * units


def _recurrent(experiment: "Experiment", features: int) -> tuple[Sizes, int]:
    """Return the recurrent layers and the features that they leave."""
    units, directions, first = experiment.units, 2 if experiment.bidirectional else 1, features
    found: Sizes = {}
    for place in range(1, experiment.layers + 1):
        name = layer_name(experiment.variant, experiment.bidirectional, place)
        found[name] = directions * _cell(ANATOMY[experiment.variant], features, units, experiment.layer_norm)
        features = directions * units if experiment.merge == "concat" else units
    features *= 1 if experiment.pooling == "last" else 2
    return found, features + 2 * first * experiment.summary


def parameters(experiment: "Experiment", timesteps: int, features: int, outputs: int) -> Sizes:
    """Return the parameters that training changes of each layer that has any, by name, in the order of the layers.

    `features` are those of a step, or the number of different ids. A baseline has none.
    """
    if experiment.variant in (*BASELINES, FOREST):
        return {}
    found, timesteps, features = _front(experiment, timesteps, features)
    if experiment.variant == "mlp":
        features *= timesteps
    elif experiment.variant in ANATOMY:
        layers, features = _recurrent(experiment, features)
        found |= layers
    if experiment.hidden:
        found["dense"] = _dense(features, experiment.hidden)
        features = experiment.hidden
    return {**found, "dense_2" if experiment.hidden else "dense": _dense(features, outputs)}
