import asyncio

from shared.db import acquire
from tests.accounts.accounts_client import OFFICE_EMAIL, Accounts, Answer, Json

LIN = "lin@example.com"


async def change(accounts: Accounts, token: str, body: Json, **headers: str) -> Answer:
    return await accounts.call("PATCH", "/v1/me", body, token=token, headers=headers)


async def test_a_person_sees_their_own_account(accounts: Accounts) -> None:
    session = await accounts.sign_in("+8613800138000")
    answer = await accounts.call("GET", "/v1/me", token=session["access_token"])
    assert answer.status == 200
    assert answer.headers["ETag"] == '"1"'
    assert answer.json == {
        "account_id": session["account_id"],
        "name": None,
        "email": None,
        "phone": "+8613800138000",
        "language": "zh",
        "roles": ["visitor"],
        "organisations": [],
        "invitations": [],
    }


async def test_a_person_changes_their_name_and_language(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    answer = await change(accounts, token, {"name": "  林 小满 "})
    assert (answer.status, answer.json["name"], answer.headers["ETag"]) == (200, "林 小满", '"2"')
    answer = await change(accounts, token, {"language": "en"})
    assert (answer.json["name"], answer.json["language"]) == ("林 小满", "en")
    answer = await change(accounts, token, {"name": None})
    assert (answer.json["name"], answer.json["language"]) == (None, "en")


async def test_a_change_of_nothing_is_no_new_version(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    answer = await change(accounts, token, {})
    assert (answer.status, answer.headers["ETag"]) == (200, '"1"')


async def test_a_name_is_kept_sealed(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    await change(accounts, token, {"name": "Lin Xiaoman"})
    async with acquire(accounts.database) as conn:
        sealed = await conn.fetchval("select name from accounts")
    assert b"Lin" not in sealed


async def test_a_change_of_what_was_changed_meanwhile_is_refused(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    assert (await change(accounts, token, {"name": "林"}, **{"If-Match": '"1"'})).status == 200
    answer = await change(accounts, token, {"name": "王"}, **{"If-Match": '"1"'})
    assert (answer.status, answer.code) == (412, "precondition_failed")
    me = await accounts.call("GET", "/v1/me", token=token)
    assert me.json["name"] == "林"


async def test_of_ten_changes_at_once_from_one_version_one_succeeds(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    answers = await asyncio.gather(
        *(
            change(accounts, token, {"name": f"林{number}"}, **{"If-Match": '"1"'})
            for number in range(10)
        )
    )
    assert sorted(answer.status for answer in answers) == [200] + [412] * 9


async def test_an_account_that_did_not_change_is_not_sent_again(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    answer = await accounts.call("GET", "/v1/me", token=token, headers={"If-None-Match": '"1"'})
    assert (answer.status, answer.text) == (304, "")


async def test_what_cannot_be_a_name_is_refused(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    for name in ("", "   ", "林\n小满", "a\u202eb", "\u200b", "\u3164", "林" * 61, 7):
        answer = await change(accounts, token, {"name": name})
        assert answer.status == 422, name
    for body in ({"language": None}, {"language": "fr"}, {"roles": ["office"]}):
        assert (await change(accounts, token, body)).status == 422


async def test_only_a_person_has_an_account(accounts: Accounts) -> None:
    service = await accounts.service_token("web")
    for method in ("GET", "PATCH"):
        body: Json | None = {} if method == "PATCH" else None
        assert (await accounts.call(method, "/v1/me", body)).status == 401
        assert (await accounts.call(method, "/v1/me", body, token=service)).status == 403


async def test_a_closed_account_shows_nothing(accounts: Accounts) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    async with acquire(accounts.database) as conn:
        await conn.execute("update accounts set deactivated_at = now()")
    assert (await accounts.call("GET", "/v1/me", token=token)).status == 404
    assert (await change(accounts, token, {"name": "林"})).status == 404


async def test_joining_the_office_shows_in_the_version(accounts: Accounts) -> None:
    token = (await accounts.sign_in(OFFICE_EMAIL))["access_token"]
    answer = await accounts.call("GET", "/v1/me", token=token)
    assert answer.json["roles"] == ["office_director", "visitor"]
    assert answer.headers["ETag"] == '"2"'
