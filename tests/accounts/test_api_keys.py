import asyncio
from typing import Any
from uuid import uuid4

import pytest

from services.accounts.api_keys import SCOPES
from shared.db import acquire
from shared.http.keys import VERIFIER
from tests.accounts.accounts_client import Accounts, Answer, Json

LIN = "lin@example.com"
PATH = "/v1/api-keys"


@pytest.fixture
async def owner(accounts: Accounts) -> tuple[str, str]:
    """Return an owner's token and their organisation."""
    return await accounts.register(await accounts.sign_in(LIN))


async def make(accounts: Accounts, owner: tuple[str, str], **body: Any) -> Answer:
    token, organisation = owner
    wanted = {"organisation_id": organisation, "name": "门口闸机", "scopes": ["gate.check_in"]}
    return await accounts.call("POST", PATH, wanted | body, token=token)


async def exchange(accounts: Accounts, key: str) -> Answer:
    return await accounts.call("POST", "/v1/api-key-tokens", {"api_key": key})


async def listed(accounts: Accounts, owner: tuple[str, str]) -> list[Json]:
    token, organisation = owner
    answer = await accounts.call("GET", f"{PATH}?organisation={organisation}", token=token)
    items: list[Json] = answer.json["items"]
    return items


async def test_a_key_becomes_a_token_that_may_what_its_scopes_name(
    accounts: Accounts, owner: tuple[str, str]
) -> None:
    made = await make(accounts, owner)
    assert made.status == 201
    exchanged = await exchange(accounts, made.json["key"])
    assert exchanged.status == 201
    caller = await accounts.app[VERIFIER].verify(exchanged.json["access_token"])
    assert caller.may("gate.check_in")
    assert not caller.may("venue.change")
    assert not caller.may("account.own")
    me = await accounts.call("GET", "/v1/me", token=exchanged.json["access_token"])
    assert me.status == 403


async def test_a_key_is_shown_once_and_kept_by_nobody(
    accounts: Accounts, owner: tuple[str, str]
) -> None:
    token, organisation = owner
    body = {"organisation_id": organisation, "name": "x", "scopes": ["gate.check_in"]}
    headers = {"Idempotency-Key": "one"}
    first = await accounts.call("POST", PATH, body, token=token, headers=headers)
    again = await accounts.call("POST", PATH, body, token=token, headers=headers)
    assert again.json == first.json | {"key": None}
    key = first.json["key"]
    [shown] = await listed(accounts, owner)
    assert key.startswith(shown["first_characters"])
    assert len(shown["first_characters"]) < len(key) / 3
    async with acquire(accounts.database) as conn:
        kept = await conn.fetchval(
            "select string_agg(t::text, '') from (select * from api_keys) as t"
        )
        answers = await conn.fetchval("select string_agg(t::text, '') from idempotency_keys as t")
    assert key not in kept
    assert key not in answers


async def test_the_last_use_of_a_key_is_shown(accounts: Accounts, owner: tuple[str, str]) -> None:
    key = (await make(accounts, owner)).json["key"]
    assert (await listed(accounts, owner))[0]["last_used_at"] is None
    await exchange(accounts, key)
    assert (await listed(accounts, owner))[0]["last_used_at"] is not None


async def test_a_revoked_key_and_its_tokens_are_good_no_longer(
    accounts: Accounts, owner: tuple[str, str]
) -> None:
    made = (await make(accounts, owner)).json
    await exchange(accounts, made["key"])
    path = f"{PATH}/{made['key_id']}"
    for _ in range(2):
        assert (await accounts.call("DELETE", path, token=owner[0])).status == 204
    assert (await exchange(accounts, made["key"])).code == "api_key_not_recognised"
    service = await accounts.service_token("bookings")
    revoked = await accounts.call("GET", "/v1/revocations", token=service)
    assert made["key_id"] in revoked.text
    assert (await listed(accounts, owner))[0]["revoked_at"] is not None


@pytest.mark.parametrize("what", ["deactivations", "second-factor-resets"])
async def test_keys_end_with_the_account_or_with_the_second_factor_of_their_maker(
    accounts: Accounts, owner: tuple[str, str], what: str
) -> None:
    made = (await make(accounts, owner)).json
    token = (await exchange(accounts, made["key"])).json["access_token"]
    office = await accounts.office_token()
    path = f"/v1/accounts/{made['created_by']}/{what}"
    ended = await accounts.call("POST", path, {"reason": "电话被盗"}, token=office)
    assert ended.status == 201
    assert (await accounts.call("GET", "/v1/organisations", token=token)).status == 401
    async with acquire(accounts.database) as conn:
        await conn.execute("update accounts set deactivated_at = null")
        assert await conn.fetchval("select revoked_by from api_keys") is not None
    assert (await exchange(accounts, made["key"])).code == "api_key_not_recognised"


async def test_a_key_ends_by_itself(accounts: Accounts, owner: tuple[str, str]) -> None:
    made = (await make(accounts, owner, days=1)).json
    async with acquire(accounts.database) as conn:
        await conn.execute(
            "update api_keys set created_at = now() - interval '2 days', "
            "expires_at = now() - interval '1 day'"
        )
    assert (await exchange(accounts, made["key"])).status == 401


@pytest.mark.parametrize("key", ["xiangyou_nonsense", "x", "' or 1=1"])
async def test_nonsense_is_no_key(accounts: Accounts, key: str) -> None:
    answer = await exchange(accounts, key)
    assert (answer.status, answer.code) == (401, "api_key_not_recognised")


@pytest.mark.parametrize(
    "body",
    [
        {"scopes": []},
        {"scopes": ["venue.decide"]},
        {"scopes": ["member.manage"]},
        {"scopes": ["api_key.manage"]},
        {"scopes": ["*"]},
        {"days": 0},
        {"days": 366},
        {"days": True},
        {"name": ""},
        {"key": "mine"},
    ],
)
async def test_bad_input_makes_no_key(
    accounts: Accounts, owner: tuple[str, str], body: Json
) -> None:
    assert (await make(accounts, owner, **body)).status == 422
    assert await listed(accounts, owner) == []


async def test_a_key_is_its_owners_only(accounts: Accounts, owner: tuple[str, str]) -> None:
    made = (await make(accounts, owner)).json
    other, _ = await accounts.register(await accounts.sign_in("wang@example.com"))
    revoked = await accounts.call("DELETE", f"{PATH}/{made['key_id']}", token=other)
    nobodys = await accounts.call("DELETE", f"{PATH}/{uuid4()}", token=other)
    assert revoked.status == nobodys.status == 404
    assert revoked.code == nobodys.code
    query = f"{PATH}?organisation={owner[1]}"
    assert (await accounts.call("GET", query, token=other)).status == 404
    assert (await make(accounts, (other, owner[1]))).status == 404
    assert (await listed(accounts, owner))[0]["revoked_at"] is None


async def test_an_organisation_has_twenty_keys_however_many_are_asked_for_at_once(
    accounts: Accounts, owner: tuple[str, str]
) -> None:
    answers = await asyncio.gather(*(make(accounts, owner, name=f"k{n}") for n in range(23)))
    refused = [answer.code for answer in answers if answer.status != 201]
    assert refused == ["too_many_api_keys"] * 3


def test_no_scope_is_the_offices_alone() -> None:
    assert {"gate.check_in", "venue.change", "statement.read"} <= SCOPES
    assert not SCOPES & {"venue.decide", "audit.read", "role.manage", "member.manage"}
