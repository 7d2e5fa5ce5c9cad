"""Violations of I1 and I3, and which statement has to find each."""

from typing import Final

from deploy.verify import seats, tickets
from tests.bookings.proof.plantings import seat, ticket

SEATS: Final = {
    "a place leaked": seat(
        "update pools set taken = taken + 1 from chosen where id = pool_id",
        seats.LEAKED,
        says="claimed",
    ),
    "a pool is gone": seat(
        "delete from pools using chosen where id = pool_id",
        seats.LEAKED,
        says="no such pool",
    ),
    "a kept place was given back": seat(
        """
        update order_lines set claim_state = 'released' from chosen where line_id = stay_id
        """,
        seats.LEAKED,
        "I2",
        "I3",
    ),
    "a change that waits claims what it shares": seat(
        """
        update order_lines
        set pool_ids = pool_ids || shared_pool_ids, quantities = quantities || shared_quantities
        from chosen
        where line_id = waiting_id
        """,
        seats.LEAKED,
    ),
    "a place was sold twice": seat(
        """
        alter table pools drop constraint pools_never_oversold;
        update pools set capacity = taken - 1, ceiling = taken - 1 from chosen where id = pool_id
        """,
        seats.OVERSOLD,
    ),
    "a ceiling is above what is taken": seat(
        "update pools set ceiling = capacity + 3 from chosen where id = pool_id", seats.OVERSOLD
    ),
    "a ceiling is below the capacity": seat(
        """
        alter table pools drop constraint pools_ceiling_check;
        update pools set ceiling = taken from chosen where id = pool_id
        """,
        seats.OVERSOLD,
    ),
    "a line was sold in what is shut": seat(
        """
        insert into closures (
            closure_id, ordered_by, village_ids, venue_ids, offering_ids, kinds, closed_from,
            closed_until, cause, orders, reason, obeyed_at
        )
        select
            uuidv7(), 'office', '{}', array[venue_id], '{}', '{}', starts_at, ends_at, 'disaster',
            'cancel', '{}', placed_at - interval '1 minute'
        from order_lines
        join orders using (order_id)
        cross join chosen
        where line_id = stay_id
        """,
        seats.SOLD_WHILE_CLOSED,
        says="after closure",
    ),
    "a slot is marked closed that no closure covers": seat(
        """
        update slots set closed = true
        where slot_id = (select slot_id from slots where ends_at > now() limit 1)
        """,
        seats.MARKS,
        says="is marked",
    ),
    "a line claims nothing": seat(
        """
        update order_lines
        set pool_ids = pool_ids || pool_id, quantities = quantities || 0
        from chosen
        where line_id = stay_id
        """,
        seats.CLAIMS_OF_NOTHING,
    ),
    "places are withheld for long": seat(
        """
        update pools
        set held_back = 1, held_back_until = now() + interval '1 hour'
        from chosen
        where id = pool_id
        """,
        seats.WITHHELD,
    ),
    "places are withheld for nobody": seat(
        """
        update pools
        set held_back = 1, held_back_until = now() + interval '10 seconds'
        from chosen
        where id = pool_id
        """,
        seats.WITHHELD,
    ),
    "a waiter is not counted": seat(
        "update pools set waiters = waiters - 1 where waiters > 0", seats.WAITERS, says="waiters"
    ),
    "who waits no longer is counted": seat(
        """
        update waitlist_entries
        set state = 'withdrawn', ended_at = now(), contact_sealed = null, order_id = null
        where state = 'waiting'
        """,
        seats.WAITERS,
        says="still wishes",
    ),
    "an offer without an entry": seat(
        "update waitlist_entries set state = 'waiting', order_id = null", seats.OFFERS
    ),
    "an entry without an offer": seat(
        "update waitlist_offers set outcome = 'lapsed', decided_at = now()", seats.OFFERS
    ),
    "nobody noted that a pool is full": seat(
        "update pools set level = 'full' from chosen where id = pool_id", seats.LEVELS
    ),
}

TICKETS: Final = {
    "a cancelled line kept its tickets": ticket(
        """
        alter table order_lines drop constraint order_lines_left_is_released;
        update order_lines set claim_state = 'kept' from chosen where line_id = cancelled_id
        """,
        tickets.STATES,
        "I1",
    ),
    "an expired order kept its tickets": ticket(
        "update orders set state = 'expired' where state = 'held'", tickets.STATES
    ),
    "a change gave tickets before it was paid": ticket(
        "update order_lines set claim_state = 'kept' from chosen where line_id = waiting_id",
        tickets.STATES,
        "I2",
    ),
    "a ticket too many": ticket(
        "update order_lines set units = units + 1 from chosen where line_id = visited_id",
        tickets.UNITS,
    ),
    "a pitch too many": ticket(
        "update order_lines set units = persons + 1 from chosen where line_id = stay_id",
        tickets.UNITS,
    ),
    "a person too many": ticket(
        """
        update order_lines set persons = persons + 1, units = units + 1
        from chosen where line_id = visited_id
        """,
        tickets.UNITS,
        says="were asked for",
    ),
    "nothing came in the place of what was changed": ticket(
        """
        update order_lines set replaces_line_id = null
        from chosen where replaces_line_id = changed_id
        """,
        tickets.REPLACED,
    ),
    "what was changed stands as well": ticket(
        """
        update order_lines set left_as = null, left_at = null
        from chosen where line_id = changed_id
        """,
        tickets.REPLACED,
        "I2",
    ),
    "a ticket came in that there is not": ticket(
        "update check_ins set ordinal = 4; update scans set ordinal = 4",
        tickets.CHECK_INS,
        says="checked in, of 3",
    ),
    "somebody came by a line that was cancelled": ticket(
        """
        update check_ins set line_id = cancelled_id from chosen;
        update scans set line_id = cancelled_id from chosen where outcome = 'admitted'
        """,
        tickets.CHECK_INS,
        says="(line cancelled)",
    ),
    "more people came than were booked": ticket(
        "update check_ins set persons = 4",
        tickets.CHECK_INS,
        says="people came",
    ),
    "an order was completed without anybody": ticket(
        """
        update orders set state = 'completed'
        where state = 'confirmed' and payment_method = 'sandbox'
            and order_id not in (
                select order_id from order_lines join chosen on line_id = waiting_id
            )
        """,
        tickets.CHECK_INS,
        says="nobody came",
    ),
    "somebody was admitted and not checked in": ticket("delete from check_ins", tickets.SCANS),
    "a check-in that no scan tells of": ticket("delete from scans", tickets.SCANS),
    "a check-in by another scan": ticket("update check_ins set scan_id = uuidv7()", tickets.SCANS),
}
