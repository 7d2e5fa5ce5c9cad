"""Nobody works for an organisation that they did not agree to work for."""

import asyncio
from uuid import uuid4

import pytest

from shared.db import acquire
from tests.accounts.accounts_client import Accounts, Answer
from tests.accounts.test_members import CHEN, LIN, WANG, Shop

NAME = "陈晓梅"


@pytest.fixture
async def shop(accounts: Accounts) -> Shop:
    owner, organisation = await accounts.register(await accounts.sign_in(LIN))
    return Shop(accounts, organisation, owner)


async def leave(accounts: Accounts, organisation: str, token: str) -> Answer:
    return await accounts.call("DELETE", f"/v1/me/memberships/{organisation}", token=token)


async def test_an_invitation_takes_and_gives_nothing(accounts: Accounts, shop: Shop) -> None:
    chen = await accounts.sign_in(CHEN)
    await shop.add({"email": CHEN, "role": "owner"})
    renewed = (await accounts.renew(chen["session_token"])).json
    assert (renewed["second_factor"], renewed["organisations"]) == ("not_needed", [])
    for session in (chen, renewed):
        me = await accounts.call("GET", "/v1/me", token=session["access_token"])
        assert (me.status, me.json["organisations"]) == (200, [])
        [invitation] = me.json["invitations"]
        assert (invitation["organisation_id"], invitation["role"]) == (shop.organisation, "owner")
    assert (await accounts.call("GET", shop.path, token=renewed["access_token"])).status == 403


async def test_an_invitation_tells_nothing_of_whom_it_is_for(
    accounts: Accounts, shop: Shop
) -> None:
    token = (await accounts.sign_in(CHEN))["access_token"]
    await accounts.call("PATCH", "/v1/me", {"name": NAME}, token=token, headers={"If-Match": '"1"'})
    known = await shop.add({"email": CHEN, "role": "gate"})
    unknown = await shop.add({"email": "cai@example.com", "role": "gate"})
    same = {"name": None, "email": "c***@e***.com", "phone": None, "accepted_at": None}
    for answer in (known, unknown):
        assert same.items() <= answer.json.items()
    invited = [one for one in await shop.members() if one["accepted_at"] is None]
    assert [{name: one[name] for name in same} for one in invited] == [same, same]


async def test_who_accepts_is_shown_by_name(accounts: Accounts, shop: Shop) -> None:
    token = (await accounts.sign_in(CHEN))["access_token"]
    await accounts.call("PATCH", "/v1/me", {"name": NAME}, token=token, headers={"If-Match": '"1"'})
    await shop.add({"email": CHEN, "role": "gate"})
    first, again = [await accounts.accept(shop.organisation, token) for _ in range(2)]
    assert (first.status, first.json) == (201, again.json)
    assert (first.json["name"], first.json["role"]) == ("嘉溪露营", "gate")
    assert "陈**" in {one["name"] for one in await shop.members()}
    me = await accounts.call("GET", "/v1/me", token=token)
    assert (len(me.json["organisations"]), me.json["invitations"]) == (1, [])


async def test_nobody_accepts_or_leaves_what_they_were_not_asked_to(
    accounts: Accounts, shop: Shop
) -> None:
    token = (await accounts.sign_in(CHEN))["access_token"]
    for organisation in (shop.organisation, str(uuid4())):
        accepted = await accounts.accept(organisation, token)
        left = await leave(accounts, organisation, token)
        assert (accepted.status, left.status) == (404, 404)
    assert (await leave(accounts, shop.organisation, "")).status == 401


async def test_who_declines_is_invited_no_longer(accounts: Accounts, shop: Shop) -> None:
    await shop.add({"email": CHEN, "role": "gate"})
    token = (await accounts.sign_in(CHEN))["access_token"]
    assert (await leave(accounts, shop.organisation, token)).status == 204
    assert (await accounts.accept(shop.organisation, token)).status == 404
    assert len(await shop.members()) == 1
    # No right was lost, so no token ends.
    assert (await accounts.call("GET", "/v1/me", token=token)).status == 200


async def test_a_member_leaves_with_their_keys(accounts: Accounts, shop: Shop) -> None:
    chen = await shop.join(CHEN, "owner")
    body = {"organisation_id": shop.organisation, "name": "gate", "scopes": ["gate.check_in"]}
    made = await accounts.call("POST", "/v1/api-keys", body, token=chen["access_token"])
    assert (await leave(accounts, shop.organisation, chen["access_token"])).status == 204
    exchanged = await accounts.call("POST", "/v1/api-key-tokens", {"api_key": made.json["key"]})
    assert exchanged.code == "api_key_not_recognised"
    renewed = (await accounts.renew(chen["session_token"])).json
    assert renewed["organisations"] == []


async def test_the_only_owner_does_not_leave_while_others_are_only_invited(
    accounts: Accounts, shop: Shop
) -> None:
    await shop.add({"email": CHEN, "role": "owner"})
    left = await leave(accounts, shop.organisation, shop.owner)
    assert (left.status, left.code) == (409, "last_owner")


async def test_the_only_owner_who_can_sign_in_does_not_leave(
    accounts: Accounts, shop: Shop
) -> None:
    chen = await shop.join(CHEN, "owner")
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "update accounts set deactivated_at = now() where id = $1::text::uuid",
            chen["account_id"],
        )
    left = await leave(accounts, shop.organisation, shop.owner)
    assert (left.status, left.code) == (409, "last_owner")


async def test_of_two_owners_who_leave_at_once_one_stays(accounts: Accounts, shop: Shop) -> None:
    chen = (await shop.join(CHEN, "owner"))["access_token"]
    answers = await asyncio.gather(
        *(leave(accounts, shop.organisation, token) for token in (shop.owner, chen))
    )
    assert sorted(answer.status for answer in answers) == [204, 409]


async def test_whom_a_director_adds_is_a_member_at_once(accounts: Accounts) -> None:
    office = await accounts.office_token()
    shop = Shop(accounts, await accounts.create_organisation(office), office)
    added = await shop.add({"email": CHEN, "role": "owner"})
    assert added.json["accepted_at"] is not None
    assert (await accounts.sign_in(CHEN))["organisations"] == [shop.organisation]


async def test_one_person_works_for_ten_organisations_however_many_they_accept_at_once(
    accounts: Accounts,
) -> None:
    office = await accounts.office_token()
    token = (await accounts.sign_in(CHEN))["access_token"]
    body = {"email": CHEN, "role": "gate"}
    shops = [
        Shop(accounts, await accounts.create_organisation(office, f"商户{n}"), office)
        for n in range(13)
    ]
    async with acquire(accounts.database) as conn:
        for shop in shops:
            assert (await shop.add(body)).status == 201
            await conn.execute("update organisation_members set accepted_at = null")
    answers = await asyncio.gather(*(accounts.accept(shop.organisation, token) for shop in shops))
    assert sorted(answer.status for answer in answers) == [201] * 10 + [409] * 3
    refused = {answer.code for answer in answers if answer.status == 409}
    assert refused == {"too_many_memberships"}
    one_more = Shop(accounts, await accounts.create_organisation(office, "再一家"), office)
    by_office = await one_more.add(body)
    assert (by_office.status, by_office.code) == (409, "too_many_memberships")
    own = await accounts.call("POST", "/v1/organisations", {"name": "自己的"}, token=token)
    assert (own.status, own.code) == (409, "too_many_memberships")


async def test_an_organisation_has_two_hundred_members_at_most(
    accounts: Accounts, shop: Shop
) -> None:
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "with made as ("
            " insert into accounts (id, language) select gen_random_uuid(), 'zh'"
            " from generate_series(1, 199) returning id)"
            " insert into organisation_members (organisation_id, account_id, role, added_by)"
            " select $1::text::uuid, id, 'gate', id from made",
            shop.organisation,
        )
    answer = await shop.add({"email": WANG, "role": "gate"})
    assert (answer.status, answer.code) == (409, "too_many_members")


async def test_an_invitation_does_not_tell_since_when_there_is_an_account(
    accounts: Accounts, shop: Shop
) -> None:
    chen = (await accounts.sign_in(CHEN))["account_id"]
    added = await shop.add({"email": CHEN, "role": "gate"})
    page = await accounts.call("GET", f"{shop.path}?limit=1", token=shop.owner)
    assert chen not in added.text + page.text
    assert {one["account_id"] for one in await shop.members()} >= {added.json["account_id"]}


async def test_an_owner_changes_and_withdraws_an_invitation(accounts: Accounts, shop: Shop) -> None:
    added = await shop.add({"email": CHEN, "role": "owner"})
    path = f"{shop.path}/{added.json['account_id']}"
    changed = await accounts.call("PUT", path, {"role": "gate"}, token=shop.owner)
    assert (changed.status, changed.json) == (200, {**added.json, "role": "gate"})
    token = (await accounts.sign_in(CHEN))["access_token"]
    assert (await accounts.call("DELETE", path, token=shop.owner)).status == 204
    assert (await accounts.accept(shop.organisation, token)).status == 404
    assert (await accounts.call("GET", "/v1/me", token=token)).status == 200


async def invite_elsewhere(accounts: Accounts, account_id: str, number: int) -> None:
    """Let so many other organisations have invited somebody."""
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "with made as ("
            " insert into organisations (id, name, created_by)"
            " select gen_random_uuid(), '别家', $1::text::uuid from generate_series(1, $2)"
            " returning id)"
            " insert into organisation_members (organisation_id, account_id, role, added_by)"
            " select id, $1::text::uuid, 'gate', $1::text::uuid from made",
            account_id,
            number,
        )


async def test_twenty_invitations_wait_for_one_person_at_most_however_many_come_at_once(
    accounts: Accounts, shop: Shop
) -> None:
    chen = await accounts.sign_in(CHEN)
    owner, organisation = await accounts.register(await accounts.sign_in(WANG), "新路茶坊")
    await invite_elsewhere(accounts, chen["account_id"], 19)
    body = {"email": CHEN, "role": "gate"}
    shops = [shop, Shop(accounts, organisation, owner)]
    answers = await asyncio.gather(*(one.add(body) for one in shops))
    assert sorted(answer.status for answer in answers) == [201, 409]
    [refused] = [number for number, answer in enumerate(answers) if answer.status == 409]
    assert answers[refused].code == "invitation_not_possible"
    # What others have asked is not told, not even how often.
    assert "20" not in answers[refused].json["detail"]
    assert not {"most", "invitations"} & answers[refused].json.keys()
    declined = await leave(accounts, shops[1 - refused].organisation, chen["access_token"])
    assert declined.status == 204
    assert (await shops[refused].add(body)).status == 201
