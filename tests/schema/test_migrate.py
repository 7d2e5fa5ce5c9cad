from pathlib import Path

import asyncpg
import pytest

from shared.schema import SERVICES, SchemaError, migrate, status
from shared.schema.ledger import LOCK
from tests.schema.conftest import WriteFile
from tests.support.databases import PASSWORDS, Clone


async def pending(database: Clone, directory: Path) -> list[str]:
    report = await status(database.owner_url, directory=directory)
    return [f"{row.target}:{row.file}" for row in report if row.state == "pending"]


async def tables(database: Clone) -> set[str]:
    conn = await asyncpg.connect(database.owner_url)
    rows = await conn.fetch(
        "select schemaname || '.' || tablename from pg_tables where schemaname = any($1)",
        list(SERVICES),
    )
    await conn.close()
    return {row[0] for row in rows}


async def test_our_own_migrations_leave_nothing_pending(
    database: Clone, empty_database: Clone
) -> None:
    before = await status(empty_database.owner_url)
    after = await status(database.owner_url)
    assert {row.state for row in before} == {"pending"}
    assert {row.state for row in after} == {"applied"}
    assert [row.file for row in before] == [row.file for row in after]


async def test_every_service_gets_the_common_tables_in_its_own_schema(
    empty_database: Clone, folder: Path
) -> None:
    applied = await migrate(empty_database.owner_url, PASSWORDS, directory=folder)
    assert len(applied) == len(SERVICES) + 1
    assert await tables(empty_database) == {
        *(f"{service}.notes" for service in SERVICES),
        "bookings.pools",
    }
    assert await pending(empty_database, folder) == []


async def test_a_second_run_applies_only_what_is_new(
    empty_database: Clone, folder: Path, write: WriteFile
) -> None:
    await migrate(empty_database.owner_url, PASSWORDS, directory=folder)
    assert await migrate(empty_database.owner_url, PASSWORDS, directory=folder) == []
    write("bookings/0002_add_capacity.sql", "alter table pools add column capacity integer;")
    assert await pending(empty_database, folder) == ["bookings:bookings/0002_add_capacity.sql"]
    assert await migrate(empty_database.owner_url, PASSWORDS, directory=folder) == [
        "bookings/0002_add_capacity.sql"
    ]


async def test_a_broken_file_is_named_with_its_line_and_leaves_nothing(
    empty_database: Clone, folder: Path, write: WriteFile
) -> None:
    write("statistics/0001_break_facts.sql", "create table half ();\n\ncreate tabel oops ();\n")
    with pytest.raises(
        SchemaError, match=r"statistics/0001_break_facts\.sql, line 3: syntax error"
    ):
        await migrate(empty_database.owner_url, PASSWORDS, directory=folder)
    assert await pending(empty_database, folder) == ["statistics:statistics/0001_break_facts.sql"]

    write("statistics/0001_break_facts.sql", "create table half ();\nselect 1 / 0;")
    with pytest.raises(SchemaError, match=r"0001_break_facts\.sql.*division by zero"):
        await migrate(empty_database.owner_url, PASSWORDS, directory=folder)
    assert "statistics.half" not in await tables(empty_database)

    write("statistics/0001_break_facts.sql", "create table half ();")
    assert len(await migrate(empty_database.owner_url, PASSWORDS, directory=folder)) == 1


@pytest.mark.parametrize("command", ["status", "migrate"])
async def test_a_file_that_changed_after_it_was_applied_is_refused(
    empty_database: Clone, folder: Path, write: WriteFile, command: str
) -> None:
    await migrate(empty_database.owner_url, PASSWORDS, directory=folder)
    write("bookings/0001_create_pools.sql", "create table pools (id bigint primary key);")
    with pytest.raises(SchemaError, match=r"bookings/0001_create_pools\.sql was changed after"):
        if command == "status":
            await status(empty_database.owner_url, directory=folder)
        else:
            await migrate(empty_database.owner_url, PASSWORDS, directory=folder)


async def test_a_file_that_was_renamed_after_it_was_applied_is_refused(
    empty_database: Clone, folder: Path
) -> None:
    await migrate(empty_database.owner_url, PASSWORDS, directory=folder)
    path = folder / "bookings/0001_create_pools.sql"
    path.rename(path.with_name("0001_create_places.sql"))
    with pytest.raises(SchemaError, match="applied under the name 0001_create_pools"):
        await migrate(empty_database.owner_url, PASSWORDS, directory=folder)


async def test_an_older_release_lives_with_a_newer_schema(
    empty_database: Clone, folder: Path, write: WriteFile
) -> None:
    newer = write("bookings/0002_add_capacity.sql", "alter table pools add column n integer;")
    await migrate(empty_database.owner_url, PASSWORDS, directory=folder)
    newer.unlink()
    assert await migrate(empty_database.owner_url, PASSWORDS, directory=folder) == []
    report = await status(empty_database.owner_url, directory=folder)
    assert [row.file for row in report if row.state == "newer"] == [
        "bookings/0002_add_capacity.sql"
    ]


async def test_a_file_waits_briefly_for_a_table_in_use_then_gives_up(
    empty_database: Clone, folder: Path, write: WriteFile
) -> None:
    await migrate(empty_database.owner_url, PASSWORDS, directory=folder)
    write("bookings/0002_add_capacity.sql", "alter table pools add column n integer;")
    user = await asyncpg.connect(empty_database.url("bookings"))
    async with user.transaction():
        await user.execute("select from pools")
        with pytest.raises(SchemaError, match="did not get its locks in 5 tries"):
            await migrate(empty_database.owner_url, PASSWORDS, directory=folder, lock_timeout=0.02)
    await user.close()
    assert len(await migrate(empty_database.owner_url, PASSWORDS, directory=folder)) == 1


async def test_a_starter_does_not_wait_for_ever_for_another(
    empty_database: Clone, folder: Path
) -> None:
    other = await asyncpg.connect(empty_database.owner_url)
    await other.execute("select pg_advisory_lock($1)", LOCK)
    with pytest.raises(SchemaError, match="Another process has been migrating"):
        await migrate(empty_database.owner_url, PASSWORDS, directory=folder, patience=0.2)
    await other.close()
    assert await migrate(empty_database.owner_url, PASSWORDS, directory=folder)


async def test_a_database_out_of_reach_is_said_in_a_sentence(folder: Path) -> None:
    url = "postgresql://owner:local@127.0.0.1:1/xiangyou"
    with pytest.raises(SchemaError, match="Can't connect to the database as its owner"):
        await migrate(url, PASSWORDS, directory=folder)
