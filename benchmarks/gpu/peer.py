"""PyTorch's cuDNN on the same card, in a process of its own: eager, and in a CUDA graph. No stacks: it has none."""

import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from pipeline.base.console import say

# layer, units, timesteps, features, batch; named as in `works`
WORKS = {
    "lstm 20, 400x100x10": ("LSTM", 20, 400, 100, 10),
    "relu 20, 391x100x10": ("RNN", 20, 391, 100, 10),
    "lstm 32, 240x14x128": ("LSTM", 32, 240, 14, 128),
    "gru 32, 240x14x128": ("GRU", 32, 240, 14, 128),
    "lstm 32, 500x32x128": ("LSTM", 32, 500, 32, 128),
}


def _update(torch: Any, kind: str, units: int, timesteps: int, features: int, batch: int) -> Callable[[], None]:
    """Make a function that does one update of a network on one batch."""
    options = {"nonlinearity": "relu"} if kind == "RNN" else {}
    layer = getattr(torch.nn, kind)(features, units, batch_first=True, **options).to("cuda")
    head = torch.nn.Linear(units, 10).to("cuda")
    parameters = [*layer.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=0.001, capturable=True, fused=True)
    x = torch.randn(batch, timesteps, features, device="cuda")
    y = torch.randint(0, 10, (batch,), device="cuda")

    def update() -> None:
        optimizer.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(head(layer(x)[0][:, -1]), y).backward()
        optimizer.step()

    return update


def _timed(torch: Any, run: Callable[[], None], times: int = 50) -> float:
    took = []
    for _ in range(3):
        torch.cuda.synchronize()
        began = time.perf_counter()
        for _ in range(times):
            run()
        torch.cuda.synchronize()
        took.append((time.perf_counter() - began) * 1000 / times)
    return round(median(took), 4)


def _graph(torch: Any, update: Callable[[], None]) -> Callable[[], None]:
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        update()
    replay: Callable[[], None] = graph.replay
    return replay


def main() -> None:
    """Print a line of JSON for each figure."""
    import torch

    if not torch.cuda.is_available():
        say(json.dumps({"skipped": "PyTorch sees no GPU"}))
        return
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    for name, work in WORKS.items():
        torch.manual_seed(0)
        update, side = _update(torch, *work), torch.cuda.Stream()
        with torch.cuda.stream(side):  # before a capture, as PyTorch's documentation has it
            for _ in range(5):
                update()
        torch.cuda.synchronize()
        for way, run in (("cuDNN, eager", update), ("cuDNN, CUDA graph", None)):
            ms = _timed(torch, run or _graph(torch, update))
            say(json.dumps({"work": name, "way": way, "stack": 1, "ms": ms}))


if __name__ == "__main__":
    main()
