"""Tell accounts all that is held here about one person, for the archive that they take away."""

from typing import Final

from aiohttp import web

from shared.db import transaction
from shared.http.access import may
from shared.http.keys import DATABASE
from shared.http.people import MOST_ITEMS, PersonData, PersonPath, person_section
from shared.http.route import route

DELIVERIES: Final = """
select order_id, kind, channel, state, created_at, sent_at
from deliveries
where account_id = $1
order by created_at desc, id
limit $2
"""
LICENCE_LETTERS: Final = """
select notice.kind, notice.venue_name, letter.channel, letter.state, letter.sent_at
from licence_letters as letter
join licence_notices as notice using (notice_id)
where letter.account_id = $1
order by notice.created_at desc, letter_id
limit $2
"""
SECTIONS: Final = {"deliveries": DELIVERIES, "licence_letters": LICENCE_LETTERS}


@route("GET", "/v1/people/{account_id}/data", access=may("service.person_data"))
async def show_person_data(request: web.Request, path: PersonPath) -> PersonData:
    """Tell which messages went to a person; neither their words nor addresses are kept here."""
    async with transaction(request.app[DATABASE], one_moment=True) as conn:
        sections = [
            person_section(
                name,
                map(dict, await conn.fetch(statement, path.account_id, MOST_ITEMS + 1)),
            )
            for name, statement in SECTIONS.items()
        ]
    return PersonData(service="notifications", sections=sections)
