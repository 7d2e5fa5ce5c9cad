"""Fresh databases for tests: migrated once, copied for each test in a few milliseconds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Final

import asyncpg

from deploy.local.postgres import OWNER, PASSWORD, EmbeddedPostgres
from shared.schema import SERVICES, migrate

PASSWORDS: Final = dict.fromkeys(SERVICES, PASSWORD)
_TEMPLATE: Final = "template_xiangyou"
_numbers: Final = count(1)


@dataclass(frozen=True, slots=True)
class Clone:
    """One database of a test, with the address for each role."""

    server: EmbeddedPostgres
    name: str

    def url(self, service: str) -> str:
        """Return the address as a service's role."""
        return self.server.url(service, PASSWORDS[service], self.name)

    @property
    def owner_url(self) -> str:
        """Return the address as the owner of all schemas."""
        return self.server.url(OWNER, PASSWORD, self.name)


async def create_template(server: EmbeddedPostgres) -> str:
    """Create a migrated database to copy from; return its name."""
    async with _server_connection(server) as conn:
        await conn.execute(f"create database {_TEMPLATE}")
    await migrate(server.url(database=_TEMPLATE), PASSWORDS)
    return _TEMPLATE


async def create_small_template(server: EmbeddedPostgres, template: str, *services: str) -> str:
    """Create a template with the schemas of some services alone; return its name.

    Most of what copying costs is the number of files, so it is copied in half the time.
    """
    name = "_".join((template, *services))
    async with _server_connection(server) as conn:
        await conn.execute(f"create database {name} template {template}")
    conn = await asyncpg.connect(server.url(database=name))
    try:
        for other in set(SERVICES).difference(services):
            await conn.execute(f"drop schema {other} cascade")
    finally:
        await conn.close()
    return name


@asynccontextmanager
async def clone(server: EmbeddedPostgres, template: str) -> AsyncIterator[Clone]:
    """Copy a database for the block; `template0` gives an empty one."""
    name = f"test_{next(_numbers)}"
    async with _server_connection(server) as conn:
        # Copying files takes half the time of copying through the log.
        await conn.execute(f"create database {name} template {template} strategy file_copy")
    try:
        yield Clone(server, name)
    finally:
        async with _server_connection(server) as conn:
            await conn.execute(f"drop database {name} with (force)")


@asynccontextmanager
async def _server_connection(server: EmbeddedPostgres) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(server.url(database="postgres"))
    try:
        yield conn
    finally:
        await conn.close()
