"""The engine on a real database: exactly what there is gets sold, whatever races."""

import asyncio
import random
from collections.abc import Iterable

import asyncpg
import pytest

from services.bookings import engine
from services.bookings.domain.claims import Claim
from shared.core.ids import new_id
from shared.db import Database, acquire, transaction
from tests.conftest import Connect

ADD_POOL = """
insert into pools (scope, subject_id, day, capacity, ceiling)
values ('slot', $1, '2026-11-28', $2, $2)
returning id
"""
LOWER = "update pools set capacity = $2, ceiling = greatest($2, taken) where id = $1"
TAKEN = "select taken from pools where id = $1"


@pytest.fixture
async def database(connect: Connect) -> Database:
    return await connect("bookings")


async def add_pool(database: Database, capacity: int) -> int:
    async with transaction(database) as conn:
        pool_id: int = await conn.fetchval(ADD_POOL, new_id(), capacity)
        return pool_id


async def taken(database: Database, pool_id: int) -> int:
    async with acquire(database) as conn:
        places: int = await conn.fetchval(TAKEN, pool_id)
        return places


async def take(database: Database, requests: list[Iterable[Claim]]) -> list[int]:
    """Take in one transaction; return the numbers of the refused requests."""
    async with transaction(database) as conn:
        return [refusal.request for refusal in await engine.take(conn, requests)]


async def test_what_fits_is_granted_whole(database: Database) -> None:
    pool_id = await add_pool(database, 10)
    assert await take(database, [[Claim(pool_id, 6)], [Claim(pool_id, 4)]]) == []
    assert await taken(database, pool_id) == 10


async def test_a_large_refused_request_does_not_refuse_the_smaller_ones_behind_it(
    database: Database,
) -> None:
    pool_id = await add_pool(database, 10)
    requests: list[Iterable[Claim]] = [
        [Claim(pool_id, 8)],
        [Claim(pool_id, 5)],
        [Claim(pool_id, 2)],
    ]
    assert await take(database, requests) == [1]
    assert await taken(database, pool_id) == 10


async def test_a_request_that_is_short_in_one_pool_takes_nothing_in_the_others(
    database: Database,
) -> None:
    plenty, scarce = await add_pool(database, 10), await add_pool(database, 1)
    async with transaction(database) as conn:
        [refusal] = await engine.take(conn, [[Claim(plenty, 2), Claim(scarce, 2)]])
    assert (refusal.short_pool_id, refusal.places_left) == (scarce, 1)
    assert (await taken(database, plenty), await taken(database, scarce)) == (0, 0)


async def test_a_pool_that_does_not_exist_refuses_everything(database: Database) -> None:
    pool_id = await add_pool(database, 10)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await take(database, [[Claim(pool_id, 1)], [Claim(4711, 1)]])
    assert await taken(database, pool_id) == 0


def granted_in_order(capacities: list[int], wishes: list[dict[int, int]]) -> list[int]:
    """Say by the plainest means which wishes are refused: one after the other, all or nothing."""
    left = dict(enumerate(capacities))
    refused = []
    for number, wish in enumerate(wishes):
        if all(left.get(place, 0) >= quantity for place, quantity in wish.items()):
            for place, quantity in wish.items():
                left[place] -= quantity
        else:
            refused.append(number)
    return refused


CASES = [
    (
        [generator.randint(0, 12) for _ in range(3)],
        [
            {place: generator.randint(1, 8) for place in generator.sample(range(3), k=size)}
            for size in generator.choices((1, 2, 3), k=8)
        ],
    )
    for generator in (random.Random(seed) for seed in range(60))
]


async def test_requests_are_granted_in_their_order_as_long_as_they_fit(database: Database) -> None:
    for capacities, wishes in CASES:
        pool_ids = [await add_pool(database, capacity) for capacity in capacities]
        requests: list[Iterable[Claim]] = [
            [Claim(pool_ids[place], quantity) for place, quantity in wish.items()]
            for wish in wishes
        ]
        assert await take(database, requests) == granted_in_order(capacities, wishes)


async def test_two_hundred_buyers_of_ten_seats_buy_exactly_ten(database: Database) -> None:
    pool_id = await add_pool(database, 10)
    refused = await asyncio.gather(*(take(database, [[Claim(pool_id, 1)]]) for _ in range(200)))
    assert sum(not numbers for numbers in refused) == 10
    assert await taken(database, pool_id) == 10


async def test_orders_that_take_pools_in_opposite_order_never_wait_in_a_circle(
    database: Database,
) -> None:
    first, second = await add_pool(database, 500), await add_pool(database, 500)
    there, back = [Claim(first, 1), Claim(second, 1)], [Claim(second, 1), Claim(first, 1)]
    refused = await asyncio.gather(
        *(take(database, [there if turn % 2 else back]) for turn in range(100))
    )
    assert refused == [[]] * 100
    assert (await taken(database, first), await taken(database, second)) == (100, 100)


async def test_without_the_lock_the_same_race_asks_for_more_than_there_is(
    database: Database,
) -> None:
    """The race is real: read, think and write without a lock, and only the constraint is left."""
    pool_id = await add_pool(database, 10)
    gate = asyncio.Barrier(5)

    async def buy_naively() -> bool:
        async with acquire(database) as conn:
            before = await conn.fetchval(TAKEN, pool_id)
            await gate.wait()
            assert before + 4 <= 10
            await conn.execute("update pools set taken = taken + 4 where id = $1", pool_id)
            return True

    outcomes = await asyncio.gather(*(buy_naively() for _ in range(5)), return_exceptions=True)
    refused = [error for error in outcomes if isinstance(error, asyncpg.CheckViolationError)]
    assert len(refused) == 3
    assert {error.constraint_name for error in refused} == {"pools_never_oversold"}
    assert await taken(database, pool_id) == 8


async def test_a_limit_below_what_is_taken_sells_nothing_and_throws_nobody_out(
    database: Database,
) -> None:
    pool_id = await add_pool(database, 10)
    await take(database, [[Claim(pool_id, 8)]])
    async with transaction(database) as conn:
        await conn.execute(LOWER, pool_id, 5)
    assert await taken(database, pool_id) == 8
    assert await take(database, [[Claim(pool_id, 1)]]) == [0]
    await give_back(database, pool_id, 2)
    assert await take(database, [[Claim(pool_id, 1)]]) == [0]
    await give_back(database, pool_id, 2)
    assert await take(database, [[Claim(pool_id, 1)]]) == []
    assert await take(database, [[Claim(pool_id, 1)]]) == [0]


async def give_back(database: Database, pool_id: int, places: int) -> None:
    async with transaction(database) as conn:
        await conn.execute("select release_places($1, $2)", [pool_id], [places])


async def test_more_can_never_be_given_back_than_was_taken(database: Database) -> None:
    pool_id = await add_pool(database, 10)
    with pytest.raises(asyncpg.CheckViolationError):
        await give_back(database, pool_id, 1)
