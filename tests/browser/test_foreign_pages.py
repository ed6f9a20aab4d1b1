"""A page of another origin, in the browser of a user who has logged in: it makes nothing, and reads nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.chromium import why_not
from tests.browser.foreign import PAGE, SCRIPT
from tests.browser.pages import Attacked
from tests.browser.servers import Servers

pytestmark = [pytest.mark.services, pytest.mark.skipif(bool(why_not()), reason=why_not())]
FROM_TO = [  # the page, and the name of the server that it asks: of the same site, or of another one
    ("127.0.0.1", "127.0.0.1"),
    ("127.0.0.1", "localhost"),
    ("localhost", "localhost"),
    ("evil.example", "127.0.0.1"),
    ("a file", "127.0.0.1"),
]
FORMS = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
SEND = """([action, enctype, name, value, rel]) => {
    const form = Object.assign(document.createElement("form"), {action, enctype, method: "post", rel})
    form.append(Object.assign(document.createElement("input"), {name, value}))
    document.body.append(form)
    form.submit()
}"""


@pytest.fixture
def unchanged(site: Servers) -> Iterator[None]:
    """Hold that the servers have after a test what they had before."""
    before = site.everything()
    yield
    assert site.everything() == before


def address_of(origin: str, foreign: int, folder: Path) -> str:
    """Return the address of a page of an origin, which is that of the foreign site or a file."""
    if origin != "a file":
        return f"http://{origin}:{foreign}/"
    (folder / "page.html").write_text(PAGE)
    shutil.copy(SCRIPT, folder)
    return f"file://{folder}/page.html"


@pytest.mark.parametrize(("origin", "host"), FROM_TO)
def test_no_attempt_of_a_page_succeeds(
    origin: str, host: str, victim: Any, site: Servers, foreign: int, tmp_path: Path, unchanged: None
) -> None:
    page = victim.new_page()
    page.goto(address_of(origin, foreign, tmp_path))
    for server in site.all:
        attacked = Attacked(page)
        ends = attacked.by(server.wishes(host, f"{origin}, {server.name} at {host}"))
        assert len(ends) > 80 and set(ends.values()) == {"opaque", "refused", "sent"}
        answered = {by: how for by, how in attacked.answers.items() if how != "failed"}
        assert len(answered) > 50 and set(answered.values()) == {"403"}
    page.close()


@pytest.mark.parametrize("enctype", FORMS)
@pytest.mark.parametrize("rel", ["", "noreferrer"])
def test_no_form_that_leads_away_from_its_page_succeeds(
    enctype: str, rel: str, victim: Any, site: Servers, foreign: int, unchanged: None
) -> None:
    page = victim.new_page()
    for server in site.all:
        address = server.at() + next(iter(server.posts.values()))["path"]
        for action in (address, f"/go?to={address}"):  # directly, and by a redirect
            page.goto(f"http://127.0.0.1:{foreign}/")
            with page.expect_navigation() as led:
                page.evaluate(SEND, [action, enctype, '{"name":"by a form","more":"', '"}', rel])
            assert (led.value.url, led.value.status) == (address, 403)
    page.close()


@pytest.mark.parametrize("origin", ["127.0.0.1", "evil.example"])
def test_a_link_is_followed_and_its_page_keeps_no_hold_of_the_window(
    origin: str, victim: Any, site: Servers, foreign: int
) -> None:
    """That MLflow answers also shows that the browser sends the login that it remembers."""
    page, statuses = victim.new_page(), {}
    victim.on("response", lambda answer: statuses.update({answer.url: answer.status}))
    for server in site.all:
        page.goto(f"http://{origin}:{foreign}/")
        address = server.at() + server.short
        with page.expect_popup() as opened:
            page.evaluate("address => void (window.other = open(address))", address)
        opened.value.wait_for_url(address)
        assert statuses.pop(address) == 200
        page.wait_for_function("other.closed")  # as it looks to the page that has opened it
        assert not opened.value.is_closed() and opened.value.evaluate("opener") is None
        opened.value.close()
    page.close()
