"""Who the Prefect server of this checkout answers: whoever calls it by its own name, and of web pages its own alone.

Prefect has no setting for it. A page of another origin can send a request to 127.0.0.1, whatever it may read of the
answer, and one whose name leads to 127.0.0.1 reads the answer too; a request can name the command that a worker runs.
"""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from flows.addresses import own_hosts, own_origins


class Guard:
    """An ASGI app in front of another: HTTP and websockets of others are refused with 403."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app, self._hosts, self._origins = app, own_hosts(port), own_origins(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or let the other app answer."""
        if scope["type"] == "lifespan" or self._is_ours(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})  # before it is accepted: a 403 too
        else:
            await PlainTextResponse(f"only for {' and '.join(self._origins)}\n", 403)(scope, receive, send)

    def _is_ours(self, headers: Headers) -> bool:
        """Return whether a request names this server, and comes from no page or from one of this server."""
        hosts, origins = (headers.getlist(name) for name in ("host", "origin"))
        return len(hosts) == 1 and hosts[0].lower() in self._hosts and set(origins) <= set(self._origins)
