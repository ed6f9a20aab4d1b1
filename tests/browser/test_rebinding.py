"""A page whose host name leads to 127.0.0.1 all of a sudden: to the browser it is of the servers' origin."""

from typing import Any

import pytest

from tests.browser.chromium import why_not
from tests.browser.foreign import SCRIPT
from tests.browser.pages import Attacked
from tests.browser.servers import LOGIN, Servers

pytestmark = [pytest.mark.services, pytest.mark.skipif(bool(why_not()), reason=why_not())]


@pytest.mark.parametrize("name", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example"])
def test_a_name_that_is_not_ours_is_refused_whoever_asks(name: str, victim: Any, site: Servers) -> None:
    page = victim.new_page()
    for server in site.all:
        for address in (server.at(name), server.at(f"{LOGIN}@{name}"), server.at(name) + server.short):
            answer = page.goto(address)
            assert answer.status == 403 and answer.text().startswith("only for http://127.0.0.1:")
    page.close()


@pytest.mark.parametrize("which", ["prefect", "unlocked", "mlflow"])
def test_a_page_that_rebinds_its_name_makes_and_reads_nothing(which: str, victim: Any, site: Servers) -> None:
    server, before = getattr(site, which), site.everything()
    page = victim.new_page()
    page.goto(server.at("evil.example"))  # refused, but a page of this origin, as one that was there before is
    page.add_script_tag(content=SCRIPT.read_text())
    attacked = Attacked(page)
    ends = attacked.by(server.wishes("evil.example", f"rebinding, {which}"))
    refused = f"403 only for http://127.0.0.1:{server.port} and http://localhost:{server.port}\n"
    assert [by for by in attacked.answers if by.endswith("by fetch with the password")]
    read = {end.removeprefix("framed ").strip() for end in ends.values()}
    assert read <= {refused.strip(), refused.strip().removeprefix("403 "), "refused", "opaque", "sent", "basic"}
    assert set(attacked.answers.values()) <= {"403", "failed"}
    assert site.everything() == before
    page.close()
