import asyncio
from uuid import uuid4

from shared.db import acquire
from tests.accounts.accounts_client import Accounts, Answer, Json

LIN = "lin@example.com"


async def add(
    accounts: Accounts, token: str | None, organisation: str, body: Json, **headers: str
) -> Answer:
    path = f"/v1/organisations/{organisation}/members"
    return await accounts.call("POST", path, body, token=token, headers=headers)


async def list_of(accounts: Accounts, token: str, query: str = "") -> Answer:
    return await accounts.call("GET", f"/v1/organisations{query}", token=token)


async def test_the_office_enters_an_organisation(accounts: Accounts) -> None:
    office = await accounts.office_token()
    answer = await accounts.call("POST", "/v1/organisations", {"name": "嘉溪露营"}, token=office)
    assert answer.status == 201
    assert answer.json.keys() == {"organisation_id", "name"}
    assert (await list_of(accounts, office)).json == {"items": [answer.json], "next": None}


async def test_the_same_request_enters_one_organisation(accounts: Accounts) -> None:
    office = await accounts.office_token()

    async def create(name: str) -> Answer:
        headers = {"Idempotency-Key": "one"}
        return await accounts.call(
            "POST", "/v1/organisations", {"name": name}, token=office, headers=headers
        )

    first = await create("嘉溪露营")
    assert (await create("嘉溪露营")).json == first.json
    assert (await create("岩河里书香市集")).code == "idempotency_key_reused"
    assert len((await list_of(accounts, office)).json["items"]) == 1


async def test_only_the_office_enters_organisations_and_members(accounts: Accounts) -> None:
    organisation = await accounts.create_organisation(await accounts.office_token())
    visitor = (await accounts.sign_in(LIN))["access_token"]
    service = await accounts.service_token("venues")
    for token, status in ((None, 401), (visitor, 403), (service, 403)):
        created = await accounts.call("POST", "/v1/organisations", {"name": "x"}, token=token)
        assert created.status == status
        assert (await add(accounts, token, organisation, {"email": LIN})).status == status


async def test_a_member_is_found_in_the_tokens_from_the_next_renewal(accounts: Accounts) -> None:
    office = await accounts.office_token()
    organisation = await accounts.create_organisation(office)
    session = await accounts.sign_in(LIN)
    answer = await add(accounts, office, organisation, {"email": LIN})
    assert answer.status == 201
    assert answer.json == {
        "account_id": session["account_id"],
        "organisation_id": organisation,
    }
    renewed = (await accounts.renew(session["session_token"])).json
    assert renewed["organisations"] == [organisation]
    me = await accounts.call("GET", "/v1/me", token=renewed["access_token"])
    assert me.json["organisations"] == [{"organisation_id": organisation, "name": "嘉溪露营"}]
    assert me.headers["ETag"] == '"2"'


async def test_an_unknown_contact_finds_its_organisation_at_the_first_sign_in(
    accounts: Accounts,
) -> None:
    office = await accounts.office_token()
    organisation = await accounts.create_organisation(office)
    added = await add(accounts, office, organisation, {"phone": "138 0013 8000"})
    async with acquire(accounts.database) as conn:
        told = await conn.fetch("select from outbox where subject = $1", added.json["account_id"])
    assert not told
    session = await accounts.sign_in("+8613800138000")
    assert session["account_id"] == added.json["account_id"]
    assert session["organisations"] == [organisation]
    async with acquire(accounts.database) as conn:
        told = await conn.fetch("select from outbox where subject = $1", added.json["account_id"])
    assert len(told) == 1


async def test_a_contact_added_many_times_at_once_gets_one_account(accounts: Accounts) -> None:
    office = await accounts.office_token()
    organisations = [await accounts.create_organisation(office, f"商户{n}") for n in range(5)]
    code = await accounts.ask_code(LIN)
    *added, signed_in = await asyncio.gather(
        *(add(accounts, office, one, {"email": LIN}) for one in organisations),
        accounts.try_code(LIN, code),
    )
    assert {answer.status for answer in (*added, signed_in)} == {201}
    assert len({answer.json["account_id"] for answer in (*added, signed_in)}) == 1
    renewed = await accounts.renew(signed_in.json["session_token"])
    assert sorted(renewed.json["organisations"]) == sorted(organisations)


async def test_adding_a_member_again_changes_nothing(accounts: Accounts) -> None:
    office = await accounts.office_token()
    organisation = await accounts.create_organisation(office)
    first = await add(accounts, office, organisation, {"email": LIN})
    again = await add(accounts, office, organisation, {"email": LIN})
    assert (again.status, again.json) == (201, first.json)
    token = (await accounts.sign_in(LIN))["access_token"]
    assert (await accounts.call("GET", "/v1/me", token=token)).headers["ETag"] == '"2"'


async def test_there_is_no_adding_to_an_organisation_that_does_not_exist(
    accounts: Accounts,
) -> None:
    office = await accounts.office_token()
    answer = await add(accounts, office, str(uuid4()), {"email": LIN})
    assert (answer.status, answer.code) == (404, "not_found")
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from accounts") == 1


async def test_entering_needs_an_idempotency_key(accounts: Accounts) -> None:
    office = await accounts.office_token()
    headers = {"Authorization": f"Bearer {office}"}
    for path, body in (
        ("/v1/organisations", {"name": "x"}),
        (f"/v1/organisations/{uuid4()}/members", {"email": LIN}),
    ):
        async with accounts.client.post(path, json=body, headers=headers) as response:
            assert response.status == 400
            assert (await response.json())["code"] == "idempotency_key_required"


async def test_an_operator_sees_their_own_organisations_only(accounts: Accounts) -> None:
    office = await accounts.office_token()
    own = await accounts.create_organisation(office)
    await accounts.create_organisation(office, "岩河里书香市集")
    await add(accounts, office, own, {"email": LIN})
    operator = (await accounts.sign_in(LIN))["access_token"]
    answer = await list_of(accounts, operator)
    assert answer.json["items"] == [{"organisation_id": own, "name": "嘉溪露营"}]


async def test_a_visitor_sees_no_organisations(accounts: Accounts) -> None:
    visitor = (await accounts.sign_in(LIN))["access_token"]
    assert (await list_of(accounts, visitor)).status == 403
    assert (await accounts.call("GET", "/v1/organisations")).status == 401


async def test_the_list_comes_in_pages(accounts: Accounts) -> None:
    office = await accounts.office_token()
    created = [await accounts.create_organisation(office, f"商户{n}") for n in range(5)]
    seen: list[str] = []
    query = "?limit=2"
    for _ in range(3):
        page = (await list_of(accounts, office, query)).json
        seen += [item["organisation_id"] for item in page["items"]]
        query = f"?limit=2&cursor={page['next']}"
    assert seen == created
    assert page["next"] is None


async def test_a_made_up_page_is_refused(accounts: Accounts) -> None:
    office = await accounts.office_token()
    for query in ("?cursor=x", "?cursor=eyJhZnRlciI6MX0", "?limit=0", "?limit=101", "?page=2"):
        assert (await list_of(accounts, office, query)).status == 422
