"""What a command hears of Prefect: a temporary server that only it can use, and one line if a server is not there."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from prefect.settings import (
    PREFECT_API_URL,
    get_current_settings,
    temporary_settings,
)

from flows import provision, reconcile, reproduce, sweep, train
from flows.talk import HOME, prefect_at_hand
from pipeline.base.console import Unreachable, UserError

CHECKOUT = Path(__file__).resolve().parents[2]
NOWHERE = "http://user:geheim@127.0.0.1:9/api"  # nothing listens there


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def of_status(status: int) -> httpx.HTTPStatusError:
    request = httpx.Request("GET", NOWHERE)
    return httpx.HTTPStatusError("wrong", request=request, response=httpx.Response(status, request=request))


def of_a_temporary_server() -> dict[str, str]:
    """The settings that Prefect gives to the temporary server that it starts."""
    return get_current_settings().to_environment_variables(exclude_unset=True)


def test_a_temporary_server_has_a_password_of_its_own_and_no_page_and_lies_in_the_checkout(tmp_path: Path) -> None:
    found = []
    for _ in range(2):
        with temporary_settings(restore_defaults={PREFECT_API_URL}), prefect_at_hand():
            found.append(of_a_temporary_server())
    logins = {one["PREFECT_SERVER_API_AUTH_STRING"] for one in found}
    assert len(logins) == 2 and min(len(login) for login in logins) > 30
    for one in found:
        assert one["PREFECT_API_AUTH_STRING"] == one["PREFECT_SERVER_API_AUTH_STRING"]
        assert one["PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS"] == "http://127.0.0.1:0"
        assert one["PREFECT_HOME"] == str(tmp_path / HOME)
    assert HOME.is_dir()


def test_who_names_a_server_keeps_every_setting(tmp_path: Path) -> None:
    with temporary_settings({PREFECT_API_URL: NOWHERE}):
        before = of_a_temporary_server()
        with prefect_at_hand():
            assert of_a_temporary_server() == before
    assert not HOME.exists()


def test_it_ends_with_the_command() -> None:
    before = of_a_temporary_server()
    with temporary_settings(restore_defaults={PREFECT_API_URL}), prefect_at_hand():
        pass
    assert of_a_temporary_server() == before


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (httpx.ConnectError("refused"), Unreachable, "does not answer; start one with `make up`"),
        (httpx.ReadTimeout("slow"), Unreachable, "does not answer; start one with `make up`"),
        (RuntimeError("Failed to reach API at x"), Unreachable, "does not answer; start one with `make up`"),
        (
            RuntimeError("connect to ephemeral Prefect API server."),
            Unreachable,
            "does not answer; start one with `make up`",
        ),
        (of_status(500), Unreachable, r"answers with an error \(500\); its log says why"),
        (of_status(401), UserError, r"refuses this command \(401\): PREFECT_API_AUTH_STRING is not its password"),
        (of_status(403), UserError, r"refuses this command \(403\): .* start the tunnel at the same port"),
    ],
)
def test_trouble_with_the_server_is_one_line_without_the_login(
    error: Exception, kind: type[UserError], said: str
) -> None:
    named = temporary_settings({PREFECT_API_URL: NOWHERE})
    with named, pytest.raises(UserError, match=said) as caught, prefect_at_hand():
        raise error
    message = str(caught.value)
    assert type(caught.value) is kind and "geheim" not in message and "\n" not in message
    assert message.startswith("Prefect at http://127.0.0.1:9/api ")


def test_a_refusal_that_prefect_calls_silence_is_a_refusal() -> None:
    with temporary_settings({PREFECT_API_URL: NOWHERE}), pytest.raises(UserError, match=r"\(403\)"), prefect_at_hand():
        raise RuntimeError("Failed to reach API at x") from of_status(403)


def test_a_temporary_server_that_ends_has_no_address() -> None:
    unnamed = temporary_settings(restore_defaults={PREFECT_API_URL})
    with unnamed, pytest.raises(Unreachable, match=r"^Prefect's temporary server does not answer"), prefect_at_hand():
        raise httpx.ConnectError("refused")


def test_an_error_of_ours_stays_what_it_is() -> None:
    with pytest.raises(RuntimeError, match="ours"), prefect_at_hand():
        raise RuntimeError("ours")


def _silent() -> None:
    raise httpx.ConnectError("refused")


@pytest.mark.parametrize("main", [train.main, reproduce.main, sweep.main, reconcile.main, provision.main])
def test_every_command_says_it_so(
    main: Callable[[], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["train", "am_64"])
    monkeypatch.setenv("PREFECT_API_URL", NOWHERE)
    Path("params.yaml").symlink_to(CHECKOUT / "params.yaml")
    Path("claims").symlink_to(CHECKOUT / "claims")
    for module, name in ((train, "train"), (reproduce, "reproduce"), (sweep, "sweep"), (reconcile, "reconcile")):
        monkeypatch.setattr(module, name, lambda *_: _silent())
    monkeypatch.setattr(provision.asyncio, "run", lambda coroutine: (coroutine.close(), _silent()))
    with temporary_settings({PREFECT_API_URL: NOWHERE}), pytest.raises(SystemExit) as caught:
        main()
    (line,) = capsys.readouterr().err.splitlines()
    assert caught.value.code == 1 and "Prefect at http://127.0.0.1:9/api does not answer" in line


def test_a_real_client_that_reaches_nobody_is_understood() -> None:
    """Prefect has no class for it, so its words are what we know it by."""
    code = "from flows import reconcile; reconcile.main()"
    words = {"PREFECT_API_URL": NOWHERE, "PREFECT_HOME": "home", "PYTHONPATH": str(CHECKOUT), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], env=words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "reconcile: Prefect at http://127.0.0.1:9/api does not answer; start one with `make up`, and run the command "
        "again\n"
    )
