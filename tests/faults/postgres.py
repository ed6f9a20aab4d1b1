"""A Postgres server of the tests alone, on 127.0.0.1, which asks for a password."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from benchmarks.load.services import free_port

NAME, PASSWORD = "reprise", "not-a-secret"
_NOBODY = 65534 if os.geteuid() == 0 else None  # Postgres does not run as root


def why_not() -> str:
    """Return why no Postgres can be used here, or an empty text."""
    if not all(map(shutil.which, ("initdb", "pg_ctl", "createdb"))):
        return "Postgres is not installed: no initdb, pg_ctl and createdb on the PATH"
    lacking = [name for name in ("psycopg2", "flask_wtf") if not find_spec(name)]
    return f"no {' and '.join(lacking)}: make setup EXTRA=servers" if lacking else ""


def _run(*words: str, **environment: str) -> None:
    own = {**os.environ, **environment}
    # What a server that goes on keeps open must not be a pipe, or this would wait for it.
    subprocess.run(words, check=True, env=own, user=_NOBODY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextmanager
def postgres(*databases: str) -> Iterator[str]:
    """Run a server with these empty databases for the body. Yields the address `user:password@host:port`."""
    port = str(free_port())
    with tempfile.TemporaryDirectory(prefix="reprise_postgres_") as name:
        folder = Path(name)
        (folder / "password").write_text(PASSWORD)
        folder.chmod(0o777)  # its user is another than ours, if we are root
        data = str(folder / "data")
        _run("initdb", "-D", data, "-U", NAME, "-A", "scram-sha-256", "--pwfile", str(folder / "password"))
        begin = f"-h 127.0.0.1 -p {port} -k {folder}"
        _run("pg_ctl", "-D", data, "-w", "-o", begin, "-l", str(folder / "log"), "start")
        try:
            for database in databases:
                _run("createdb", "-h", "127.0.0.1", "-p", port, "-U", NAME, database, PGPASSWORD=PASSWORD)
            yield f"{NAME}:{PASSWORD}@127.0.0.1:{port}"
        finally:
            _run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
