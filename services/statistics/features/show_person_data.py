"""Tell accounts all that is held here about one person: nothing, because figures know nobody."""

from aiohttp import web

from shared.http.access import may
from shared.http.people import PersonData, PersonPath
from shared.http.route import route


@route("GET", "/v1/people/{account_id}/data", access=may("service.person_data"))
async def show_person_data(_request: web.Request, _path: PersonPath) -> PersonData:
    """Say that nothing is held: facts and sums here name orders and places, and no account."""
    return PersonData(service="statistics", sections=[])
