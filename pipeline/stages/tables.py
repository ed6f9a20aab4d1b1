"""Stage `tables`: reports/results.json -> what `dvc metrics`, `plots` and `exp show` show, a file an experiment.

reports/metrics/ has the headline metric with its interval, reports/curves/ loss and accuracy by epoch, and
reports/confusion/ which class was taken for which. dvc.yaml says how they are drawn.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.base.console import plural, say
from pipeline.base.files import whole_directory, write_json, write_text
from pipeline.base.layout import REPORTS, RESULTS
from pipeline.judging.measures import Row, read_results
from pipeline.report.tables import as_csv, by_experiment, confusion, curve, metrics
from pipeline.stages.snapshot import stage

METRICS, CURVES, CONFUSION = (REPORTS / name for name in ("metrics", "curves", "confusion"))
_DRAWN: dict[Path, Callable[[Sequence[Row]], list[dict[str, Any]]]] = {  # a folder of tables each
    CURVES / "loss": partial(curve, name="loss"),
    CURVES / "accuracy": partial(curve, name="accuracy"),
    CONFUSION: confusion,
}


def write_tables(folder: Path, found: Mapping[str, list[dict[str, Any]]]) -> None:
    """Replace a folder by a CSV for each table that has rows."""
    with whole_directory(folder) as beside:
        for name, rows in found.items():
            if rows:
                write_text(beside / f"{name}.csv", as_csv(rows))


def write(experiments: Mapping[str, list[Row]]) -> None:
    """Write every folder."""
    with whole_directory(METRICS) as beside:
        for name, runs in experiments.items():
            write_json(beside / f"{name}.json", metrics(runs))
    for folder, table in _DRAWN.items():
        write_tables(folder, {name: table(runs) for name, runs in experiments.items()})


def tables() -> None:
    """Write the tables."""
    experiments = by_experiment(read_results(RESULTS))
    write(experiments)
    say(f"tables: {METRICS}, {CURVES} and {CONFUSION}: {plural(len(experiments), 'experiment')}")


main = stage("tables")(tables)

if __name__ == "__main__":
    main()
