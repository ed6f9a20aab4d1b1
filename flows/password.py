"""The password of the Prefect server, `user:password`, made and kept by the first `make up`. Does not need Prefect."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from pipeline.base.console import UserError
from pipeline.base.files import whole_file

FILE = Path("mlruns/prefect_auth")
_CLIENTS, _SERVER = "PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"


def given(environment: Mapping[str, str]) -> str:
    """Read the password from the environment; empty if there is none. Raises UserError if there are two."""
    found = {environment[name] for name in (_CLIENTS, _SERVER) if environment.get(name)}
    if len(found) > 1:
        raise UserError(f"{_CLIENTS} and {_SERVER} differ; set one of them, or both to the same")
    return "".join(found)


def kept(file: Path) -> str:
    """Read the password from a file; if there is none, make one and write it."""
    if file.exists() and (found := file.read_text(encoding="utf-8").strip()):
        return found
    made = f"reprise:{secrets.token_urlsafe()}"
    with whole_file(file) as beside:
        beside.touch(mode=0o600)
        beside.write_text(f"{made}\n", encoding="utf-8")
    return made


def passwords(environment: Mapping[str, str], file: Path) -> dict[str, str]:
    """Build the variables with the password, for server and clients: the given one, else the kept one."""
    password = given(environment) or kept(file)
    return {_CLIENTS: password, _SERVER: password}


def where(environment: Mapping[str, str], file: Path) -> str:
    """Say where the user finds the password."""
    named = [name for name in (_CLIENTS, _SERVER) if environment.get(name)]
    return f"{named[0]} of this shell" if named else f"the line in {file}"
