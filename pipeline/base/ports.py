"""Where the servers of this machine listen: only on 127.0.0.1, on ports that environment variables may choose."""

import base64
import socket
import urllib.error
import urllib.request
from collections.abc import Mapping

from pipeline.base.console import UserError

HOST = "127.0.0.1"


def port_of(environment: Mapping[str, str], name: str, usual: int) -> int:
    """Read a port from an environment variable, or use the usual one. Raises UserError."""
    text = environment.get(name) or str(usual)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise UserError(f"{name}={text}: write a port number")
    return int(text)


def require_free(port: int, name: str) -> None:
    """Raise UserError if something listens on the port; the message suggests another through the variable `name`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            other = f"{name}={port + 1 if port < 65535 else port - 1} make up"
            raise UserError(f"port {port} of {HOST} is taken; stop what listens there, or run {other}") from None


def status_of(page: str, login: str = "") -> int:
    """Return the HTTP status of a page, 0 if no server answers. `login` is `name:password`, if the page needs one."""
    request = urllib.request.Request(page)  # noqa: S310  our own address
    if login:
        request.add_header("Authorization", f"Basic {base64.b64encode(login.encode()).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=2) as reply:  # noqa: S310
            return int(reply.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code
    except OSError:
        return 0


def answers(page: str, login: str = "") -> bool:
    """Check whether a server is ready, i.e. serves the page."""
    return status_of(page, login) == 200
