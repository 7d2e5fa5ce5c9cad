"""Whoever approves a closure sees what it touches by now, and approves nothing that is over."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from shared.core.clock import SystemClock
from shared.db import acquire, transaction
from shared.http.keys import DATABASE
from tests.bookings.village import NEXT_WEEK, at, camping
from tests.bookings.village import VILLAGE as BOOKED_VILLAGE
from tests.bookings.world import serve_bookings
from tests.conftest import DatabaseUrl
from tests.support.tokens import TokenMaker
from tests.venues.closures.closing import Closing, moment
from tests.venues.conftest import serving
from tests.venues.stage import NOW, Json, Stage, StandingClock

ON_SITE = {"payment_method": "on_site"}
# The village that bookings sells in is one that venues knows.
RENAME = "update villages set village_id = $1"


async def test_a_proposal_is_counted_again_for_whoever_decides(
    stage: Stage, database_url: DatabaseUrl
) -> None:
    stage.clock.instant = SystemClock().now()
    stage.office = stage.tokens.person(roles=("office_director",))
    closing = Closing(stage)
    await stage.village()
    async with acquire(stage.database) as conn:
        await conn.execute(RENAME, BOOKED_VILLAGE)
    async with serve_bookings(database_url("bookings")) as bookings:
        when = {
            "from": moment(at(NEXT_WEEK, 0)),
            "until": moment(at(NEXT_WEEK + timedelta(days=3), 0)),
        }
        await bookings.order(camping(), **ON_SITE)
        closure = await closing.proposed(str(BOOKED_VILLAGE), **when)
        await bookings.order(camping(), token=bookings.tokens.person(), **ON_SITE)
        shown = (await closing.show(closure, closing.approver)).body
        assert orders(shown) == (1, 2, None)
        assert shown["impact_now"]["counted_at"] > shown["impact"]["counted_at"]
        await bookings.order(camping(), token=bookings.tokens.person(), **ON_SITE)
        # Whoever has read it already is none the less told by how much it has grown.
        path, known = f"/v1/closures/{closure['closure_id']}", f'"{closure["version"]}"'
        again = await stage.call("GET", path, closing.approver, If_None_Match=known)
        assert (again.status, again.headers["ETag"]) == (200, known)
        assert orders(again.body) == (1, 3, None)
        approved = (await closing.approve(closure)).body
        assert orders(approved) == (1, None, 3)
        assert orders((await closing.show(closure)).body) == (1, None, 3)


def orders(closure: Json) -> tuple[int | None, ...]:
    """Return how many orders were counted: for the proposal, for who reads, for the approval."""
    names = ("impact", "impact_now", "approved_impact")
    return tuple((closure[name] or {}).get("orders") for name in names)


async def test_nobody_is_kept_from_approving_by_figures(
    stage: Stage, closing: Closing, bookings: TestClient[web.Request, web.Application]
) -> None:
    closure = await closing.proposed((await stage.village())["village_id"])
    await bookings.close()
    assert (await closing.show(closure)).body["impact_now"] is None
    answer = await closing.approve(closure)
    assert (answer.status, answer.body["state"]) == (200, "in_force")
    assert (answer.body["impact"]["orders"], answer.body["approved_impact"]) == (0, None)


@pytest.fixture
async def hesitant(
    stage: Stage,
    database_url: DatabaseUrl,
    clock: StandingClock,
    tokens: TokenMaker,
    tmp_path: Path,
) -> AsyncIterator[Stage]:
    """The same venues, beside something that takes its time to answer."""

    async def hesitate(_request: web.Request) -> web.Response:
        await asyncio.sleep(4)
        return web.Response(status=503)

    slow = web.Application()
    slow.router.add_post("/v1/closure-impacts", hesitate)
    async with TestServer(slow) as server:
        url = str(server.make_url(""))
        async with serving(database_url, clock, tokens, url, tmp_path) as client:
            yield Stage(client, client.app[DATABASE], clock, tokens, stage.organisation)


async def test_nothing_stays_open_for_seconds_because_somebody_counts(
    stage: Stage, closing: Closing, hesitant: Stage
) -> None:
    closure = await closing.proposed((await stage.village())["village_id"])
    venue, _ = await stage.ready_venue()
    closing.stage = hesitant
    for answer in (
        closing.approve(closure),
        closing.order(stage.operator, venues=[venue["venue_id"]]),
    ):
        begun = monotonic()
        shut = await answer
        assert shut.status in {200, 201}, shut.body
        assert monotonic() - begun < 3
        closed = shut.body.get("closure", shut.body)
        assert (closed["state"], closed["approved_impact"]) == ("in_force", None)


async def test_an_approval_keeps_what_was_read_where_counting_again_takes_too_long(
    stage: Stage, closing: Closing, hesitant: Stage
) -> None:
    closure = await closing.proposed((await stage.village())["village_id"])
    read = (await closing.show(closure, closing.approver)).body["impact_now"]
    closing.stage = hesitant
    approved = (await closing.approve(closure)).body
    assert (approved["state"], approved["approved_impact"]) == ("in_force", read)
    assert read["counted_at"] is not None
    assert (await closing.show(closure)).body["approved_impact"] == read


@pytest.fixture
async def unknown(  # noqa: PLR0917 - fixtures
    stage: Stage,
    database_url: DatabaseUrl,
    clock: StandingClock,
    tokens: TokenMaker,
    bookings: TestClient[web.Request, web.Application],
    tmp_path: Path,
) -> AsyncIterator[Stage]:
    """The same venues, where accounts takes its time to say who they are."""

    class Slow:
        async def get(self) -> str:
            await asyncio.sleep(4)
            return tokens.service("venues")

    url = str(bookings.make_url(""))
    async with serving(database_url, clock, tokens, url, tmp_path, own_token=Slow()) as client:
        yield Stage(client, client.app[DATABASE], clock, tokens, stage.organisation)


async def test_nothing_stays_open_for_seconds_because_a_token_is_asked_for(
    stage: Stage, closing: Closing, unknown: Stage
) -> None:
    closure = await closing.proposed((await stage.village())["village_id"])
    closing.stage = unknown
    begun = monotonic()
    approved = await closing.approve(closure)
    assert monotonic() - begun < 3
    assert (approved.status, approved.body["approved_impact"]) == (200, None)


async def test_what_an_approval_was_made_on_is_never_rewritten(
    stage: Stage, closing: Closing
) -> None:
    closure = await closing.in_force((await stage.village())["village_id"])
    assert closure["approved_impact"]["orders"] == 0
    with pytest.raises(asyncpg.CheckViolationError):
        async with transaction(stage.database) as conn:
            await conn.execute("update closures set approved_impact = null")


async def test_a_proposal_expires_with_its_end(stage: Stage, closing: Closing) -> None:
    until = NOW + timedelta(hours=3)
    village = await stage.village()
    closure = await closing.proposed(village["village_id"], until=moment(until))
    assert datetime.fromisoformat(closure["expires_at"]) == until
    stage.clock.instant = until
    closing.approver = stage.tokens.person(roles=("office_director",))
    closing.proposer = stage.tokens.person(roles=("office_approver",))
    answer = await closing.approve(closure)
    assert (answer.status, answer.code) == (409, "closure_state_conflict")
    assert answer.body["state"] == "expired"
    assert (await closing.show(closure)).body["state"] == "expired"
    assert await closing.listed(query="?state=proposed") == []
    assert await closing.told() == []


async def test_the_database_approves_nothing_that_is_over(stage: Stage, closing: Closing) -> None:
    until = moment(NOW + timedelta(hours=3))
    await closing.proposed((await stage.village())["village_id"], until=until)
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        async with transaction(stage.database) as conn:
            await conn.execute(
                "update closures set state = 'in_force', decided_by = uuidv7(), event_version = 1,"
                " decided_at = entered_at + interval '3 hours'"
            )
    assert caught.value.constraint_name == "closures_approved_before_their_end"
