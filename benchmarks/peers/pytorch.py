"""PyTorch: nn.LSTM or nn.GRU, run eagerly on one thread, with torch.optim.Adam."""

import numpy as np
import torch

from benchmarks.work import BETA_1, BETA_2, CLASSES, EPSILON, LEARNING_RATE, Data, Work

# The gates of Keras in PyTorch's order: i, f, c, o stays the same, z, r, h becomes r, z, h.
_GATES = {"lstm": [0, 1, 2, 3], "gru": [1, 0, 2]}


def _gates(matrix: np.ndarray, work: Work) -> torch.Tensor:
    """Convert a matrix from Keras' (columns, gates * units) to PyTorch's (gates * units, columns)."""
    blocks = np.split(matrix, len(_GATES[work.cell]), axis=-1)
    return torch.from_numpy(np.concatenate([blocks[gate] for gate in _GATES[work.cell]], axis=-1).T.copy())


class Network(torch.nn.Module):
    """The recurrent layer, and a dense layer on its last step."""

    def __init__(self, data: Data) -> None:
        super().__init__()
        work = data.work
        layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[work.cell]
        self.recurrent = layer(work.features, work.units, batch_first=True)
        self.output = torch.nn.Linear(work.units, CLASSES)
        with torch.no_grad():
            self._set(data)

    def _set(self, data: Data) -> None:
        kernel, recurrent, bias, output, output_bias = data.weights
        both = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
        parameters = [_gates(array, data.work) for array in (kernel, recurrent, both[0], both[1])]
        for name, value in zip(("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"), parameters, strict=True):
            getattr(self.recurrent, name).copy_(value)
        self.output.weight.copy_(torch.from_numpy(output.T))
        self.output.bias.copy_(torch.from_numpy(output_bias))
        # An LSTM has one bias; PyTorch adds two, and would train their sum twice as fast.
        self.recurrent.bias_hh_l0.requires_grad_(data.work.cell == "gru")

    def forward(self, sequences: torch.Tensor) -> torch.Tensor:
        """Compute the logits, (batch, 10)."""
        states, _ = self.recurrent(sequences)
        return self.output(states[:, -1])


class PyTorch:
    """Trains in a loop over the batches, as PyTorch's tutorials do."""

    def prepare(self, data: Data) -> None:
        """Build network and optimizer; see Peer."""
        self._network = Network(data)
        learned = [parameter for parameter in self._network.parameters() if parameter.requires_grad]
        self._optimizer = torch.optim.Adam(learned, LEARNING_RATE, (BETA_1, BETA_2), EPSILON)
        self._sequences = torch.from_numpy(data.sequences)
        self._targets = torch.from_numpy(data.targets).long()

    def arrange(self, rows: np.ndarray) -> None:
        """Keep the rows; see Peer."""
        self._rows = torch.from_numpy(rows)

    def _step(self, rows: torch.Tensor) -> torch.Tensor:
        self._optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(self._network(self._sequences[rows]), self._targets[rows])
        loss.backward()
        self._optimizer.step()
        return loss.detach()

    def train(self) -> float:
        """Train on the rows; see Peer."""
        return float(torch.stack([self._step(rows) for rows in self._rows]).mean())


def peer() -> PyTorch:
    """Create the peer, on one thread."""
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    return PyTorch()
