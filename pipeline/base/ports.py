"""Where the servers of this machine listen: only on 127.0.0.1, on ports that environment variables may choose."""

import base64
import errno
import http.client
import socket
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlsplit

from pipeline.base.console import UserError

HOST = "127.0.0.1"
LOCAL = (HOST, "localhost")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_MOST = 65535


def port_of(environment: Mapping[str, str], name: str, usual: int) -> int:
    """Read a port from an environment variable, or use the usual one. Raises UserError."""
    text = environment.get(name) or str(usual)
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and 0 < int(text) <= _MOST):
        raise UserError(f"{name}={text[:20]}: write a port number")
    return int(text)


def require_free(port: int, name: str) -> None:
    """Raise UserError if nothing can listen on the port; the message suggests another through the variable `name`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise UserError(f"{name}={port}: only root may use ports below 1024; take a higher one") from None
            other = f"{name}={port + 1 if port < _MOST else port - 1} make up"
            raise UserError(f"port {port} of {HOST} is taken; stop what listens there, or run {other}") from None


def direct(environment: Mapping[str, str]) -> dict[str, str]:
    """Build NO_PROXY with this machine added, so that no client asks a proxy for it; empty if no proxy is set."""
    if not any(environment.get(name) or environment.get(name.upper()) for name in _PROXIES):
        return {}
    spared = (environment.get("no_proxy") or environment.get("NO_PROXY") or "").split(",")
    value = ",".join(dict.fromkeys([*filter(None, map(str.strip, spared)), *LOCAL]))
    return {"no_proxy": value, "NO_PROXY": value}


def require_usable_proxy(environment: Mapping[str, str]) -> None:
    """Raise UserError if a proxy is set that Prefect's client cannot use; it then fails at every address."""
    for name in _PROXIES:
        for each in (name, name.upper()):
            scheme, named, _ = environment.get(each, "").partition("://")
            if named and scheme.lower() not in ("http", "https"):
                raise UserError(f"{each}: Prefect cannot use a proxy at {scheme}://; unset it, or name an http:// one")


def status_of(page: str, login: str = "") -> int:
    """Return the HTTP status of a page, 0 if no web server answers. `login`: `name:password`, if the page needs one."""
    request = urllib.request.Request(page)  # noqa: S310  our own address
    if login:
        request.add_header("Authorization", f"Basic {base64.b64encode(login.encode()).decode()}")
    proxies = [urllib.request.ProxyHandler({})] if urlsplit(page).hostname in LOCAL else []
    try:
        with urllib.request.build_opener(*proxies).open(request, timeout=2) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code
    except (OSError, http.client.HTTPException):  # the latter from what is no web server, such as ssh
        return 0


def answers(page: str, login: str = "") -> bool:
    """Check whether a server is ready, i.e. serves the page."""
    return status_of(page, login) == 200
