"""The leakage audit counts the test clips that are not new to the network."""

import numpy as np

from pipeline.sources.sounds.leakage import leakage


def test_leakage_counts_test_clips_whose_recording_is_in_training() -> None:
    recordings = np.array([1, 1, 2, 3, 3, 4])
    audit = leakage(recordings, np.array([0, 3]), np.array([1, 2, 4, 5]))
    assert audit == {"test_clips": 4, "shared": 2, "share": 0.5}
