"""Restrict the Prefect server of this checkout to requests that use its own host name and, from web pages, its origin.

Prefect has no setting for this. A page of another origin can send requests to 127.0.0.1 even if it cannot read the
answers, and a page whose host name resolves to 127.0.0.1 can read them too; a request can name the command that a
worker runs.
"""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from flows.addresses import own_hosts, own_origins


class Guard:
    """ASGI middleware that refuses foreign HTTP requests and websockets with 403."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app, self._hosts, self._origins = app, own_hosts(port), own_origins(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on to the app."""
        if scope["type"] == "lifespan" or self._is_ours(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})  # before accept, so this is a 403 too
        else:
            await PlainTextResponse(f"only for {' and '.join(self._origins)}\n", 403)(scope, receive, send)

    def _is_ours(self, headers: Headers) -> bool:
        """Check whether a request names this server, and comes from no page or from one of this server."""
        hosts, origins = (headers.getlist(name) for name in ("host", "origin"))
        return len(hosts) == 1 and hosts[0].lower() in self._hosts and set(origins) <= set(self._origins)
