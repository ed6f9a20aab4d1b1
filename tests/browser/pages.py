"""Pages of the browser: what they ask for, how it is answered, and what goes wrong on them."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.load.services import until
from pipeline.base.ports import LOCAL
from tests.browser.servers import Server

KNOWN = (
    "/favicon.ico",  # Prefect has none there
    "/ico/undefined.svg",  # nor an icon for the event that an artifact was updated
    "/users/current",  # MLflow asks who the user is, also where it keeps no users
)
POLICY = "Content Security Policy"  # with it the guard keeps Prefect's page from its makers' service


class Watched:
    """A new page: its errors, and the servers of others that it reaches."""

    def __init__(self, context: Any, server: Server) -> None:
        self.page = context.new_page()
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        self._ours = tuple(f"{scheme}://{host}:{server.port}/" for scheme in ("http", "ws") for host in LOCAL)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._add)
        self.page.on("requestfailed", self._drop)

    def _note(self, message: Any) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and not where.endswith(KNOWN) and POLICY not in message.text:
            self.errors.append(f"{message.text} ({where})")

    def _add(self, request: Any) -> None:
        if not request.url.startswith((*self._ours, "data:", "blob:")):
            self.elsewhere.append(request.url)

    def _drop(self, request: Any) -> None:
        if request.failure == "csp":  # the browser has sent nothing
            self.elsewhere.remove(request.url)


class Attacked:
    """How the servers have answered the attempts of a page, by the name of the attempt."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.answers: dict[str, str] = {}
        page.on("response", lambda answer: self._note(answer.url, str(answer.status)))
        page.on("requestfailed", lambda request: self._note(request.url, "failed"))

    def _note(self, url: str, how: str) -> None:
        for by in parse_qs(urlsplit(url).query).get("by", []):
            self.answers.setdefault(by, how)

    def by(self, wishes: dict[str, Any]) -> dict[str, str]:
        """Attack, wait until what the page did not wait for is answered too, and return what the page has."""
        ends: dict[str, str] = self.page.evaluate("wishes => attack(wishes)", wishes)
        sent = {by for by, end in ends.items() if end == "sent"}

        def answered() -> bool:
            self.page.evaluate("1")  # for what the browser has to say meanwhile
            return sent <= set(self.answers)

        until(answered, 20)
        return ends
