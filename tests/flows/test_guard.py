"""The servers of `make up`, here Prefect's: other origins, other names and whoever has no password are refused."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from httpx import Response
from prefect.context import SettingsContext, get_settings_context
from prefect.server.api.server import create_app
from prefect.settings import Settings
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from flows import password
from flows.addresses import environment_of, ports
from flows.guard import Guard

OURS = ["127.0.0.1:4711", "localhost:4711"]
RUN = "/api/deployments/00000000-0000-0000-0000-000000000000/create_flow_run"
COMMAND = {"job_variables": {"command": "touch /tmp/here"}}
LOGIN = ("reprise", "not-a-secret")
FOREIGN = ["http://evil.example", "http://localhost:5000", "https://127.0.0.1:4711", "http://127.0.0.1", "null", ""]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of the real app, with the settings that `make up` gives it; its lifespan and database are left out."""
    given = {"PREFECT_API_AUTH_STRING": ":".join(LOGIN)}
    login = password.passwords(given, Path("not there"))
    environment = {**environment_of(ports({"PREFECT_PORT": "4711"}), tmp_path_factory.mktemp("checkout")), **login}
    with patch.dict("os.environ", environment):
        settings = Settings()
    with SettingsContext(profile=get_settings_context().profile, settings=settings):
        app = create_app(ephemeral=True, ignore_cache=True)
        yield TestClient(Guard(app, 4711), base_url=f"http://{OURS[0]}")


def is_refused(answer: Response) -> bool:
    """Say whether it is, and no page may read why."""
    return answer.status_code == 403 and "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example:4711", "evil.example", "127.0.0.1", "127.0.0.1:80", "localhost:4712"])
def test_a_foreign_host_is_refused_whatever_is_asked_for(host: str, client: TestClient) -> None:
    for page in ("/", "/api/health", "/ui-settings", "/openapi.json"):
        assert is_refused(client.get(page, headers={"Host": host}, auth=LOGIN))
    assert is_refused(client.post(RUN, headers={"Host": host}, json=COMMAND, auth=LOGIN))


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_origin_is_refused_even_with_the_password(origin: str, client: TestClient) -> None:
    foreign = {"Origin": origin}
    assert is_refused(client.post(RUN, headers=foreign, json=COMMAND, auth=LOGIN))
    assert is_refused(client.get("/api/health", headers=foreign))
    assert is_refused(client.options(RUN, headers={**foreign, "Access-Control-Request-Method": "POST"}))


@pytest.mark.parametrize("header", [{"Host": "evil.example:4711"}, {"Origin": "http://evil.example"}])
def test_a_foreign_websocket_is_refused(header: dict[str, str], client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect):  # before it is accepted
        client.websocket_connect("/api/events/in", ["prefect"], headers={"Host": OURS[0], **header}).__enter__()


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_it_is_no_part_of_a_foreign_page_but_links_lead_to_it(site: str, client: TestClient) -> None:
    def status(mode: str, kind: str, **more: str) -> int:
        sent = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": kind, **more}
        return client.get("/api/health", headers=sent).status_code

    assert [status("no-cors", "script"), status("no-cors", "image"), status("navigate", "iframe")] == [403] * 3
    assert status("navigate", "document") == 200
    assert status("cors", "empty", Origin=f"http://{OURS[1]}") == 200  # the UI at localhost asks 127.0.0.1


def test_no_other_page_may_frame_it(client: TestClient) -> None:
    for page in ("/", "/api/health", "/api/version"):
        answer = client.get(page)
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]


def test_its_pages_call_no_other_server_and_nobody_keeps_hold_of_their_windows(client: TestClient) -> None:
    headers = client.get("/api/health").headers
    policy = dict(one.strip().split(" ", 1) for one in headers["content-security-policy"].split(";"))
    own = [f"{scheme}://{host}" for scheme in ("http", "ws") for host in OURS]
    assert sorted(policy["connect-src"].split()) == sorted(["'self'", "blob:", "data:", *own])
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_two_hosts_or_origins_are_one_too_many(client: TestClient) -> None:
    assert is_refused(client.get("/api/health", headers=[("Host", OURS[0]), ("Host", "evil.example")]))
    two = [("Origin", f"http://{OURS[0]}"), ("Origin", "http://evil.example")]
    assert is_refused(client.get("/api/health", headers=two))


@pytest.mark.parametrize("login", [None, ("reprise", "wrong"), ("", "")])
def test_without_the_password_nothing_is_answered(login: tuple[str, str] | None, client: TestClient) -> None:
    assert client.get("/api/version", auth=login).status_code == 401
    assert client.post(RUN, json=COMMAND, auth=login).status_code == 401
    assert client.get("/ui-settings").json()["auth"] == "BASIC"  # so that the UI asks for it


def test_a_websocket_asks_for_the_password(client: TestClient) -> None:
    host, asked = {"Host": OURS[0]}, {"type": "auth", "token": ":".join(LOGIN)}
    with client.websocket_connect("/api/events/in", ["prefect"], headers=host) as socket:
        socket.send_json(asked)
        assert socket.receive_json() == {"type": "auth_success"}
    with client.websocket_connect("/api/events/in", ["prefect"], headers=host) as socket:
        socket.send_json({**asked, "token": "reprise:wrong"})
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()


@pytest.mark.parametrize("host", OURS)
def test_with_the_password_programs_and_the_pages_of_the_server_are_answered(host: str, client: TestClient) -> None:
    named, origin = {"Host": host}, f"http://{host}"
    assert client.get("/api/version", headers=named, auth=LOGIN).status_code == 200
    assert client.get("/api/health", headers=named).status_code == 200
    answer = client.get("/api/version", headers={"Origin": origin}, auth=LOGIN)  # the UI asks 127.0.0.1 in both cases
    assert answer.status_code == 200 and answer.headers["access-control-allow-origin"] == origin
    wish = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    answer = client.options(RUN, headers={"Origin": origin, **wish})
    assert answer.status_code == 200 and answer.headers["access-control-allow-origin"] == origin


async def _page(scope: Scope, receive: Receive, send: Send) -> None:
    """An app that accepts everything."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await PlainTextResponse("in")(scope, receive, send)


def test_a_login_of_the_guard_itself_holds_for_pages_and_websockets() -> None:
    client = TestClient(Guard(_page, 4711, ":".join(LOGIN)), base_url=f"http://{OURS[0]}")
    assert [client.get("/", auth=auth).status_code for auth in (None, ("a", "b"), LOGIN)] == [401, 401, 200]
    assert client.get("/", headers={"Host": "evil.example"}, auth=LOGIN).status_code == 403
    assert client.get("/health").status_code == 200 and client.get("/health/../x").status_code == 401
    with pytest.raises(WebSocketDisconnect):
        client.websocket_connect("/", headers={"Host": OURS[0]}).__enter__()
    known = {"Host": OURS[0], "Authorization": "basic " + b64encode(":".join(LOGIN).encode()).decode()}
    with client.websocket_connect("/", headers=known):
        pass
    with pytest.raises(WebSocketDisconnect):
        client.websocket_connect("/", headers={**known, "Origin": "http://localhost:5000"}).__enter__()
