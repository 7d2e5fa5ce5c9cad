"""Who was named by somebody else, and never came, is not kept for ever."""

import asyncio

from services.accounts.jobs.forget_who_never_came import forget_who_never_came
from shared.db import acquire, transaction
from tests.accounts.accounts_client import Accounts, Answer
from tests.accounts.test_lock_order import begun
from tests.accounts.test_members import CHEN, LIN, WANG, Shop
from tests.accounts.test_roles import BOOKING, MEMBERS, appoint

ZHOU, WU = "zhou@example.com", "wu@example.com"
FORGET = """
    with contacts as (delete from contact_points where account_id = $1::text::uuid)
    delete from accounts where id = $1::text::uuid
"""


async def let_days_pass(accounts: Accounts, days: int) -> None:
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "update accounts set created_at = created_at - make_interval(days => $1)", days
        )
        await conn.execute(
            "update organisation_members set added_at = added_at - make_interval(days => $1)", days
        )


async def people(accounts: Accounts) -> tuple[int, int]:
    """Return how many accounts and how many contacts are kept."""
    async with acquire(accounts.database) as conn:
        return (
            await conn.fetchval("select count(*) from accounts"),
            await conn.fetchval("select count(*) from contact_points"),
        )


async def shop_of(accounts: Accounts, address: str = LIN) -> Shop:
    owner, organisation = await accounts.register(await accounts.sign_in(address))
    return Shop(accounts, organisation, owner)


async def dismiss(accounts: Accounts, token: str, appointed: Answer) -> Answer:
    path = f"{MEMBERS}/{appointed.json['account_id']}"
    return await accounts.call("DELETE", path, token=token)


async def test_who_was_invited_and_never_came_is_forgotten_after_thirty_days(
    accounts: Accounts,
) -> None:
    shop = await shop_of(accounts)
    await shop.add({"email": CHEN, "role": "gate"})
    await let_days_pass(accounts, 29)
    await forget_who_never_came(accounts.app)
    assert (await people(accounts), len(await shop.members())) == ((2, 2), 2)
    await let_days_pass(accounts, 2)
    await forget_who_never_came(accounts.app)
    assert (await people(accounts), len(await shop.members())) == ((1, 1), 1)
    # Who is named again is somebody new.
    assert (await shop.add({"email": CHEN, "role": "gate"})).status == 201
    assert await people(accounts) == (2, 2)


async def test_who_was_invited_again_lately_is_kept(accounts: Accounts) -> None:
    shop = await shop_of(accounts)
    await shop.add({"email": CHEN, "role": "gate"})
    await let_days_pass(accounts, 31)
    other = await shop_of(accounts, WANG)
    await other.add({"email": CHEN, "role": "gate"})
    await forget_who_never_came(accounts.app)
    assert (len(await shop.members()), len(await other.members())) == (1, 2)
    assert (await accounts.sign_in(CHEN))["second_factor"] == "not_needed"


async def test_whoever_has_a_role_or_has_come_is_kept(accounts: Accounts) -> None:
    director = await accounts.office_token()
    owned = Shop(accounts, await accounts.create_organisation(director), director)
    await owned.add({"email": CHEN, "role": "owner"})
    await appoint(accounts, director, WANG, "office_viewer")
    helper = {"email": ZHOU, "role": "helper"}
    await accounts.call("POST", BOOKING, helper, token=director)
    await accounts.sign_in(WU)
    shop = await shop_of(accounts)
    await shop.add({"email": WU, "role": "gate"})
    await let_days_pass(accounts, 400)
    await forget_who_never_came(accounts.app)
    assert await people(accounts) == (6, 6)
    assert len(await shop.members()) == 2


async def test_whose_role_was_taken_is_forgotten_but_not_who_read_their_data(
    accounts: Accounts,
) -> None:
    director = await accounts.office_token()
    appointed = await appoint(accounts, director, CHEN, "office_viewer")
    assert (await dismiss(accounts, director, appointed)).status == 204
    dismissed = await appoint(accounts, director, WANG, "office_viewer")
    assert (await dismiss(accounts, director, dismissed)).status == 204
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "insert into personal_data_reads (account_id, reader, reason)"
            " values ($1::text::uuid, 'service:notifications', 'x')",
            dismissed.json["account_id"],
        )
    await let_days_pass(accounts, 31)
    await forget_who_never_came(accounts.app)
    # Of the one whose data was read, the record's id is left.
    assert await people(accounts) == (2, 1)
    await forget_who_never_came(accounts.app)
    assert await people(accounts) == (2, 1)


async def test_who_is_named_while_they_are_forgotten_is_named_anew(accounts: Accounts) -> None:
    shop = await shop_of(accounts)
    first = await appoint(accounts, await accounts.office_token(), CHEN, "office_viewer")
    person = first.json["account_id"]
    async with transaction(accounts.database) as conn:
        await conn.execute("delete from office_members where account_id = $1::text::uuid", person)
        await conn.execute(
            "select 1 from accounts where id = $1::text::uuid for update skip locked", person
        )
        naming = await begun(conn, shop.add({"email": CHEN, "role": "gate"}))
        await conn.execute(FORGET, person)
    assert (await naming).status == 201
    assert len(await shop.members()) == 2
    chen = await accounts.sign_in(CHEN)
    assert chen["account_id"] != person


async def test_the_job_leaves_alone_who_is_being_named(accounts: Accounts) -> None:
    shop = await shop_of(accounts)
    await shop.add({"email": CHEN, "role": "gate"})
    await let_days_pass(accounts, 31)
    other = await shop_of(accounts, WANG)
    named, _ = await asyncio.gather(
        other.add({"email": CHEN, "role": "gate"}), forget_who_never_came(accounts.app)
    )
    assert named.status == 201
    assert len(await other.members()) == 2
    async with acquire(accounts.database) as conn:
        contacts = await conn.fetchval(
            "select count(*) from organisation_members join contact_points using (account_id)"
        )
        assert contacts == await conn.fetchval("select count(*) from organisation_members")
