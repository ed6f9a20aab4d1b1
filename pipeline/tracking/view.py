"""What MLflow opens on: for each family a table of its experiments with the figures that they are compared by.

MLflow 3 opens an experiment on its traces unless the address asks for model training, and no tag changes that. The
columns are a view that its button `Share` would keep in such a tag. None of this is documented: tests/browser looks
whether it works.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from urllib.parse import quote

from pipeline.base.layout import REPORTS
from pipeline.spec.run import Run

EXPERIMENT = "reprise"  # in MLflow; those of the families are named after it
KEY = "reprise"  # of the view
TAG = f"mlflow.sharedViewState.{KEY}"
FILTER = "tags.kind = 'experiment'"


def name_of(family: str) -> str:
    """Name the MLflow experiment of a family."""
    return f"{EXPERIMENT}/{family}"


def is_ours(name: str) -> bool:
    """Check whether an MLflow experiment is one of this project, by its name."""
    return name == EXPERIMENT or name.startswith(f"{EXPERIMENT}/")


def columns(metric: str) -> list[str]:
    """List the columns for experiments that are compared by a metric, in the order in which they are read."""
    figures = ("seeds", metric, f"{metric}_low", f"{metric}_high", "train_seconds")
    return ["params.`variant`", "tags.`protocol`", *(f"metrics.`{name}`" for name in figures), "params.`data`"]


def state(metric: str) -> str:
    """Format the view as MLflow keeps it: JSON, deflated, in base64."""
    view = {
        "selectedColumns": columns(metric),
        "columnOrder": ["attributes.`Run Name`", *columns(metric)],
        "searchFilter": FILTER,
        "orderByKey": "attributes.`run_name`",
        "orderByAsc": True,
    }
    return "deflate;" + base64.b64encode(zlib.compress(json.dumps(view).encode())).decode()


def link(server: str, experiment_id: str) -> str:
    """Build the address of the view on a server."""
    return f"{server}/#/experiments/{quote(experiment_id)}/runs?workflowType=machine_learning&viewStateShareKey={KEY}"


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
