"""The peers: the same training written with other libraries, and ours. Each runs in its own process.

A peer imports only NumPy, its library and `benchmarks.work`, because PyTorch and JAX have a separate environment. Its
module has a function `peer()`.
"""

from importlib import import_module
from typing import Protocol

import numpy as np

from benchmarks.work import Data

MODULES = {
    "ours": "ours",
    "keras fit": "keras_fit",
    "keras jit": "keras_jit",
    "pytorch": "pytorch",
    "jax": "jax_scan",
    "numpy": "textbook",
}


class Peer(Protocol):
    """One way to train."""

    def prepare(self, data: Data) -> None:
        """Load the data and initial weights of a work, with a fresh optimizer."""

    def arrange(self, rows: np.ndarray) -> None:
        """Prepare to train on rows (steps, batch) in their order; this is not timed."""

    def train(self) -> float:
        """Train on the arranged rows once, from where the last call ended. Returns the mean loss of the steps.

        The loss of a step is the mean over its batch before the update, in nats.
        """


def peer_of(name: str) -> Peer:
    """Create the peer of this name; imports its library."""
    found: Peer = import_module(f"benchmarks.peers.{MODULES[name]}").peer()
    return found
