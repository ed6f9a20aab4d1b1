"""A store belongs to its checkout: one that was copied or moved is led to its own artifacts before anything is written.

MLflow keeps the absolute address of every artifact folder in its database. Without this, a copied checkout would write
into the original, and a moved one would look for its files at the old place.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from pipeline.base.console import say

_COLUMNS = (  # where MLflow keeps addresses of artifacts
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)


def lead_home(root: Path, location: str) -> None:
    """Rewrite the addresses of the database below `root` if `location`, that of our experiment, is another place's.

    Both are file URIs of the folder `artifacts`. Nothing happens if they agree.
    """
    home = (root / "artifacts").as_uri()
    if location == home or not location.startswith("file:"):
        return
    with closing(sqlite3.connect(root / "mlflow.db", timeout=60)) as database, database:
        tables = {name for (name,) in database.execute("select name from sqlite_master where type = 'table'")}
        for table, column in _COLUMNS:
            if table in tables:
                statement = f"update {table} set {column} = ? || substr({column}, ?) where substr({column}, 1, ?) = ?"  # noqa: S608
                database.execute(statement, (home, len(location) + 1, len(location), location))
    say(f"train: {root} was copied or moved; its addresses now lead here, no longer to {location}")
