import asyncio

from shared.db import acquire
from tests.accounts.accounts_client import Accounts, Answer

LIN = "lin@example.com"


async def list_of(accounts: Accounts, token: str, query: str = "") -> Answer:
    return await accounts.call("GET", f"/v1/organisations{query}", token=token)


async def test_a_newcomer_registers_an_organisation_and_owns_it(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    answer = await accounts.call(
        "POST", "/v1/organisations", {"name": "嘉溪露营"}, token=session["access_token"]
    )
    assert answer.status == 201
    organisation = answer.json["organisation_id"]
    me = await accounts.call("GET", "/v1/me", token=session["access_token"])
    assert me.json["organisations"] == [
        {"organisation_id": organisation, "name": "嘉溪露营", "role": "owner", "venues": None}
    ]


async def test_whoever_was_closed_out_a_moment_ago_registers_nothing(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    async with acquire(accounts.database) as conn:
        await conn.execute("update accounts set deactivated_at = now()")
    body = {"name": "嘉溪露营"}
    answer = await accounts.call("POST", "/v1/organisations", body, token=session["access_token"])
    assert (answer.status, answer.code) == (401, "not_signed_in")
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from organisations") == 0


async def test_the_office_registers_for_others_and_owns_nothing(accounts: Accounts) -> None:
    office = await accounts.office_token()
    answer = await accounts.call("POST", "/v1/organisations", {"name": "嘉溪露营"}, token=office)
    assert answer.status == 201
    [listed] = (await list_of(accounts, office)).json["items"]
    assert listed["organisation_id"] == answer.json["organisation_id"]
    me = await accounts.call("GET", "/v1/me", token=office)
    assert me.json["organisations"] == []


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


async def test_strangers_and_services_register_nothing(accounts: Accounts) -> None:
    service = await accounts.service_token("venues")
    for token, status in ((None, 401), (service, 403)):
        created = await accounts.call("POST", "/v1/organisations", {"name": "x"}, token=token)
        assert created.status == status


async def test_one_person_registers_ten_organisations_however_many_they_ask_for_at_once(
    accounts: Accounts,
) -> None:
    token = (await accounts.sign_in(LIN))["access_token"]
    answers = await asyncio.gather(
        *(
            accounts.call("POST", "/v1/organisations", {"name": f"商户{number}"}, token=token)
            for number in range(14)
        )
    )
    refused = [answer for answer in answers if answer.status != 201]
    assert {answer.code for answer in refused} <= {"too_many_organisations", "too_many_memberships"}
    assert len(refused) == 4
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from organisation_members") == 10


async def test_an_operator_sees_their_own_organisations_only(accounts: Accounts) -> None:
    await accounts.create_organisation(await accounts.office_token(), "岩河里书香市集")
    operator, own = await accounts.register(await accounts.sign_in(LIN))
    [listed] = (await list_of(accounts, operator)).json["items"]
    assert listed["organisation_id"] == own


async def test_a_key_sees_the_organisation_that_it_was_made_for_only(accounts: Accounts) -> None:
    session = await accounts.sign_in(LIN)
    await accounts.create_organisation(session["access_token"], "岩河里书香市集")
    owner, own = await accounts.register(session)
    body = {"organisation_id": own, "name": "list", "scopes": ["organisation.read"]}
    key = (await accounts.call("POST", "/v1/api-keys", body, token=owner)).json["key"]
    exchanged = await accounts.call("POST", "/v1/api-key-tokens", {"api_key": key})
    seen = (await list_of(accounts, exchanged.json["access_token"])).json["items"]
    assert [one["organisation_id"] for one in seen] == [own]


async def test_who_may_only_look_in_the_office_registers_as_anybody_does(
    accounts: Accounts,
) -> None:
    director = await accounts.office_token()
    appointed = {"email": LIN, "role": "office_viewer"}
    await accounts.call("POST", "/v1/office-members", appointed, token=director)
    viewer = (await accounts.sign_in(LIN))["access_token"]
    for number in range(10):
        await accounts.create_organisation(viewer, f"商户{number}")
    answer = await accounts.call("POST", "/v1/organisations", {"name": "更多"}, token=viewer)
    assert answer.status == 409
    me = await accounts.call("GET", "/v1/me", token=viewer)
    assert {one["role"] for one in me.json["organisations"]} == {"owner"}


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
