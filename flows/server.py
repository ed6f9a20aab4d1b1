"""The Prefect server of this checkout, on 127.0.0.1: one process, its database below PREFECT_HOME, a guard before it.

Where that is sqlite, as it is if nothing else is said, a transaction waits for the right to write when it begins.
Prefect's own ask for it when they first write, and sqlite refuses one at once if another wrote since it has read
(PrefectHQ/prefect 18934): under load the server then logs that its database is locked, and drops signs of life.
"""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from prefect.server.api.server import create_app
from prefect.server.database.configurations import AioSqliteConfiguration
from prefect.server.database.dependencies import set_database_config
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL, get_current_settings
from sqlalchemy.ext.asyncio import AsyncSession, AsyncSessionTransaction

from flows.addresses import PREFECT_PORT
from flows.guard import Guard
from pipeline.base.ports import HOST, port_of


class WritersOnly(AioSqliteConfiguration):
    """Prefect's sqlite, with every transaction begun as one that writes."""

    @asynccontextmanager
    async def begin_transaction(
        self, session: AsyncSession, with_for_update: bool = False
    ) -> AsyncGenerator[AsyncSessionTransaction]:
        """Begin one that may write, whether it said so or not."""
        async with super().begin_transaction(session, with_for_update=True) as transaction:
            yield transaction


def options() -> dict[str, Any]:
    """Return how `prefect server start` would have uvicorn serve."""
    server = get_current_settings().server
    return {
        "timeout_keep_alive": server.api.keepalive_timeout,
        "ws_ping_interval": server.api.websocket_ping_interval,
        "ws_ping_timeout": server.api.websocket_ping_timeout,
        "log_level": server.logging_level.lower(),
    }


def main() -> None:
    """Be the server until it is ended. What Prefect asks of itself goes to its app and meets no guard."""
    port = port_of(os.environ, *PREFECT_PORT)
    database = PREFECT_API_DATABASE_CONNECTION_URL.value()
    if database.startswith("sqlite"):
        set_database_config(WritersOnly(database))
    uvicorn.run(Guard(create_app(final=True), port), host=HOST, port=port, **options())


if __name__ == "__main__":
    main()
