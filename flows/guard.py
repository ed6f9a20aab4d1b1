"""Restrict a server of this checkout to requests that use its own host name and, from web pages, its origin.

Prefect has no setting for this, and MLflow trusts every port of localhost. A page of another origin can send requests
to 127.0.0.1 even if it cannot read the answers, and a page whose host name resolves to 127.0.0.1 can read them too.

The pages of the servers call nobody else: Prefect's would call a service that counts its users, with any setting.
"""

import binascii
import secrets
from base64 import b64decode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flows.addresses import own_hosts, own_origins

_OPEN = ("/health",)  # paths that need no password
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Reprise", charset="UTF-8"'}


class Guard:
    """ASGI middleware that refuses foreign HTTP requests and websockets with 403, and with 401 those without `login`.

    `login` is `user:password`; if it is empty, the app checks passwords itself. No other origin may frame a page or
    hold its window, and the scripts of its pages call no other server.
    """

    def __init__(self, app: ASGIApp, port: int, login: str = "") -> None:
        self._app, self._hosts, self._origins = app, own_hosts(port), own_origins(port)
        self._login, self._policy = login.encode(), _policy(self._origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on to the app."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._is_ours(headers):
            await _refuse(scope, receive, send, f"only for {' and '.join(self._origins)}", 403)
        elif self._login and scope["path"] not in _OPEN and not self._knows_password(headers):
            await _refuse(scope, receive, send, "the user and the password are in mlruns/login", 401)
        else:
            await self._app(scope, receive, _kept_apart(send, self._policy))

    def _is_ours(self, headers: Headers) -> bool:
        """Check whether a request names this server, and comes from no page or from one of this server."""
        hosts, origins = (headers.getlist(name) for name in ("host", "origin"))
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return False
        return set(origins) <= set(self._origins) if origins else not _is_part_of_a_foreign_page(headers)

    def _knows_password(self, headers: Headers) -> bool:
        scheme, _, code = headers.get("authorization", "").partition(" ")
        try:
            given = b64decode(code.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        return scheme.lower() == "basic" and secrets.compare_digest(given, self._login)


def _is_part_of_a_foreign_page(headers: Headers) -> bool:
    """Check whether a page of another origin loads this as an image, script or frame; a link that is followed is fine.

    Browsers send no Origin with such requests, but the password that they remember.
    """
    is_link = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return headers.get("sec-fetch-site") in ("cross-site", "same-site") and not is_link


async def _refuse(scope: Scope, receive: Receive, send: Send, why: str, status: int) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})  # before accept, so the status is 403
    else:
        challenge = _CHALLENGE if status == 401 else None
        await PlainTextResponse(f"{why}\n", status, challenge)(scope, receive, send)


def _policy(origins: list[str]) -> str:
    sockets = [origin.replace("http", "ws", 1) for origin in origins]
    return f"frame-ancestors 'self'; connect-src 'self' blob: data: {' '.join(origins + sockets)}"


def _kept_apart(send: Send, policy: str) -> Send:
    async def answered(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Frame-Options"] = "SAMEORIGIN"
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
            headers.append("Content-Security-Policy", policy)
        await send(message)

    return answered
