"""The login of both servers, `user:password`, made and kept by the first `make up`. Does not need Prefect or MLflow."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from pipeline.base.console import UserError
from pipeline.base.files import whole_file
from pipeline.commands.choice import switch

FILE = Path("mlruns/login")
OFF = "NO_PASSWORD"
_CLIENTS, _SERVER = "PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"
_MLFLOW = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"
NAMES = (_CLIENTS, _SERVER, *_MLFLOW)


def given(environment: Mapping[str, str]) -> str:
    """Read the login from Prefect's variables; empty if there is none. Raises UserError if it cannot be used."""
    named = [name for name in (_CLIENTS, _SERVER) if environment.get(name)]
    found = {environment[name] for name in named}
    if len(found) > 1:
        raise UserError(f"{_CLIENTS} and {_SERVER} differ; set one of them, or both to the same")
    login = "".join(found)
    if login and not all(login.partition(":")):
        raise UserError(f"{named[0]}: write it as user:password")
    return login


def kept(file: Path) -> str:
    """Read the login from a file; if there is none, make one and write it."""
    if file.exists() and (found := file.read_text(encoding="utf-8").strip()):
        return found
    made = f"reprise:{secrets.token_urlsafe()}"
    with whole_file(file) as beside:
        beside.touch(mode=0o600)
        beside.write_text(f"{made}\n", encoding="utf-8")
    return made


def is_off(environment: Mapping[str, str]) -> bool:
    """Check whether NO_PASSWORD asks for servers without a password. Raises UserError."""
    return bool(switch(OFF, environment.get(OFF) or "0"))


def passwords(environment: Mapping[str, str], file: Path) -> dict[str, str]:
    """Build the variables with the login, for servers and clients: the given one, else the kept one, empty if off."""
    login = "" if is_off(environment) else given(environment) or kept(file)
    user, _, password = login.partition(":")
    return dict(zip(NAMES, (login, login, user, password), strict=True))


def where(environment: Mapping[str, str], file: Path) -> str:
    """Say where the user finds the login."""
    named = [name for name in (_CLIENTS, _SERVER) if environment.get(name)]
    return f"{named[0]} of this shell" if named else f"the line in {file}"
