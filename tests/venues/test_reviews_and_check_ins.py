"""A review follows the check-in that it rests on, however closely the two meet."""

import asyncio

import pytest

from shared.db import acquire, transaction
from tests.venues.review_stage import new_guest, rating_of, steps
from tests.venues.stage import Stage

WAITS = """
select exists (
    select from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'
)
"""
HOLD_OFFERINGS = "select 1 from offerings for update"
STATE = "select state from reviews"


async def somebody_waits(stage: Stage) -> None:
    """Wait until somebody waits for a lock."""
    async with acquire(stage.database) as conn:
        for _ in range(200):
            if await conn.fetchval(WAITS):
                return
            await asyncio.sleep(0.02)
    pytest.fail("nobody waits for a lock")


async def test_a_review_and_the_undoing_of_its_check_in_meet(stage: Stage) -> None:
    """The check-in was read by whoever writes; it is taken back before the review is there."""
    guest = await new_guest(stage)
    await guest.books()
    await guest.comes()
    async with transaction(stage.database) as conn:
        # What is written waits here, in the middle.
        await conn.execute(HOLD_OFFERINGS)
        writing = asyncio.create_task(guest.writes())
        await somebody_waits(stage)
        undoing = asyncio.create_task(guest.came_by_mistake())
        await asyncio.wait([undoing], timeout=0.5)
    assert (await writing).status == 201
    await undoing
    async with acquire(stage.database) as conn:
        assert await conn.fetchval(STATE) == "hidden"


async def test_who_is_checked_in_again_has_their_review_back(stage: Stage) -> None:
    guest = await new_guest(stage)
    review = await guest.review()
    await guest.came_by_mistake()
    assert (await rating_of(stage, guest.venue))["count"] == 0
    for _ in range(2):
        await guest.comes(version=5)
    shown = await stage.good("GET", f"/v1/reviews/{review['review_id']}")
    assert (shown["state"], shown["hidden_because"], shown["version"]) == ("shown", None, 3)
    assert (await rating_of(stage, guest.venue))["count"] == 1
    page = await stage.good("GET", f"/v1/reviews/{review['review_id']}/trace", guest.token)
    assert steps(page) == ["written", "hidden", "restored"]


async def test_an_older_check_in_brings_no_review_back(stage: Stage) -> None:
    guest = await new_guest(stage)
    review = await guest.review()
    await guest.came_by_mistake()
    await guest.comes(version=3)
    seen = await stage.good("GET", f"/v1/reviews/{review['review_id']}", guest.token)
    assert seen["state"] == "hidden"


async def test_what_the_office_has_hidden_stays_so_whoever_comes(stage: Stage) -> None:
    guest = await new_guest(stage)
    review = await guest.review()
    path = f"/v1/reviews/{review['review_id']}"
    reason = {"reason": "核销已撤销。 The check-in was taken back."}
    await stage.good("POST", f"{path}/hidings", stage.office, reason)
    await guest.came_by_mistake()
    await guest.comes(version=5)
    assert (await stage.good("GET", path, guest.token))["state"] == "hidden"
