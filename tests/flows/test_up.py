"""`make up`: what is wrong is said in one line before anything starts; servers are waited for."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

from flows import up
from pipeline.base.console import UserError
from pipeline.tracking.view import link, link_to_charts

NAMES = ("PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING")


class Process:
    """A supervisord that lives for so many looks."""

    def __init__(self, looks: int) -> None:
        self.returncode, self._looks = None if looks else 7, looks

    def poll(self) -> int | None:
        self._looks -= 1
        if self._looks < 0:
            self.returncode = 7
        return self.returncode


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*NAMES, "no_proxy", "NO_PROXY", "NO_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


def test_it_waits_until_a_server_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [False, False, True]
    monkeypatch.setattr(up, "answers", lambda _: answers.pop(0))
    up.wait_for("prefect", "http://127.0.0.1:1", Process(9))  # type: ignore[arg-type]
    assert answers == []


def test_services_that_end_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "answers", lambda _: False)
    with pytest.raises(UserError, match="ended with status 7; see mlruns/services"):
        up.wait_for("prefect", "http://127.0.0.1:1", Process(1))  # type: ignore[arg-type]


def test_a_server_that_never_answers_names_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "answers", lambda _: False)
    monkeypatch.setattr(up, "_PATIENCE", 0.0)
    with pytest.raises(UserError, match=r"the mlflow server does not answer; mlruns/services/mlflow\.log says why"):
        up.wait_for("mlflow", "http://127.0.0.1:1", Process(9))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"), [("PREFECT_PORT", "x"), ("MLFLOW_PORT", "0"), ("WORKERS", "none"), ("SHARED", "yes")]
)
def test_a_wrong_choice_is_said_before_anything_starts(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(up, "gpus", lambda _: [])
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        up.main()
    assert capsys.readouterr().err.startswith(f"up: {name}={value}: write ")
    assert list(tmp_path.iterdir()) == []


def test_every_service_hears_of_the_password_and_only_its_place_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[dict[str, str]] = []

    def start(environment: dict[str, str]) -> None:
        heard.append(environment)
        raise UserError("enough")

    monkeypatch.setattr(up, "require_free", lambda port, name: None)
    monkeypatch.setattr(up, "start", start)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    for _ in range(2):
        with pytest.raises(SystemExit):
            up.main()
    assert heard[0]["no_proxy"] == heard[0]["NO_PROXY"] == "127.0.0.1,localhost"
    assert f"{heard[0]['MLFLOW_TRACKING_USERNAME']}:{heard[0]['MLFLOW_TRACKING_PASSWORD']}" == heard[0][NAMES[0]]
    kept = Path("mlruns/login").read_text().strip()
    assert [environment[name] for environment in heard for name in NAMES] == [kept] * 4
    up.say_where(heard[0], 1)
    assert "up: log in   to both with the line in mlruns/login" in (said := capsys.readouterr().out)
    assert kept not in said and kept.partition(":")[2] not in said


def test_a_second_start_says_what_runs_before_it_looks_at_ports(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def runs(checkout: Path) -> None:
        raise UserError(f"{checkout} is up since 12:03")

    monkeypatch.setattr(up.down, "require_none", runs)
    monkeypatch.setattr(up, "require_free", None)
    with pytest.raises(SystemExit):
        up.main()
    assert capsys.readouterr().err == f"up: {tmp_path} is up since 12:03\n" and list(tmp_path.iterdir()) == []


def test_without_a_password_no_service_has_one_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NO_PASSWORD", "1")
    monkeypatch.setenv(NAMES[0], "of:another")
    environment = up.environment_here({"PREFECT_PORT": 4200, "MLFLOW_PORT": 5000}, 1)
    assert not any(name in environment for name in (*NAMES, "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"))
    up.say_where(environment, 1)
    assert "up: NO_PASSWORD=1: anyone on this machine can" in (said := capsys.readouterr().out) and "log in" not in said


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PREFECT_PORT": "5000"}, "PREFECT_PORT and MLFLOW_PORT are both 5000; give each server its own port"),
        ({"ALL_PROXY": "socks5://127.0.0.1:9"}, "ALL_PROXY: Prefect cannot use a proxy at socks5://; unset it"),
    ],
)
def test_what_cannot_work_is_said_before_anything_starts(
    variables: dict[str, str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        up.main()
    assert capsys.readouterr().err.startswith(f"up: {words}")
    assert list(tmp_path.iterdir()) == []


def test_what_is_started_ends(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    up.end(process)
    assert process.poll() is not None
    up.end(process)  # one that has ended already


def test_each_family_with_runs_has_its_table(migrated_store: Path, tmp_path: Path) -> None:
    database, server = tmp_path / "mlflow.db", "http://127.0.0.1:5000"
    assert up.run_pages(server, database) == {}
    shutil.copy(migrated_store / "mlflow.db", database)
    assert up.run_pages(server, database) == {}
    client = MlflowClient(f"sqlite:///{database}")
    made = {name: client.create_experiment(name) for name in ("reprise", "reprise/melody", "reprise/digits", "theirs")}
    for name in ("reprise/digits", "theirs"):
        client.create_run(made[name])
    digits = made["reprise/digits"]
    assert up.run_pages(server, database) == {"digits": (link(server, digits), link_to_charts(server, digits))}
    client.create_run(made["reprise"])
    found = up.run_pages(server, database)
    assert list(found) == ["older", "digits"] and "viewStateShareKey" not in "".join(found["older"])
