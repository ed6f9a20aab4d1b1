"""The leakage audit: how much of a test part comes from recordings that are also in training."""

import numpy as np


def leakage(recordings: np.ndarray, train: np.ndarray, test: np.ndarray) -> dict[str, float]:
    """Compute the share of test rows whose recording is also in training.

    recordings: (rows,) the recording that each row was cut from. train, test: rows.
    """
    shared = int(np.isin(recordings[test], recordings[train]).sum())
    return {"test_clips": len(test), "shared": shared, "share": round(shared / len(test), 4)}
