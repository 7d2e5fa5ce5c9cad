"""The whole list against the plainest model of it, and against everybody at once."""

import asyncio
import random

import pytest

from services.bookings.jobs.offer_places import offer_places
from services.bookings.waiting import released
from shared.core.ids import new_id
from shared.db import transaction
from tests.bookings.village import NEXT_WEEK, POTTERY, at, pottery
from tests.bookings.waitlist.waiting import (
    Waiter,
    buy,
    give_back,
    join,
    pass_on,
    sell,
    sell_out,
    wait,
)
from tests.bookings.world import Bookings

# As placing an order locks the account whose orders it counts.
LOCK_LIMITS = "select pg_advisory_xact_lock(hashtextextended('bookings.limits ' || $1, 0))"


class Line:
    """Who is served, told by the plainest means: one after the other, whoever fits."""

    def __init__(self) -> None:
        self.waiting: dict[int, int] = {}
        self.reasons: dict[int, set[tuple[int, int]]] = {}

    def serve(self, places: int) -> int:
        """Serve from the places that came free; return what is left for the public."""
        for number, size in list(self.waiting.items()):
            if size <= places:
                places -= size
                del self.waiting[number]
            else:
                self.reasons.setdefault(number, set()).add((places, size))
        return places


@pytest.mark.parametrize("seed", range(12))
async def test_the_list_serves_as_a_plain_model_of_it_would(bookings: Bookings, seed: int) -> None:
    chance = random.Random(seed)
    sizes = [chance.randint(1, 5) for _ in range(8)]
    await bookings.publish_slot(POTTERY, at(NEXT_WEEK, 14), sum(sizes))
    orders = await sell(bookings, *(pottery(adult=size) for size in sizes))
    sold = dict(zip(orders, sizes, strict=True))
    line, waiters = Line(), list[Waiter]()
    for _ in range(14):
        if not sold or chance.random() < 0.5:
            size = chance.randint(1, 6)
            line.waiting[len(waiters)] = size
            waiters.append(await wait(bookings, adults=size))
            continue
        order = chance.choice(list(sold))
        left = line.serve(sold.pop(order))
        await give_back(bookings, order)
        assert not waiters or (await buy(bookings)).status == 409
        await pass_on(bookings)
        if left:
            # What is left is the public's, all of it and no more.
            [bought] = await sell(bookings, pottery(adult=left))
            sold[bought] = left
        assert (await buy(bookings)).status == 409
    for number, waiter in enumerate(waiters):
        entry = await waiter.look()
        assert entry["state"] == ("waiting" if number in line.waiting else "offered")
        assert entry["rank"] == (
            sum(ahead < number for ahead in line.waiting) if number in line.waiting else None
        )
        shown = {
            (skip["places_free"], skip["places_needed"])
            for skip in entry["skips"]
            if skip["reason"] == "party_larger_than_free"
        }
        assert shown == line.reasons.get(number, set())


async def test_a_crowd_gets_nothing_that_those_who_wait_should_have(bookings: Bookings) -> None:
    orders = await sell_out(bookings, 2, 2, 2, 2, 2)
    waiters = [await wait(bookings) for _ in range(6)]
    over = asyncio.Event()

    async def keep_offering() -> None:
        while not over.is_set():
            await offer_places(bookings.client.app)
            await asyncio.sleep(0.01)

    async def keep_buying() -> int:
        bought = 0
        while not over.is_set():
            bought += (await buy(bookings)).status == 201
        return bought

    async def keep_giving_back() -> None:
        for order in orders:
            await give_back(bookings, order)
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
        over.set()

    *_, first, second, third, _ = await asyncio.gather(
        keep_offering(), keep_offering(), *(keep_buying() for _ in range(3)), keep_giving_back()
    )
    assert (first, second, third) == (0, 0, 0)
    states = [await waiter.state() for waiter in waiters]
    assert states == ["offered"] * 5 + ["waiting"]


async def test_a_crowd_gets_what_those_who_wait_can_not_use(bookings: Bookings) -> None:
    orders = await sell_out(bookings, 3, 3, 4)
    await wait(bookings, adults=2)
    await wait(bookings, adults=5)
    bought = asyncio.gather(*(buy_in_the_end(bookings) for _ in range(4)))
    await give_back(bookings, orders[0])
    for _ in range(5):
        await asyncio.sleep(0.02)
        await pass_on(bookings)
    # Of three places two are offered; five people can't use the third, so one of four gets it.
    assert sum(await bought) == 1


async def buy_in_the_end(bookings: Bookings) -> bool:
    for _ in range(30):
        if (await buy(bookings)).status == 201:
            return True
        await asyncio.sleep(0.02)
    return False


async def test_whatever_gives_places_back_wakes_the_list(bookings: Bookings) -> None:
    [order, _] = await sell_out(bookings, 2, 8)
    alarm = released.new_alarm()
    assert not alarm.is_set()
    await give_back(bookings, order)
    assert alarm.is_set()


async def test_who_joins_while_a_round_waits_for_its_locks_is_part_of_it(
    bookings: Bookings,
) -> None:
    *_, order = await sell_out(bookings, 8, 2)
    family = await wait(bookings, adults=5)
    await give_back(bookings, order)
    async with transaction(bookings.database) as conn:
        await conn.execute("select 1 from pools order by id for update")
        joining = asyncio.create_task(wait(bookings))
        await asyncio.sleep(0.2)
        round_ = asyncio.create_task(pass_on(bookings))
        await asyncio.sleep(0.2)
    couple = await joining
    await round_
    assert [await one.state() for one in (family, couple)] == ["waiting", "offered"]


async def test_a_party_that_is_just_buying_something_else_is_served_a_moment_later(
    bookings: Bookings,
) -> None:
    *_, order = await sell_out(bookings, 8, 2)
    account_id = new_id()
    token = bookings.tokens.person(account_id)
    joined = await join(bookings, token=token)
    await give_back(bookings, order)
    async with transaction(bookings.database) as conn:
        await conn.execute(LOCK_LIMITS, str(account_id))
        round_ = asyncio.create_task(pass_on(bookings))
        await asyncio.sleep(0.2)
        assert not round_.done()
        assert (await buy(bookings)).status == 409
    await round_
    waiter = Waiter(bookings, token, joined.json["entry_id"])
    assert await waiter.state() == "offered"
