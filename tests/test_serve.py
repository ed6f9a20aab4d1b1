"""The MLflow server: the command that starts it, and a port that is none."""

from itertools import pairwise
from pathlib import Path

import pytest

from pipeline import serve


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
