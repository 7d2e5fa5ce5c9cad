"""What others write about a person: theirs to read, and gone when they are erased."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from shared.db import acquire
from tests.accounts.accounts_client import OFFICE_EMAIL
from tests.conftest import MakeDatabase
from tests.security.platform import Platform, serve_platform
from tests.security.test_erasure import EMAIL, NAME, erase, let_it_be_over, live_with_us
from tests.security.test_export import sections_of, take_away


@pytest.fixture
async def platform(make_database: MakeDatabase) -> AsyncIterator[Platform]:
    async with serve_platform(await make_database()) as running:
        yield running


async def speak_of(platform: Platform, account: str) -> None:
    """Have the office and colleagues write about somebody wherever words are free."""
    office = (await platform.accounts.sign_in(OFFICE_EMAIL))["account_id"]
    for statement in (
        (
            "insert into accounts.second_factor_resets (id, account_id, reset_by, reason)"
            " values (gen_random_uuid(), $1::text::uuid, $2::text::uuid, $3)"
        ),
        (
            "insert into accounts.account_closures (id, account_id, closed_by, reason, reopened_at,"
            " reopened_by, reopening_reason)"
            " values (gen_random_uuid(), $1::text::uuid, $2::text::uuid, $3, now(),"
            " $2::text::uuid, $3)"
        ),
        (
            "insert into accounts.personal_data_reads (account_id, reader, reason, note)"
            " values ($1::text::uuid, 'account:' || $2::text, 'safety', $3)"
        ),
        (
            "insert into bookings.contact_reads"
            " (read_id, account_id, order_id, venue_id, reader, reason, note)"
            " select gen_random_uuid(), account_id, order_id, gen_random_uuid(), $2::text::uuid,"
            " 'safety', $3 from bookings.orders where account_id = $1::text::uuid"
        ),
    ):
        await platform.run(statement, account, office, f"{NAME}打来电话")


async def test_words_about_a_person_are_theirs_to_read_and_go_with_them(
    platform: Platform,
) -> None:
    session = await live_with_us(platform)
    await let_it_be_over(platform)
    await speak_of(platform, session["account_id"])
    assert await platform.rows_with("打来电话") == [
        f"{table}: 打来电话"
        for table in (
            "accounts.account_closures",
            "accounts.personal_data_reads",
            "accounts.second_factor_resets",
            "bookings.contact_reads",
        )
    ]
    sections = sections_of(await take_away(platform, session))
    for name in ("accounts.closures", "accounts.second_factor_resets", "bookings.reads_of_my_data"):
        assert NAME in str(sections[name]), name
    assert (await erase(platform, session)).status == 204
    await platform.wires.deliver()
    assert await platform.rows_with(NAME, "打来电话") == []
    # That it was done, by whom and when, stays.
    assert await platform.run("select count(*) from accounts.second_factor_resets") == 1


async def test_words_about_whoever_is_not_erased_stay(platform: Platform) -> None:
    session = await platform.accounts.sign_in(EMAIL)
    await speak_of(platform, session["account_id"])
    async with acquire(platform.accounts.database) as conn:
        with pytest.raises(asyncpg.CheckViolationError):
            await conn.execute("select forget_words_about($1)", session["account_id"])
        for statement in (
            "update second_factor_resets set reason = 'x'",
            "delete from second_factor_resets",
            "delete from account_closures",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(statement)
