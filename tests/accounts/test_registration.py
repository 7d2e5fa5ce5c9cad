import asyncio
from uuid import UUID

from services.accounts.domain.contacts import email_contact
from services.accounts.keys import CONTACTS
from services.accounts.registration import find_or_create_account
from shared.db import acquire, transaction
from shared.http.keys import IDS
from tests.accounts.accounts_client import Accounts

LIN = email_contact("lin@example.com")


async def test_whoever_comes_second_finds_the_account_of_who_came_first(
    accounts: Accounts,
) -> None:
    first_is_in, second_waits = asyncio.Event(), asyncio.Event()

    async def first() -> UUID:
        async with transaction(accounts.database) as conn:
            found = await find_or_create_account(
                conn, accounts.app[CONTACTS], accounts.app[IDS], LIN, "zh"
            )
            first_is_in.set()
            await second_waits.wait()
            # The second has found nothing by now, and is on its way to claim the address.
            await asyncio.sleep(0.1)
            return found

    async def second() -> UUID:
        await first_is_in.wait()
        async with transaction(accounts.database) as conn:
            second_waits.set()
            return await find_or_create_account(
                conn, accounts.app[CONTACTS], accounts.app[IDS], LIN, "zh"
            )

    found = await asyncio.gather(first(), second())
    assert found[0] == found[1]
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from accounts") == 1
