"""Forget what erased accounts did by a token that was good for some seconds more."""

from typing import Final

from aiohttp import web

from services.venues.forgetting import forget_person
from shared.db import acquire, transaction
from shared.http.keys import CLOCK, DATABASE

FIND_LATE: Final = """
select account_id
from erased_accounts
where exists (select from visits where visits.account_id = erased_accounts.account_id)
    or exists (select from reviews where reviews.account_id = erased_accounts.account_id)
limit 500
"""


async def forget_people(app: web.Application) -> None:
    """Forget once more whoever wrote a review, or was heard to have booked, after all that."""
    async with acquire(app[DATABASE]) as conn:
        late = [row["account_id"] for row in await conn.fetch(FIND_LATE)]
    for account_id in late:
        async with transaction(app[DATABASE]) as conn:
            await forget_person(conn, account_id, app[CLOCK].now())
