"""`make serve`: a champion answers over HTTP; whatever is wrong with a request is a 4xx with one sentence."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import mlflow
import pytest
import requests
from fastapi.testclient import TestClient

from pipeline.asking.champions import register, registered
from pipeline.asking.package import write_package
from pipeline.asking.trained import best_of
from pipeline.base.console import UserError
from pipeline.base.ports import answers
from pipeline.commands import serve
from pipeline.params import Params
from pipeline.tracking.tracker import Tracker

Checkout = tuple[Tracker, Params]
JSON = {"Content-Type": "application/json"}
WRONG = [
    ('{"inputs": {"input": ["a+B"]}}', "'B' is not a symbol of the alphabet"),
    ('{"inputs": {"input": [""]}}', "an empty string"),
    ('{"dataframe_records": [{"input": null}]}', "None is not a text"),
    ('{"inputs": {"other": ["a"]}}', "Model is missing inputs ['input']"),
    ('{"dataframe_records": [{"x": 1, "y": "Traceback"}]}', "Model is missing inputs ['input']"),
    ("junk", "valid JSON"),
    ("[1]", "dictionary"),
    ("{}", "exactly one of the input fields"),
]


@pytest.fixture
def package(checkout: Checkout, tmp_path: Path) -> Path:
    tracker, params = checkout
    write_package(tracker, params, best_of(tracker, params, "am_a"), tmp_path / "model")
    return tmp_path / "model"


def test_requests_are_answered_and_junk_gets_a_sentence(package: Path, tensorflow: None) -> None:
    model = mlflow.pyfunc.load_model(str(package))
    client = TestClient(serve.application(model), base_url="http://127.0.0.1")
    good = client.post("/invocations", content='{"inputs": {"input": ["a+b*(c", "1"]}}', headers=JSON)
    assert good.status_code == 200 and [one["answer"] for one in good.json()["predictions"]] != []
    for body, why in WRONG:
        reply = client.post("/invocations", content=body, headers=JSON)
        said = reply.json()["error"]
        assert reply.status_code == 400 and why in said, (body, reply.text)
        assert "\n" not in said and "Traceback" not in said
    assert client.post("/invocations", content="a+b", headers={"Content-Type": "text/plain"}).status_code == 415
    assert client.post("/invocations", content="a+b").status_code == 415
    assert client.get("/nowhere").json() == {"error": "Not Found"}
    assert client.get("/ping", headers={"Host": "evil.example"}).status_code == 400
    assert serve.example(model, 5001).endswith("""-d '{"inputs": {"input": ["a+b*(c"]}}'""")


def test_a_sentence_has_neither_the_request_nor_a_traceback() -> None:
    message = "Failed to predict data 'x\ny'. \nError: no\nnote"
    body = json.dumps({"message": message, "stack_trace": "Traceback"}).encode()
    assert serve.sentence(body) == "no note"
    assert serve.sentence(b'{"message": "Write inputs. IMPORTANT: of old versions"}') == "Write inputs."
    assert serve.sentence(b'{"message": "no JSON\\nInput: \\nx"}') == "no JSON"
    assert serve.sentence(b"not JSON") == "not JSON"
    assert serve.sentence(b"[1]") == "[1]"


def test_a_champion_is_registered_when_it_is_served(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    tracker, params = checkout
    with ExitStack() as stack:
        address = serve.address_of_model(params, "automata", stack)
        assert address.startswith("file:") and "/mlruns/artifacts/models/" in address
        assert "is registered as the champion of automata" in capsys.readouterr().out
        assert not register(tracker, params, best_of(tracker, params, "am_a"))
        assert (Path(serve.address_of_model(params, "am_a", stack)) / "MLmodel").is_file()


@pytest.mark.parametrize("name", ["code/pipeline/asking/served.py", "artifacts/model.keras", "MLmodel"])
def test_a_champion_that_is_not_what_was_logged_is_not_opened(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Its code would be imported."""
    tracker, params = checkout
    assert register(tracker, params, best_of(tracker, params, "am_a"))
    home = Path(urlsplit(registered(tracker, "automata").source).path)
    with (home / name).open("ab") as file:
        file.write(b" ")
    opened: list[str] = []
    monkeypatch.setattr(mlflow.pyfunc, "load_model", opened.append)
    monkeypatch.setattr(serve, "load", lambda: params)
    monkeypatch.setattr(serve, "require_free", lambda *_: None)
    monkeypatch.setenv("MODEL", "automata")
    with pytest.raises(SystemExit):
        serve.main()
    assert opened == [] and capsys.readouterr().err == (
        f"serve: the model automata, version 1: {name} is gone or not what was logged;\n"
        "`make verify` withdraws it, and `make reproduce` registers it again\n"
    )


def test_what_is_not_trained_cannot_be_served(checkout: Checkout) -> None:
    with ExitStack() as stack, pytest.raises(UserError, match="am_b is not trained yet"):
        serve.address_of_model(checkout[1], "am_b", stack)


def test_another_name_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MODEL", "nobody")
    with pytest.raises(SystemExit):
        serve.main()
    assert "MODEL='nobody' is neither a family nor an experiment" in capsys.readouterr().err


@contextmanager
def serving(port: int, *words: str) -> Iterator[str]:
    """Run a server in a fresh process that knows nothing of this checkout, until the body ends."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.Popen(words, cwd="/", env=environment)
    try:
        while not answers(f"http://127.0.0.1:{port}/ping"):
            assert process.poll() is None, "the server has ended"
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/invocations"
    finally:
        process.terminate()
        process.wait()


@pytest.mark.services
def test_mlflow_itself_serves_it_in_a_fresh_process(package: Path) -> None:
    """Elsewhere, without this project on its path."""
    words = ["models", "serve", "-m", str(package), "--env-manager", "local", "--host", "127.0.0.1", "--port", "5631"]
    with serving(5631, sys.executable, "-m", "mlflow", *words) as address:
        good: Any = requests.post(address, json={"inputs": {"input": ["a+b*(c"]}}, timeout=60)
        assert good.status_code == 200 and good.json()["predictions"][0]["answer"] in ("invalid", "valid")
        for body, why in WRONG:
            bad = requests.post(address, data=body, headers=JSON, timeout=60)
            assert bad.status_code == 400 and why in bad.text, (body, bad.text)
