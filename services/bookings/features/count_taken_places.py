"""Tell how many places of some slots orders have."""

from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from annotated_types import Len

from shared.db import acquire, fetch_all
from shared.http.access import may
from shared.http.keys import DATABASE
from shared.http.models import Body, Page, Reply
from shared.http.route import route

MOST_SLOTS: Final = 10_000


class CountTakenPlaces(Body):
    """Slots by their ids."""

    slot_ids: Annotated[list[UUID], Len(1, MOST_SLOTS)]


class TakenPlaces(Reply):
    """How many units of a slot orders have, held ones too; `option` is empty where it has none."""

    slot_id: UUID
    option: str
    taken: int


COUNT: Final = """
select subject_id as slot_id, option, taken
from pools
where scope = 'slot' and subject_id = any($1::uuid[]) and taken > 0
order by subject_id, option
"""


@route("POST", "/v1/taken-places", access=may("service.affected_orders"))
async def count_taken_places(request: web.Request, body: CountTakenPlaces) -> Page[TakenPlaces]:
    """Count the units of slots that orders have at this moment; slots without any are left out."""
    async with acquire(request.app[DATABASE]) as conn:
        return Page[TakenPlaces](items=await fetch_all(conn, TakenPlaces, COUNT, body.slot_ids))
