"""From a dry run to people's orders: venues and bookings together, each over its own tables."""

import json
from datetime import timedelta
from typing import TypeAlias
from uuid import UUID

from services.bookings.jobs.call_off_closed import call_off_closed
from shared.contracts.venues import ClosureLifted, ClosureOrdered
from shared.core.clock import SystemClock
from shared.db import acquire
from tests.bookings.closures.closing import hear
from tests.bookings.village import NEXT_WEEK, at, camping, pottery
from tests.bookings.village import VILLAGE as BOOKED_VILLAGE
from tests.bookings.world import Bookings, serve_bookings
from tests.conftest import DatabaseUrl
from tests.venues.closures.closing import Closing, moment
from tests.venues.stage import Json, Stage

ON_SITE = {"payment_method": "on_site"}
Kind: TypeAlias = type[ClosureOrdered] | type[ClosureLifted]
KINDS: dict[str, Kind] = {
    "closure.ordered.v1": ClosureOrdered,
    "closure.lifted.v1": ClosureLifted,
}
# The village that bookings sells in is one that venues knows.
RENAME = "update villages set village_id = $1"


async def told(stage: Stage) -> list[tuple[Kind, Json, int]]:
    async with acquire(stage.database) as conn:
        rows = await conn.fetch(
            "select type, payload::text, version from outbox where topic = 'venues.closure'"
            " order by position"
        )
    return [(KINDS[row["type"]], json.loads(row["payload"]), row["version"]) for row in rows]


async def obey(stage: Stage, bookings: Bookings) -> None:
    """Let bookings hear all that venues told, each time from the beginning."""
    for kind, data, version in await told(stage):
        event = kind.model_validate_json(json.dumps(data))
        await hear(bookings, event, event.closure_id, version)


async def state(bookings: Bookings, order_id: str) -> str:
    found: str = await bookings.fetch(
        "select state from orders where order_id = $1", UUID(order_id)
    )
    return found


async def test_a_village_is_closed_and_reopened_and_its_orders_follow(
    stage: Stage, database_url: DatabaseUrl
) -> None:
    stage.clock.instant = SystemClock().now()
    stage.office = stage.tokens.person(roles=("office_director",))
    closing = Closing(stage)
    await stage.village()
    async with serve_bookings(database_url("bookings")) as bookings:
        await stage_village(stage)
        camp = await bookings.order(camping(), **ON_SITE)
        cup = await bookings.order(pottery(), **ON_SITE)
        when = {
            "from": moment(at(NEXT_WEEK, 0)),
            "until": moment(at(NEXT_WEEK + timedelta(days=3), 0)),
            "kinds": ["stay"],
        }
        closure = await closing.proposed(str(BOOKED_VILLAGE), **when)
        # What is counted before is what is called off after.
        assert closure["impact"]["orders"] == 1
        assert closure["impact"]["slots"] == 3
        await obey(stage, bookings)
        assert (await bookings.order(camping(), **ON_SITE)).status == 201
        assert (await closing.approve(closure)).status == 200
        await obey(stage, bookings)
        assert (await bookings.order(camping(), **ON_SITE)).code == "slot_closed"
        await call_off_closed(bookings.client.app)
        assert await state(bookings, camp.json["order_id"]) == "cancelled"
        assert await state(bookings, cup.json["order_id"]) == "confirmed"
        assert (await closing.reopen(closure)).status == 201
        await obey(stage, bookings)
        assert (await bookings.order(camping(), **ON_SITE)).status == 201


async def stage_village(stage: Stage) -> None:
    async with acquire(stage.database) as conn:
        await conn.execute(RENAME, BOOKED_VILLAGE)
