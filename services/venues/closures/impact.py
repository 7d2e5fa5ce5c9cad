"""What a closure would touch, as bookings counts it: figures only, nothing about anybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web
from pydantic import JsonValue

from services.venues.keys import BOOKINGS
from shared.contracts.terms import OfferingKind
from shared.core.clock import instant_text
from shared.core.errors import Unavailable
from shared.core.money import Fen
from shared.http.client import ProblemAnswer, ServiceClient
from shared.http.models import Reply

# Counting tens of thousands of orders takes a moment.
SECONDS: Final = 10.0
# What shuts something at once is not kept waiting by figures.
SECONDS_BEFORE_SHUTTING: Final = 1.5

_log: Final = structlog.get_logger()


class VillageImpact(Reply):
    """What would be touched in one village: parties are orders, people those who would come."""

    village_id: UUID
    parties: int
    people: int


class Impact(Reply):
    """What a closure would touch at `counted_at`.

    `people` are those of all parties, `accounts` those who would be told, `refund_fen` what was
    paid in advance and would come back. `begun` are lines that began already, which are not called
    off by themselves. `sleeping_tonight` are people with a stay tonight at its places, whatever
    time it is for.
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
    villages: tuple[VillageImpact, ...]
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class Scope:
    """What a closure covers."""

    village_ids: Sequence[UUID]
    venue_ids: Sequence[UUID]
    offering_ids: Sequence[UUID]
    kinds: Sequence[OfferingKind]
    closed_from: datetime
    closed_until: datetime

    def as_json(self) -> JsonValue:
        """Return it as bookings takes it."""
        return {
            "village_ids": [str(one) for one in self.village_ids],
            "venue_ids": [str(one) for one in self.venue_ids],
            "offering_ids": [str(one) for one in self.offering_ids],
            "kinds": list(self.kinds),
            "from": instant_text(self.closed_from),
            "until": instant_text(self.closed_until),
        }


async def ask_impact(bookings: ServiceClient, scope: Scope, seconds: float) -> Impact:
    """Ask what a closure would touch. Raises Unavailable and ProblemAnswer."""
    return await bookings.post("/v1/closure-impacts", Impact, json=scope.as_json(), seconds=seconds)


async def impact_if_known(
    app: web.Application, scope: Scope, seconds: float = SECONDS
) -> Impact | None:
    """Ask what a closure would touch; None while nobody can count, or not in so many seconds.

    Who has to close is not kept from it by figures. The caller is in no transaction.
    """
    try:
        return await ask_impact(app[BOOKINGS], scope, seconds)
    except (Unavailable, ProblemAnswer) as error:
        _log.warning("closure.not_counted", reason=str(error))
        return None
