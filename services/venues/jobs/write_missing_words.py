"""Write the words of venues that nobody has written: of new ones, of earlier editions."""

from typing import Final

from aiohttp import web

from services.venues.searching.lexicon import lexicon
from services.venues.searching.writing import write_words
from shared.db import transaction
from shared.http.keys import DATABASE

AT_ONCE: Final = 50

# A venue that is being edited is left to its editor: who writes words holds this lock at least.
FIND_STALE: Final = """
select venue_id
from venues
where venue_id in (
    select venue_id from stale_venue_words
    union all
    select venue_id from venue_words where edition <> $1
)
order by venue_id
limit $2
for share skip locked
"""


async def write_missing_words(app: web.Application) -> None:
    """Write words until none are out of date; several processes may do so at once."""
    written = AT_ONCE
    while written == AT_ONCE:
        async with transaction(app[DATABASE]) as conn:
            rows = await conn.fetch(FIND_STALE, lexicon().edition, AT_ONCE)
            await write_words(conn, [row["venue_id"] for row in rows])
            written = len(rows)
