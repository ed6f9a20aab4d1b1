"""The last ten days of a weather station: how warm is it tomorrow?"""

from typing import Any

import numpy as np

from pipeline.asking.question import Answer, Facts, Place, Question, Reader, WrongInputError
from pipeline.base.console import UserError
from pipeline.sources.climate.station_csv import COLUMNS, MISSING, parse
from pipeline.sources.climate.table import read_table
from pipeline.sources.climate.timeline import breaks
from pipeline.sources.climate.windows import DELAY, STEP, TEMPERATURE, boundaries, filled, offsets

ROWS = 1441  # ten days, whatever the protocol
_LONGEST = 50_000_000  # letters
_FILE = "climate.csv"


class Weather(Reader):
    """Reads one row an hour."""

    form = f"a csv of the station at Jena with at least {ROWS} rows of ten minutes, or its text"
    of_files = True

    def facts(self, place: Place, labels: list[str]) -> dict[str, Any]:
        """Mean and deviation of each column on the training part, as the windows were scaled."""
        protocol = place.run.experiment.protocol
        table, _, _ = read_table(place.raw)
        table = filled(table) if protocol == "corrected" else table
        fitted = table[: boundaries(len(table))[0]]
        deviation = np.where(fitted.std(axis=0) > 0, fitted.std(axis=0), 1.0)
        return {"protocol": protocol, "mean": fitted.mean(axis=0).tolist(), "deviation": deviation.tolist()}

    def example(self, place: Place) -> str:
        """The last ten days of the table."""
        lines = (place.raw / "table.csv").read_text(encoding="utf-8").splitlines()
        return "\n".join([lines[0], *lines[-ROWS:]])

    def read(self, text: str, facts: Facts) -> Question:
        """Take the window that ends at the last row."""
        if len(text) > _LONGEST:
            raise WrongInputError(f"{len(text)} letters, at most {_LONGEST} are read")
        values = _values(text)
        values = filled(values) if facts["protocol"] == "corrected" else values
        scaled = (values - facts["mean"]) / facts["deviation"]
        places = len(scaled) - 1 + offsets(facts["protocol"])
        row = scaled[places].astype(np.float32)
        hours = [f"{hour:+d} h" for hour in (places - len(scaled) + 1) // STEP]
        return Question(row[None], np.array([len(row)], np.int32), hours, values[places][:, [TEMPERATURE]], ["degrees"])

    def answer(self, outputs: np.ndarray, facts: Facts) -> Answer:
        """The temperature, in degrees."""
        degrees = float(outputs[0]) * facts["deviation"][TEMPERATURE] + facts["mean"][TEMPERATURE]
        return Answer(f"{degrees:.1f} °C {DELAY // STEP} hours after the last row", value=degrees, unit="°C")


def _values(text: str) -> np.ndarray:
    """Parse the last rows of a csv, (rows, 14). Raises WrongInputError."""
    try:
        table = parse(text.encode(errors="replace"), _FILE)
    except UserError as error:
        raise WrongInputError(" ".join(str(error).split())) from None
    values, gaps = table.values[-ROWS:], breaks(table.dates.to_numpy()[-ROWS:])
    if len(values) < ROWS or len(gaps):
        raise WrongInputError(f"{len(table.values)} rows; the last {ROWS} must be there, ten minutes apart")
    lacking = [name for name, column in zip(COLUMNS, values.T, strict=True) if (column == MISSING).all()]
    if lacking:
        raise WrongInputError(f"the column {lacking[0]} has no value")
    return values
