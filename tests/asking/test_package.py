"""The MLflow model of a run: all that it needs is in its folder, and nothing is pickled."""

from pathlib import Path

import pytest

from pipeline.asking.package import content_of, described, signature_of, write_package
from pipeline.asking.trained import best_of
from pipeline.base.files import read_json
from pipeline.params import Params
from pipeline.tracking.tracker import Tracker

Checkout = tuple[Tracker, Params]


def test_a_package_holds_network_facts_code_and_example(checkout: Checkout, tmp_path: Path) -> None:
    tracker, params = checkout
    one = best_of(tracker, params, "am_a")
    write_package(tracker, params, one, tmp_path / "model")
    facts = read_json(tmp_path / "model/artifacts/facts.json")
    assert facts["labels"] == ["invalid", "valid"] and facts["run_key"] == one.run.key
    files = {path.relative_to(tmp_path / "model").as_posix() for path in (tmp_path / "model").rglob("*")}
    assert {"MLmodel", "artifacts/model.keras", "served.py", "code/pipeline/asking/served.py"} <= files
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".joblib"))]
    assert read_json(tmp_path / "model/input_example.json")["data"] == [["a+b*(c"]]


def test_the_signature_says_what_comes_in_and_out() -> None:
    classes, numbers = signature_of(False), signature_of(True)
    assert classes.inputs.input_names() == ["input"]
    assert [one.outputs.input_names() for one in (classes, numbers)] == [
        ["answer", "probabilities"],
        ["answer", "value", "unit"],
    ]


def test_other_facts_or_another_run_make_another_package(checkout: Checkout) -> None:
    tracker, params = checkout
    one = best_of(tracker, params, "am_a")
    facts = described(params, one)
    assert content_of(one, facts) == content_of(one, dict(facts))
    assert content_of(one, facts) != content_of(one, {**facts, "labels": ["no", "yes"]})


@pytest.mark.parametrize("name", ["tensorflow", "mlflow"])
def test_the_locked_versions_are_required(name: str, checkout: Checkout, tmp_path: Path) -> None:
    tracker, params = checkout
    write_package(tracker, params, best_of(tracker, params, "am_a"), tmp_path / "model")
    assert f"\n{name}==" in "\n" + (tmp_path / "model/requirements.txt").read_text()
