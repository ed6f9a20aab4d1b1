"""The MLflow server: its settings, its store, and that only its own pages and those with the password get in."""

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from mlflow import MlflowClient
from mlflow.server import constants

from benchmarks.load.services import environment_of, free_port, until
from flows import mlflow_server as serve
from flows import password
from pipeline.base.console import UserError
from pipeline.base.ports import answers

LOGIN = ("reprise", "not-a-secret")
FOREIGN = ["http://evil.example", "http://localhost:4200", "http://127.0.0.1", "https://127.0.0.1:{port}", "null", ""]
SEARCH = "/api/2.0/mlflow/experiments/search"
CREATE = "/api/2.0/mlflow/experiments/create"


def test_the_app_is_told_what_mlflow_server_would_tell_it(tmp_path: Path) -> None:
    found = serve.settings(tmp_path, 5001)
    assert found[constants.BACKEND_STORE_URI_ENV_VAR] == f"sqlite:///{tmp_path}/mlflow.db"
    assert found[constants.REGISTRY_STORE_URI_ENV_VAR] == f"sqlite:///{tmp_path}/mlflow.db"
    assert found[constants.ARTIFACTS_DESTINATION_ENV_VAR] == f"{tmp_path}/artifacts"
    assert found[constants.ARTIFACT_ROOT_ENV_VAR] == "mlflow-artifacts:/"
    assert found[constants.SERVE_ARTIFACTS_ENV_VAR] == "true"
    assert found["MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"] == "http://127.0.0.1:5001,http://localhost:5001"


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


@pytest.fixture(scope="module")
def server(migrated_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server with a password, started as supervisord does, behind a proxy that does not answer.

    The shared store leaves artifacts to it.
    """
    folder = tmp_path_factory.mktemp("site")
    (folder / "mlruns").mkdir()
    (folder / "mlruns/mlflow.db").write_bytes((migrated_store / "mlflow.db").read_bytes())
    port = free_port()
    login = password.passwords({"PREFECT_API_AUTH_STRING": ":".join(LOGIN)}, Path("not there"))
    more = {"MLFLOW_PORT": str(port), "SHARED": "1", "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{port}", **login}
    more |= {"MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": "*", "MLFLOW_SERVER_ALLOWED_HOSTS": "*"}  # of the user: no use
    environment = environment_of(Path.cwd(), {**more, "http_proxy": "http://127.0.0.1:9"})
    words = [sys.executable, "-m", "flows.mlflow_server"]
    process = subprocess.Popen(words, cwd=folder, env=environment)
    try:
        address = f"http://127.0.0.1:{port}"
        until(lambda: process.poll() is not None or answers(f"{address}/health"), 120)
        assert process.poll() is None
        yield address
    finally:
        process.terminate()
        process.wait()


def port_of(server: str) -> str:
    return server.rpartition(":")[2]


def is_refused(answer: requests.Response, status: int = 403) -> bool:
    """Say whether it is, and no page may read why."""
    return answer.status_code == status and "access-control-allow-origin" not in answer.headers


def test_our_own_client_works_with_the_login_in_its_environment(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.tracking.errors import LostError
    from pipeline.tracking.tracker import Logged, Tracker
    from tests.tracking.test_tracker import run_of

    for name, value in zip(("USERNAME", "PASSWORD"), LOGIN, strict=True):
        monkeypatch.setenv(f"MLFLOW_TRACKING_{name}", value)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):  # the tracker changes them
        monkeypatch.setenv(name, os.environ.get(name, ""))
    tracker = Tracker(tmp_path / "mlruns")
    run = tracker.begin(run_of(), tracker.parent(run_of()))
    (tmp_path / "result.json").write_text('{"a": 1}')
    tracker.client.log_artifact(run, str(tmp_path / "result.json"))
    logged = Logged(run, "a run", tracker.client.get_run(run).info.artifact_uri, "", "")
    assert tracker.row(logged) == {"a": 1, "mlflow_run_id": run, "provenance": {}}
    with pytest.raises(LostError, match=r"model\.keras of the MLflow run"):  # a file that the server does not have
        tracker.check_model(replace(logged, model="a sha256"))


def test_a_client_without_the_login_is_told_what_to_set(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.tracking.store import readable_errors
    from pipeline.tracking.tracker import Tracker

    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    with (
        pytest.raises(UserError, match="asks for a login: set MLFLOW_TRACKING_USERNAME and"),
        readable_errors(tmp_path),
    ):
        Tracker(tmp_path / "mlruns")


@pytest.mark.parametrize("login", [None, ("reprise", "wrong"), ("", ""), ("reprise", "")])
def test_without_the_password_nothing_is_answered_but_its_health(server: str, login: tuple[str, str] | None) -> None:
    for page in ("/", "/version", "/get-artifact", "/static-files/index.js", "/graphql", "/openapi.json"):
        answer = requests.get(f"{server}{page}", auth=login, timeout=20)
        assert is_refused(answer, 401) and answer.headers["www-authenticate"].startswith("Basic ")
    assert is_refused(requests.post(f"{server}{SEARCH}", json={"max_results": 5}, auth=login, timeout=20), 401)
    assert requests.get(f"{server}/health", auth=login, timeout=20).text == "OK"


@pytest.mark.parametrize("code", ["", "Basic", "Basic !", "Bearer x", "Basic " + b64encode(b"reprise").decode()])
def test_a_login_that_cannot_be_read_is_none(server: str, code: str) -> None:
    assert is_refused(requests.get(server, headers={"Authorization": code}, timeout=20), 401)


@pytest.mark.parametrize("host", ["evil.example:{port}", "127.0.0.1", "127.0.0.1:80", "localhost:{port}.evil.example"])
def test_a_page_that_rebinds_its_name_is_refused(server: str, host: str) -> None:
    named = {"Host": host.format(port=port_of(server))}
    for page in ("/", "/health", "/version"):
        assert is_refused(requests.get(f"{server}{page}", headers=named, auth=LOGIN, timeout=20))
    assert is_refused(requests.post(f"{server}{SEARCH}", headers=named, json={}, auth=LOGIN, timeout=20))


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_page_creates_and_reads_nothing_even_if_the_browser_knows_the_password(
    server: str, origin: str
) -> None:
    foreign = {"Origin": origin.format(port=port_of(server))}
    simple = {**foreign, "Content-Type": "text/plain"}  # which a page may send without asking first
    assert is_refused(requests.post(f"{server}{CREATE}", headers=simple, data='{"name": "x"}', auth=LOGIN, timeout=20))
    assert is_refused(requests.post(f"{server}{SEARCH}", headers=foreign, json={}, auth=LOGIN, timeout=20))
    assert is_refused(requests.get(f"{server}/version", headers=foreign, auth=LOGIN, timeout=20))
    asks = {**foreign, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    assert is_refused(requests.options(f"{server}{CREATE}", headers=asks, timeout=20))
    found = requests.post(f"{server}{SEARCH}", json={"max_results": 50}, auth=LOGIN, timeout=20).json()
    assert "x" not in [one["name"] for one in found["experiments"]]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_it_is_no_part_of_a_foreign_page_but_links_lead_to_it(server: str, site: str) -> None:
    def status(mode: str, kind: str) -> int:
        sent = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": kind}
        return requests.get(f"{server}/version", headers=sent, auth=LOGIN, timeout=20).status_code

    assert [status("no-cors", "script"), status("no-cors", "image"), status("navigate", "iframe")] == [403] * 3
    assert status("navigate", "document") == 200


def test_its_own_pages_are_answered_and_no_other_may_frame_them(server: str) -> None:
    for host in (f"127.0.0.1:{port_of(server)}", f"localhost:{port_of(server)}"):
        own = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
        answer = requests.post(f"{server}{SEARCH}", headers=own, json={"max_results": 1}, auth=LOGIN, timeout=20)
        assert answer.status_code == 200 and answer.headers.get("access-control-allow-origin") in (None, own["Origin"])
        page = requests.get(server, headers={"Host": host}, auth=LOGIN, timeout=20)
        assert page.status_code == 200 and page.headers["x-frame-options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
        assert page.headers.get("access-control-allow-origin") != "*"
