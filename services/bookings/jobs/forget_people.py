"""Forget what erased accounts did by a token that was good for some seconds more."""

from typing import Final

from aiohttp import web

from services.bookings.forgetting import forget_person
from shared.db import acquire, transaction
from shared.http.keys import DATABASE

FIND_LATE: Final = """
select account_id
from erased_accounts
where exists (
        select from orders
        where orders.account_id = erased_accounts.account_id and contact_sealed <> ''
    )
    or exists (
        select from waitlist_entries as entry
        where entry.account_id = erased_accounts.account_id and state = 'waiting'
    )
    or exists (
        select from contact_reads
        where contact_reads.account_id = erased_accounts.account_id and note is not null
    )
limit 500
"""


async def forget_people(app: web.Application) -> None:
    """Forget once more whoever booked, waited or was read of after they were forgotten."""
    async with acquire(app[DATABASE]) as conn:
        late = [row["account_id"] for row in await conn.fetch(FIND_LATE)]
    for account_id in late:
        async with transaction(app[DATABASE]) as conn:
            await forget_person(conn, account_id)
