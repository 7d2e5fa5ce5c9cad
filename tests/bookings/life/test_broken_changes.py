"""A change that is broken keeps no other one's places."""

from typing import Final

from structlog.testing import capture_logs

from services.bookings.jobs.lapse_changes import lapse_changes
from tests.bookings.life.stage import Life, line_of
from tests.bookings.village import NEXT_WEEK, POTTERY, at, camping, pottery

END_WAIT: Final = """
update order_lines set held_until = now() - interval '1 s' where held_until is not null
"""
# Of the slot of nine o'clock nothing seems to be taken that could be given back.
BREAK: Final = "update pools set taken = 0 where scope = 'slot' and subject_id = $1"
REPAIR: Final = "update pools set taken = 2 where scope = 'slot' and subject_id = $1"
PENDING: Final = """
select line_id::text from order_lines where held_until is not null and claim_state = 'held'
"""


async def test_of_changes_that_nobody_paid_for_a_broken_one_is_left(life: Life) -> None:
    changes = []
    nine = await life.bookings.publish_slot(POTTERY, at(NEXT_WEEK, 9), 10)
    for hour in (9, 14, 14):
        order = await life.paid(pottery(hour=hour, adult=1), camping())
        answer = await life.change(order["order_id"], line_of(order), tickets={"adult": 2})
        changes.append(str(answer.json["line_id"]))
    await life.bookings.execute(END_WAIT)
    await life.bookings.execute(BREAK, nine)
    with capture_logs() as logs:
        await lapse_changes(life.bookings.client.app)
    stuck = [entry.get("line_id") for entry in logs if entry["event"] == "order.change_stuck"]
    assert stuck == changes[:1]
    assert [row[0] for row in await life.bookings.fetch_rows(PENDING)] == changes[:1]
    await life.bookings.execute(REPAIR, nine)
    await lapse_changes(life.bookings.client.app)
    assert await life.bookings.fetch_rows(PENDING) == []
