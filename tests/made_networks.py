"""Experiments and data made up for the tests of networks."""

from typing import Any

import numpy as np

from pipeline.spec.data import Data
from pipeline.spec.experiment import Experiment


def experiment(variant: str, **options: Any) -> Experiment:
    """Return an experiment of this variant with 4 units, or what the options say; groups as dictionaries."""
    values = {"name": "made", "family": "made", "document": "002", "variant": variant, "units": 4, "epochs": 1}
    return Experiment.model_validate(values | options)


def vectors(timesteps: int, features: int, rows: int = 5) -> np.ndarray:
    """Return random sequences, (rows, timesteps, features) float32."""
    return np.random.default_rng(0).normal(0, 1, (rows, timesteps, features)).astype(np.float32)


def ids(timesteps: int, below: int, rows: int = 5) -> np.ndarray:
    """Return random ids, (rows, timesteps) int32."""
    return np.random.default_rng(0).integers(0, below, (rows, timesteps)).astype(np.int32)


def data(sequences: np.ndarray, outputs: int = 3, masked: bool = False) -> Data:
    """Return the data of these sequences for 1 output or more than 2; nothing but its shapes counts."""
    rows = np.arange(len(sequences), dtype=np.int32)
    return Data(
        sequences=sequences,
        lengths=np.full(len(rows), sequences.shape[1], np.int32),
        targets=np.zeros(len(rows), np.int32),
        train=lambda epoch: rows[None],
        validation=lambda epoch: rows,
        test=rows,
        shown=rows[:1],
        labels=[f"class {n}" for n in range(outputs)] if outputs > 1 else ["no", "yes"],
        masked=masked,
    )
