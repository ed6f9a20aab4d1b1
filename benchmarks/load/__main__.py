"""`python -m benchmarks.load`: load tests of store and services, to reports/load.json; exit status 1 after a fault."""

import argparse
import os
import signal
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.load import report, store
from benchmarks.load.services import mlflow_server
from pipeline.base.console import UserError, command, say
from pipeline.base.files import write_json
from pipeline.base.parallel import cores

REPORT = Path("reports/load.json")
Rows = list[report.Row]


def _touch(folder: Path, asked: argparse.Namespace) -> Rows:
    work = f"first touch of an empty store, {asked.writers} processes"
    return [report.store_row(work, None, *store.first_touch(folder / "mlruns", asked.writers))]


def _sqlite(folder: Path, asked: argparse.Namespace) -> Rows:
    work = f"{asked.writers} writers of {asked.points} points, sqlite"
    return [report.store_row(work, *store.writers(folder / "mlruns", asked.writers, asked.points, {}))]


def _server(folder: Path, asked: argparse.Namespace) -> Rows:
    work = f"{asked.writers} writers of {asked.points} points, MLflow server"
    with mlflow_server(folder) as address:
        environment = {"MLFLOW_TRACKING_URI": address}
        return [report.store_row(work, *store.writers(folder / "mlruns", asked.writers, asked.points, environment))]


def _trainings(folder: Path, asked: argparse.Namespace) -> Rows:
    from benchmarks.load import trainings

    load = trainings.measure(folder, asked.trainings, asked.workers)
    return [report.load_row(load, asked.trainings, asked.workers, cores())]


SECTIONS: dict[str, Callable[[Path, argparse.Namespace], Rows]] = {
    "touch": _touch,
    "sqlite": _sqlite,
    "server": _server,
    "trainings": _trainings,
}


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load")
    parser.add_argument("sections", nargs="*", help=f"of {', '.join(SECTIONS)}; all if none is named")
    for name, usual in (("trainings", 100), ("workers", 4), ("writers", 8), ("points", 1000)):
        parser.add_argument(f"--{name}", type=int, default=usual, help=f"{usual} if not said")
    asked = parser.parse_args()
    unknown = set(asked.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    return asked


def _show(row: report.Row) -> None:
    say(report.load_table(row) if "services" in row else f"load: {report.store_line(row)}")
    for sentence in row["faults"]:
        say(f"load: {sentence}")


@command("load")
def main() -> None:
    """Run the sections named on the command line, or all. Raises UserError after a fault."""
    asked, rows = _asked(), []
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # otherwise the services would outlive it
    os.environ.pop("MLFLOW_TRACKING_URI", None)  # every section has its own store
    for name in asked.sections or SECTIONS:
        with TemporaryDirectory() as folder:
            found = SECTIONS[name](Path(folder), asked)
        for row in found:
            _show(row)
        rows += found
    if not asked.sections:
        write_json(REPORT, rows)
    many = sum(len(row["faults"]) for row in rows)
    if many:
        raise UserError(f"{many} things are lost, doubled or wrong; they are named above")
    say("load: nothing is lost, doubled or wrong")


if __name__ == "__main__":
    main()
