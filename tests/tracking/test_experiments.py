"""The MLflow experiments of a store: one a family, made once, with its view; deleted or half-made ones are an error."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from pipeline.base.console import UserError
from pipeline.tracking import experiments, view
from pipeline.tracking.tracker import Tracker
from tests.tracking.test_tracker import begin, run_of

REMOTE = "mlflow-artifacts:/1"


@pytest.fixture
def client(mlruns: Path) -> MlflowClient:
    client = Tracker(mlruns).client
    client.create_experiment("reprisal")  # of somebody else
    return client


def test_a_family_has_an_experiment_with_artifacts_where_the_store_has_them(client: MlflowClient, mlruns: Path) -> None:
    place = experiments.base(client, mlruns).artifact_location
    made = experiments.of_family(client, "digits", "test_accuracy", place)
    found = client.get_experiment(made)
    assert (found.name, found.artifact_location) == ("reprise/digits", place)
    assert found.tags[view.TAG] == view.state("test_accuracy")
    assert experiments.of_family(client, "digits", "test_accuracy", place) == made
    assert sorted(one.name for one in experiments.ours(client)) == ["reprise", "reprise/digits"]


def test_a_server_has_a_place_of_its_own_for_artifacts(client: MlflowClient) -> None:
    made = client.get_experiment(experiments.of_family(client, "digits", "test_accuracy", REMOTE))
    assert made.artifact_location != REMOTE and made.artifact_location.endswith(made.experiment_id)


def test_the_view_of_an_older_version_is_replaced(client: MlflowClient) -> None:
    made = experiments.of_family(client, "climate", "test_accuracy", REMOTE)
    experiments.of_family(client, "climate", "test_mae", REMOTE)
    assert client.get_experiment(made).tags[view.TAG] == view.state("test_mae")


def test_runs_of_an_older_version_and_of_every_family_are_found(mlruns: Path) -> None:
    tracker, run = Tracker(mlruns), run_of()
    old = tracker.client.get_experiment_by_name("reprise").experiment_id
    tags = {"kind": "run", "run_key": "of old"}
    for experiment in (old, tracker.client.create_experiment("reprisal")):
        made = tracker.client.create_run(experiment, tags=tags).info.run_id
        tracker.client.set_terminated(made, "FINISHED")
    new = begin(tracker, run)
    tracker.client.set_terminated(new, "FINISHED")
    assert set(tracker.finished()) == {"of old", run.key}
    home = tracker.client.get_run(new).info.experiment_id
    assert tracker.client.get_experiment(home).name == "reprise/automata"


def test_one_that_another_makes_at_the_same_moment_is_shared(
    client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = experiments.of_family(client, "digits", "test_accuracy", REMOTE)
    answers = [None, client.get_experiment(made)]
    monkeypatch.setattr(client, "get_experiment_by_name", lambda _: answers.pop(0))
    assert experiments.of_family(client, "digits", "test_accuracy", REMOTE) == made and answers == []


def test_one_that_cannot_be_made_is_an_error(client: MlflowClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: Any, **named: Any) -> str:
        raise MlflowException("(sqlite3.OperationalError) database or disk is full")

    monkeypatch.setattr(client, "create_experiment", refuse)
    with pytest.raises(MlflowException, match="disk is full"):
        experiments.of_family(client, "digits", "test_accuracy", REMOTE)


@pytest.mark.parametrize("name", ["reprise", "reprise/automata"])
def test_a_deleted_experiment_is_said_with_the_command_that_brings_it_back(name: str, mlruns: Path) -> None:
    tracker = Tracker(mlruns)
    begin(tracker, run_of())
    made = tracker.client.get_experiment_by_name(name).experiment_id
    tracker.client.delete_experiment(made)
    with pytest.raises(UserError, match=rf"'{name}' was deleted in MLflow(?s:.)*restore --experiment-id {made}"):
        Tracker(mlruns)
    tracker.client.restore_experiment(made)
    assert Tracker(mlruns).client.get_experiment(made).name == name


def test_after_a_copy_new_families_keep_their_artifacts_in_the_copy(mlruns: Path, tmp_path: Path) -> None:
    begin(Tracker(mlruns), run_of())
    copy = Path(shutil.copytree(mlruns, tmp_path / "copy" / "mlruns"))
    tracker = Tracker(copy)
    made = experiments.of_family(
        tracker.client, "digits", "test_accuracy", experiments.base(tracker.client, copy).artifact_location
    )
    places = [one.artifact_location for one in experiments.ours(tracker.client)]
    assert (
        places == [(copy / "artifacts").as_uri()] * 3 and tracker.client.get_experiment(made).name == "reprise/digits"
    )


@pytest.fixture
def named(mlruns: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The store of a checkout that works alone, named in the environment with a password."""
    Tracker(mlruns)
    uri, theirs = "http://user:geheim@127.0.0.1:5000", MlflowClient(f"sqlite:///{mlruns / 'mlflow.db'}")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setattr("pipeline.tracking.tracker.MlflowClient", lambda _: theirs)  # as its server answers
    return mlruns


def test_the_server_of_this_checkout_is_its_own_store(named: Path) -> None:
    begin(Tracker(named), run_of())
    assert Tracker(named).client.get_experiment_by_name("reprise/automata") is not None


@pytest.mark.parametrize("same_path", [False, True])
@pytest.mark.parametrize("worked_alone", [False, True])
def test_a_store_with_the_paths_of_another_disk_is_refused(
    named: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same_path: bool, worked_alone: bool
) -> None:
    """The other machine may have its checkout at the same path, and a store of its own in it."""
    here, uri = tmp_path / "here" / "mlruns", "http://user:geheim@127.0.0.1:5000"
    server = MlflowClient(f"sqlite:///{named.rename(tmp_path / 'there') / 'mlflow.db'}")
    monkeypatch.setattr("pipeline.tracking.tracker.MlflowClient", lambda _: server)
    here = named if same_path else here
    if worked_alone:
        with monkeypatch.context() as patch:
            patch.delenv("MLFLOW_TRACKING_URI")
            patch.setattr("pipeline.tracking.tracker.MlflowClient", MlflowClient)
            Tracker(here)
    with pytest.raises(UserError, match=r"^MLFLOW_TRACKING_URI=http://127\.0\.0\.1:5000 keeps artifacts on") as caught:
        Tracker(here)
    assert "`make up SHARED=1`" in str(caught.value) and str(caught.value).count("\n") == 1 and uri not in str(caught)
