"""`make verify`: is every file what was written? Data, DVC's cache, the results and models in MLflow, its database.

What is damaged is named and removed, so that `make reproduce` makes it again; a run whose result or model is damaged is
handed back and trains again, and a registered model is withdrawn and registered again. `make reproduce` does the same
for the data when a stage has failed.
"""

import hashlib
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from pipeline.base.console import UserError, command, plural, say
from pipeline.base.layout import DATA, MLRUNS
from pipeline.base.locks import hold
from pipeline.base.seal import SEAL, damage
from pipeline.commands.champions import DONE
from pipeline.commands.dvc_status import dvc_at_work
from pipeline.tracking.errors import LostError

CACHE = Path(".dvc/cache/files/md5")
_OBJECT = re.compile(r"[0-9a-f]{30}(\.dir)?")  # what DVC still writes is beside it, named `.tmp`


def sealed(root: Path = DATA) -> list[Path]:
    """List the sealed directories below a folder, without those that are still being written (`.name...part`)."""
    found = (path.parent for path in root.rglob(SEAL))
    return sorted(path for path in found if not any(name.startswith(".") for name in path.relative_to(root).parts))


def _objects(cache: Path) -> list[Path]:
    """List the objects of DVC's cache."""
    return sorted(path for path in cache.glob("??/*") if _OBJECT.fullmatch(path.name))


def _damaged_objects(cache: Path) -> Iterator[Path]:
    """Find the objects of DVC's cache whose md5 is not their name."""
    for path in _objects(cache):
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "md5").hexdigest()
        if found != path.parent.name + path.name.removesuffix(".dir"):
            yield path


def repair_data(root: Path = DATA, cache: Path = CACHE) -> list[str]:
    """Remove what is damaged in data and in DVC's cache, and name it.

    For who holds the checkout while no DVC is at work: a folder that one is filling looks damaged.
    """
    found = []
    for path in _damaged_objects(cache):
        path.unlink()
        found.append(f"{path}: damaged object of DVC's cache")
    for folder in sealed(root):
        if broken := damage(folder):
            more = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
            shutil.rmtree(folder)
            found.append(f"{broken[0]}{more}: not what was written")
    return found


def check_database(path: Path) -> None:
    """Raise UserError if the MLflow database is damaged; it cannot be made again."""
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            (answer,) = database.execute("pragma integrity_check").fetchone()
    except sqlite3.DatabaseError as error:
        answer = str(error)
    if answer != "ok":
        raise UserError(f"{path} is damaged ({answer}); put a copy of it back, or move {path.parent} away")


def release_damaged(tracker: Any, finished: Iterable[Any]) -> list[str]:
    """Hand back those of the finished runs whose result or model is gone or damaged, and name them."""
    found = []
    for logged in finished:
        try:
            tracker.row(logged)
            tracker.check_model(logged)
        except LostError:
            tracker.stop(logged.id, "FAILED")
            found.append(logged.name)
    return found


def withdraw_models(tracker: Any) -> list[str]:
    """Withdraw the registered models whose files are gone or damaged, and name them; champions are looked for again."""
    from pipeline.asking.versions import withdraw_spoilt

    found = withdraw_spoilt(tracker)
    if found:
        (tracker.root / DONE).unlink(missing_ok=True)
    return found


def _check_store() -> tuple[str, list[str]]:
    """Check what MLflow has. Return how much that is, and what was damaged."""
    from pipeline.asking.versions import versions
    from pipeline.tracking.store import readable_errors  # MLflow takes seconds to import
    from pipeline.tracking.tracker import Tracker

    with readable_errors(MLRUNS):
        tracker = Tracker(MLRUNS)
        finished, models = tracker.finished().values(), len(versions(tracker))
        found = [
            f"{name}: its result or model was damaged, it trains again" for name in release_damaged(tracker, finished)
        ]
        found += [f"{name} was gone or damaged, it is registered again" for name in withdraw_models(tracker)]
    return f", {plural(len(finished), 'run')} and {plural(models, 'registered model')} in MLflow", found


def _checked() -> str:
    files = sum(1 for folder in sealed() for path in folder.rglob("*") if path.is_file())
    return f"{plural(files, 'file')} of data, {plural(len(_objects(CACHE)), 'object')} of DVC's cache"


def _check() -> tuple[str, list[str]]:
    """Check everything, and remove or hand back what is damaged. Return how much that is, and what was damaged."""
    checked, found = _checked(), repair_data()
    check_database(MLRUNS / "mlflow.db")
    if not (MLRUNS / "mlflow.db").exists():
        return checked, found
    checked_too, damaged = _check_store()
    return checked + checked_too, found + damaged


@command("verify")
def main() -> None:
    """Check everything while nobody else works in this checkout."""
    with hold("make verify"):
        if dvc_at_work():
            raise UserError("another DVC is running in this checkout; wait until it has ended, and ask again")
        checked, found = _check()
    for line in found:
        say(f"verify: {line}")
    if found:
        raise UserError(f"{plural(len(found), 'damage')} found and removed; `make reproduce` makes it again")
    say(f"verify: {checked}: all as written")


if __name__ == "__main__":
    main()
