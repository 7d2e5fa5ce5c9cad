"""A closure of very many slots is obeyed whole, in one transaction of many short statements."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from services.bookings.closures import obeying
from tests.bookings.closures.closing import Closing, later
from tests.bookings.village import NEXT_WEEK, POTTERY, WALK, at, pottery
from tests.bookings.world import Bookings

# So many that one statement over all of them would run into its time limit.
PLANTED_AT_ONCE: Final = 10_000
MANY: Final = 3 * PLANTED_AT_ONCE
DAYS: Final = 80

# A quarter of the planted slots has a second pool, as a café's tables of another size.
PLANT: Final = """
with planted as (
    insert into slots (
        slot_id, offering_id, venue_id, village_id, day, starts_at, ends_at, own_pools,
        around_pools, sold_until, on_sale, version, kind
    )
    select
        gen_random_uuid(), $4, model.venue_id, model.village_id,
        model.day + shift.days, model.starts_at + shift.days * interval '1 day',
        model.ends_at + shift.days * interval '1 day', model.own_pools, model.around_pools,
        model.sold_until + shift.days * interval '1 day', true, 1, model.kind
    from slots as model
    cross join lateral (
        select number % $3 as days from generate_series(0, $2 - 1) as number
    ) as shift
    where model.slot_id = $1
    returning slot_id, day
),
numbered as (
    select slot_id, day, row_number() over (order by slot_id) as number from planted
)
insert into pools (scope, subject_id, day, option, capacity, ceiling)
select 'slot', slot_id, day, option, 4, 4
from numbered
cross join lateral unnest(
    case when number % 4 = 0 then array['2', '4'] else array[''] end
) as option
"""


async def plant(bookings: Bookings) -> None:
    slot_id: UUID = bookings.slots[POTTERY, at(NEXT_WEEK, 14)]
    for _ in range(MANY // PLANTED_AT_ONCE):
        await bookings.execute(PLANT, slot_id, PLANTED_AT_ONCE, DAYS, WALK)
    await bookings.execute("analyze slots")


async def test_a_closure_of_very_many_slots_is_obeyed_and_lifted_whole(
    bookings: Bookings, closing: Closing
) -> None:
    await plant(bookings)
    assert MANY > 10 * obeying.PAGE
    until = at(NEXT_WEEK + timedelta(days=DAYS), 0)
    closure_id = await closing.close(closed_until=until)
    assert await closing.closed_slots() == MANY + 4
    answer = await bookings.order(pottery(), payment_method="on_site")
    assert (answer.status, answer.code) == (409, "slot_closed")

    half = MANY // 2
    await closing.lift(closure_id, kinds=("session",), open_from=later(DAYS // 2))
    assert await closing.closed_slots() == half + 4
    await closing.lift(closure_id)
    assert await closing.closed_slots() == 0
    assert (await bookings.order(pottery(), payment_method="on_site")).status == 201
