"""Tell accounts what has to come to its end before a person can be forgotten."""

from typing import Final

from aiohttp import web

from shared.db import acquire, fetch_one
from shared.http.access import may
from shared.http.keys import DATABASE
from shared.http.people import PersonObligations, PersonPath
from shared.http.route import route

COUNT_LIVE: Final = """
select count(*)::integer as live_orders
from orders
where account_id = $1
    and (
        state = 'held' and hold_expires_at > now()
        or state = 'confirmed' and exists (
            select from order_lines
            where order_lines.order_id = orders.order_id
                and claim_state <> 'released' and ends_at > now()
        )
    )
"""


@route("GET", "/v1/people/{account_id}/obligations", access=may("service.person_data"))
async def show_person_obligations(request: web.Request, path: PersonPath) -> PersonObligations:
    """Count the orders of a person that are still to be paid or still to take place."""
    async with acquire(request.app[DATABASE]) as conn:
        return await fetch_one(conn, PersonObligations, COUNT_LIVE, path.account_id)
