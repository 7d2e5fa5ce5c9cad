"""Databases for tests: migrated once, copied, and emptied for the next test that wants one."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import asyncpg

from deploy.local.postgres import OWNER, PASSWORD, EmbeddedPostgres
from shared.schema import SERVICES, migrate
from tests.support.emptying import EMPTY, MAKE_EMPTYING

PASSWORDS: Final = dict.fromkeys(SERVICES, PASSWORD)
_TEMPLATE: Final = "template_xiangyou"
# What is deleted leaves traces that make a database slower; so often one is used.
_MOST_USES: Final = 25
_numbers: Final = count(1)


@dataclass(slots=True)
class Clone:
    """One database of a test, with the address for each role."""

    server: EmbeddedPostgres
    name: str
    uses: int = 0

    def url(self, service: str) -> str:
        """Return the address as a service's role."""
        return self.server.url(service, PASSWORDS[service], self.name)

    @property
    def owner_url(self) -> str:
        """Return the address as the owner of all schemas."""
        return self.server.url(OWNER, PASSWORD, self.name)


@dataclass(slots=True)
class Shelf:
    """Databases as they come from their template; those that tests gave back are there first.

    A copy costs far more than emptying one, and the first questions to a new database do too.
    """

    server: EmbeddedPostgres
    _clean: defaultdict[str, list[Clone]] = field(default_factory=lambda: defaultdict(list))

    @asynccontextmanager
    async def lend(self, template: str) -> AsyncIterator[Clone]:
        """Lend a database for the block."""
        clean = self._clean[template]
        lent = clean.pop() if clean else await _copy(self.server, template)
        lent.uses += 1
        try:
            yield lent
        finally:
            if lent.uses < _MOST_USES and await _empty(lent):
                clean.append(lent)
            else:
                await _drop(lent)


async def create_template(server: EmbeddedPostgres) -> str:
    """Create a migrated database to copy from; return its name."""
    async with _server_connection(server) as conn:
        await conn.execute(f"create database {_TEMPLATE}")
    await migrate(server.url(database=_TEMPLATE), PASSWORDS)
    return _TEMPLATE


async def create_small_template(server: EmbeddedPostgres, template: str, *services: str) -> str:
    """Create a template with the schemas of some services alone; return its name.

    It can be emptied after a test. Most of what copying costs is the number of files.
    """
    name = "_".join((template, *services))
    async with _server_connection(server) as conn:
        await conn.execute(f"create database {name} template {template}")
    conn = await asyncpg.connect(server.url(database=name))
    try:
        for other in set(SERVICES).difference(services):
            await conn.execute(f"drop schema {other} cascade")
        await conn.execute(MAKE_EMPTYING)
    finally:
        await conn.close()
    return name


@asynccontextmanager
async def clone(server: EmbeddedPostgres, template: str) -> AsyncIterator[Clone]:
    """Copy a database for the block; `template0` gives an empty one."""
    copied = await _copy(server, template)
    try:
        yield copied
    finally:
        await _drop(copied)


async def _copy(server: EmbeddedPostgres, template: str) -> Clone:
    name = f"test_{next(_numbers)}"
    async with _server_connection(server) as conn:
        # Copying files takes half the time of copying through the log.
        await conn.execute(f"create database {name} template {template} strategy file_copy")
    return Clone(server, name)


async def _drop(used: Clone) -> None:
    async with _server_connection(used.server) as conn:
        await conn.execute(f"drop database {used.name} with (force)")


async def _empty(used: Clone) -> bool:
    """Empty a database; tell whether it is as new."""
    conn = await asyncpg.connect(used.owner_url)
    try:
        emptied: bool = await conn.fetchval(EMPTY)
    except asyncpg.InvalidSchemaNameError:
        # The template of all schemas is as the migrations made it, and nothing else.
        return False
    finally:
        await conn.close()
    return emptied


@asynccontextmanager
async def _server_connection(server: EmbeddedPostgres) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(server.url(database="postgres"))
    try:
        yield conn
    finally:
        await conn.close()
