"""A random forest on statistics of a clip's MFCCs, the baseline for networks that read the order of the steps.

Mean, deviation, mean change and maximum of the first MFCCs over the whole clip, 500 trees (Breiman 2001). It is not a
network, is fitted in one go, and is here only for comparison.
"""

import time

import numpy as np
import scipy.fft

from pipeline.spec.data import ABSENT, Data
from pipeline.spec.frontend import MFCC
from pipeline.training.fit import Outcome
from pipeline.training.metrics import measure, series

TREES = 500
_NEVER = 1e-9


def statistics_of(clips: np.ndarray, coefficients: int) -> np.ndarray:
    """Compute the statistics of clips (clips, timesteps, bands) in dB, (clips, 4 * coefficients)."""
    mfcc = scipy.fft.dct(clips, axis=2, norm="ortho")[:, :, :coefficients]
    change = np.abs(np.diff(mfcc, axis=1)).mean(axis=1)
    return np.concatenate([mfcc.mean(axis=1), mfcc.std(axis=1), change, mfcc.max(axis=1)], axis=1)


def fit_forest(mfcc: MFCC, data: Data, seed: int) -> Outcome:
    """Fit a forest on the training part; its outputs for the test part are log probabilities."""
    from sklearn.ensemble import RandomForestClassifier

    wall, cpu = time.perf_counter(), time.process_time()
    train = np.unique(data.train(1)[data.train(1) != ABSENT])
    forest = RandomForestClassifier(TREES, random_state=seed, n_jobs=1)
    forest.fit(statistics_of(data.sequences[train], mfcc.coefficients), data.targets[train])
    spent = {"train_seconds": time.perf_counter() - wall, "train_cpu_seconds": time.process_time() - cpu}

    def logits(rows: np.ndarray) -> np.ndarray:
        shares = np.full((len(rows), len(data.labels)), _NEVER)
        shares[:, forest.classes_] = forest.predict_proba(statistics_of(data.sequences[rows], mfcc.coefficients))
        return np.log(np.maximum(shares, _NEVER))

    test = logits(data.test)
    figures = measure("cross_entropy", test, data.targets[data.test])
    metrics = {f"test_{name}": value for name, value in figures.items()}
    empty: dict[str, list[float | None]] = {name: [] for name in series("cross_entropy")}
    return Outcome(empty, metrics | spent, test=test, shown=logits(data.shown))
