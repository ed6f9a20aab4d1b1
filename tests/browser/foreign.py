"""A web site of somebody else: every page of it runs attack.js, and `/go?to=` leads to any address."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from pipeline.base.ports import HOST

SCRIPT = Path(__file__).with_name("attack.js")
PAGE = '<!doctype html><title>somebody else</title><body><script src="attack.js"></script></body>'


class _Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = urlsplit(self.path)
        body, kind = (SCRIPT.read_bytes(), "javascript") if asked.path == "/attack.js" else (PAGE.encode(), "html")
        self.send_response(307 if asked.path == "/go" else 200)
        if asked.path == "/go":
            self.send_header("Location", parse_qs(asked.query)["to"][0])
        self.send_header("Content-Type", f"text/{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def foreign_site() -> Iterator[int]:
    """Serve the site during the body. Yields its port."""
    with ThreadingHTTPServer((HOST, 0), _Pages) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()
