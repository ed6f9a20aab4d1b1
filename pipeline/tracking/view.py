"""What MLflow opens on: for each family a table of its experiments with the figures that they are compared by; charts.

MLflow 3 opens an experiment on its traces unless the address asks for model training, and no tag changes that. Columns
and charts are a view that its button `Share` would keep in such a tag. None of this is documented: tests/browser looks
whether it works.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pipeline.base.layout import REPORTS
from pipeline.spec.run import Run

EXPERIMENT = "reprise"  # in MLflow; those of the families are named after it
KEY = "reprise"  # of the view
TAG = f"mlflow.sharedViewState.{KEY}"
FILTER = "tags.kind = 'experiment'"
VERDICT = "verdict"  # the tag with the verdicts of an experiment's claims
SECONDS = "train_seconds"
_AXES = ("variant", "units", "layers", "optimizer.name", "optimizer.learning_rate", "batch", "epochs")
_SECTIONS = (  # of the charts: ours, a chart a row, and those that MLflow fills, which it would hide otherwise
    {"uuid": KEY, "name": "Seconds and parameters", "columns": 1, "cardHeight": 400},
    {"uuid": "model", "name": "Model metrics"},
    {"uuid": "system", "name": "System metrics"},
)
_AS_IS = {"display": True, "isReordered": False, "deleted": False, "isGenerated": False}


def name_of(family: str) -> str:
    """Name the MLflow experiment of a family."""
    return f"{EXPERIMENT}/{family}"


def is_ours(name: str) -> bool:
    """Check whether an MLflow experiment is one of this project, by its name."""
    return name == EXPERIMENT or name.startswith(f"{EXPERIMENT}/")


def columns(metric: str) -> dict[str, int]:
    """List the columns for experiments that are compared by a metric, in the order in which they are read, and widths.

    The verdict stands early: on a laptop, the last ones are out of sight.
    """
    return {
        "params.`variant`": 85,
        "tags.`protocol`": 90,
        f"metrics.`{metric}`": 95,
        f"tags.`{VERDICT}`": 240,
        "metrics.`seeds`": 65,
        f"metrics.`{metric}_low`": 95,
        f"metrics.`{metric}_high`": 95,
        f"metrics.`{SECONDS}`": 95,
        "params.`data`": 200,
    }


def charts(metric: str) -> list[dict[str, Any]]:
    """Describe the charts, in MLflow's words: seconds against the metric, and every parameter that a family varies."""
    axes = {"xaxis": {"key": SECONDS, "type": "METRIC"}, "yaxis": {"key": metric, "type": "METRIC"}}
    lines = {"selectedParams": list(_AXES), "selectedMetrics": [SECONDS, metric], "showAllRuns": False}
    common = {"metricSectionId": KEY, "deleted": False, "isGenerated": False}
    return [
        {"type": "SCATTER", "uuid": "seconds", "displayName": "", "runsCountToCompare": 100, **axes, **common},
        {"type": "PARALLEL", "uuid": "parameters", "displayName": "", "runsCountToCompare": 100, **lines, **common},
    ]


def state(metric: str) -> str:
    """Format the view as MLflow keeps it: JSON, deflated, in base64."""
    view = {
        "selectedColumns": list(columns(metric)),
        "columnOrder": ["attributes.`Run Name`", *columns(metric)],
        "columnWidths": columns(metric),
        "searchFilter": FILTER,
        "orderByKey": "attributes.`run_name`",
        "orderByAsc": True,
        "runsHiddenMode": "SHOW_ALL",  # otherwise the charts show the first ten
        "compareRunCharts": charts(metric),
        "compareRunSections": [_AS_IS | section for section in _SECTIONS],
    }
    return "deflate;" + base64.b64encode(zlib.compress(json.dumps(view).encode())).decode()


def link(server: str, experiment_id: str, offered: bool = True) -> str:
    """Build the address of the table on a server. Where no view is `offered`, to ask for it leads to the traces."""
    runs = f"{server}/#/experiments/{quote(experiment_id)}/runs?workflowType=machine_learning"
    return f"{runs}&viewStateShareKey={KEY}" if offered else runs


def link_to_charts(server: str, experiment_id: str, offered: bool = True) -> str:
    """Build the address of the charts on a server."""
    return f"{link(server, experiment_id, offered)}&compareRunsMode=CHART"


def description(run: Run, figures: Mapping[str, float]) -> str:
    """Describe the experiment of a run and its figures in Markdown, for the page of its parent run."""
    experiment = run.experiment
    page = REPORTS / "families" / f"{experiment.family}.html"
    rows = [f"| {name} | {value:.4g} |" for name, value in figures.items()]
    lines = [
        f"**{experiment.name}**: {experiment.variant} on {run.dataset.label}, {experiment.protocol}, "
        f"document {experiment.document}.",
        "",
        "| over the seeds | |",
        "|---|---:|",
        *rows,
        "",
        "`_low` and `_high` are the 95 % interval of the mean. The seeds are the child runs.",
        f"The claims about it, with their verdicts: `{page}`.",
    ]
    return "\n".join(lines)
