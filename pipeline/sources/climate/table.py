"""The Jena weather table in data/raw/climate: 14 measurements every 10 minutes, of the document's years or of others.

Document 002 uses the file of 2009 to 2016 (protocols 5.1); the station publishes other years with the same columns.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.base.console import UserError
from pipeline.base.files import digest
from pipeline.sources.cards import read_card
from pipeline.sources.climate.station_csv import COLUMNS, DATE, DATE_FORMAT
from pipeline.sources.climate.timeline import breaks
from pipeline.sources.flat_arrays import MADE_AGAIN
from pipeline.sources.plain_files import fault


def read_table(folder: Path) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Read (values as float64 (rows, 14), breaks (breaks,), card); -9999 stands for a missing value.

    A break is a row that does not follow ten minutes after the row before it. Raises UserError if the table is missing
    or has been changed.
    """
    card, path = read_card(folder), folder / "table.csv"
    if fault(path) or digest(path) != card["sha256"]:
        raise UserError(f"{path} is not the table described in {folder / 'card.json'};\n{MADE_AGAIN}")
    table = pd.read_csv(path, dtype={DATE: str} | dict.fromkeys(COLUMNS, np.float64))
    dates = pd.to_datetime(table[DATE], format=DATE_FORMAT).to_numpy()
    return table[list(COLUMNS)].to_numpy(), breaks(dates), card
