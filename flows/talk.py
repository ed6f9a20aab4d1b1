"""How commands talk to Prefect: through a guarded temporary server if none is named, and briefly if none answers."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from prefect.exceptions import PrefectException
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_URL,
    PREFECT_HOME,
    PREFECT_SERVER_API_AUTH_STRING,
    PREFECT_SERVER_CORS_ALLOWED_ORIGINS,
    temporary_settings,
)

from flows.addresses import REFUSALS
from pipeline.base.console import Unreachable, UserError
from pipeline.base.layout import MLRUNS
from pipeline.base.ports import HOST
from pipeline.base.redact import redact

TROUBLE = (httpx.HTTPError, PrefectException)  # what Prefect's client raises if the server is silent or refuses
HOME = MLRUNS / "prefect-temporary"  # not that of `make up`: two servers would lock each other's database
_NO_PAGE = f"http://{HOST}:0"  # the origin of no page; Prefect's default is every page
_SILENT = "Failed to reach API", "ephemeral Prefect API server"  # a RuntimeError: Prefect has no class for either


@contextmanager
def prefect_at_hand() -> Iterator[None]:
    """Run the body of a command that needs Prefect. Raises UserError in place of what Prefect's client raises."""
    with _guarded():
        try:
            yield
        except (httpx.HTTPError, RuntimeError) as error:
            found = _explained(error)
            if found is None:
                raise
            raise found from error


@contextmanager
def _guarded() -> Iterator[None]:
    """Where no server is named, give the temporary one that Prefect starts a password, and a home in the checkout.

    By itself it has none, answers every web page, and keeps its database in ~/.prefect. Prefect is asked whether one is
    named, since its profile or a file may name it too.
    """
    if PREFECT_API_URL.value():
        yield
        return
    HOME.mkdir(parents=True, exist_ok=True)
    login = f"reprise:{secrets.token_urlsafe()}"
    settings: dict[Any, Any] = {
        PREFECT_HOME: HOME.resolve(),
        PREFECT_SERVER_CORS_ALLOWED_ORIGINS: _NO_PAGE,
        PREFECT_SERVER_API_AUTH_STRING: login,
        PREFECT_API_AUTH_STRING: login,
    }
    with temporary_settings(settings):
        yield


def _explained(error: Exception) -> UserError | None:
    """Say in one line what is wrong with the server; None if the error is of something else."""
    if not isinstance(error, httpx.HTTPError) and not any(words in str(error) for words in _SILENT):
        return None
    server = (
        f"Prefect at {redact(PREFECT_API_URL.value())}" if PREFECT_API_URL.value() else "Prefect's temporary server"
    )
    reply = error if isinstance(error, httpx.HTTPError) else error.__cause__
    if isinstance(reply, httpx.HTTPStatusError):
        status = reply.response.status_code
        if status in REFUSALS:
            return UserError(f"{server} refuses this command ({status}): {REFUSALS[status]}")
        return Unreachable(f"{server} answers with an error ({status}); its log says why")
    return Unreachable(f"{server} does not answer; start one with `make up`, and run the command again")
