"""All services with an API in one process, for what must hold for every route of theirs."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import asyncpg
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from deploy.generate.api_documents import SERVICES, routes_of_all
from shared.core.ids import new_id
from shared.core.permissions import ANYONE, PEOPLE_ROLES, PERMISSIONS, SERVICE_PREFIX
from shared.http.keys import VERIFIER
from shared.http.route import Route
from tests.security.bodies import Place
from tests.support.databases import Clone
from tests.support.tokens import TokenMaker

TABLES: Final = """
select table_schema || '.' || table_name
from information_schema.tables
where table_schema = any ($1::text[]) and table_type = 'BASE TABLE'
order by 1
"""
ROWS: Final = (
    "select '{0}', md5(coalesce(string_agg(line::text, '\n' order by line::text), ''))"
    " from {0} as line"
)
# Of the variables of paths; every other one is an id that nothing has.
VALUES: Final = {"year": "2026", "method": "wechatpay", "ordinal": "1", "provider": "sandbox"}
_PATTERN: Final = re.compile(r"\{([a-z_]+):[^{}]*\}")
_VARIABLE: Final = re.compile(r"\{([a-z_]+)\}")
UNLIMITED: Final = {
    f"rate_limit_{one}": "100000000/minute" for one in ("sign_in", "read", "write", "heavy")
}


@dataclass
class Everything:
    """The services, and tokens of whoever may call a route."""

    database: Clone
    clients: Mapping[str, "TestClient[web.Request, web.Application]"]
    tokens: TokenMaker

    def __post_init__(self) -> None:
        # Who may do everything that people may do, at an organisation of their own.
        self.mighty = self.tokens.person(roles=PEOPLE_ROLES, organisations=[new_id()])

    def token_for(self, route: Route) -> str:
        """Return a token that the route lets in."""
        roles = PERMISSIONS[route.access.name].roles
        people = {ANYONE, *PEOPLE_ROLES}
        if roles & people:
            return self.mighty
        return self.tokens.service(min(roles).removeprefix(SERVICE_PREFIX))

    async def send(self, place: Place, body: object) -> tuple[int, Any]:
        """Send a body to the route of a place; return the answer's status and problem."""
        route = ROUTES[place.service, place.method.upper(), place.path]
        headers = {
            **TokenMaker.header(self.token_for(route)),
            "Idempotency-Key": str(new_id()),
            "If-Match": "*",
        }
        async with self.clients[place.service].request(
            place.method, address_of(place.path), json=body, headers=headers
        ) as answer:
            return answer.status, await read(answer)

    async def rows(self) -> dict[str, str]:
        """Return a hash of each table of all services."""
        conn = await asyncpg.connect(self.database.owner_url)
        try:
            return await hashes_of_tables(conn)
        finally:
            await conn.close()


def _documented(route: Route) -> str:
    """Return a route's path as documents have it, without patterns."""
    return _PATTERN.sub(r"{\1}", route.path)


ROUTES: Final[Mapping[tuple[str, str, str], Route]] = {
    (service, route.method, _documented(route)): route
    for service, routes in routes_of_all()
    for route in routes
}


def address_of(path: str, values: Mapping[str, str] = VALUES) -> str:
    """Return the address of a documented path, with an id where no value is known."""
    return _VARIABLE.sub(lambda found: values.get(found[1]) or str(new_id()), path)


async def read(answer: ClientResponse) -> Any:
    """Return an answer as JSON, or as bytes where it is something else."""
    return await answer.json() if "json" in answer.content_type else await answer.read()


async def hashes_of_tables(conn: asyncpg.Connection) -> dict[str, str]:
    tables = [row[0] for row in await conn.fetch(TABLES, list(SERVICES))]
    statement = " union all ".join(ROWS.format(table) for table in tables)
    return {row[0]: row[1] for row in await conn.fetch(statement)}


@asynccontextmanager
async def serve_everything(database: Clone) -> AsyncIterator[Everything]:
    """Serve all APIs over one database, without limits; they believe the tokens of a test."""
    tokens = TokenMaker()
    async with AsyncExitStack() as stack:
        clients = {}
        for service in SERVICES:
            build = import_module(f"services.{service}.app").build_app
            settings = import_module(f"services.{service}.settings")
            kind = getattr(settings, f"{service.capitalize()}Settings")
            app = build(kind(database_url=database.url(service), **UNLIMITED), "api")
            app[VERIFIER] = tokens.verifier()
            clients[service] = await stack.enter_async_context(TestClient(TestServer(app)))
        yield Everything(database, clients, tokens)
