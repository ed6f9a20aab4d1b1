"""Ports: the usual one or the one that is asked for, a taken one said with the remedy, a page that answers or not."""

import base64
import errno
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import BaseRequestHandler, TCPServer
from threading import Thread

import pytest

from pipeline.base import ports
from pipeline.base.console import UserError
from pipeline.base.ports import HOST, answers, direct, port_of, require_free, require_usable_proxy, status_of


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        yield int(listener.getsockname()[1])


class Locked(BaseHTTPRequestHandler):
    """A page that asks for a password."""

    def do_GET(self) -> None:
        expected = f"Basic {base64.b64encode(b'a:b').decode()}"
        self.send_response(200 if self.headers.get("Authorization") == expected else 401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def locked() -> Iterator[str]:
    """The address of such a page."""
    with HTTPServer((HOST, 0), Locked) as served:
        Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{served.server_port}/"
        served.shutdown()


def test_a_port_is_the_usual_one_or_the_one_that_is_asked_for() -> None:
    assert port_of({}, "MLFLOW_PORT", 5000) == port_of({"MLFLOW_PORT": ""}, "MLFLOW_PORT", 5000) == 5000
    assert port_of({"MLFLOW_PORT": "5001"}, "MLFLOW_PORT", 5000) == 5001


@pytest.mark.parametrize("text", ["x", "0", "65536", "-1", "80.5", "٨٠", "9" * 20])
def test_a_wrong_port_is_said(text: str) -> None:
    with pytest.raises(UserError, match=f"^MLFLOW_PORT={text}: write a port number$"):
        port_of({"MLFLOW_PORT": text}, "MLFLOW_PORT", 5000)


def test_a_taken_port_is_said_in_one_line_with_the_remedy(taken: int) -> None:
    with pytest.raises(UserError) as caught:
        require_free(taken, "PREFECT_PORT")
    message = str(caught.value)
    assert message.startswith(f"port {taken} of 127.0.0.1 is taken") and message.endswith(" make up")
    assert "PREFECT_PORT=" in message and "\n" not in message


def test_a_number_of_any_length_is_said_briefly() -> None:
    with pytest.raises(UserError, match=f"^MLFLOW_PORT={'9' * 20}: write a port number$"):
        port_of({"MLFLOW_PORT": "9" * 5000}, "MLFLOW_PORT", 5000)


def test_a_port_of_root_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def bind(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(ports.socket.socket, "bind", bind, raising=False)  # root itself may
    with pytest.raises(UserError, match=r"^PREFECT_PORT=80: only root may use ports below 1024; take a higher one$"):
        require_free(80, "PREFECT_PORT")


def test_this_machine_is_asked_directly_whatever_proxy_is_set(locked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert status_of(locked, "a:b") == 200


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"])
def test_clients_spare_this_machine_besides_what_the_user_spares(name: str) -> None:
    found = direct({name: "http://proxy:3128", "NO_PROXY": "example.org, 127.0.0.1,"})
    assert found == dict.fromkeys(("no_proxy", "NO_PROXY"), "example.org,127.0.0.1,localhost")
    assert direct({**found, name: "http://proxy:3128"}) == found
    assert direct({"NO_PROXY": "example.org"}) == {}  # no proxy, nothing to do; macOS has its own settings then


def test_a_proxy_that_prefect_cannot_use_is_said_without_its_password() -> None:
    for good in ({}, {"all_proxy": "http://p:1"}, {"HTTPS_PROXY": "p:1"}, {"http_proxy": ""}):
        require_usable_proxy(good)
    with pytest.raises(UserError, match=r"^ALL_PROXY: Prefect cannot use a proxy at socks5h://; unset it") as caught:
        require_usable_proxy({"ALL_PROXY": "socks5h://user:geheim@p:1"})
    assert "geheim" not in str(caught.value)


def test_a_free_port_is_fine() -> None:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    require_free(port, "MLFLOW_PORT")
    assert not answers(f"http://{HOST}:{port}/health")
    assert status_of(f"http://{HOST}:{port}/health") == 0


class Greeting(BaseRequestHandler):
    """A server that speaks first, and no HTTP."""

    def handle(self) -> None:
        self.request.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")


def test_what_speaks_no_http_is_no_answer() -> None:
    with TCPServer((HOST, 0), Greeting) as served:
        Thread(target=served.serve_forever, daemon=True).start()
        assert status_of(f"http://{HOST}:{served.server_address[1]}/") == 0
        served.shutdown()


def test_a_page_that_asks_for_a_password_answers_who_has_it(locked: str) -> None:
    assert [status_of(locked, login) for login in ("", "a:c", "a:b")] == [401, 401, 200]
    assert [answers(locked, login) for login in ("", "a:c", "a:b")] == [False, False, True]
