"""Somebody takes their data along and is forgotten, in the tables of every service."""

import io
import json
import secrets
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import asyncpg

from deploy.local.demo.api import Json, Person
from deploy.local.demo.steps import Opened, Stage, new_key, of
from deploy.local.demo.story import eventually, expect
from shared.core.clock import SystemClock, today

WITHIN_SECONDS: Final = 60.0
DAYS_AHEAD: Final = 30
ANSWER: Final = "data.json"
PAGE: Final = "index.html"
# Of a confirmation and of a cancellation.
LETTERS: Final = 2

# Every table of a service's own schema; partitions are read through their parents.
TABLES: Final = """
select quote_ident(relname) as name
from pg_class
where relnamespace = current_schema()::regnamespace
    and relkind in ('r', 'p')
    and not relispartition
order by relname
"""
ORDERS: Final = """
select count(*) as orders, count(*) filter (where contact_sealed <> '') as contacts
from orders
where account_id = $1
"""
SEALED: Final = """
select
    (select count(*) from accounts where id = $1 and name is not null)
    + (select count(*) from contact_points where account_id = $1)
"""


async def forget(stage: Stage, opened: Opened) -> None:
    """Book as somebody new, export all that is held, erase it, and look for what is left."""
    stage.story.chapter("My data, and goodbye  我的数据，与告别")
    person, name = await somebody(stage)
    order = await book_and_cancel(stage, person, name, opened)
    await export(stage, person, name, order)
    await stage.api.call(
        "accounts", "DELETE", "/v1/me", by=person, params={"confirmation": "erase"}
    )

    async def gone() -> int | None:
        return await nothing_left(stage, person, name)

    tables = await eventually("the end of all traces", gone, within=WITHIN_SECONDS)
    stage.story.tell(f"erased: name and address are in none of {tables} tables of all services")

    async def parted() -> bool | None:
        async with as_service(stage, "bookings") as conn:
            kept = await conn.fetchrow(ORDERS, person.account_id)
        return (kept and tuple(kept)) == (1, 0) or None

    await eventually("an order that is kept without its contact", parted, within=WITHIN_SECONDS)
    stage.story.tell(f"order {order['code']} is kept for the books, and leads to nobody")


async def somebody(stage: Stage) -> tuple[Person, str]:
    """Return somebody with a name that nobody else has."""
    contact = {"email": f"leaving-{secrets.token_hex(6)}@xiangyou.example"}
    person = await stage.api.sign_in(contact)
    name = f"别小溪{secrets.token_hex(4)}"
    await stage.api.call("accounts", "PATCH", "/v1/me", {"name": name}, by=person)
    return person, name


async def book_and_cancel(stage: Stage, person: Person, name: str, opened: Opened) -> Json:
    """Leave a trace in every service: an order with letters, cancelled again."""
    day = today(SystemClock()) + timedelta(days=DAYS_AHEAD)
    line = {"offering_id": opened.camp["offering_id"], "date": day.isoformat(), "nights": 1}
    body = {
        "lines": [{**line, "tickets": {"adult": 2}}],
        "contact": {"name": name},
        "payment_method": "on_site",
    }
    order: Json = await stage.api.call(
        "bookings", "POST", "/v1/orders", body, by=person, key=new_key()
    )
    await stage.api.call("bookings", "POST", f"{of(order)}/cancellations", {}, by=person)

    async def written() -> bool | None:
        letters = await stage.api.letters(person.contact)
        return sum(order["code"] in one["text"] for one in letters) == LETTERS or None

    await eventually("the letters about the order", written)
    return order


async def export(stage: Stage, person: Person, name: str, order: Json) -> None:
    """Download the archive: everything in JSON, and the same to read."""
    archive = await stage.api.download("accounts", "/v1/me/export", by=person)
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        data, page = files.read(ANSWER).decode(), files.read(PAGE).decode()
    json.loads(data)
    for what in (name, person.contact["email"], order["code"]):
        expect(f"{what} in both parts of the archive", (what in data, what in page), (True, True))
    stage.story.tell(f"exported {len(archive) / 1024:.0f} kB: name, address, order {order['code']}")


async def nothing_left(stage: Stage, person: Person, name: str) -> int | None:
    """Return how many tables were looked through, or None where a trace was found in one."""
    looked_at = 0
    for service in stage.databases:
        async with as_service(stage, service) as conn:
            for table in await conn.fetch(TABLES):
                # The name comes from the catalogue, quoted there.
                found = await conn.fetchval(
                    f"select exists (select from {table['name']} as row_of_table "  # noqa: S608
                    "where strpos(row_of_table::text, $1) > 0 "
                    "or strpos(row_of_table::text, $2) > 0)",
                    name,
                    person.contact["email"],
                )
                if found:
                    return None
                looked_at += 1
    async with as_service(stage, "accounts") as conn:
        sealed: int = await conn.fetchval(SEALED, person.account_id)
    return None if sealed else looked_at


@asynccontextmanager
async def as_service(stage: Stage, service: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect to the database as a service's role."""
    conn = await asyncpg.connect(stage.databases[service])
    try:
        yield conn
    finally:
        await conn.close()
