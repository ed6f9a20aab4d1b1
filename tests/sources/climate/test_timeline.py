"""Dates: where a row does not follow in ten minutes, and how many rows are missing or doubled."""

import numpy as np

from pipeline.sources.climate.timeline import INTERVAL, breaks, count_doubles, count_gaps

DATES = np.datetime64("2020-02-28T23:00", "s") + np.arange(20) * INTERVAL


def test_whole_days_have_no_break():
    assert breaks(DATES).tolist() == [] and count_doubles(DATES) == 0
    assert (count_gaps(DATES).count, count_gaps(DATES).rows) == (0, 0)


def test_breaks_gaps_and_doubles():
    dates = np.concatenate([DATES[:5], DATES[7:9], DATES[3:9], DATES[9:10] + np.timedelta64(5, "m")])
    assert breaks(dates).tolist() == [5, 7, 13]
    assert count_doubles(dates) == 4
    assert (count_gaps(dates).count, count_gaps(dates).rows) == (1, 1)
