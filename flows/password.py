"""The password of the Prefect server, `user:password`: made at the first `make up`, and kept. Needs no Prefect."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from pipeline.base.console import UserError
from pipeline.base.files import whole_file

FILE = Path("mlruns/prefect_auth")
_CLIENTS, _SERVER = "PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"


def given(environment: Mapping[str, str]) -> str:
    """Return the password that an environment names, or an empty text. Raises UserError if it names two."""
    found = {environment[name] for name in (_CLIENTS, _SERVER) if environment.get(name)}
    if len(found) > 1:
        raise UserError(f"{_CLIENTS} and {_SERVER} differ; set one of them, or both to the same")
    return "".join(found)


def kept(file: Path) -> str:
    """Return the password that a file keeps; make both if there is none."""
    if file.exists() and (found := file.read_text(encoding="utf-8").strip()):
        return found
    made = f"reprise:{secrets.token_urlsafe()}"
    with whole_file(file) as beside:
        beside.touch(mode=0o600)
        beside.write_text(f"{made}\n", encoding="utf-8")
    return made


def passwords(environment: Mapping[str, str], file: Path) -> dict[str, str]:
    """Return the variables that hold the password, for server and clients: the one given, else the one kept."""
    password = given(environment) or kept(file)
    return {_CLIENTS: password, _SERVER: password}


def where(environment: Mapping[str, str], file: Path) -> str:
    """Return where the user finds the password."""
    named = [name for name in (_CLIENTS, _SERVER) if environment.get(name)]
    return f"{named[0]} of this shell" if named else f"the line in {file}"
