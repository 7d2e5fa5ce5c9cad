from itertools import permutations
from pathlib import Path

import asyncpg
import pytest

from shared.schema import SERVICES, SchemaError, migrate
from shared.schema.roles import scram_verifier
from tests.conftest import DatabaseUrl
from tests.schema.conftest import WriteFile
from tests.support.databases import PASSWORDS, Clone


@pytest.mark.parametrize(("reader", "owner"), list(permutations(SERVICES, 2)))
async def test_a_role_is_refused_the_tables_of_another_service(
    database_url: DatabaseUrl, reader: str, owner: str
) -> None:
    conn = await asyncpg.connect(database_url(reader))
    names = [
        row[0]
        for row in await conn.fetch(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = $1",
            owner,
        )
    ]
    assert f"{owner}.outbox" in names
    for name in [*names, "migrations.applied"]:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(f"select from {name}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(f"delete from {name}")  # noqa: S608 - catalogue names
    await conn.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_role_uses_its_own_tables_and_creates_none(
    database_url: DatabaseUrl, service: str
) -> None:
    conn = await asyncpg.connect(database_url(service))
    await conn.execute("insert into broker_epochs (epoch) values (gen_random_uuid())")
    await conn.execute("update broker_epochs set seen_at = now()")
    assert await conn.fetchval("select count(*) from broker_epochs") == 1
    await conn.execute("delete from broker_epochs")
    assert not await conn.fetchval("select has_schema_privilege('public', 'usage')")
    for ddl in (
        "create table mine ()",
        "create table public.mine ()",
        "create schema mine",
        "drop table outbox",
        "truncate outbox",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(ddl)
    await conn.close()


async def test_chinese_trigrams_are_there_for_every_role(database_url: DatabaseUrl) -> None:
    conn = await asyncpg.connect(database_url("venues"))
    assert await conn.fetchval("select similarity('嘉溪村露营地', '嘉溪村露营') > 0.5")
    await conn.close()


async def test_a_right_that_a_migration_took_back_stays_taken(
    empty_database: Clone, folder: Path, write: WriteFile
) -> None:
    write("bookings/0002_close_pools.sql", "revoke update, delete on pools from bookings;")
    await migrate(empty_database.owner_url, PASSWORDS, directory=folder)
    await migrate(empty_database.owner_url, PASSWORDS, directory=folder)
    conn = await asyncpg.connect(empty_database.url("bookings"))
    await conn.execute("insert into pools (id) values (1)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await conn.execute("delete from pools")
    await conn.close()


async def test_a_stranger_to_the_services_can_not_connect(
    empty_database: Clone, folder: Path
) -> None:
    await migrate(empty_database.owner_url, PASSWORDS, directory=folder)
    owner = await asyncpg.connect(empty_database.owner_url)
    verifier = scram_verifier("stranger")
    await owner.execute(f"create role stranger login password '{verifier}'")
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(
                empty_database.server.url("stranger", "stranger", empty_database.name)
            )
    finally:
        await owner.execute("drop role stranger")
        await owner.close()


async def test_a_service_without_a_password_is_named(empty_database: Clone, folder: Path) -> None:
    with pytest.raises(SchemaError, match="role venues"):
        await migrate(
            empty_database.owner_url,
            {name: "local" for name in SERVICES if name != "venues"},
            directory=folder,
        )
