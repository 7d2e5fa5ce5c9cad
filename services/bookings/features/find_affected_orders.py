"""Tell which orders a change of slots would touch, before anybody changes them."""

from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from annotated_types import Len
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.bookings.affected import (
    TimeRange,
    TouchedOrders,
    count_touched,
    lines_in_ranges,
    lines_of_slots,
)
from shared.db import acquire
from shared.http.access import may
from shared.http.keys import DATABASE
from shared.http.models import Body, Instant
from shared.http.route import route

MOST_SLOTS: Final = 10_000
MOST_RANGES: Final = 5000


class OfferingTime(Body):
    """From when until when of an offering; the end is not part of it."""

    offering_id: UUID
    begins: Instant = Field(alias="from")
    ends: Instant = Field(alias="until")

    @model_validator(mode="after")
    def _in_order(self) -> "OfferingTime":
        if self.ends <= self.begins:
            raise PydanticCustomError("ends_before_start", "`until` is not after `from`")
        return self


class FindAffectedOrders(Body):
    """Slots by their ids, or times of offerings, or both."""

    slot_ids: Annotated[list[UUID], Len(0, MOST_SLOTS)] = Field(default_factory=list)
    ranges: Annotated[list[OfferingTime], Len(0, MOST_RANGES)] = Field(default_factory=list)


@route("POST", "/v1/affected-orders", access=may("service.affected_orders"))
async def find_affected_orders(request: web.Request, body: FindAffectedOrders) -> TouchedOrders:
    """Count the orders with a live line in these slots or times, and name the first 50.

    Held orders count as well as confirmed ones: their visitors were promised the time. Whatever
    overlaps a range counts for nights and tables; for all else, what begins within it. The answer
    holds nothing personal, and is the state of this moment: nothing is locked.
    """
    ranges = [TimeRange(one.offering_id, one.begins, one.ends) for one in body.ranges]
    async with acquire(request.app[DATABASE]) as conn:
        touched = {
            *(await lines_of_slots(conn, body.slot_ids) if body.slot_ids else ()),
            *(await lines_in_ranges(conn, ranges) if ranges else ()),
        }
        return await count_touched(conn, sorted(touched))
