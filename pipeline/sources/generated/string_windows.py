"""Windows of the automaton: seed_N.npz with symbols (rows, 39) uint8, lengths and targets.

Rows in this order: the epochs, the validation strings, the test strings, three examples. They are drawn in the order of
the documents' code: initial weights (as written), then for each epoch a shuffle, the strings, and at a report the
validation strings.
"""

from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import RandomState

from pipeline.base.parallel import cores, ordered
from pipeline.networks.initial_weights import draw_weights
from pipeline.sources.generated.strings import ALPHABET, generate, targets
from pipeline.sources.window_files import write_windows

SHOWN = 3
_MANY = 100_000  # strings; to start processes for fewer takes longer than to draw them
Block = tuple[np.ndarray, np.ndarray]


def draw_run(experiment: Any, seed: int) -> dict[str, np.ndarray]:
    """Draw the strings of one run: symbols (rows, 39), lengths (rows,), targets (rows,)."""
    random = RandomState(experiment.first_seed + seed)
    if experiment.protocol == "as_written":
        draw_weights(random, experiment.variant, len(ALPHABET), experiment.units, 1)
    train: list[Block] = []
    validation: list[Block] = []
    for epoch in range(1, experiment.drawn + 1):
        random.shuffle(np.arange(experiment.samples))  # drawn but not used, as in the documents' code
        train.append(generate(random, experiment.samples))
        if epoch % experiment.report == 0:
            validation.append(generate(random, experiment.validation))
    blocks = [*train, *validation, generate(random, experiment.test), generate(random, SHOWN)]
    return {
        "symbols": np.concatenate([symbols for symbols, _ in blocks]),
        "lengths": np.concatenate([lengths for _, lengths in blocks]),
        "targets": np.concatenate([targets(len(lengths)) for _, lengths in blocks]),
    }


def _counts(experiment: Any, labels: np.ndarray) -> dict[str, list[int]]:
    """Count the invalid and valid strings of each part."""
    train, reports = experiment.drawn * experiment.samples, experiment.drawn // experiment.report
    ends = np.cumsum([train, reports * experiment.validation, experiment.test, SHOWN])
    parts = np.split(labels, ends[:-1])
    names = ("train", "validation", "test", "shown")
    return {name: np.bincount(part, minlength=2).tolist() for name, part in zip(names, parts, strict=True)}


def write_seeds(experiment: Any, seeds: int, out: Path) -> None:
    """Write the strings of the seeds 0 to seeds - 1, all or none; many are drawn on all cores."""
    many = seeds * experiment.drawn * experiment.samples > _MANY
    drawn = ordered(partial(draw_run, experiment), range(seeds), cores() if many else 1)
    first = next(drawn)
    parts = ((f"seed_{seed}", arrays) for seed, arrays in enumerate(chain([first], drawn)))
    about = {"data": "automata strings", "kind": "document", "counts": _counts(experiment, first["targets"])}
    write_windows(out, parts, about)
