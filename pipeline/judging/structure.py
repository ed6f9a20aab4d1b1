"""What needs no run: the parameters of each network, counted from the settings of its experiment."""

from collections.abc import Mapping

from pipeline.experiments.registry import FAMILIES
from pipeline.params import Params
from pipeline.spec.network import Network
from pipeline.spec.sizes import parameters

Structure = Mapping[tuple[str, str], str]  # (experiment, metric) to what it is


def is_structure(metric: str) -> bool:
    """Return whether a metric is of the network alone, whatever data it learned from."""
    return "parameters" in metric.split()


def structure_of(params: Params) -> dict[tuple[str, str], str]:
    """Return what claims may say of the parameters of every experiment."""
    found = {}
    for name, experiment in params.experiments.items():
        shape = FAMILIES[experiment.family].shape(experiment, params.sounds)
        layers = {**parameters(experiment, *shape), **dict.fromkeys(_without_parameters(experiment), 0)}
        found.update({(name, metric): str(count) for metric, count in counts(layers).items()})
    return found


def _without_parameters(network: Network) -> list[str]:
    """Return the layers that a summary lists and that have nothing to train."""
    dropout = ["dropout"] if network.frontend.dropout or network.readout.dropout else []
    return dropout + (["max_pooling1d"] if network.frontend.pool_size > 1 else [])


def counts(layers: Mapping[str, int]) -> dict[str, int]:
    """Return what claims may say of a network, from the parameters of its layers; the last "dense" reads out.

    Every parameter is trained: no layer of ours has any that are not.
    """
    total = sum(layers.values())
    return {
        "parameters": total,
        "trainable parameters": total,
        "non-trainable parameters": 0,
        "parameters before the output layer": total - layers.get("dense_2", layers.get("dense", 0)),
        **{f"parameters of {layer}": count for layer, count in layers.items()},
    }
