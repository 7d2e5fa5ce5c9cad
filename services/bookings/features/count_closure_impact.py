"""Count what a closure would touch, before anybody orders it."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

from aiohttp import web
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.bookings.closures.impact import Scope, count
from shared.contracts.terms import OfferingKind
from shared.core.money import Fen
from shared.db import transaction
from shared.http.access import may
from shared.http.keys import DATABASE
from shared.http.models import Body, Instant, Reply
from shared.http.route import route

MOST_PLACES: Final = 100
Named = Annotated[tuple[UUID, ...], Field(max_length=MOST_PLACES)]


class ClosureScope(Body):
    """What would be shut; without kinds and offerings all of what lies there."""

    village_ids: Named = ()
    venue_ids: Named = ()
    offering_ids: Named = ()
    kinds: Annotated[tuple[OfferingKind, ...], Field(max_length=4)] = ()
    closed_from: Instant = Field(alias="from")
    closed_until: Instant = Field(alias="until")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.closed_until <= self.closed_from:
            raise PydanticCustomError("ends_before_start", "It ends before it begins")
        return self


class VillageImpact(Reply):
    """What would be touched in one village: parties are orders, people those who would come."""

    village_id: UUID
    parties: int
    people: int


class ClosureImpact(Reply):
    """What would be touched: figures only.

    `people` are those of all parties, each party once; `accounts` those who would be told. `begun`
    lines would not be called off by themselves. `sleeping_tonight` are people with a stay tonight,
    whatever time the closure is for.
    """

    venues: int
    offerings: int
    slots: int
    orders: int
    lines: int
    begun: int
    people: int
    accounts: int
    refund_fen: Fen
    sleeping_tonight: int
    villages: list[VillageImpact]
    counted_at: datetime


@route("POST", "/v1/closure-impacts", access=may("service.affected_orders"))
async def count_closure_impact(request: web.Request, body: ClosureScope) -> ClosureImpact:
    """Count what a closure would touch; nothing is stored, and nothing is said about anybody.

    Only what is still to come counts, by the database's clock and at one moment.
    """
    scope = Scope(
        body.village_ids,
        body.venue_ids,
        body.offering_ids,
        body.kinds,
        body.closed_from,
        body.closed_until,
    )
    async with transaction(request.app[DATABASE], one_moment=True) as conn:
        counts = await count(conn, scope)
    return ClosureImpact(
        **asdict(counts.slots),
        **asdict(counts.orders),
        sleeping_tonight=counts.sleeping_tonight,
        villages=[VillageImpact(**asdict(village)) for village in counts.villages],
    )
