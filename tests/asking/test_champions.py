"""The registry: one model a family, its best network as champion, registered once, and loaded by its address."""

import shutil
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException

from pipeline.asking.champions import champion_of, register, register_all, registered, registry_of
from pipeline.asking.trained import best_of
from pipeline.params import Params
from pipeline.tracking.experiments import ids
from pipeline.tracking.tracker import Tracker

Checkout = tuple[Tracker, Params]


def test_a_champion_is_registered_once_and_answers(checkout: Checkout) -> None:
    tracker, params = checkout
    assert registered(tracker, "automata") is None
    assert register_all(tracker, params) == ["automata (am_a)"]
    assert register_all(tracker, params) == []
    version = registered(tracker, "automata")
    chosen = best_of(tracker, params, "am_a")
    assert (version.version, version.run_id, version.tags["run_key"]) == (1, chosen.logged.id, chosen.run.key)
    (logged,) = tracker.client.search_logged_models(ids(tracker.client))
    assert (logged.status, logged.source_run_id) == ("READY", chosen.logged.id)
    model = mlflow.pyfunc.load_model(version.source)
    (answer,) = model.predict(model.input_example)
    assert answer["answer"] in ("invalid", "valid") and sum(answer["probabilities"].values()) == pytest.approx(1)
    assert model.predict({"input": ["a+b*(c", "1"]})[0] == answer, "as docs/ask.md has it"
    assert len(model.predict(pd.DataFrame({"input": ["a+b*(c", "1"]}))) == 2
    with pytest.raises(MlflowException, match="is not a text; expected"):
        model.predict({"input": [None]})


def test_another_run_becomes_a_new_version(checkout: Checkout) -> None:
    tracker, params = checkout
    first = champion_of(tracker, params, "automata")
    assert first is not None and register(tracker, params, first)
    registry_of(tracker).set_model_version_tag("automata", "1", "content", "of older code")
    assert register(tracker, params, first)
    assert registered(tracker, "automata").version == 2


def test_a_family_of_which_nothing_is_trained_has_none(checkout: Checkout) -> None:
    assert champion_of(*checkout, "melody") is None


def test_one_family_that_cannot_be_packed_does_not_stop_the_others(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    tracker, params = checkout
    for model in Path("mlruns/artifacts").glob("*/artifacts/model.keras"):
        model.unlink()
    assert register_all(tracker, params) == [] and registered(tracker, "automata") is None
    assert "champions: automata: model.keras of" in capsys.readouterr().out


def test_what_learns_nothing_is_no_champion(checkout: Checkout) -> None:
    tracker, params = checkout
    baseline = params.experiments["am_a"].model_copy(update={"epochs": 0})
    changed = params.model_copy(update={"experiments": {"am_a": baseline}})
    assert champion_of(tracker, changed, "automata") is None


def test_a_copied_store_serves_its_own_copy(checkout: Checkout, tmp_path: Path) -> None:
    tracker, params = checkout
    register_all(tracker, params)
    copy = Tracker(Path(shutil.copytree("mlruns", tmp_path / "copy/mlruns")))
    assert registered(copy, "automata").source.startswith((tmp_path / "copy/mlruns/artifacts").as_uri())
    assert champion_of(copy, params, "automata") is not None
