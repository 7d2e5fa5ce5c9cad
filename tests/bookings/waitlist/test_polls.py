"""What is looked for all the time reads little of a long line, and misses nobody in it."""

from typing import Final

import asyncpg
import pytest

from services.bookings.jobs.offer_places import FIND_DECIDED
from services.bookings.jobs.replan_wishes import FIND_OUTDATED, replan_wishes
from services.bookings.waiting.rounds import FIND_FITTING
from shared.db import transaction
from tests.bookings.village import POTTERY
from tests.bookings.waitlist.waiting import give_back, look_around, sell_out, wait
from tests.bookings.world import Bookings
from tests.conftest import Connect
from tests.support.databases import Clone

OUTDATED: Final = """
select count(*)
from waitlist_wishes
join offerings using (offering_id)
where waitlist_wishes.edition <> offerings.edition
"""


# Plans of empty tables say nothing.
LONG_LINE: Final = """
set session_replication_role = replica;
insert into bookings.waitlist_entries (
    entry_id, account_id, offering_id, tickets, persons, contact_sealed, keep_waiting,
    accepts_no_refund
)
select
    gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '{"adult": 1}', 1, '', false, false
from generate_series(1, 3000);
insert into bookings.waitlist_wishes (
    entry_id, position, account_id, offering_id, starts_at, begins_at, bookable_until, edition,
    slot_ids, slots_version, choices, most_places, own_pools, pool_ids
)
select
    entry_id, 0, account_id, offering_id, moment, moment, moment, 1,
    '{}', 0, '[]', 1, array[1000 + place], array[1000 + place]
from bookings.waitlist_entries
cross join (select now() + interval '9 days' as moment) as later;
analyze bookings.waitlist_entries, bookings.waitlist_wishes;
"""


@pytest.mark.fresh
@pytest.mark.parametrize(
    ("statement", "arguments", "index"),
    [
        (FIND_DECIDED, (), "waitlist_entries_offered_index"),
        (FIND_FITTING, (0, 100), "pools_waited_for_index"),
        (FIND_FITTING, (0, 100), "waitlist_wishes_own_pools_index"),
        (FIND_OUTDATED, (0, 100), "waitlist_entries_live_index"),
    ],
)
async def test_polls_read_by_an_index(
    database: Clone, connect: Connect, statement: str, arguments: tuple[int, ...], index: str
) -> None:
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(LONG_LINE)
    await owner.close()
    async with transaction(await connect("bookings")) as conn:
        await conn.execute("set local enable_seqscan = off")
        plan = await conn.fetch(f"explain {statement}", *arguments)
    assert index in "\n".join(row[0] for row in plan)


async def test_a_long_line_is_looked_through_page_by_page(
    bookings: Bookings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.bookings.waiting.rounds.PAGE", 2)
    order, _ = await sell_out(bookings, 6, 4)
    sizes = (1, 1, 1, 2, 3, 1, 1)
    waiters = [await wait(bookings, adults=size) for size in sizes]
    await give_back(bookings, order)
    await bookings.execute("update pools set held_back = 0")
    await look_around(bookings)
    states = [await waiter.state() for waiter in waiters]
    assert states == [*["offered"] * 4, "waiting", "offered", "waiting"]


async def test_each_run_looks_at_a_part_of_the_line_and_the_next_goes_on(
    bookings: Bookings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.bookings.jobs.replan_wishes.MOST", 2)
    await sell_out(bookings, 10)
    for _ in range(3):
        await wait(bookings)
    left = []
    for adult in (12900, 13000):
        await bookings.publish_offering(POTTERY, "session", {"adult": adult})
        for _ in range(2):
            await replan_wishes(bookings.client.app)
            left.append(await bookings.fetch(OUTDATED))
    assert left == [1, 0, 1, 0]
