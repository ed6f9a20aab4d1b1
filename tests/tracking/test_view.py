"""The view that MLflow opens on, in the form in which MLflow keeps one, and the description of an experiment."""

import base64
import json
import zlib

from pipeline.spec.data import DatasetInfo
from pipeline.spec.run import Run
from pipeline.tracking import view
from tests.conftest import strings_params


def test_the_view_is_deflated_json_with_the_columns_that_are_compared() -> None:
    head, _, body = view.state("test_mae").partition(";")
    kept = json.loads(zlib.decompress(base64.b64decode(body)))
    assert head == "deflate" and kept["searchFilter"] == "tags.kind = 'experiment'"
    figures = [f"metrics.`{name}`" for name in ("seeds", "test_mae", "test_mae_low", "test_mae_high", "train_seconds")]
    assert kept["selectedColumns"] == ["params.`variant`", "tags.`protocol`", *figures, "params.`data`"]


def test_a_description_names_the_experiment_its_figures_and_the_page_of_its_claims() -> None:
    run = Run(strings_params().experiments["am_a"], 0, None, DatasetInfo("automata strings", "document", "0" * 64), "k")
    text = view.description(run, {"test_accuracy": 0.51234, "seeds": 3.0})
    assert text.startswith("**am_a**: ") and "| test_accuracy | 0.5123 |" in text and "| seeds | 3 |" in text
    assert "`reports/families/automata.html`" in text
