"""The process of one peer, `python -m benchmarks.peers NAME`: one JSON command per line in, one JSON answer out."""

import json
import os
import sys
import time
from typing import Any, TextIO

from benchmarks.peers import Peer, peer_of
from benchmarks.work import Data, Work, data_of


def _own_output() -> TextIO:
    """Take over standard output for the answers; whatever a library prints goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


def _train(peer: Peer) -> dict[str, float]:
    """Train on the arranged rows; CPU time is that of all threads of this process."""
    cpu, wall = time.process_time(), time.perf_counter()
    loss = peer.train()
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "loss": loss}


class Service:
    """Executes commands for a peer."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._data: Data | None = None

    def __call__(self, command: dict[str, Any]) -> dict[str, float]:
        """Run {"work": ...} (prepare it), {"first": 0, "steps": 5} (arrange these batches) or {} (train on them)."""
        if not command:
            return _train(self._peer)
        if "work" in command:
            self._data = data_of(Work(**command["work"]))
            self._peer.prepare(self._data)
        elif self._data is not None:
            self._peer.arrange(self._data.rows(command["first"], command["steps"]))
        return {}


def main() -> None:
    """Serve until standard input closes."""
    answers = _own_output()
    service = Service(peer_of(sys.argv[1]))
    for line in sys.stdin:
        answers.write(json.dumps(service(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
