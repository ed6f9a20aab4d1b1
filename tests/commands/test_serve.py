"""The MLflow server: the command that starts it, and a port that is none."""

from itertools import pairwise
from pathlib import Path

import pytest
from mlflow import MlflowClient

from pipeline.base.console import UserError
from pipeline.commands import serve


def test_the_server_is_slim_and_of_this_checkout_alone(tmp_path: Path) -> None:
    words = serve.command_line(tmp_path, 5001)
    pairs = dict(pairwise(words))
    assert (pairs["--host"], pairs["--port"], pairs["--workers"]) == ("127.0.0.1", "5001", "1")
    assert pairs["--backend-store-uri"] == f"sqlite:///{tmp_path}/mlflow.db"
    assert pairs["--artifacts-destination"] == f"{tmp_path}/artifacts"


@pytest.mark.parametrize("text", ["x", "0", "65536"])
def test_a_wrong_port_is_said_and_nothing_is_made(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_PORT", text)
    with pytest.raises(SystemExit):
        serve.main()
    assert capsys.readouterr().err == f"mlflow: MLFLOW_PORT={text}: write a port number\n"
    assert list(tmp_path.iterdir()) == []


def test_a_shared_store_leaves_the_place_of_artifacts_to_the_server(mlruns: Path) -> None:
    serve.prepare(mlruns, shared=True)
    client = MlflowClient(f"sqlite:///{mlruns}/mlflow.db")
    assert client.get_experiment_by_name("reprise") is None
    client.create_experiment("reprise", artifact_location="mlflow-artifacts:/1")  # as the server has it
    assert serve.is_shared({"SHARED": "1"}, mlruns) and serve.is_shared({}, mlruns)
    with pytest.raises(UserError, match=r"go through its server;\nstart it with `make up`, and set MLFLOW_TRACKING"):
        serve.prepare(mlruns, shared=False)


def test_a_store_of_this_disk_cannot_be_shared(mlruns: Path) -> None:
    serve.prepare(mlruns, shared=False)
    assert not serve.is_shared({"SHARED": "0"}, mlruns) and not serve.is_shared({}, mlruns)
    with pytest.raises(UserError, match=f"SHARED=1: {mlruns} keeps artifacts on this disk; move it away"):
        serve.is_shared({"SHARED": "1"}, mlruns)


def test_before_there_is_a_store_it_is_as_asked(tmp_path: Path) -> None:
    assert serve.is_shared({"SHARED": "1"}, tmp_path) and not serve.is_shared({}, tmp_path)
    assert list(tmp_path.iterdir()) == []
