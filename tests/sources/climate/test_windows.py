"""The windows of the weather: the document's rows and its slip, and the same honestly."""

import numpy as np
import pytest

from pipeline.sources.climate import windows
from pipeline.sources.climate.windows import (
    DELAY,
    MISSING,
    boundaries,
    dead,
    filled,
    normalised,
    offsets,
    parts,
    targets,
)


def test_as_written_has_the_documents_rows() -> None:
    found = parts(420_551, "as_written", 128)
    assert (found.train[0], found.train[-1]) == (1440, 199_999)
    assert len(found.validation) == 769 * 128 and found.validation[0] == 201_441
    assert found.test[0] == 301_441


def test_as_written_the_last_row_is_an_hour_old() -> None:
    assert offsets("as_written")[[0, -1]].tolist() == [-1440, -6]
    assert offsets("corrected")[[0, -1]].tolist() == [-1434, 0]
    assert len(offsets("as_written")) == len(offsets("corrected")) == 240


def test_corrected_no_target_leaves_its_part() -> None:
    rows = 19_132
    first, second = boundaries(rows)
    found = parts(rows, "corrected", 128)
    for part, low, high in ((found.train, 0, first), (found.validation, first, second), (found.test, second, rows)):
        assert part[0] + offsets("corrected")[0] >= low
        assert part[-1] + DELAY < high
    written = parts(rows, "as_written", 128)
    assert written.train[-1] + DELAY >= first  # the slip: targets from the validation part


def test_missing_values_are_filled_from_before_and_never_from_behind() -> None:
    column = np.array([MISSING, 5.0, MISSING, MISSING, 7.0, MISSING])
    table = np.stack([column, np.arange(6.0)], axis=1)
    assert filled(table)[:, 0].tolist() == [5, 5, 5, 5, 7, 7]  # but at the start, where nothing is before
    assert filled(table)[:, 1].tolist() == [0, 1, 2, 3, 4, 5]
    assert table[0, 0] == MISSING


def test_the_scale_is_that_of_the_training_part() -> None:
    random = np.random.default_rng(0)
    table = random.normal(3, 2, (1000, 14))
    table[boundaries(1000)[0] :] += 100
    scaled, degrees = normalised(table, "as_written")
    fitted = scaled[: boundaries(1000)[0]]
    np.testing.assert_allclose(fitted.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(fitted.std(axis=0), 1)
    assert degrees == pytest.approx(table[: boundaries(1000)[0], windows.TEMPERATURE].std())


def test_the_target_is_the_temperature_a_day_later() -> None:
    table = np.zeros((300, 14))
    table[:, windows.TEMPERATURE] = np.arange(300)
    assert targets(table)[10] == 10 + DELAY and targets(table)[-1] == 0


@pytest.mark.parametrize("protocol", ["as_written", "corrected"])
def test_no_window_reaches_over_a_break(protocol: str) -> None:
    rows, breaks = 20_000, np.array([3000, 3001, 12_000, 18_000], np.int32)
    whole, broken = parts(rows, protocol, 128), parts(rows, protocol, 128, breaks)
    for name in ("train", "validation", "test"):
        kept, every = getattr(broken, name), getattr(whole, name)
        spans = kept[:, None] + np.arange(offsets(protocol)[0] + 1, DELAY + 1)
        assert not np.isin(spans, breaks).any() and kept.dtype == every.dtype
        left_out = np.setdiff1d(every, kept)
        spans = left_out[:, None] + np.arange(offsets(protocol)[0] + 1, DELAY + 1)
        cut = np.isin(spans, breaks).any(axis=1)
        assert cut.all() or (name == "validation" and (~cut).sum() < 128)  # whole batches only
    assert len(whole.train) - len(broken.train) == DELAY - offsets(protocol)[0] + 1
    assert protocol == "corrected" or len(broken.validation) % 128 == 0
    assert broken.empty() is None


def test_a_part_without_a_window_is_named() -> None:
    assert parts(2000, "corrected", 1).empty() == "training"
    assert parts(9000, "corrected", 1, np.arange(4400, 6400, 1000)).empty() == "validation"
    assert parts(9000, "as_written", 5000).empty() == "validation"


def test_a_dead_column_is_found() -> None:
    table = np.random.default_rng(0).normal(size=(1000, 14))
    assert dead(table) is None
    table[: boundaries(1000)[0], 3] = MISSING
    assert dead(table) == 3
    table[0, 3] = 7
    assert dead(table) == 3
    table[1, 3] = 8
    assert dead(table) is None
