from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict

from shared.core.localized import LocalizedText
from shared.core.money import Fen, Money
from shared.db import Database, acquire, fetch_all, fetch_first, fetch_one


class Kind(StrEnum):
    STAY = "stay"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Offering:
    id: UUID
    name: LocalizedText
    kind: Kind
    price: Money
    deposit: Money | None
    weekdays: tuple[int, ...]
    payment: Literal["free", "on_site"]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    left: int
    right: str


@dataclass(frozen=True, slots=True)
class Day:
    day: date


class View(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
    kind: Kind
    fen: Fen
    names: tuple[str, ...]
    name: LocalizedText


OFFERING = """
    select 'stay' as kind, '01890a5d-ac96-774b-bcce-b302099a8057'::uuid as id,
        $1::jsonb as name, 12800::bigint as price, null::bigint as deposit,
        array[6, 7] as weekdays, 'free' as payment
"""
NAME = LocalizedText(zh="溪边露营", en="Camping by the stream")


async def test_values_become_what_the_fields_say(pool: Database) -> None:
    async with acquire(pool) as conn:
        found = await fetch_one(conn, Offering, OFFERING, NAME)
    assert found == Offering(
        id=UUID("01890a5d-ac96-774b-bcce-b302099a8057"),
        name=NAME,
        kind=Kind.STAY,
        price=Money(12800),
        deposit=None,
        weekdays=(6, 7),
        payment="free",
    )


async def test_columns_are_mapped_by_name(pool: Database) -> None:
    async with acquire(pool) as conn:
        assert await fetch_all(conn, Pair, "select 'r' as right, 1 as left") == [Pair(1, "r")]
        assert await fetch_all(conn, Pair, "select 1 as left, 'r' as right") == [Pair(1, "r")]
        assert await fetch_all(conn, Day, "select date '2026-10-10' as day") == [
            Day(date(2026, 10, 10))
        ]


async def test_a_pydantic_model_is_built_from_our_own_rows(pool: Database) -> None:
    sql = "select 'session' as kind, 500::bigint as fen, array['a'] as names, $1::jsonb as name"
    async with acquire(pool) as conn:
        found = await fetch_first(conn, View, sql, NAME)
    assert found == View(kind=Kind.SESSION, fen=500, names=("a",), name=NAME)


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 as left",
        "select 1 as left, '' as right, 2 as extra",
        "select 1 as left, 2 as left",
    ],
)
async def test_other_columns_than_fields_are_refused(pool: Database, sql: str) -> None:
    async with acquire(pool) as conn:
        with pytest.raises(TypeError, match="Pair"):
            await fetch_all(conn, Pair, sql)


async def test_no_row_is_none_or_an_error_or_an_empty_list(pool: Database) -> None:
    sql = "select 1 as left, '' as right where false"
    async with acquire(pool) as conn:
        assert await fetch_first(conn, Pair, sql) is None
        assert await fetch_all(conn, Pair, sql) == []
        with pytest.raises(LookupError):
            await fetch_one(conn, Pair, sql)


async def test_jsonb_carries_python_values_both_ways(pool: Database) -> None:
    value = {"zh": "嘉溪村", "list": [1, None, 2.5, True], "nested": {"a": {}}}
    async with acquire(pool) as conn:
        assert await conn.fetchval("select $1::jsonb", value) == value
        assert await conn.fetchval("select $1::jsonb ->> 'zh'", value) == "嘉溪村"


async def test_a_day_in_sql_is_the_day_in_the_villages(pool: Database) -> None:
    late = datetime(2026, 10, 9, 17, 0, tzinfo=UTC)
    async with acquire(pool) as conn:
        assert await conn.fetchval("select $1::timestamptz::date", late) == date(2026, 10, 10)
        assert await conn.fetchval("select $1::timestamptz", late) == late
