from collections.abc import AsyncIterator

import asyncpg
import pytest

from shared.db import Database
from tests.support.databases import Clone

# A schema of its own: what is shown here must not depend on any service's tables.
LABORATORY = """
    create schema laboratory;
    create table laboratory.places (
        id integer primary key,
        taken integer not null default 0,
        constraint places_never_oversold check (taken <= 2)
    );
    create table laboratory.visits (
        id integer primary key,
        place_id integer not null,
        constraint visits_go_to_a_place foreign key (place_id) references laboratory.places (id)
            deferrable initially deferred
    );
    insert into laboratory.places (id) values (1), (2);

    create function laboratory.dawdle() returns trigger language plpgsql as $$
    begin
        perform pg_sleep(0.3);
        return null;
    end
    $$;
    create table laboratory.slow_commits (id integer primary key);
    create constraint trigger dawdle after insert on laboratory.slow_commits
        deferrable initially deferred for each row execute function laboratory.dawdle();
"""


@pytest.fixture
async def laboratory(empty_database: Clone) -> Clone:
    conn = await asyncpg.connect(empty_database.owner_url)
    await conn.execute(LABORATORY)
    # Found quickly, so that tests of deadlocks are quick.
    await conn.execute(f"alter database {empty_database.name} set deadlock_timeout = '50ms'")
    await conn.close()
    return empty_database


@pytest.fixture
async def pool(laboratory: Clone) -> AsyncIterator[Database]:
    pool = await Database.connect(
        laboratory.owner_url, service="laboratory", max_size=3, acquire_timeout=0.3
    )
    yield pool
    await pool.close()
