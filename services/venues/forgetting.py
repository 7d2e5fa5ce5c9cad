"""Forgetting people: nothing that they wrote or visited leads to them any more.

Decisions and history stay, under an id that leads to nobody (docs/domain.md rule 14).
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from shared.db import Connection

NOTE: Final = """
insert into erased_accounts (account_id) values ($1) on conflict (account_id) do nothing
"""
FORGET_ANSWERS: Final = "delete from idempotency_keys where caller = 'account:' || $1::uuid"

# Before their tickets, as check-ins lock them.
LOCK_VISITS: Final = """
select line_id from visits where account_id = $1 order by line_id for update
"""

FORGET_TICKETS: Final = """
delete from visit_tickets
using visits
where visits.account_id = $1 and visit_tickets.line_id = visits.line_id
"""

FORGET_VISITS: Final = "delete from visits where account_id = $1"

# Waits for whoever is just editing one, whose version is found then.
LOCK_REVIEWS: Final = """
select review_id from reviews where account_id = $1 order by review_id for no key update
"""

FORGET_VERSIONS: Final = """
update review_versions
set text = null
where review_id = any($1::uuid[]) and text is not null
"""

# What is left is a figure: so many stars, in such a month. Its words go, because nobody could
# take them back any more; the venue's answer and the steps of the office stay.
FORGET_REVIEWS: Final = """
with forgotten as (
    update reviews
    set account_id = null, text = null, version = version + 1
    where review_id = any($1::uuid[])
    returning review_id, version
)
insert into review_trace (entry_id, review_id, step, role, done_at, version)
select uuidv7(), review_id, 'forgotten', 'platform', $2, version
from forgotten
"""


async def forget_person(conn: Connection, account_id: UUID, now: datetime) -> None:
    """Forget an account's visits and what it wrote, in the caller's transaction; repeatable.

    What it writes later, by a token that is still good for seconds, is found by the job
    `forget_people`.
    """
    await conn.execute(NOTE, account_id)
    await conn.execute(FORGET_ANSWERS, account_id)
    await conn.execute(LOCK_VISITS, account_id)
    await conn.execute(FORGET_TICKETS, account_id)
    await conn.execute(FORGET_VISITS, account_id)
    reviews = [row["review_id"] for row in await conn.fetch(LOCK_REVIEWS, account_id)]
    await conn.execute(FORGET_VERSIONS, reviews)
    await conn.execute(FORGET_REVIEWS, reviews, now)
