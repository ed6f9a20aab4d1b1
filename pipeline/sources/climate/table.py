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
from pipeline.sources.climate.station_csv import COLUMNS
from pipeline.sources.flat_arrays import MADE_AGAIN


def read_table(folder: Path) -> tuple[tuple[str, ...], np.ndarray, dict[str, Any]]:
    """Read (column names, values as float64 (rows, 14), card); -9999 stands for a missing value.

    Raises UserError if the table is missing or has been changed.
    """
    card, path = read_card(folder), folder / "table.csv"
    if digest(path) != card["sha256"]:
        raise UserError(f"{path} is not the table that {folder / 'card.json'} tells of;\n{MADE_AGAIN}")
    table = pd.read_csv(path, usecols=list(COLUMNS), dtype=np.float64)
    return COLUMNS, table[list(COLUMNS)].to_numpy(), card
