"""The form of a flow in the UI: every choice is there, and a schema refuses what is none."""

from typing import Any

import jsonschema
import pytest
from prefect.utilities.callables import parameter_schema

from flows.reproduce import reproduce
from flows.sweep import sweep
from flows.train import train
from pipeline.experiments.registry import FAMILIES
from pipeline.params import load

SCHEMAS = {flow.name: parameter_schema(flow).model_dump() for flow in (train, reproduce, sweep)}


def test_the_experiments_are_those_of_params_yaml() -> None:
    assert SCHEMAS["train"]["properties"]["experiment"]["enum"] == list(load().every)
    one_by_one = SCHEMAS["reproduce"]["properties"]["experiments"]["anyOf"]
    assert one_by_one[0]["enum"] == ["quick", "all"] and one_by_one[1]["items"]["enum"] == list(load().every)
    assert SCHEMAS["sweep"]["properties"]["originals"]["anyOf"][1]["items"]["enum"] == list(FAMILIES)


@pytest.mark.parametrize(
    ("flow", "given"),
    [
        ("train", {"experiment": "am_64"}),
        ("train", {"experiment": "am_64", "seeds": 3}),
        ("reproduce", {}),
        ("reproduce", {"experiments": "all", "originals": True}),
        ("reproduce", {"experiments": ["am_64", "product_rnn"], "originals": ["reviews"], "seeds": 1}),
    ],
)
def test_what_is_right_passes(flow: str, given: dict[str, Any]) -> None:
    jsonschema.validate(given, SCHEMAS[flow])


@pytest.mark.parametrize(
    ("flow", "given"),
    [
        ("train", {}),
        ("train", {"experiment": "am_65"}),
        ("train", {"experiment": "am_64", "seeds": 0}),
        ("reproduce", {"experiments": "some"}),
        ("reproduce", {"experiments": ["am_65"]}),
        ("sweep", {"originals": ["birdsong"]}),
    ],
)
def test_what_is_wrong_is_refused(flow: str, given: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(given, SCHEMAS[flow])
