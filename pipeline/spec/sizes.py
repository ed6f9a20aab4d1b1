"""The number of parameters of every layer of a network, computed without building it."""

from pipeline.spec.cells import BASELINES, CELLS, FOREST, CellSpec, layer_name
from pipeline.spec.frontend import FrontEnd
from pipeline.spec.network import Network

Sizes = dict[str, int]


def _dense(inputs: int, units: int) -> int:
    return (inputs + 1) * units


def _frontend(front: FrontEnd, timesteps: int, features: int) -> tuple[Sizes, int, int]:
    """Size the layers before the recurrent ones. Returns (sizes, timesteps left, features left)."""
    found: Sizes = {}
    for place, layer in enumerate(front.conv2d, 1):
        channels = front.conv2d[place - 2].filters if place > 1 else 1
        found |= {f"conv2d_{place}": 9 * channels * layer.filters, f"norm_{place}": 2 * layer.filters}
    timesteps, features = front.extent(timesteps, features)
    if front.embedding_dim:
        found["embedding"] = features * front.embedding_dim
        features = front.embedding_dim
    if front.filters:
        found["conv1d"] = _dense(front.kernel_size * features, front.filters)
        timesteps, features = timesteps - front.kernel_size + 1, front.filters
    return found, timesteps // front.pool_size, features


def _cell(cell: CellSpec, features: int, units: int, layer_norm: bool) -> int:
    """Count the parameters of one cell: kernels and biases of each gate, peepholes, gates to gates, gains."""
    gates, recurrent = len(cell.gates), int(cell.recurrent)
    matrices = gates * units * (features + recurrent * units) + cell.between * (3 * units) ** 2
    vectors = gates * cell.biases + len(cell.peepholes) + layer_norm * gates * (1 + recurrent)
    return matrices + vectors * units


def _recurrent(network: Network, features: int) -> tuple[Sizes, int]:
    """Size the recurrent layers. Returns (sizes, features left)."""
    units, directions, first = network.units, 2 if network.bidirectional else 1, features
    found: Sizes = {}
    for place in range(1, network.layers + 1):
        name = layer_name(network.variant, network.bidirectional, place)
        found[name] = directions * _cell(CELLS[network.variant], features, units, network.recurrent.layer_norm)
        features = directions * units if network.recurrent.merge_mode == "concat" else units
    features *= 1 if network.readout.pooling == "last" else 2
    return found, features + 2 * first * network.readout.input_statistics


def parameters(network: Network, timesteps: int, features: int, outputs: int) -> Sizes:
    """Count the trainable parameters of each layer that has any, by name, in the order of the layers.

    `features` are those of a step, or the number of different ids. A baseline has no parameters.
    """
    if network.variant in (*BASELINES, FOREST):
        return {}
    found, timesteps, features = _frontend(network.frontend, timesteps, features)
    if network.variant == "mlp":
        features *= timesteps
    elif network.is_recurrent:
        layers, features = _recurrent(network, features)
        found |= layers
    dense = network.readout.dense_units
    if dense:
        found["dense"] = _dense(features, dense)
        features = dense
    return {**found, "dense_2" if dense else "dense": _dense(features, outputs)}
