"""Fetch a large file over HTTP so that a cut connection, or a retry days later, fetches hardly a byte twice.

What has arrived is kept next to the file as `.part`; the next try asks for the rest. pooch verifies the whole file.
"""

import logging
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from pipeline.base.console import UserError
from pipeline.sources.meter import meter

CHUNK = 1 << 16
TIMEOUT = (15, 60)  # seconds to connect, seconds between bytes
PASSING = (429, 500, 502, 503, 504)  # statuses worth an immediate retry
ELSE = "or set REPRISE_MIRROR=/folder to use a copy you have"


def fetch(url: str, md5: str, path: Path, retries: int = 4, backoff: float = 1.0) -> Path:
    """Download `url` to `path`, with the checksum `md5`; a file that already has it is kept.

    `retries` connections in a row may fail, `backoff` seconds apart and doubling. Raises UserError naming the URL.
    """
    import pooch

    # Both log every attempt; the user only needs to see the last failure.
    pooch.get_logger().setLevel(logging.WARNING)
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    download = Resume(path.with_name(f"{path.name}.part"), retries, backoff)
    try:
        pooch.retrieve(url, known_hash=f"md5:{md5}", fname=path.name, path=path.parent, downloader=download)
    except ValueError:
        text = f"{url} returned a file that does not match the published md5 {md5}; it was removed"
        raise UserError(f"{text}.\nTry again from the start, {ELSE}") from None
    return path


class Resume:
    """A downloader for pooch that continues where `part` ends."""

    def __init__(self, part: Path, retries: int, backoff: float) -> None:
        self.part = part
        self.retries = retries
        self.session = requests.Session()
        # The server's Retry-After is ignored: it may be hours, and the next run resumes from the part.
        again = Retry(
            total=retries,
            backoff_factor=backoff,
            status_forcelist=PASSING,
            raise_on_status=False,
            respect_retry_after_header=False,
        )
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, HTTPAdapter(max_retries=again))

    def __call__(self, url: str, output_file: str, _pooch: Any) -> None:
        """Complete the part and rename it to the file that pooch verifies. Raises UserError."""
        farthest, failures = self.size(), 0
        while not self.go_on(url):
            # Only new bytes count as progress: a server may cut every response and not support ranges.
            failures = 0 if self.size() > farthest else failures + 1
            farthest = max(farthest, self.size())
            if failures > self.retries:
                raise UserError(f"the connection to {url} keeps dropping; {self.remedy()}")
        self.part.replace(output_file)

    def size(self) -> int:
        """Count the bytes that have arrived."""
        return self.part.stat().st_size if self.part.exists() else 0

    def remedy(self) -> str:
        """Phrase what the user can do."""
        have = self.size()
        return f"try again{f', it resumes from byte {have}' if have else ''}, {ELSE}"

    def go_on(self, url: str) -> bool:
        """Request the missing bytes. Returns whether the part is complete now; False if the connection was cut."""
        have = self.size()
        # Without `identity` a server may compress the archive again, and the ranges would be of other bytes.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        try:
            with self.session.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
                return self.receive(url, answer, have)
        except HTTPError:
            return False
        except requests.RequestException as error:
            raise UserError(f"{url} cannot be reached ({_cause(error)}); {self.remedy()}") from None

    def receive(self, url: str, answer: requests.Response, have: int) -> bool:
        """Write one response to the part. Returns whether it is complete."""
        span = answer.headers.get("Content-Range", "")
        if answer.status_code == 416 and span == f"bytes */{have}":
            return True
        if answer.status_code == 416 or (answer.status_code == 206 and not span.startswith(f"bytes {have}-")):
            self.part.unlink(missing_ok=True)
            return False
        if answer.status_code not in (200, 206):
            raise UserError(f"{url} answers {answer.status_code} {answer.reason}; {self.remedy()}")
        return self.write(answer, have if answer.status_code == 206 else 0)

    def write(self, answer: requests.Response, start: int) -> bool:
        """Write the body from byte `start` of the part on. Returns whether it arrived whole."""
        length = answer.headers.get("Content-Length", "")
        total = start + int(length) if length.isdigit() else None
        with self.part.open("ab" if start else "wb") as stream, meter(self.part.stem, total, start) as show:
            for chunk in answer.raw.stream(CHUNK, decode_content=False):
                stream.write(chunk)
                start += len(chunk)
                show(start)
        return total is None or start == total


def _cause(error: BaseException) -> str:
    """Find the innermost reason of an error, without the objects that wrap it."""
    inner = getattr(error, "reason", None) or next((a for a in error.args if isinstance(a, BaseException)), None)
    inner = inner or error.__cause__
    if isinstance(inner, BaseException):
        return _cause(inner)
    return getattr(error, "strerror", None) or type(error).__name__
