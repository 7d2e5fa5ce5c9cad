from pathlib import Path

import asyncpg

from shared.schema import take_snapshot
from shared.schema.places import SNAPSHOT
from tests.support.databases import Clone

# PostgreSQL prints `a between 1 and 2 and b` with other parentheses once it was written out.
WITHOUT_PARENTHESES = str.maketrans("", "", "()")


async def test_the_snapshot_is_what_the_migrations_make(database: Clone) -> None:
    made = await take_snapshot(database.owner_url)
    assert made == SNAPSHOT.read_text(encoding="utf-8"), "run `make generate`"


async def test_the_snapshot_makes_the_schema_that_it_describes(
    database: Clone, empty_database: Clone
) -> None:
    text = await take_snapshot(database.owner_url)
    conn = await asyncpg.connect(empty_database.owner_url)
    await conn.execute(text)
    await conn.close()
    again = await take_snapshot(empty_database.owner_url)
    assert again.translate(WITHOUT_PARENTHESES) == text.translate(WITHOUT_PARENTHESES)


async def test_a_change_past_the_migrations_shows_in_the_snapshot(database: Clone) -> None:
    before = await take_snapshot(database.owner_url)
    conn = await asyncpg.connect(database.owner_url)
    for change in (
        "alter table venues.inbox add column note text",
        "create index extra on venues.inbox (event_id)",
        "alter table venues.outbox drop constraint outbox_version_counts_from_one",
        "grant truncate on venues.inbox to venues",
        "create function venues.one() returns integer language sql as 'select 1'",
        "create type venues.kind as enum ('stay', 'session')",
        "create view venues.unsent as select id from venues.outbox where sent_at is null",
        "comment on table venues.inbox is 'what took effect'",
    ):
        await conn.execute(change)
        after = await take_snapshot(database.owner_url)
        assert after != before, change
        before = after
    await conn.close()


def test_the_snapshot_lies_beside_the_migrations() -> None:
    assert Path("shared/schema/snapshot.sql").samefile(SNAPSHOT)
