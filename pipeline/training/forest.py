"""A random forest on statistics of a clip's cepstra: what a network that hears the order of things has to beat.

Mean, deviation, mean change and maximum of the first cepstra over the whole clip, 500 trees (Breiman 2001). It is no
network, learns in one go, and is here for its figure alone.
"""

import time

import numpy as np
import scipy.fft

from pipeline.experiments import Experiment
from pipeline.spec.data import ABSENT, Data
from pipeline.training.fit import Outcome
from pipeline.training.metrics import measure, series

TREES = 500
_NEVER = 1e-9


def statistics_of(clips: np.ndarray, cepstra: int) -> np.ndarray:
    """Return the statistics of clips (clips, timesteps, bands) in dB, (clips, 4 * cepstra)."""
    heard = scipy.fft.dct(clips, axis=2, norm="ortho")[:, :, :cepstra]
    change = np.abs(np.diff(heard, axis=1)).mean(axis=1)
    return np.concatenate([heard.mean(axis=1), heard.std(axis=1), change, heard.max(axis=1)], axis=1)


def grow(experiment: Experiment, data: Data, seed: int) -> Outcome:
    """Return what a forest grown on the training part gives for the test part: the logarithms of its shares."""
    from sklearn.ensemble import RandomForestClassifier

    wall, cpu = time.perf_counter(), time.process_time()
    train = np.unique(data.train(1)[data.train(1) != ABSENT])
    forest = RandomForestClassifier(TREES, random_state=seed, n_jobs=1)
    forest.fit(statistics_of(data.sequences[train], experiment.cepstra), data.targets[train])
    spent = {"train_seconds": time.perf_counter() - wall, "train_cpu_seconds": time.process_time() - cpu}

    def logits(rows: np.ndarray) -> np.ndarray:
        shares = np.full((len(rows), len(data.labels)), _NEVER)
        shares[:, forest.classes_] = forest.predict_proba(statistics_of(data.sequences[rows], experiment.cepstra))
        return np.log(np.maximum(shares, _NEVER))

    test = logits(data.test)
    figures = measure("cross_entropy", test, data.targets[data.test])
    metrics = {f"test_{name}": value for name, value in figures.items()}
    empty: dict[str, list[float | None]] = {name: [] for name in series("cross_entropy")}
    return Outcome(empty, metrics | spent, test=test, shown=logits(data.shown))
