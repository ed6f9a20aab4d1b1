"""What needs no run: the parameters of each network, counted from the settings of its experiment."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipeline.experiments import FAMILIES, Experiment
from pipeline.spec.sizes import parameters

if TYPE_CHECKING:
    from pipeline.params import Params

Structure = Mapping[tuple[str, str], str]  # (experiment, metric) to what it is


def is_structure(metric: str) -> bool:
    """Say whether a metric is of the network alone, whatever data it learned from."""
    return "parameters" in metric.split()


def structure_of(params: "Params") -> dict[tuple[str, str], str]:
    """Return what claims may say of the parameters of every experiment."""
    found = {}
    for name, experiment in params.experiments.items():
        shape = FAMILIES[experiment.family].shape(experiment, params)
        layers = {**parameters(experiment, *shape), **dict.fromkeys(_without_parameters(experiment), 0)}
        found.update({(name, metric): str(count) for metric, count in counts(layers).items()})
    return found


def _without_parameters(experiment: Experiment) -> list[str]:
    """Return the layers that a summary lists and that have nothing to train."""
    dropout = ["dropout"] if experiment.embedding_dropout or experiment.readout_dropout else []
    return dropout + (["max_pooling1d"] if experiment.pool > 1 else [])


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
