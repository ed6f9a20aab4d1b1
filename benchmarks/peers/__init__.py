"""The peers: the same training written with other libraries, and ours. Each runs in a process of its own.

A peer imports numpy, its library and `benchmarks.work`, no more, because PyTorch and JAX have an environment of their
own. Its module has a function `peer()`.
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
        """Take the data of a work, its initial weights and a fresh optimizer."""

    def arrange(self, rows: np.ndarray) -> None:
        """Make ready to train on rows (steps, batch) in their order: what of it need not be measured."""

    def train(self) -> float:
        """Train on the arranged rows once, from where the last call ended. Returns the mean loss of the steps.

        The loss of a step is that before its update, in nats, the mean of its batch.
        """


def peer_of(name: str) -> Peer:
    """Return the peer of this name; imports its library."""
    found: Peer = import_module(f"benchmarks.peers.{MODULES[name]}").peer()
    return found
