"""The Prefect server of a checkout: a transaction of its sqlite is never refused in its middle."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from prefect.server.database.dependencies import provide_database_interface, temporary_database_config
from sqlalchemy import text

from flows import server

WRITE = "update counts set value = value + 1"


async def _read_then_write(path: Path) -> None:
    """Read and write in one transaction; in between another connection tries to write, and does not wait."""
    config = server.WritersOnly(f"sqlite+aiosqlite:///{path}")
    session = await config.session(await config.engine())
    async with session, config.begin_transaction(session):
        await session.execute(text("select value from counts"))
        with sqlite3.connect(path, timeout=0) as other, pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute(WRITE)
        await session.execute(text(WRITE))


def test_who_reads_before_it_writes_is_not_refused_because_another_wrote_in_between(tmp_path: Path) -> None:
    path = tmp_path / "prefect.db"
    with sqlite3.connect(path) as first:
        first.executescript("pragma journal_mode = wal; create table counts (value); insert into counts values (0)")
    asyncio.run(_read_then_write(path))
    with sqlite3.connect(path) as last:
        assert last.execute("select value from counts").fetchall() == [(1,)]


async def _read_inside(path: Path) -> Any:
    """Open a second session inside a transaction, as Prefect does to send an event, and read with it."""
    config = server.WritersOnly(f"sqlite+aiosqlite:///{path}", connection_timeout=2)
    engine = await config.engine()
    session = await config.session(engine)
    async with session, config.begin_transaction(session):
        await session.execute(text(WRITE))
        async with await config.session(engine) as inner:
            return (await inner.execute(text("select value from counts"))).scalar()


def test_a_session_that_reads_inside_a_transaction_does_not_wait_for_it(tmp_path: Path) -> None:
    path = tmp_path / "prefect.db"
    with sqlite3.connect(path) as first:
        first.executescript("pragma journal_mode = wal; create table counts (value); insert into counts values (0)")
    assert asyncio.run(_read_inside(path)) == 0


@pytest.mark.parametrize(
    ("database", "ours"),
    [("sqlite+aiosqlite:////somewhere/prefect.db", True), ("postgresql+asyncpg://a@127.0.0.1/prefect", False)],
)
def test_the_server_begins_on_its_port_and_only_sqlite_is_changed(
    database: str, ours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[dict[str, Any]] = []
    given: list[object] = []
    monkeypatch.setattr(server.PREFECT_API_DATABASE_CONNECTION_URL, "value", lambda: database)
    monkeypatch.setattr(server, "set_database_config", given.append)
    monkeypatch.setattr(server, "create_app", lambda final: "Prefect")
    monkeypatch.setattr(server, "Guard", lambda app, port: f"a guard of port {port} before {app}")
    monkeypatch.setattr(server.uvicorn, "run", lambda app, **options: begun.append({"app": app, **options}))
    monkeypatch.setenv("PREFECT_PORT", "4300")
    server.main()
    (one,) = begun
    assert (one["app"], one["host"], one["port"]) == ("a guard of port 4300 before Prefect", "127.0.0.1", 4300)
    assert [isinstance(one, server.WritersOnly) for one in given] == [True] * ours


def test_prefect_takes_the_database_that_it_is_given() -> None:
    with temporary_database_config(None):
        server.set_database_config(server.WritersOnly("sqlite+aiosqlite:////somewhere/prefect.db"))
        assert isinstance(provide_database_interface().database_config, server.WritersOnly)
