"""Ten days of a station's csv become one row an hour, scaled as the training part was."""

import numpy as np
import pandas as pd
import pytest

from pipeline.asking.question import Facts, WrongInputError
from pipeline.asking.readers.climate import ROWS, Weather
from pipeline.sources.climate.station_csv import COLUMNS, DATE, DATE_FORMAT

MEAN = list(range(14))


def facts(protocol: str = "corrected") -> Facts:
    return {"protocol": protocol, "mean": MEAN, "deviation": [2.0] * 14}


def station(rows: int = ROWS, **columns: object) -> str:
    """A csv whose temperature is the number of its row, divided by 100; the other columns are at their mean."""
    dates = pd.date_range("2020-01-01", periods=rows, freq="10min").strftime(DATE_FORMAT)
    values = dict(zip(COLUMNS, ([float(mean)] * rows for mean in MEAN), strict=True))
    return pd.DataFrame({DATE: dates, **values, COLUMNS[1]: np.arange(rows) / 100, **columns}).to_csv(index=False)


def test_the_window_ends_at_the_last_row() -> None:
    question = Weather().read(station(), facts())
    assert question.sequences.shape == (1, 240, 14)
    assert question.sequences[0, -1, 1] == pytest.approx((14.40 - 1) / 2) and not question.sequences[0, :, 0].any()
    assert question.steps[-1] == "+0 h" and question.steps[0] == "-239 h"
    assert question.seen[-1, 0] == pytest.approx(14.40)


def test_as_written_it_ends_an_hour_earlier() -> None:
    question = Weather().read(station(ROWS + 10), facts("as_written"))
    assert question.seen[-1, 0] == pytest.approx(14.44) and question.steps[-1] == "-1 h"


def test_the_answer_is_in_degrees() -> None:
    answer = Weather().answer(np.array([1.5]), facts())
    assert answer.value == 4.0 and answer.text == "4.0 °C 24 hours after the last row"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("warm", "climate.csv"),
        (station(ROWS - 1), "1440 rows; the last 1441"),
        (station().replace("01.01.2020 00:10:00", "01.01.2020 00:11:00"), "ten minutes apart"),
        (station(**{COLUMNS[0]: "x"}), "'x' is not a number"),
        (station(**{COLUMNS[0]: -9999.0}), "has no value"),
    ],
)
def test_another_table_is_refused(text: str, why: str) -> None:
    with pytest.raises(WrongInputError, match=why):
        Weather().read(text, facts())
