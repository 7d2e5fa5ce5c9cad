"""What people agreed to is written down, can be taken back, and children need their guardian."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from shared.db import acquire
from tests.accounts.accounts_client import (
    AGREED,
    OFFICE_EMAIL,
    Accounts,
    Answer,
    Json,
    contact,
    serve_accounts,
    serve_notifications,
)
from tests.accounts.software_authenticator import SoftwareAuthenticator
from tests.accounts.test_passkeys import add as add_passkey
from tests.accounts.test_passkeys import sign_in as sign_in_by_passkey
from tests.conftest import DatabaseUrl

LIN = "lin@example.com"
CURRENT = "2026-11-01"
EARLIER = "2026-01-01"

AGREED_TO_EARLIER = """
    insert into consents (consent_id, account_id, text, version, given, fourteen_or_older)
    values (uuidv7(), $1::text::uuid, 'privacy', $2, true, true)
"""


@pytest.fixture
async def accounts(database_url: DatabaseUrl) -> AsyncIterator[Accounts]:
    async with (
        serve_notifications() as notifications,
        serve_accounts(notifications, database_url=database_url("accounts")) as running,
    ):
        yield running


async def agree(
    accounts: Accounts, token: str | None, text: str, *, given: bool = True, **body: str
) -> Answer:
    sent = {"text": text, "version": CURRENT, "given": given, **body}
    return await accounts.call("POST", "/v1/me/consents", sent, token=token)


async def add_child(accounts: Accounts, token: str | None, **body: object) -> Answer:
    sent = {"name": "钱小满", "birth_year": 2020, **body}
    return await accounts.call("POST", "/v1/me/children", sent, token=token)


async def sign_in_saying(accounts: Accounts, **said: object) -> Answer:
    code = await accounts.ask_code(LIN)
    return await say(accounts, code, **said)


async def say(accounts: Accounts, code: str, **said: object) -> Answer:
    return await accounts.call("POST", "/v1/sessions", {**contact(LIN), "code": code, **said})


@dataclass
class Lin:
    """Somebody with a passkey, who signs in the way that a test is about."""

    accounts: Accounts
    session: Json
    passkey: SoftwareAuthenticator

    @classmethod
    async def begin(cls, accounts: Accounts) -> "Lin":
        session, passkey = await accounts.sign_in(LIN), SoftwareAuthenticator()
        added = await add_passkey(accounts, session["access_token"], passkey)
        return cls(accounts, added.json["session"], passkey)

    async def sign_in(self, way: str, **said: Any) -> Answer:
        if way == "passkey":
            return await sign_in_by_passkey(self.accounts, self.passkey, **said)
        async with acquire(self.accounts.database) as conn:
            await conn.execute("delete from login_code_sends")
        return await sign_in_saying(self.accounts, **said)


async def consents_of(accounts: Accounts, token: str) -> list[Json]:
    listed = (await accounts.call("GET", "/v1/me/consents", token=token)).json["items"]
    return [{name: one[name] for name in ("text", "version", "given")} for one in listed]


async def test_everybody_reads_the_texts_in_both_languages(accounts: Accounts) -> None:
    texts = (await accounts.call("GET", "/v1/consent-texts")).json["items"]
    assert {one["text"]: one["is_required"] for one in texts} == {
        "privacy": True,
        "children": False,
        "marketing": False,
    }
    assert all(one["is_current"] and one["body"]["zh"] and one["body"]["en"] for one in texts)


async def test_the_notice_that_was_agreed_to_is_recorded_at_sign_in_once(
    accounts: Accounts,
) -> None:
    first = await sign_in_saying(accounts, **AGREED)
    assert first.status == 201
    async with acquire(accounts.database) as conn:
        await conn.execute("delete from login_code_sends")
    again = await sign_in_saying(accounts, accepted_privacy_version=CURRENT)
    token = again.json["access_token"]
    assert await consents_of(accounts, token) == [
        {"text": "privacy", "version": CURRENT, "given": True}
    ]
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select fourteen_or_older from consents")


@pytest.mark.parametrize(
    "said",
    [{}, {"accepted_privacy_version": CURRENT}, {"fourteen_or_older": True}, {"birth_year": 1990}],
)
async def test_no_account_begins_without_consent_and_age_and_the_code_stays_good(
    accounts: Accounts, said: Json
) -> None:
    code = await accounts.ask_code(LIN)
    refused = await say(accounts, code, **said)
    assert (refused.status, refused.code) == (409, "privacy_consent_needed")
    assert refused.json["version"] == CURRENT
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from accounts") == 0
        assert await conn.fetchval("select count(*) from consents") == 0
    assert (await say(accounts, code, **AGREED)).status == 201


async def test_whoever_was_invited_agrees_at_their_first_sign_in(accounts: Accounts) -> None:
    token = (await accounts.sign_in(OFFICE_EMAIL))["access_token"]
    organisation = await accounts.create_organisation(token)
    path = f"/v1/organisations/{organisation}/members"
    invited = await accounts.call("POST", path, {**contact(LIN), "role": "gate"}, token=token)
    assert invited.status == 201
    refused = await sign_in_saying(accounts)
    assert (refused.status, refused.code) == (409, "privacy_consent_needed")


async def test_whoever_agreed_is_asked_again_only_after_taking_it_back(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    for given, status in ((None, 201), (False, 409)):
        if given is not None:
            await agree(accounts, session["access_token"], "privacy", given=given)
        async with acquire(accounts.database) as conn:
            await conn.execute("delete from login_code_sends")
        assert (await sign_in_saying(accounts)).status == status


@pytest.mark.parametrize("way", ["code", "passkey"])
async def test_whoever_agreed_to_an_earlier_notice_is_asked_at_the_next_sign_in(
    accounts: Accounts, way: str
) -> None:
    lin = await Lin.begin(accounts)
    async with acquire(accounts.database) as conn:
        await conn.execute(AGREED_TO_EARLIER, lin.session["account_id"], EARLIER)
    refused = await lin.sign_in(way)
    assert (refused.status, refused.code) == (409, "privacy_consent_needed")
    assert refused.json["version"] == CURRENT
    outdated = await lin.sign_in(way, accepted_privacy_version=EARLIER)
    assert (outdated.status, outdated.code) == (409, "consent_text_outdated")
    agreed = await lin.sign_in(way, accepted_privacy_version=CURRENT)
    assert agreed.status == 201
    versions = [one["version"] for one in await consents_of(accounts, agreed.json["access_token"])]
    assert versions == [CURRENT, EARLIER, CURRENT]
    # Once is enough, and leaves no more than one line.
    again = await lin.sign_in(way)
    assert again.status == 201
    assert len(await consents_of(accounts, again.json["access_token"])) == len(versions)


@pytest.mark.parametrize("way", ["code", "passkey"])
async def test_whoever_took_the_consent_back_gives_it_and_their_age_to_sign_in(
    accounts: Accounts, way: str
) -> None:
    lin = await Lin.begin(accounts)
    await agree(accounts, lin.session["access_token"], "privacy", given=False)
    for said in ({}, {"accepted_privacy_version": CURRENT}):
        refused = await lin.sign_in(way, **said)
        assert (refused.status, refused.code) == (409, "privacy_consent_needed")
    young = await lin.sign_in(way, **{**AGREED, "fourteen_or_older": False})
    assert (young.status, young.code) == (403, "too_young_for_account")
    assert (await lin.sign_in(way, **AGREED)).status == 201


async def test_whoever_says_to_be_younger_is_refused(accounts: Accounts) -> None:
    young = {"accepted_privacy_version": CURRENT, "fourteen_or_older": False}
    refused = await sign_in_saying(accounts, **young)
    assert (refused.status, refused.code) == (403, "too_young_for_account")
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from accounts") == 0


async def test_nobody_agrees_to_a_text_that_is_not_asked_for(accounts: Accounts) -> None:
    refused = await sign_in_saying(accounts, accepted_privacy_version="2020-01-01")
    assert (refused.status, refused.code) == (409, "consent_text_outdated")
    token = (await accounts.sign_in("wang@example.com"))["access_token"]
    unknown = await agree(accounts, token, "privacy", version="2020-01-01")
    assert (unknown.status, unknown.code) == (422, "invalid_request")
    assert (await agree(accounts, token, "cookies")).status == 422


async def test_a_consent_can_be_taken_back_and_its_history_stays(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    assert (await agree(accounts, token, "marketing")).status == 201
    assert (await agree(accounts, token, "marketing", given=False)).status == 201
    consents = [one for one in await consents_of(accounts, token) if one["text"] == "marketing"]
    assert [one["given"] for one in consents] == [False, True]
    assert (await agree(accounts, None, "marketing")).status == 401


async def test_consents_can_not_be_rewritten(accounts: Accounts) -> None:
    async with acquire(accounts.database) as conn:
        for statement in ("update consents set given = true", "delete from consents"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(statement)


async def test_a_child_is_kept_only_with_its_guardians_consent(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    refused = await add_child(accounts, token)
    assert (refused.status, refused.code) == (409, "guardian_consent_needed")
    await agree(accounts, token, "children")
    added = await add_child(accounts, token)
    assert added.status == 201
    listed = (await accounts.call("GET", "/v1/me/children", token=token)).json["items"]
    assert listed == [added.json]
    assert (listed[0]["name"], listed[0]["birth_year"]) == ("钱小满", 2020)


async def test_a_childs_name_lies_open_nowhere(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    await agree(accounts, token, "children")
    headers = {"Idempotency-Key": "one"}
    body = {"name": "钱小满", "birth_year": 2020}
    first, second = [
        await accounts.call("POST", "/v1/me/children", body, token=token, headers=headers)
        for _ in range(2)
    ]
    assert first.json == second.json
    async with acquire(accounts.database) as conn:
        kept = [
            *await conn.fetch("select * from children"),
            *await conn.fetch("select response::text from idempotency_keys"),
        ]
    assert "钱小满" not in repr(kept)
    assert "钱小满".encode() not in b"".join(
        value for row in kept for value in row.values() if isinstance(value, bytes)
    )


async def test_children_go_with_the_consent(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    await agree(accounts, token, "children")
    await add_child(accounts, token)
    # Whatever comes first: after the withdrawal there is no child.
    await asyncio.gather(
        agree(accounts, token, "children", given=False), add_child(accounts, token, name="二宝")
    )
    assert (await accounts.call("GET", "/v1/me/children", token=token)).json["items"] == []


async def test_nobody_sees_or_deletes_anothers_child(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    other = (await accounts.sign_in("wang@example.com"))["access_token"]
    await agree(accounts, token, "children")
    child = (await add_child(accounts, token)).json["child_id"]
    path = f"/v1/me/children/{child}"
    theirs = await accounts.call("DELETE", path, token=other)
    missing = await accounts.call("DELETE", f"/v1/me/children/{child[:-4]}0000", token=other)
    assert (theirs.status, theirs.code) == (missing.status, missing.code) == (404, "not_found")
    assert (await accounts.call("DELETE", path, token=token)).status == 204
    assert (await accounts.call("DELETE", path)).status == 401


async def test_ten_children_are_the_most_and_grown_ups_are_none(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    await agree(accounts, token, "children")
    assert (await add_child(accounts, token, birth_year=2001)).status == 422
    assert (await add_child(accounts, token, birth_year=2190)).status == 422
    for _ in range(10):
        assert (await add_child(accounts, token)).status == 201
    refused = await add_child(accounts, token)
    assert (refused.status, refused.code) == (409, "too_many_children")


@pytest.mark.parametrize(("age", "status"), [(10, 403), (14, 403), (15, 201), (40, 201)])
async def test_children_under_fourteen_get_no_account(
    accounts: Accounts, age: int, status: int
) -> None:
    # Who turns fourteen this year may still be thirteen.
    year = 2026
    async with acquire(accounts.database) as conn:
        year = await conn.fetchval("select extract(year from now())::integer")
        answer = await sign_in_saying(accounts, **AGREED, birth_year=year - age)
        assert answer.status == status
        assert await conn.fetchval("select count(*) from accounts") == (status == 201)
