"""Who says who works for an organisation, and that a right which went is a right no more."""

import asyncio

import pytest

from shared.db import acquire
from tests.accounts.accounts_client import OFFICE_EMAIL, Accounts, Answer, Json
from tests.accounts.test_members import CHEN, LIN, WANG, Shop
from tests.accounts.test_roles import BOOKING, MEMBERS, appoint, two_directors

ZHOU = "zhou@example.com"
OWNED, OWN = (409, "organisation_owned"), (409, "own_membership")
GONE = (401, "not_signed_in")


@pytest.fixture
async def shop(accounts: Accounts) -> Shop:
    owner, organisation = await accounts.register(await accounts.sign_in(LIN))
    return Shop(accounts, organisation, owner)


async def orphan(accounts: Accounts) -> Shop:
    """Return an organisation that the office has registered and nobody owns, for the office."""
    office = await accounts.office_token()
    return Shop(accounts, await accounts.create_organisation(office), office)


async def on(accounts: Accounts, shop: Shop, method: str, account_id: str, token: str) -> Answer:
    body = {"role": "owner"} if method == "PUT" else None
    return await accounts.call(method, f"{shop.path}/{account_id}", body, token=token)


def what(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.code


async def test_a_director_changes_nothing_where_an_owner_can_sign_in(
    accounts: Accounts, shop: Shop
) -> None:
    chen = await shop.join(CHEN, "gate")
    office = await accounts.office_token()
    for address in (WANG, OFFICE_EMAIL):
        added = await shop.add({"email": address, "role": "owner"}, office)
        assert what(added) == OWNED
    for method in ("PUT", "DELETE"):
        assert what(await on(accounts, shop, method, chen["account_id"], office)) == OWNED
    assert sorted(one["role"] for one in await shop.members()) == ["gate", "owner"]
    # Looking is the office's work.
    assert (await accounts.call("GET", shop.path, token=office)).status == 200


async def test_a_director_names_the_first_owner_who_names_all_others(accounts: Accounts) -> None:
    shop = await orphan(accounts)
    assert (await shop.add({"email": LIN, "role": "owner"})).status == 201
    assert what(await shop.add({"email": WANG, "role": "owner"})) == OWNED
    lin = (await accounts.sign_in(LIN))["access_token"]
    invited = await shop.add({"email": WANG, "role": "owner"}, lin)
    assert (invited.status, invited.json["accepted_at"]) == (201, None)


async def test_a_director_names_somebody_again_where_the_only_owner_can_not_sign_in(
    accounts: Accounts, shop: Shop
) -> None:
    [lin] = await shop.members()
    office = await accounts.office_token()
    path = f"/v1/accounts/{lin['account_id']}/deactivations"
    assert (await accounts.call("POST", path, {"reason": "x"}, token=office)).status == 201
    added = await shop.add({"email": CHEN, "role": "owner"}, office)
    assert added.status == 201
    assert added.json["accepted_at"] is not None


async def test_a_director_never_names_themselves(accounts: Accounts) -> None:
    shop = await orphan(accounts)
    office = await accounts.sign_in_again(OFFICE_EMAIL)
    body = {"email": OFFICE_EMAIL, "role": "owner"}
    assert what(await shop.add(body, office["access_token"])) == OWN
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "insert into organisation_members (organisation_id, account_id, role, added_by,"
            " accepted_at) values ($1::text::uuid, $2::text::uuid, 'gate', $2::text::uuid, now())",
            shop.organisation,
            office["account_id"],
        )
    changed = await on(accounts, shop, "PUT", office["account_id"], office["access_token"])
    assert what(changed) == OWN


async def test_a_director_who_owns_an_organisation_invites_like_any_owner(
    accounts: Accounts, shop: Shop
) -> None:
    await appoint(accounts, await accounts.office_token(), LIN, "office_director")
    lin = (await accounts.sign_in_again(LIN))["access_token"]
    added = await shop.add({"email": CHEN, "role": "gate"}, lin)
    assert (added.status, added.json["accepted_at"]) == (201, None)


async def test_a_director_is_told_of_an_invitation_that_waits(accounts: Accounts) -> None:
    shop = await orphan(accounts)
    assert (await shop.add({"email": CHEN, "role": "owner"})).status == 201
    async with acquire(accounts.database) as conn:
        await conn.execute("update organisation_members set accepted_at = null")
    for role in ("owner", "gate"):
        again = await shop.add({"email": CHEN, "role": role})
        assert what(again) == (409, "invitation_pending")


async def test_a_removed_owner_does_nothing_with_the_token_that_is_left(
    accounts: Accounts, shop: Shop
) -> None:
    chen = await shop.join(CHEN, "owner")
    [lin] = [one for one in await shop.members() if one["email"] == "l***@e***.com"]
    assert (await on(accounts, shop, "DELETE", chen["account_id"], shop.owner)).status == 204
    token = chen["access_token"]
    key = {"organisation_id": shop.organisation, "name": "x", "scopes": ["gate.check_in"]}
    reading = f"{shop.path}/{lin['account_id']}/contact-reads"
    answers = [
        await shop.add({"email": WANG, "role": "owner"}, token),
        await on(accounts, shop, "PUT", lin["account_id"], token),
        await on(accounts, shop, "DELETE", lin["account_id"], token),
        await accounts.call("POST", "/v1/api-keys", key, token=token),
        await accounts.call("POST", reading, {"reason": "shift"}, token=token),
    ]
    assert [what(answer) for answer in answers] == [GONE] * 5
    assert len(await shop.members()) == 1


async def test_of_two_of_three_owners_who_remove_each_other_at_once_one_stays(
    accounts: Accounts, shop: Shop
) -> None:
    chen, wang = [await shop.join(one, "owner") for one in (CHEN, WANG)]
    answers = await asyncio.gather(
        on(accounts, shop, "DELETE", chen["account_id"], wang["access_token"]),
        on(accounts, shop, "DELETE", wang["account_id"], chen["access_token"]),
    )
    assert sorted(answer.status for answer in answers) == [204, 401]
    assert len(await shop.members()) == 2


async def test_a_dismissed_director_does_nothing_with_the_token_that_is_left(
    accounts: Accounts,
) -> None:
    (lin, lins), (chen, chens) = await two_directors(accounts)
    named = await accounts.call("POST", BOOKING, {"email": WANG, "role": "helper"}, token=lins)
    assert (await accounts.call("DELETE", f"{MEMBERS}/{chen}", token=lins)).status == 204
    helper = named.json["account_id"]
    attempts: list[tuple[str, str, Json | None]] = [
        ("POST", MEMBERS, {"email": ZHOU, "role": "office_director"}),
        ("DELETE", f"{MEMBERS}/{lin}", None),
        ("POST", BOOKING, {"email": ZHOU, "role": "helper"}),
        ("DELETE", f"{BOOKING}/{helper}/helper", None),
        *(
            ("POST", f"/v1/accounts/{lin}/{act}", {"reason": "x"})
            for act in ("deactivations", "reactivations", "second-factor-resets")
        ),
    ]
    for method, path, body in attempts:
        answer = await accounts.call(method, path, body, token=chens)
        assert what(answer) == GONE, path
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from office_members") == 1


async def test_of_two_of_three_directors_who_dismiss_each_other_at_once_one_stays(
    accounts: Accounts,
) -> None:
    (lin, lins), (chen, chens) = await two_directors(accounts)
    await appoint(accounts, lins, ZHOU, "office_director")
    answers = await asyncio.gather(
        accounts.call("DELETE", f"{MEMBERS}/{chen}", token=lins),
        accounts.call("DELETE", f"{MEMBERS}/{lin}", token=chens),
    )
    assert sorted(answer.status for answer in answers) == [204, 401]
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from office_members") == 2


async def test_a_session_that_is_over_leaves_nothing_behind(accounts: Accounts, shop: Shop) -> None:
    chen = await shop.join(CHEN, "owner")
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "update sessions set revoked_at = now(), revoked_because = 'ended_elsewhere'"
            " where account_id = $1::text::uuid",
            chen["account_id"],
        )
    path = f"/v1/me/memberships/{shop.organisation}"
    left = await accounts.call("DELETE", path, token=chen["access_token"])
    assert what(left) == GONE
    assert len(await shop.members()) == 2
