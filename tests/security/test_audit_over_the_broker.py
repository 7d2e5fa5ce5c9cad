"""Entries get to the audit log over a real broker, from whichever service."""

import asyncio

from services.accounts.app import REACTIONS, build_app
from services.accounts.settings import AccountsSettings
from shared.contracts.topics import SERVICES
from shared.core.ids import new_id
from shared.db import Database, acquire, transaction
from shared.http.access import Caller
from shared.messaging import audit
from shared.messaging.broker import Broker
from shared.messaging.reading import topics_of
from shared.messaging.run import Messaging
from tests.conftest import Connect

OFFICE = Caller(account_id=new_id(), roles=frozenset({"visitor", "office_director"}))


async def entries(database: Database) -> list[str]:
    async with acquire(database) as conn:
        rows = await conn.fetch("select service from audit_entries order by position")
        return [row["service"] for row in rows]


def test_accounts_listens_to_what_every_service_writes_down() -> None:
    heard = topics_of(REACTIONS)
    assert [topic for topic in heard if topic.endswith(".audit")] == sorted(
        f"{service}.audit" for service in SERVICES
    )
    assert build_app(AccountsSettings(), "api")


async def test_entries_of_two_services_are_chained_in_one_log(
    connect: Connect, broker: object
) -> None:
    address = Broker(getattr(broker, "bootstrap_servers"), session_timeout_ms=6_000)  # noqa: B009
    accounts, venues = await connect("accounts"), await connect("venues")
    running = [
        Messaging("accounts", database=accounts, broker=address, reactions=REACTIONS),
        Messaging("venues", database=venues, broker=address, reactions={}),
    ]
    for database in (accounts, venues, venues):
        async with transaction(database) as conn:
            await audit.record(conn, OFFICE, action="venue.approved", subject=new_id())
    for one in running:
        one.start()
    try:
        for _ in range(180):
            if len(await entries(accounts)) == 3:
                break
            await asyncio.sleep(0.5)
    finally:
        for one in running:
            await one.stop()
    assert sorted(await entries(accounts)) == ["accounts", "venues", "venues"]
