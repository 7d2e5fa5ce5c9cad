"""`make verify`: what it looked at, what holds, what does not, and its exit code."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from deploy.verify.__main__ import main
from deploy.verify.invariants import PROMISES
from deploy.verify.targets import URL_VARIABLE
from tests.support.databases import Clone

WITHOUT_LINES: Final = """
insert into bookings.orders (
    order_id, code, account_id, state, accepted_payment, total_fen, contact_sealed
)
select uuidv7(), 'EMPTY-' || number, uuidv7(), 'expired', 'free', 0, ''
from generate_series(1, $1::integer) as number
"""
NOWHERE: Final = "postgresql://owner:local@127.0.0.1:1/xiangyou"


@pytest.fixture
async def owner(
    database: Clone, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[asyncpg.Connection]:
    monkeypatch.setenv(URL_VARIABLE, database.owner_url)
    monkeypatch.setenv("COLUMNS", "200")
    conn = await asyncpg.connect(database.owner_url)
    yield conn
    await conn.close()


@pytest.mark.usefixtures("owner")
async def test_it_names_each_promise_and_what_it_looked_at(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await asyncio.to_thread(main, []) == 0
    printed = capsys.readouterr().out
    for name, promise in PROMISES.items():
        assert name in printed
        assert promise.sentence[:40] in printed
    assert printed.count("holds") == len(PROMISES) - 1
    assert "0 movements" in printed
    # There is no mail server's folder beside a database.
    assert "not looked at" in printed


async def test_what_is_broken_is_listed_and_counted(
    owner: asyncpg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    await owner.execute(WITHOUT_LINES, 12)
    assert await asyncio.to_thread(main, []) == 1
    printed = capsys.readouterr().out
    assert "12 violations" in printed
    assert len(re.findall(r"order EMPTY-\d+: total 0, lines ", printed)) == 10
    assert "and 2 more" in printed


async def test_programs_get_json(
    owner: asyncpg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    await owner.execute(WITHOUT_LINES, 2)
    assert await asyncio.to_thread(main, ["--only", "i1,I2,I4", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["holds"] is False
    promises = found["promises"]
    assert {name: one["holds"] for name, one in promises.items()} == {
        "I1": True,
        "I2": False,
        "I4": None,
    }
    assert promises["I2"]["looked_at"]["orders"] == 2
    assert len(promises["I2"]["violations"]) == 2


async def test_only_what_is_asked_for_is_looked_at(owner: asyncpg.Connection) -> None:
    await owner.execute(WITHOUT_LINES, 1)
    assert await asyncio.to_thread(main, ["--only", "I1"]) == 0


async def test_it_waits_for_rest(owner: asyncpg.Connection) -> None:
    await owner.execute(WITHOUT_LINES, 1)
    waiting = asyncio.create_task(asyncio.to_thread(main, ["--wait", "30", "--json"]))
    await asyncio.sleep(0.5)
    await owner.execute("delete from bookings.orders")
    assert await waiting == 0


async def test_more_than_anybody_reads_is_cut_short(
    owner: asyncpg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    await owner.execute(WITHOUT_LINES, 1500)
    assert await asyncio.to_thread(main, ["--only", "I2"]) == 1
    assert "at least 1000 violations" in capsys.readouterr().out


async def test_without_a_database_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(URL_VARIABLE, NOWHERE)
    assert await asyncio.to_thread(main, []) == 2
    assert "127.0.0.1" in capsys.readouterr().err
    monkeypatch.delenv(URL_VARIABLE)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert await asyncio.to_thread(main, []) == 2
    assert "No stack runs on" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--only", "I9"], ["--wait", "long"], ["--what"]])
def test_nonsense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == 2
    assert "usage:" in capsys.readouterr().err
