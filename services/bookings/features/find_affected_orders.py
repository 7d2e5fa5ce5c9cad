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
    overtaken_slots,
)
from shared.db import acquire
from shared.http.access import may
from shared.http.keys import DATABASE
from shared.http.models import Body, Instant
from shared.http.route import route

MOST_SLOTS: Final = 10_000
MOST_RANGES: Final = 5000
# Most slots that are cut are cut alike.
MOST_CUTS: Final = 500
MOST_UNITS: Final = 1_000_000
# More than an offering has.
MOST_OPTIONS: Final = 20


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


class SlotCuts(Body):
    """Slots of which less would be left than before; `units_left` are their units by option.

    The only option of slots without any is the empty one; of what is not named nothing is left.
    """

    slot_ids: Annotated[list[UUID], Len(1, MOST_SLOTS)]
    units_left: Annotated[
        dict[str, Annotated[int, Field(ge=0, le=MOST_UNITS)]], Len(0, MOST_OPTIONS)
    ]


class FindAffectedOrders(Body):
    """Slots that would go, by their ids, slots that would be cut, and times of offerings."""

    slot_ids: Annotated[list[UUID], Len(0, MOST_SLOTS)] = Field(default_factory=list)
    cuts: Annotated[list[SlotCuts], Len(0, MOST_CUTS)] = Field(default_factory=list)
    ranges: Annotated[list[OfferingTime], Len(0, MOST_RANGES)] = Field(default_factory=list)


@route("POST", "/v1/affected-orders", access=may("service.affected_orders"))
async def find_affected_orders(request: web.Request, body: FindAffectedOrders) -> TouchedOrders:
    """Count the orders with a live line in these slots or times, and name the first 50.

    Slots that are cut count where more of an option is taken than would be left of it, with all
    their orders: nobody can say whose places go. Held orders count as well as confirmed ones:
    their visitors were promised the time. Whatever overlaps a range counts for nights and tables;
    for all else, what begins within it. The answer holds nothing personal, and is the state of
    this moment: nothing is locked.
    """
    ranges = [TimeRange(one.offering_id, one.begins, one.ends) for one in body.ranges]
    async with acquire(request.app[DATABASE]) as conn:
        slot_ids = list(body.slot_ids)
        for cut in body.cuts:
            slot_ids += await overtaken_slots(conn, cut.slot_ids, cut.units_left)
        touched = {
            *(await lines_of_slots(conn, slot_ids) if slot_ids else ()),
            *(await lines_in_ranges(conn, ranges) if ranges else ()),
        }
        return await count_touched(conn, sorted(touched))
