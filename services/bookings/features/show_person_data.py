"""Tell accounts all that is held here about one person, for the archive that they take away."""

from typing import Any, Final
from uuid import UUID

from aiohttp import web

from services.bookings.keys import CONTACT_SEALER
from services.bookings.views import open_contact
from shared.core.sealing import Sealer
from shared.db import Connection, transaction
from shared.http.access import may
from shared.http.keys import DATABASE
from shared.http.people import MOST_ITEMS, PersonData, PersonPath, PersonSection, person_section
from shared.http.route import route

ORDERS: Final = """
select
    order_id, code, state, total_fen, accepted_payment, payment_method, placed_at, confirmed_at,
    cancelled_at, contact_sealed
from orders
where account_id = $1
order by order_id desc
limit $2
"""
ORDER_LINES: Final = """
select
    order_id, line_id, offering_name, venue_name, village_name, kind, day, nights, starts_at,
    ends_at, tickets, persons, units, price_fen, claim_state as state, left_as
from order_lines
join orders using (order_id)
where account_id = $1
order by order_id desc, position
limit $2
"""
PAYMENTS: Final = """
select order_id, method, amount_fen, payments.state, started_at, captured_at, refunded_fen
from payments
join orders using (order_id)
where account_id = $1
order by order_id desc, payment_id
limit $2
"""
CHECK_INS: Final = """
select order_id, line_id, ordinal, check_ins.persons, checked_in_at, check_ins.left_at
from check_ins
join order_lines using (line_id)
join orders using (order_id)
where account_id = $1
order by order_id desc, line_id, ordinal
limit $2
"""
WAITLIST: Final = """
select entry_id, offering_id, tickets, option, persons, state, joined_at, ended_at, contact_sealed
from waitlist_entries
where account_id = $1
order by entry_id desc
limit $2
"""
WAITLIST_WISHES: Final = """
select entry_id, offering_id, begins_at, nights, bookable_until
from waitlist_wishes
where account_id = $1
order by entry_id desc, begins_at
limit $2
"""
# Of one's own orders, and what one did at work: what stands there about others is left out.
ASSISTED_ORDERS: Final = """
select order_id, assisted_orders.role, placed_at, placed_by = $1 as by_me
from assisted_orders
join orders using (order_id)
where placed_by = $1 or account_id = $1
order by order_id desc
limit $2
"""
LINE_CANCELLATIONS: Final = """
select
    order_id, line_id, cause, line_cancellations.cancelled_at, reason, percent, refund_fen,
    fee_fen, cancelled_by = $1 as by_me
from line_cancellations
join orders using (order_id)
where account_id = $1
union all
select order_id, line_id, cause, line_cancellations.cancelled_at, null, null, null, null, true
from line_cancellations
join orders using (order_id)
where cancelled_by = $1 and account_id <> $1
order by order_id desc, line_id
limit $2
"""
SCANS: Final = """
select
    line_id, ordinal, scans.venue_id, gate, direction, scanned_at, outcome, scanned_by = $1 as by_me
from scans
join order_lines using (line_id)
join orders using (order_id)
where account_id = $1
union all
select line_id, ordinal, scans.venue_id, gate, direction, scanned_at, outcome, true
from scans
join order_lines using (line_id)
join orders using (order_id)
where scanned_by = $1 and account_id <> $1
order by scanned_at desc
limit $2
"""
CASH_RECEIPTS: Final = """
select order_id, line_id, amount_fen, received_at, received_by = $1 as by_me
from cash_receipts
join orders using (order_id)
where account_id = $1
union all
select order_id, line_id, amount_fen, received_at, true
from cash_receipts
join orders using (order_id)
where received_by = $1 and account_id <> $1
order by received_at desc
limit $2
"""
CLOSURES: Final = """
select closure_id, order_id, told_at, acknowledged_at
from closure_notices
where account_id = $1
order by notice_id desc
limit $2
"""
READS_OF_MY_DATA: Final = """
select order_id, venue_id, reader, reason, note, read_at
from contact_reads
where account_id = $1
order by read_at desc
limit $2
"""
SECTIONS: Final = {
    "orders": ORDERS,
    "order_lines": ORDER_LINES,
    "payments": PAYMENTS,
    "check_ins": CHECK_INS,
    "waitlist": WAITLIST,
    "waitlist_wishes": WAITLIST_WISHES,
    "assisted_orders": ASSISTED_ORDERS,
    "line_cancellations": LINE_CANCELLATIONS,
    "scans": SCANS,
    "cash_receipts": CASH_RECEIPTS,
    "closures": CLOSURES,
    "reads_of_my_data": READS_OF_MY_DATA,
}


@route("GET", "/v1/people/{account_id}/data", access=may("service.person_data"))
async def show_person_data(request: web.Request, path: PersonPath) -> PersonData:
    """Tell what is held about a person: orders, payments, check-ins, waiting, and who read it.

    Of each kind the latest 5,000; contacts are opened, because the person asks.
    """
    sealer = request.app[CONTACT_SEALER]
    async with transaction(request.app[DATABASE], one_moment=True) as conn:
        sections = [
            await _section(conn, sealer, name, statement, path.account_id)
            for name, statement in SECTIONS.items()
        ]
    return PersonData(service="bookings", sections=sections)


async def _section(
    conn: Connection, sealer: Sealer, name: str, statement: str, account_id: UUID
) -> PersonSection:
    rows = await conn.fetch(statement, account_id, MOST_ITEMS + 1)
    return person_section(name, [_opened(dict(row), sealer) for row in rows])


def _opened(item: dict[str, Any], sealer: Sealer) -> dict[str, Any]:
    sealed = item.pop("contact_sealed", None)
    if sealed is not None:
        contact = open_contact(sealed, sealer)
        item |= {"contact_name": contact.name, "contact_phone": contact.phone}
    return item
