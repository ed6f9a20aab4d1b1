"""One start of the servers and of a browser for all tests here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.ports import LOCAL
from tests.browser.chromium import chromium
from tests.browser.foreign import foreign_site
from tests.browser.servers import LOGIN, Server, Servers, servers


@pytest.fixture(scope="package")
def site(migrated_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "mlruns").mkdir()
    (folder / "mlruns/mlflow.db").write_bytes((migrated_store / "mlflow.db").read_bytes())
    with servers(folder) as found:
        yield found


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="package")
def foreign() -> Iterator[int]:
    """The port of a site of somebody else."""
    with foreign_site() as port:
        yield port


def log_in_to_mlflow(page: Any, server: Server, host: str) -> None:
    """Answer the browser's own prompt, as far as a test can: the browser keeps what was in an address."""
    page.goto(server.at(f"{LOGIN}@{host}") + server.short)
    assert page.goto(server.at(host) + server.short).status == 200


def log_in_to_prefect(page: Any, server: Server, host: str) -> None:
    """Fill in the form of Prefect's page, which keeps the login."""
    page.goto(server.at(host))
    page.locator("input[type=password]").fill(LOGIN)
    page.get_by_role("button", name="Login").click()
    page.get_by_role("link", name="Deployments").wait_for()


@pytest.fixture(scope="package")
def victim(browser: Any, site: Servers) -> Iterator[Any]:
    """A browser whose user has logged in to both servers, under each of their names."""
    with browser.new_context() as context:
        page = context.new_page()
        for host in LOCAL:
            log_in_to_mlflow(page, site.mlflow, host)
            log_in_to_prefect(page, site.prefect, host)
        page.close()
        yield context
