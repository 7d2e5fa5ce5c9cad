"""Old keys go in small steps, so that no statement holds many rows."""

import asyncpg

from shared.db import acquire
from shared.http.idempotency import sweep_keys
from tests.conftest import Connect
from tests.support.databases import Clone

OLD_KEYS = """
insert into bookings.idempotency_keys (caller, key, fingerprint, status, created_at)
select 'account:1', 'key-' || n, sha256(''), 201, now() - interval '3 days'
from generate_series(1, 2500) as n
"""
REFUSE_LARGE_DELETES = """
create function bookings.refuse_large_deletes() returns trigger language plpgsql as $$
begin
    if (select count(*) from gone) > 1000 then
        raise exception 'too many rows in one statement';
    end if;
    return null;
end
$$;
create trigger refuse_large_deletes after delete on bookings.idempotency_keys
referencing old table as gone
for each statement execute function bookings.refuse_large_deletes();
"""


async def test_old_keys_are_deleted_a_thousand_at_a_time(connect: Connect, database: Clone) -> None:
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(OLD_KEYS)
    await owner.execute(REFUSE_LARGE_DELETES)
    await owner.close()
    async with acquire(await connect("bookings")) as conn:
        await sweep_keys(conn)
        assert await conn.fetchval("select count(*) from idempotency_keys") == 0
