import asyncio
from typing import Any
from uuid import uuid4

import pytest

from shared.core.ids import new_id
from shared.db import acquire
from tests.accounts.accounts_client import Accounts, Answer, Json

LIN, CHEN, WANG = "lin@example.com", "chen@example.com", "wang@example.com"


class Shop:
    """An organisation that Lin owns, and Lin's token."""

    def __init__(self, accounts: Accounts, organisation: str, owner: str) -> None:
        self.accounts = accounts
        self.organisation = organisation
        self.owner = owner

    @property
    def path(self) -> str:
        return f"/v1/organisations/{self.organisation}/members"

    async def add(self, body: Json, token: str | None = None, **headers: str) -> Answer:
        return await self.accounts.call(
            "POST", self.path, body, token=token or self.owner, headers=headers
        )

    async def join(self, address: str, role: str, venues: list[str] | None = None) -> Json:
        """Invite somebody who accepts, and return their session with the role in it."""
        added = await self.add({"email": address, "role": role, "venues": venues})
        assert added.status == 201, added.text
        session = await self.accounts.sign_in(address)
        accepted = await self.accounts.accept(self.organisation, session["access_token"])
        assert accepted.status == 201, accepted.text
        renewed: Json = (await self.accounts.renew(session["session_token"])).json
        return await self.accounts.enrol(renewed)

    async def members(self) -> list[Json]:
        answer = await self.accounts.call("GET", self.path, token=self.owner)
        items: list[Json] = answer.json["items"]
        return items


@pytest.fixture
async def shop(accounts: Accounts) -> Shop:
    owner, organisation = await accounts.register(await accounts.sign_in(LIN))
    return Shop(accounts, organisation, owner)


async def test_an_owner_invites_a_colleague_who_accepts_and_has_the_role(
    accounts: Accounts, shop: Shop
) -> None:
    venue = str(new_id())
    session = await shop.join(CHEN, "gate", [venue])
    assert session["organisations"] == [shop.organisation]
    me = await accounts.call("GET", "/v1/me", token=session["access_token"])
    [own] = me.json["organisations"]
    assert (own["role"], own["venues"]) == ("gate", [venue])
    [_lin, chen] = await shop.members()
    assert (chen["account_id"], chen["email"]) == (session["account_id"], "c***@e***.com")
    assert chen["accepted_at"] is not None


async def test_what_colleagues_read_of_each_other_is_masked(shop: Shop) -> None:
    await shop.add({"phone": "138 0013 8000", "role": "manager"})
    assert [
        (one["role"], one["email"], one["phone"], one["name"]) for one in await shop.members()
    ] == [("owner", "l***@e***.com", None, None), ("manager", None, "138****8000", None)]


async def test_adding_again_changes_nothing_and_another_role_is_refused(shop: Shop) -> None:
    first = await shop.add({"email": CHEN, "role": "manager"})
    assert (await shop.add({"email": CHEN, "role": "manager"})).json == first.json
    again = await shop.add({"email": CHEN, "role": "owner"})
    assert (again.status, again.code, again.json["role"]) == (409, "member_already", "manager")
    assert len(await shop.members()) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"email": CHEN},
        {"email": CHEN, "role": "emperor"},
        {"email": CHEN, "role": "office_director"},
        {"email": CHEN, "role": "owner", "venues": ["01a2062c-fbab-7942-8a2d-aa31f4783247"]},
        {"email": CHEN, "role": "gate", "venues": []},
        {"email": CHEN, "role": "gate", "venues": ["x"]},
        {"email": CHEN, "role": "gate", "status": "active"},
        {"role": "gate"},
    ],
)
async def test_bad_input_adds_nobody(shop: Shop, body: Any) -> None:
    assert (await shop.add(body)).status == 422
    assert len(await shop.members()) == 1


@pytest.mark.parametrize("role", ["manager", "gate", "accountant"])
async def test_only_owners_say_who_works_there(accounts: Accounts, shop: Shop, role: str) -> None:
    joined = await shop.join(CHEN, role)
    chen = joined["access_token"]
    path = f"{shop.path}/{joined['account_id']}"
    for method, address, body in (
        ("POST", shop.path, {"email": WANG, "role": "owner"}),
        ("GET", shop.path, None),
        ("PUT", path, {"role": "owner"}),
        ("DELETE", path, None),
    ):
        assert (await accounts.call(method, address, body, token=chen)).status == 403


async def test_somebody_elses_organisation_is_not_found(accounts: Accounts, shop: Shop) -> None:
    other = await accounts.create_organisation(await accounts.office_token())
    made_up = str(uuid4())
    member = str(uuid4())
    for method, rest, body in (
        ("POST", "", {"email": WANG, "role": "owner"}),
        ("GET", "", None),
        ("PUT", f"/{member}", {"role": "gate"}),
        ("DELETE", f"/{member}", None),
    ):
        answers = [
            await accounts.call(
                method, f"/v1/organisations/{one}/members{rest}", body, token=shop.owner
            )
            for one in (other, made_up)
        ]
        assert [answer.status for answer in answers] == [404, 404]
        theirs, nobodys = (
            {name: answer.json[name] for name in ("type", "title", "status", "detail", "code")}
            for answer in answers
        )
        assert theirs == nobodys


async def test_a_new_role_ends_the_tokens_that_carry_the_old_one(
    accounts: Accounts, shop: Shop
) -> None:
    chen = await shop.join(CHEN, "owner")
    path = f"{shop.path}/{chen['account_id']}"
    changed = await accounts.call("PUT", path, {"role": "accountant"}, token=shop.owner)
    assert (changed.status, changed.json["role"]) == (200, "accountant")
    revocations = (
        await accounts.call("GET", "/v1/revocations", token=await accounts.service_token("venues"))
    ).text
    assert chen["account_id"] in revocations
    renewed = (await accounts.renew(chen["session_token"])).json
    me = await accounts.call("GET", "/v1/me", token=renewed["access_token"])
    assert me.json["organisations"][0]["role"] == "accountant"


async def test_who_leaves_takes_their_keys_along(accounts: Accounts, shop: Shop) -> None:
    joined = await shop.join(CHEN, "owner")
    chen = joined["access_token"]
    body = {"organisation_id": shop.organisation, "name": "gate", "scopes": ["gate.check_in"]}
    key = (await accounts.call("POST", "/v1/api-keys", body, token=chen)).json["key"]
    path = f"{shop.path}/{joined['account_id']}"
    assert (await accounts.call("DELETE", path, token=shop.owner)).status == 204
    assert len(await shop.members()) == 1
    exchanged = await accounts.call("POST", "/v1/api-key-tokens", {"api_key": key})
    assert exchanged.code == "api_key_not_recognised"
    assert (await accounts.call("DELETE", path, token=shop.owner)).status == 404


async def test_the_last_owner_stays(accounts: Accounts, shop: Shop) -> None:
    [lin] = await shop.members()
    path = f"{shop.path}/{lin['account_id']}"
    demoted = await accounts.call("PUT", path, {"role": "manager"}, token=shop.owner)
    removed = await accounts.call("DELETE", path, token=shop.owner)
    assert [(answer.status, answer.code) for answer in (demoted, removed)] == [
        (409, "last_owner"),
        (409, "last_owner"),
    ]
    assert [member["role"] for member in await shop.members()] == ["owner"]


async def test_of_two_owners_who_remove_each_other_at_once_one_stays(
    accounts: Accounts, shop: Shop
) -> None:
    joined = await shop.join(CHEN, "owner")
    chen = joined["access_token"]
    [lin] = [one for one in await shop.members() if one["email"] == "l***@e***.com"]
    answers = await asyncio.gather(
        accounts.call("DELETE", f"{shop.path}/{joined['account_id']}", token=shop.owner),
        accounts.call("DELETE", f"{shop.path}/{lin['account_id']}", token=chen),
    )
    assert sorted(answer.status for answer in answers) == [204, 401]
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from organisation_members") == 1


async def test_a_contact_added_many_times_at_once_gets_one_account(accounts: Accounts) -> None:
    office = await accounts.office_token()
    shops = [
        Shop(accounts, await accounts.create_organisation(office, f"商户{n}"), office)
        for n in range(5)
    ]
    code = await accounts.ask_code(CHEN)
    *added, signed_in = await asyncio.gather(
        *(shop.add({"email": CHEN, "role": "manager"}) for shop in shops),
        accounts.try_code(CHEN, code),
    )
    assert {answer.status for answer in (*added, signed_in)} == {201}
    assert len({answer.json["account_id"] for answer in (*added, signed_in)}) == 1


async def test_there_is_no_adding_to_an_organisation_that_does_not_exist(
    accounts: Accounts,
) -> None:
    office = await accounts.office_token()
    nobody = Shop(accounts, str(uuid4()), office)
    answer = await nobody.add({"email": CHEN, "role": "manager"})
    assert (answer.status, answer.code) == (404, "not_found")
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from accounts") == 1
