"""What is known without a run: the parameters of each network, counted from the settings of its experiment."""

from collections.abc import Mapping

from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params
from pipeline.spec.network import Network
from pipeline.spec.sizes import parameters

Structure = Mapping[tuple[str, str], str]  # (experiment, metric) to the count, as text


def is_structure(metric: str) -> bool:
    """Check whether a metric depends on the network alone, not on the data."""
    return "parameters" in metric.split()


def structure_of(params: Params) -> dict[tuple[str, str], str]:
    """Count what claims may say about the parameters of every experiment."""
    found = {}
    for name, experiment in params.experiments.items():
        shape = FAMILIES[experiment.family].shape(experiment, params.sounds)
        layers = {**parameters(experiment, *shape), **dict.fromkeys(_without_parameters(experiment), 0)}
        found.update({(name, metric): str(count) for metric, count in counts(layers).items()})
    return found


def _without_parameters(network: Network) -> list[str]:
    """List the layers that a Keras summary shows with 0 parameters."""
    dropout = ["dropout"] if network.frontend.dropout or network.readout.dropout else []
    return dropout + (["max_pooling1d"] if network.frontend.pool_size > 1 else [])


def counts(layers: Mapping[str, int]) -> dict[str, int]:
    """Count what claims may say about a network, from the parameters of its layers; the last "dense" is the output.

    Every parameter is trainable: no layer here has any that are not.
    """
    total = sum(layers.values())
    return {
        "parameters": total,
        "trainable parameters": total,
        "non-trainable parameters": 0,
        "parameters before the output layer": total - layers.get("dense_2", layers.get("dense", 0)),
        **{f"parameters of {layer}": count for layer, count in layers.items()},
    }
