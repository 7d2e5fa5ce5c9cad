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
