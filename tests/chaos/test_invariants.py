"""Each promise's statement finds what breaks it: planted in a stack's real data, then undone."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

import asyncpg
import pytest

from deploy.verify.invariants import violations
from deploy.verify.notices import Letter, without_repetitions
from tests.chaos.journeys import Journeys
from tests.chaos.rest import at_rest, letters_of
from tests.stack.running import RunningStack

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

# A used pool, a line that counts, an event that was heard: what the statements below change.
CHOOSE: Final = """
create temporary table chosen on commit drop as
select
    (select id from bookings.pools where taken > 1 limit 1) as pool_id,
    (
        select line_id from bookings.order_lines
        where claim_state = 'kept' and price_fen > 0
        limit 1
    ) as line_id,
    (select id from bookings.outbox where type = 'order.confirmed.v1' limit 1) as event_id
"""
PARTS: Final = "select id from notifications.deliveries where subject_id is not null"
# What is planted, and which promises it breaks.
PLANTED: Final = {
    "a place leaked": (
        """
        set local search_path = bookings, extensions, pg_temp;
        update pools set taken = taken + 1 where id = (select pool_id from chosen)
        """,
        {"I1"},
    ),
    "a place was sold twice": (
        """
        set local session_replication_role = replica;
        alter table bookings.pools drop constraint pools_never_oversold;
        update bookings.pools set capacity = taken - 1, ceiling = taken - 1
        where id = (select pool_id from chosen)
        """,
        {"I1"},
    ),
    "a kept place was given back": (
        """
        update bookings.order_lines set claim_state = 'released'
        where line_id = (select line_id from chosen)
        """,
        {"I1", "I2", "I3", "I6"},
    ),
    "places are withheld for nobody": (
        """
        update bookings.pools set held_back = 1, held_back_until = now() + interval '10 seconds'
        where id = (select pool_id from chosen)
        """,
        {"I1"},
    ),
    "a sale is not in the books": (
        """
        set local session_replication_role = replica;
        delete from bookings.ledger_movements
        where kind = 'sale' and line_id = (select line_id from chosen)
        """,
        {"I2"},
    ),
    "a sale is in another operator's books": (
        """
        set local session_replication_role = replica;
        update bookings.ledger_movements set organisation_id = uuidv7()
        where line_id = (select line_id from chosen)
        """,
        {"I2"},
    ),
    "a breakdown does not add up": (
        """
        update bookings.order_lines set breakdown = breakdown || breakdown
        where line_id = (select line_id from chosen)
        """,
        {"I2"},
    ),
    "a ticket too many": (
        """
        update bookings.order_lines set units = persons + 1
        where line_id = (select line_id from chosen)
        """,
        {"I3"},
    ),
    "an order changed and nobody was told": (
        """
        update bookings.orders set version = version + 1
        where order_id = (select order_id from bookings.orders limit 1)
        """,
        {"I5"},
    ),
    "a price changed": (
        """
        update bookings.orders set total_fen = total_fen + 1
        where order_id = (select order_id from bookings.orders limit 1)
        """,
        {"I2"},
    ),
    "a ticket too many came in": (
        """
        insert into bookings.check_ins (line_id, ordinal, persons, checked_in_by)
        select line_id, units + 1, 1, line_id
        from chosen join bookings.order_lines using (line_id)
        """,
        {"I3", "I6"},
    ),
    "an event was not sent": (
        "update bookings.outbox set sent_at = null where id = (select event_id from chosen)",
        {"I5"},
    ),
    "an event was lost": (
        "delete from statistics.inbox where event_id = (select event_id from chosen)",
        {"I5"},
    ),
    "an event came from nowhere": (
        "insert into statistics.inbox (consumer, event_id) values ('statistics', uuidv7())",
        {"I5"},
    ),
    "an aggregate skipped a version": (
        "update bookings.outbox set version = 1000 where version = 3",
        {"I5"},
    ),
    "an event could not be read": (
        """
        insert into statistics.dead_letters
            (id, consumer, topic, partition, log_offset, message_value, reason, tries)
        values (uuidv7(), 'statistics', 'bookings.order', 0, 0, 'x', 'planted', 5)
        """,
        {"I5"},
    ),
    "a visit was counted twice": (
        """
        update statistics.visits_daily set booked = booked + 1
        where (day, venue_id, kind) = (
            select day, venue_id, kind from statistics.visits_daily where booked > 0 limit 1
        )
        """,
        {"I6"},
    ),
    "visits were not counted": (
        """
        delete from statistics.visits_daily
        where day = (select max(day) from bookings.past_visits)
        """,
        {"I6"},
    ),
}


@pytest.fixture(scope="module")
async def letters(chaos_stack: RunningStack) -> list[Letter]:
    await Journeys(chaos_stack).until_one_passes(60.0)
    await at_rest(chaos_stack)
    return without_repetitions(letters_of(chaos_stack))


@pytest.fixture
async def conn(
    chaos_stack: RunningStack, letters: list[Letter]
) -> AsyncIterator[asyncpg.Connection]:
    """Give a transaction in which nothing is wrong, and which leaves no trace."""
    connected = await asyncpg.connect(chaos_stack.database_url)
    undone = connected.transaction(isolation="repeatable_read")
    await undone.start()
    try:
        assert await violations(connected, letters) == {}
        await connected.execute(CHOOSE)
        yield connected
    finally:
        await undone.rollback()
        await connected.close()


@pytest.mark.parametrize("planted", PLANTED)
async def test_a_planted_violation_is_found(
    conn: asyncpg.Connection, letters: list[Letter], planted: str
) -> None:
    statement, broken = PLANTED[planted]
    await conn.execute(statement)
    assert (await violations(conn, letters)).keys() == broken


async def test_a_letter_too_few_too_many_or_astray_is_found(
    conn: asyncpg.Connection, letters: list[Letter]
) -> None:
    first = next(letter for letter in letters if letter.order_code)
    others = [letter for letter in letters if letter != first]
    astray = replace(first, order_code="0000-0000")
    unowed = replace(first, delivery_id="00000000-0000-7000-8000-000000000000")
    for wrong in (others, [first, *letters], [astray, *others], [unowed, *letters]):
        assert (await violations(conn, wrong)).keys() == {"I4"}


async def test_a_letter_about_a_part_of_an_order_is_missed(
    conn: asyncpg.Connection, letters: list[Letter]
) -> None:
    parts = await conn.fetch(PARTS)
    assert parts
    for row in parts:
        others = [letter for letter in letters if letter.delivery_id != str(row["id"])]
        assert len(others) == len(letters) - 1
        assert (await violations(conn, others)).keys() == {"I4"}
