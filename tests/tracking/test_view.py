"""The view that MLflow opens on, in the form in which MLflow keeps one, and the description of an experiment."""

import base64
import json
import zlib
from typing import Any

from pipeline.spec.data import DatasetInfo
from pipeline.spec.run import Run
from pipeline.tracking import view
from tests.conftest import strings_params


def kept(metric: str) -> dict[str, Any]:
    head, _, body = view.state(metric).partition(";")
    assert head == "deflate"
    found: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(body)))
    return found


def test_the_view_is_deflated_json_with_the_columns_that_are_compared() -> None:
    found = kept("test_mae")
    assert found["searchFilter"] == "tags.kind = 'experiment'"
    read = [name.split("`")[1] for name in found["selectedColumns"]]
    figures = ["seeds", "test_mae_low", "test_mae_high", "train_seconds"]
    assert read == ["variant", "protocol", "test_mae", "verdict", *figures, "data"]
    assert found["columnOrder"][1:] == found["selectedColumns"] and set(found["columnWidths"]) == set(
        found["columnOrder"][1:]
    )


def test_its_charts_are_seconds_against_the_metric_and_the_parameters() -> None:
    found = kept("test_mae")
    scatter, parallel = found["compareRunCharts"]
    assert (scatter["xaxis"]["key"], scatter["yaxis"]["key"]) == ("train_seconds", "test_mae")
    assert parallel["selectedMetrics"] == ["train_seconds", "test_mae"]
    params = strings_params().experiments["am_a"].params()
    assert set(parallel["selectedParams"]) <= set(params), "MLflow leaves out the runs that lack one"
    sections = [one["uuid"] for one in found["compareRunSections"]]
    assert {scatter["metricSectionId"], parallel["metricSectionId"]} == {sections[0]}
    assert found["runsHiddenMode"] == "SHOW_ALL"


def test_the_charts_are_at_another_address_of_the_same_view() -> None:
    server = "http://127.0.0.1:5000"
    assert view.link_to_charts(server, "7") == f"{view.link(server, '7')}&compareRunsMode=CHART"


def test_a_description_names_the_experiment_its_figures_and_the_page_of_its_claims() -> None:
    run = Run(strings_params().experiments["am_a"], 0, None, DatasetInfo("automata strings", "document", "0" * 64), "k")
    text = view.description(run, {"test_accuracy": 0.51234, "seeds": 3.0})
    assert text.startswith("**am_a**: ") and "| test_accuracy | 0.5123 |" in text and "| seeds | 3 |" in text
    assert "`reports/families/automata.html`" in text
