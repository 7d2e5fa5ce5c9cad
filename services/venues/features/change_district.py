"""Change a district: what it can carry, and how changes of its listings go live."""

from typing import Final

from aiohttp import web

from services.venues.district_views import DistrictView, SignificantChanges, district_view
from services.venues.fields import Changes, DayCapacity, Name
from services.venues.paths import DistrictPath
from services.venues.telling import tell_village
from shared.core.errors import NotFound, PreconditionFailed
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import RequiredIfMatch, Versioned
from shared.http.keys import DATABASE
from shared.http.route import route
from shared.messaging import audit


class ChangeDistrict(Changes):
    """What to change of a district."""

    name: Name | None = None
    day_capacity: DayCapacity | None = None
    significant_changes: SignificantChanges | None = None


# Who enters a village of the district waits: so each is told with one capacity or the other.
LOCK: Final = "select edit_version from districts where district_id = $1 for update"

UPDATE: Final = """
update districts
set
    name = coalesce($2, name),
    day_capacity = coalesce($3, day_capacity),
    significant_changes = coalesce($4, significant_changes),
    edit_version = edit_version + 1
where district_id = $1
"""

# In one order, as everybody locks them who locks several.
VILLAGES: Final = """
select village_id from villages where district_id = $1 order by village_id for no key update
"""


@route(
    "PATCH",
    "/v1/districts/{district_id}",
    access=may("district.change"),
    errors=(NotFound, PreconditionFailed),
)
async def change_district(
    request: web.Request,
    caller: Caller,
    path: DistrictPath,
    body: ChangeDistrict,
    if_match: RequiredIfMatch,
) -> Versioned[DistrictView]:
    """Change a district; what it can carry is told with each of its villages.

    What `significant_changes` says holds from now on: what waits already still waits.
    """
    async with transaction(request.app[DATABASE]) as conn:
        version = await conn.fetchval(LOCK, path.district_id)
        if version is None:
            raise NotFound
        if_match.check(version)
        if body.model_fields_set:
            name = body.name and body.name.model_dump()
            await conn.execute(
                UPDATE, path.district_id, name, body.day_capacity, body.significant_changes
            )
            if body.day_capacity is not None:
                for village in await conn.fetch(VILLAGES, path.district_id):
                    await tell_village(conn, village["village_id"])
            changed = ",".join(sorted(body.model_fields_set))
            await audit.record(
                conn,
                caller,
                action="district.changed",
                subject=path.district_id,
                details={"fields": changed},
            )
        view = await district_view(conn, path.district_id)
    return Versioned(view, view.version)
