"""A person was erased: nothing that they wrote here leads to them any more."""

from typing import Final

from shared.contracts.accounts import AccountErased
from shared.contracts.event import Envelope
from shared.db import Connection

FORGET_ANSWERS: Final = "delete from idempotency_keys where caller = 'account:' || $1::uuid"


FORGET_TICKETS: Final = """
delete from visit_tickets
using visits
where visits.account_id = $1 and visit_tickets.line_id = visits.line_id
"""

FORGET_VISITS: Final = "delete from visits where account_id = $1"

FORGET_VERSIONS: Final = """
update review_versions
set text = null
from reviews
where
    reviews.account_id = $1
    and review_versions.review_id = reviews.review_id
    and review_versions.text is not null
"""

# What is left is a figure: so many stars, in such a month. Its words go, because nobody could
# take them back any more; the venue's answer and the steps of the office stay.
FORGET_REVIEWS: Final = """
with forgotten as (
    update reviews
    set account_id = null, text = null, version = version + 1
    where account_id = $1
    returning review_id, version
)
insert into review_trace (entry_id, review_id, step, role, done_at, version)
select uuidv7(), review_id, 'forgotten', 'platform', $2, version
from forgotten
"""


async def on_account_erased(conn: Connection, event: AccountErased, envelope: Envelope) -> None:
    """Forget kept answers. Decisions and history stay, under an id that leads to nobody."""
    await conn.execute(FORGET_ANSWERS, event.account_id)
    await conn.execute(FORGET_TICKETS, event.account_id)
    await conn.execute(FORGET_VISITS, event.account_id)
    await conn.execute(FORGET_VERSIONS, event.account_id)
    await conn.execute(FORGET_REVIEWS, event.account_id, envelope.time)
