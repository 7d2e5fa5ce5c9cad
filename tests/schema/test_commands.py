import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.schema import SERVICES, SchemaError
from shared.schema.settings import SchemaSettings
from tests.schema.conftest import WriteFile
from tests.support.databases import Clone

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    code: int
    answer: str
    complaint: str


async def command(database: Clone, directory: Path, *arguments: str) -> Outcome:
    environment = os.environ | {"SCHEMA_DATABASE_URL": database.owner_url}
    for service in SERVICES:
        environment[f"{service.upper()}_DATABASE_URL"] = database.url(service)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "shared.schema", "--directory", str(directory), *arguments),
        cwd=ROOT,
        env=environment,
        stdout=PIPE,
        stderr=PIPE,
    )
    answer, complaint = await process.communicate()
    assert process.returncode is not None
    return Outcome(process.returncode, answer.decode(), complaint.decode())


async def test_four_starters_at_once_apply_every_file_once(
    empty_database: Clone, folder: Path, write: WriteFile
) -> None:
    # Slow enough that all four meet; twice the same row would be refused.
    write("bookings/0002_fill_pools.sql", "insert into pools values (1); select pg_sleep(1.5);")
    outcomes = await asyncio.gather(*(command(empty_database, folder, "migrate") for _ in range(4)))
    assert [outcome.code for outcome in outcomes] == [0, 0, 0, 0]
    counts = sorted(outcome.answer.count("applied  ") for outcome in outcomes)
    assert counts == [0, 0, 0, len(SERVICES) + 2]
    assert any("schema.waiting" in outcome.complaint for outcome in outcomes)


async def test_status_tells_a_person_and_a_script_what_is_pending(
    empty_database: Clone, folder: Path, write: WriteFile
) -> None:
    fresh = await command(empty_database, folder, "status")
    assert fresh.code == 3
    assert "bookings/0001_create_pools.sql" in fresh.answer
    assert "6 pending." in fresh.answer

    assert (await command(empty_database, folder, "migrate")).code == 0
    migrated = await command(empty_database, folder, "status")
    assert migrated.code == 0
    assert "Up to date." in migrated.answer

    write("bookings/0002_break_pools.sql", "create tabel oops ();")
    broken = await command(empty_database, folder, "migrate")
    assert broken.code == 1
    assert broken.complaint.startswith("bookings/0002_break_pools.sql, line 1: syntax error")
    assert "Traceback" not in broken.complaint


def test_an_address_of_another_role_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENUES_DATABASE_URL", "postgresql://owner:x@127.0.0.1/xiangyou")
    with pytest.raises(SchemaError, match="VENUES_DATABASE_URL has to name the role venues"):
        SchemaSettings().passwords()


def test_a_password_may_have_any_printable_character(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENUES_DATABASE_URL", "postgresql://venues:a%40%3A%2F@127.0.0.1/xiangyou")
    assert SchemaSettings().passwords()["venues"] == "a@:/"
