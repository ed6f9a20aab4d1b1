"""A split in which a given share of the test clips has clips of the same recording in training.

What is measured, and how much trains, stays the same at every share: clips of the tested recordings replace as many
others of their class. So a difference in accuracy is what the leak is worth.
"""

import numpy as np

HELD = 0.25  # of the recordings of a class that have several clips: their clips test, or leak
MOST = 4  # test clips of one recording


def leaked_split(
    labels: np.ndarray, recordings: np.ndarray, share: float, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows for training and test, (rows,) int32 each.

    labels, recordings: (clips,). share: of the test clips, of which the recording is also in training, to the nearest
    recording; a larger one keeps what a smaller one leaked. The same draws give the same test part for every share.
    """
    held = _held(labels, recordings, random)
    halves = [_halves(np.flatnonzero(recordings == one), random) for one in held]
    test, leaks = [half for half, _ in halves], [half for _, half in halves]
    reached = np.cumsum([0, *map(len, test)]) / sum(map(len, test))
    leaked = np.concatenate([*leaks[: int(np.abs(reached - share).argmin())], np.array([], int)])
    others = random.permutation(np.flatnonzero(~np.isin(recordings, held)))
    surplus = [others[labels[others] == one][: int((labels[leaked] == one).sum())] for one in np.unique(labels)]
    train = np.concatenate([leaked, np.setdiff1d(others, np.concatenate(surplus))])
    return np.sort(train).astype(np.int32), np.sort(np.concatenate(test)).astype(np.int32)


def _held(labels: np.ndarray, recordings: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Draw the recordings to test, of every class the same share of those with several clips, in random order."""
    found = []
    for one in np.unique(labels):
        names, counts = np.unique(recordings[labels == one], return_counts=True)
        several = random.permutation(names[counts > 1])
        found.append(several[: max(1, round(HELD * len(several)))])
    return random.permutation(np.concatenate(found))


def _halves(rows: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Divide the clips of a recording into those that test, at most `MOST`, and those that can leak."""
    drawn = random.permutation(rows)
    size = min(MOST, len(rows) // 2)
    return drawn[:size], drawn[size:]
