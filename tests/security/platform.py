"""All services in this process, over one database: real requests between them, real letters.

Only the broker is missing: events are carried from outbox to inbox by `tests/support/wires.py`.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import asyncpg
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from deploy.local.ports import free_port
from services.accounts import app as accounts_service
from services.accounts.keys import SIGNER
from services.accounts.settings import AccountsSettings
from services.bookings import app as bookings_service
from services.bookings.settings import BookingsSettings
from services.notifications import app as notifications_service
from services.notifications.settings import NotificationsSettings
from services.statistics import app as statistics_service
from services.statistics.settings import StatisticsSettings
from services.venues import app as venues_service
from services.venues.settings import VenuesSettings
from shared.core.clock import SystemClock
from shared.core.secret_keys import key_bytes
from shared.http.keys import DATABASE
from shared.http.tokens import ALGORITHM, TokenVerifier
from tests.accounts.accounts_client import Accounts, Notifications
from tests.bookings.village import CAMPING, NEXT_WEEK, POTTERY, at
from tests.bookings.world import Bookings
from tests.notifications.sink import MailSink
from tests.support.databases import Clone
from tests.support.tokens import TokenMaker
from tests.support.wires import Wires

CODE: Final = re.compile(r"\b\d{6}\b")
TABLES: Final = """
select table_schema || '.' || table_name
from information_schema.tables
where table_schema = any ($1::text[]) and table_type = 'BASE TABLE'
order by 1
"""
SERVICES: Final = ("accounts", "bookings", "notifications", "statistics", "venues")
Client = TestClient[web.Request, web.Application]


class PlatformTokens(TokenMaker):
    """Signs with the platform's own key: tokens of people whom accounts has never seen."""

    def __init__(self, settings: AccountsSettings) -> None:
        super().__init__(key_id=settings.signing_key_id)
        seed = key_bytes(settings.signing_keys[self.key_id])
        self._key = OKPKey.import_key(
            Ed25519PrivateKey.from_private_bytes(seed),
            {"kid": self.key_id, "use": "sig", "alg": ALGORITHM},
        )


class Letters(Notifications):
    """The codes of the real notifications service, read from the letters that it sent."""

    sink: MailSink

    def code_for(self, address: str) -> str:
        for message, mailbox in zip(
            reversed(self.sink.taken), reversed(self.sink.mailboxes), strict=True
        ):
            body = message.get_body(("plain",))
            if body is not None and mailbox.startswith(address):
                codes: list[str] = CODE.findall(str(body.get_content()))
                return codes[0]
        raise LookupError(address)


@dataclass
class Platform:
    """The services as their callers see them, and their tables as their owner does."""

    database: Clone
    sink: MailSink
    accounts: Accounts
    bookings: Bookings
    clients: Mapping[str, Client]
    wires: Wires

    async def rows_with(self, *texts: str) -> list[str]:
        """Return the tables of all services that hold one of these texts, in any form of bytes."""
        conn = await asyncpg.connect(self.database.owner_url)
        try:
            found = []
            for row in await conn.fetch(TABLES, list(SERVICES)):
                for text in texts:
                    # Bytes are shown as hexadecimal, so they are looked for in both forms.
                    hit = await conn.fetchval(
                        f"select exists (select from {row[0]} as held"  # noqa: S608 - our tables
                        " where strpos(held::text, $1) > 0 or strpos(held::text, $2) > 0)",
                        text,
                        text.encode().hex(),
                    )
                    if hit:
                        found.append(f"{row[0]}: {text}")
            return found
        finally:
            await conn.close()

    @property
    def tokens(self) -> TokenMaker:
        """Tokens that every service believes, of anybody."""
        return self.bookings.tokens

    async def run(self, statement: str, *arguments: object) -> Any:
        """Run a statement as the owner of all tables."""
        conn = await asyncpg.connect(self.database.owner_url)
        try:
            return await conn.fetchval(statement, *arguments)
        finally:
            await conn.close()


@asynccontextmanager
async def serve_platform(database: Clone, **settings: object) -> AsyncIterator[Platform]:
    """Serve all services; next week there are pottery at 14:00 and a night of camping.

    `settings` are given to each of them.
    """
    ports = {name: free_port() for name in SERVICES}
    known: dict[str, Any] = {f"{name}_url": f"http://127.0.0.1:{ports[name]}" for name in SERVICES}
    known.update(settings)
    async with AsyncExitStack() as stack:
        sink = await stack.enter_async_context(MailSink().serve())

        async def serve(name: str, app: web.Application) -> Client:
            server = TestServer(app, host="127.0.0.1", port=ports[name])
            return await stack.enter_async_context(TestClient(server))

        given = AccountsSettings(database_url=database.url("accounts"), **known)
        accounts_app = accounts_service.build_app(given, "api")
        signer = accounts_app[SIGNER]

        async def keys() -> dict[str, Any]:
            return {"keys": signer.public_keys()}

        def verifier() -> TokenVerifier:
            return TokenVerifier(keys, SystemClock())

        clients = {"accounts": await serve("accounts", accounts_app)}
        for name, app in _others(database, known, sink.port, verifier):
            clients[name] = await serve(name, app)
        letters = Letters()
        letters.sink = sink
        platform = Platform(
            database,
            sink,
            Accounts(clients["accounts"], letters, given),
            Bookings(clients["bookings"], PlatformTokens(given)),
            clients,
            _wires(clients),
        )
        await _publish(platform.bookings)
        yield platform


def _others(
    database: Clone, known: Mapping[str, Any], smtp_port: int, verifier: Any
) -> list[tuple[str, web.Application]]:
    return [
        (
            "bookings",
            bookings_service.build_app(
                BookingsSettings(database_url=database.url("bookings"), **known),
                "api",
                verifier=verifier(),
            ),
        ),
        (
            "venues",
            venues_service.build_app(
                VenuesSettings(database_url=database.url("venues"), **known),
                "api",
                verifier=verifier(),
            ),
        ),
        (
            "notifications",
            notifications_service.build_app(
                NotificationsSettings(
                    database_url=database.url("notifications"), smtp_port=smtp_port, **known
                ),
                "api",
                verifier=verifier(),
            ),
        ),
        (
            "statistics",
            statistics_service.build_app(
                StatisticsSettings(database_url=database.url("statistics"), **known),
                "api",
                verifier=verifier(),
            ),
        ),
    ]


def _wires(clients: Mapping[str, Client]) -> Wires:
    modules = {
        "accounts": accounts_service,
        "bookings": bookings_service,
        "notifications": notifications_service,
        "statistics": statistics_service,
        "venues": venues_service,
    }
    databases = {name: client.app[DATABASE] for name, client in clients.items()}
    return Wires(
        databases,
        {name: (databases[name], module.REACTIONS) for name, module in modules.items()},
    )


async def _publish(bookings: Bookings) -> None:
    await bookings.publish_calendar()
    await bookings.publish_village()
    await bookings.publish_venue()
    await bookings.publish_offerings()
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), 10)
    await bookings.publish_slot(CAMPING, at(NEXT_WEEK, 15), 5, hours=20)
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK + timedelta(days=1), 14), 10)
