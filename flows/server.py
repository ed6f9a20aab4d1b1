"""The Prefect server of this checkout, on 127.0.0.1: one process behind a guard, its database below PREFECT_HOME.

If that is SQLite, as it is by default, every transaction waits for the write lock when it begins. Prefect's own take it
at their first write, and SQLite refuses that at once if another has written since they read (PrefectHQ/prefect 18934):
under load the server then logs that its database is locked, and loses heartbeats.
"""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from prefect.server.api.server import create_app
from prefect.server.database.configurations import SQLITE_BEGIN_MODE, AioSqliteConfiguration
from prefect.server.database.dependencies import set_database_config
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL, get_current_settings
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction

from flows.addresses import PREFECT_PORT
from flows.guard import Guard
from pipeline.base.ports import HOST, port_of


class WritersOnly(AioSqliteConfiguration):
    """Prefect's SQLite configuration, with every transaction begun as a writing one."""

    @asynccontextmanager
    async def begin_transaction(
        self, session: AsyncSession, with_for_update: bool = False
    ) -> AsyncGenerator[AsyncSessionTransaction]:
        """Begin a writing transaction, whatever `with_for_update` says.

        It begins at once, so that a session which Prefect opens inside it, to read, does not begin as a writer too:
        each would wait for the other (pausing a work queue does that).
        """
        async with super().begin_transaction(session, with_for_update=True) as transaction:
            await session.connection()
            token = SQLITE_BEGIN_MODE.set("DEFERRED")
            try:
                yield transaction
            finally:
                SQLITE_BEGIN_MODE.reset(token)


def options() -> dict[str, Any]:
    """Build the uvicorn options that `prefect server start` would use."""
    server = get_current_settings().server
    return {
        "timeout_keep_alive": server.api.keepalive_timeout,
        "ws_ping_interval": server.api.websocket_ping_interval,
        "ws_ping_timeout": server.api.websocket_ping_timeout,
        "log_level": server.logging_level.lower(),
    }


def main() -> None:
    """Run the server until it is stopped. Prefect's calls to itself go directly to its app, past the guard."""
    port = port_of(os.environ, *PREFECT_PORT)
    database = PREFECT_API_DATABASE_CONNECTION_URL.value()
    if database.startswith("sqlite"):
        set_database_config(WritersOnly(database))
    uvicorn.run(Guard(create_app(final=True), port), host=HOST, port=port, **options())


if __name__ == "__main__":
    main()
