"""Whoever was erased stays so, whatever is heard or written of them in the seconds after."""

from services.venues.jobs.forget_people import forget_people
from shared.contracts.accounts import AccountErased
from shared.db import acquire
from tests.venues.photo_stage import application
from tests.venues.review_stage import Guest, heard, new_guest, steps
from tests.venues.stage import Stage

WORDS = "我是住在新路的王小明"


async def erased(stage: Stage, guest: Guest) -> None:
    event = AccountErased(account_id=guest.account_id)
    await heard(stage, event, subject=guest.account_id, version=1)


async def left_of(stage: Stage, guest: Guest) -> list[str]:
    """Return the tables that still hold the guest's words or id."""
    found = []
    async with acquire(stage.database) as conn:
        for table in ("reviews", "review_versions", "review_trace", "visits", "idempotency_keys"):
            text = await conn.fetchval(
                f"select coalesce(string_agg(t::text, ' '), '') from {table} t"  # noqa: S608
            )
            if WORDS in text or str(guest.account_id) in text:
                found.append(table)
    return found


async def test_an_order_that_is_heard_of_late_leaves_no_visit_of_an_erased_person(
    stage: Stage,
) -> None:
    guest = await new_guest(stage)
    await erased(stage, guest)
    await guest.books()
    await guest.comes()
    assert await left_of(stage, guest) == []
    assert (await guest.writes()).status == 404


async def test_a_review_of_the_last_second_is_found_and_forgotten(stage: Stage) -> None:
    guest = await new_guest(stage)
    review = await guest.review(text=WORDS)
    # As if the erasure had been heard while the review was being written, and seen nothing of it.
    async with acquire(stage.database) as conn:
        await conn.execute("insert into erased_accounts (account_id) values ($1)", guest.account_id)
    assert await left_of(stage, guest) != []
    for _ in range(2):
        await forget_people(application(stage))
    assert await left_of(stage, guest) == []
    trace = await stage.good("GET", f"/v1/reviews/{review['review_id']}/trace", stage.office)
    assert steps(trace) == ["written", "forgotten"]


async def test_what_was_forgotten_is_edited_by_nobody(stage: Stage) -> None:
    guest = await new_guest(stage)
    review = await guest.review(text=WORDS)
    await erased(stage, guest)
    body = {"rating": 1, "text": WORDS, "language": "zh"}
    path = f"/v1/reviews/{review['review_id']}"
    answer = await stage.call("PUT", path, guest.token, body, If_Match='"2"')
    assert answer.status == 404
    assert await left_of(stage, guest) == []
