"""Take over visits of the time before the platform from earlier lists."""

from typing import Annotated, Any, Final
from uuid import UUID

from aiohttp import web
from annotated_types import Len
from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.bookings.errors import OfferingUnknown, VisitInTheFuture
from shared.contracts.bookings import PastVisitRecorded
from shared.core.clock import today
from shared.db import Connection, transaction
from shared.http.access import Caller, may
from shared.http.keys import CLOCK, DATABASE, IDS
from shared.http.models import Body, Day, Reply
from shared.http.route import route
from shared.messaging import audit, outbox
from shared.messaging.outbox import Telling

MOST_ITEMS: Final = 500
People = Annotated[int, Field(ge=0, le=10_000)]


class PastVisit(Body):
    """One entry of an earlier list; `reference` names it there, for good."""

    reference: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    offering_id: UUID
    day: Day
    persons: Annotated[int, Field(ge=1, le=10_000)]
    arrived: People

    @model_validator(mode="after")
    def _nobody_came_who_was_not_expected(self) -> "PastVisit":
        if self.arrived > self.persons:
            raise PydanticCustomError("arrived_above_persons", "More arrived than were expected")
        return self


class RecordPastVisits(Body):
    """A part of a list, 500 entries at most."""

    items: Annotated[list[PastVisit], Len(1, MOST_ITEMS)]


class PastVisitsRecorded(Reply):
    """How many entries were new; the others had been taken over before."""

    recorded: int
    known_before: int


FIND_OFFERINGS: Final = """
select offering_id, venue_id, village_id, kind from offerings where offering_id = any ($1::uuid[])
"""

INSERT_VISITS: Final = """
insert into past_visits (visit_id, reference, offering_id, day, persons, arrived, recorded_by)
select visit_id, reference, offering_id, day, persons, arrived, $7
from unnest($1::uuid[], $2::text[], $3::uuid[], $4::date[], $5::integer[], $6::integer[])
    as visit (visit_id, reference, offering_id, day, persons, arrived)
on conflict on constraint past_visits_reference_key do nothing
returning visit_id
"""


@route(
    "POST",
    "/v1/past-visits",
    access=may("record.import"),
    status=201,
    errors=(OfferingUnknown, VisitInTheFuture),
)
async def record_past_visits(
    request: web.Request, caller: Caller, body: RecordPastVisits
) -> PastVisitsRecorded:
    """Take over visits up to today from an earlier list, so that the figures have a past.

    Each `reference` is recorded once, however often it is sent. No places are taken.
    """
    if any(visit.day > today(request.app[CLOCK]) for visit in body.items):
        raise VisitInTheFuture
    async with transaction(request.app[DATABASE]) as conn:
        offerings = await _offerings(conn, body.items)
        by_id = {request.app[IDS].new(): visit for visit in body.items}
        rows = await conn.fetch(
            INSERT_VISITS,
            list(by_id),
            [visit.reference for visit in by_id.values()],
            [visit.offering_id for visit in by_id.values()],
            [visit.day for visit in by_id.values()],
            [visit.persons for visit in by_id.values()],
            [visit.arrived for visit in by_id.values()],
            caller.person,
        )
        recorded = [row["visit_id"] for row in rows]
        await outbox.add_many(
            conn,
            (
                Telling(_event(visit_id, by_id[visit_id], offerings), visit_id, 1)
                for visit_id in recorded
            ),
        )
        if recorded:
            await audit.record(
                conn,
                caller,
                action="past_visits.recorded",
                subject=recorded[0],
                details={"visits": len(recorded)},
            )
    return PastVisitsRecorded(recorded=len(recorded), known_before=len(body.items) - len(recorded))


async def _offerings(conn: Connection, visits: list[PastVisit]) -> dict[UUID, dict[str, Any]]:
    rows = await conn.fetch(FIND_OFFERINGS, list({visit.offering_id for visit in visits}))
    offerings = {row["offering_id"]: dict(row) for row in rows}
    for visit in visits:
        if visit.offering_id not in offerings:
            raise OfferingUnknown(offering_id=str(visit.offering_id))
    return offerings


def _event(
    visit_id: UUID, visit: PastVisit, offerings: dict[UUID, dict[str, Any]]
) -> PastVisitRecorded:
    return PastVisitRecorded(
        visit_id=visit_id,
        **offerings[visit.offering_id],
        day=visit.day,
        persons=visit.persons,
        arrived=visit.arrived,
    )
