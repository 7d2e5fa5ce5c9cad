"""Resources that most services open when they start and close when they stop."""

from collections.abc import AsyncIterator, Callable

from aiohttp import web
from pydantic import SecretStr

from shared.db import Database
from shared.http.health import register_ping
from shared.http.keys import DATABASE, SERVICE

Context = Callable[[web.Application], AsyncIterator[None]]


def database_context(url: SecretStr, *, max_size: int = 8) -> Context:
    """Return the cleanup context that opens `app[DATABASE]` and makes readiness depend on it."""

    async def context(app: web.Application) -> AsyncIterator[None]:
        database = await Database.connect(
            url.get_secret_value(), service=app[SERVICE], max_size=max_size
        )
        app[DATABASE] = database
        register_ping(app, "database", database.ping)
        yield
        await database.close()

    return context
