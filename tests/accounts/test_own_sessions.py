import asyncio

import pytest

from services.accounts.domain.devices import Device, device_of
from shared.db import acquire
from tests.accounts.accounts_client import Accounts, Json

LIN = "lin@example.com"
CHROME = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


async def sign_in_on(accounts: Accounts, user_agent: str) -> Json:
    async with acquire(accounts.database) as conn:
        await conn.execute("delete from login_code_sends")
    code = await accounts.ask_code(LIN)
    answer = await accounts.try_code(LIN, code, **{"User-Agent": user_agent})
    assert answer.status == 201
    session: Json = answer.json
    return session


async def listed(accounts: Accounts, session: Json) -> list[Json]:
    answer = await accounts.call("GET", "/v1/me/sessions", token=session["access_token"])
    assert answer.status == 200
    items: list[Json] = answer.json["items"]
    return items


async def test_a_person_sees_where_they_are_signed_in(accounts: Accounts) -> None:
    await sign_in_on(accounts, SAFARI)
    session = await sign_in_on(accounts, CHROME)
    newest, oldest = await listed(accounts, session)
    assert (newest["browser"], newest["system"]) == ("Chrome", "Android")
    assert (newest["is_current"], newest["has_second_factor"]) == (True, False)
    assert (oldest["browser"], oldest["system"]) == ("Safari", "iPhone")
    assert not oldest["is_current"]
    assert newest["created_at"] <= newest["last_used_at"]


async def test_what_the_browser_says_is_not_kept(accounts: Accounts) -> None:
    await sign_in_on(accounts, CHROME)
    async with acquire(accounts.database) as conn:
        rows = await conn.fetch("select * from sessions")
    assert "142" not in str([tuple(row) for row in rows])


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        pytest.param(CHROME, Device("Chrome", "Android"), id="chrome"),
        pytest.param(SAFARI, Device("Safari", "iPhone"), id="safari"),
        pytest.param(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0 Safari/537.36 Edg/142.0",
            Device("Edge", "Windows"),
            id="edge",
        ),
        pytest.param(
            "Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile MicroMessenger/8.0.50",
            Device("WeChat", "Android"),
            id="wechat",
        ),
        pytest.param(
            "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 Chrome/114 ArkWeb/4.1",
            Device("Chrome", "HarmonyOS"),
            id="harmony",
        ),
        pytest.param(
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            Device("Firefox", "Linux"),
            id="firefox",
        ),
        pytest.param("curl/8.5", Device(None, None), id="unknown"),
        pytest.param("<script>" * 9000, Device(None, None), id="nonsense"),
        pytest.param(None, Device(None, None), id="nothing"),
    ],
)
def test_a_device_is_named_as_people_name_it(user_agent: str | None, device: Device) -> None:
    assert device_of(user_agent) == device


async def test_a_session_that_is_ended_elsewhere_ends_with_its_tokens(accounts: Accounts) -> None:
    lost, session = await sign_in_on(accounts, SAFARI), await sign_in_on(accounts, CHROME)
    _, lost_one = await listed(accounts, session)
    path = f"/v1/me/sessions/{lost_one['session_id']}"
    answers = await asyncio.gather(
        *(accounts.call("DELETE", path, token=session["access_token"]) for _ in range(4))
    )
    assert sorted(answer.status for answer in answers) == [204, 404, 404, 404]
    assert (await accounts.renew(lost["session_token"])).status == 401
    assert (await accounts.call("GET", "/v1/me", token=lost["access_token"])).status == 401
    assert len(await listed(accounts, session)) == 1


async def test_all_other_sessions_end_at_once(accounts: Accounts) -> None:
    others = [await sign_in_on(accounts, SAFARI) for _ in range(3)]
    session = await sign_in_on(accounts, CHROME)
    token = session["access_token"]
    for _ in range(2):
        assert (await accounts.call("DELETE", "/v1/me/other-sessions", token=token)).status == 204
    for other in others:
        assert (await accounts.renew(other["session_token"])).status == 401
        assert (await accounts.call("GET", "/v1/me", token=other["access_token"])).status == 401
    assert [one["is_current"] for one in await listed(accounts, session)] == [True]


async def test_sessions_are_listed_page_by_page(accounts: Accounts) -> None:
    for _ in range(3):
        session = await sign_in_on(accounts, CHROME)
    seen: list[str] = []
    cursor = ""
    while True:
        path = f"/v1/me/sessions?limit=2{cursor}"
        answer = (await accounts.call("GET", path, token=session["access_token"])).json
        seen += [one["session_id"] for one in answer["items"]]
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"
    assert len(seen) == len(set(seen)) == 3


async def test_sessions_are_ones_own(accounts: Accounts) -> None:
    session = await sign_in_on(accounts, CHROME)
    (own,) = await listed(accounts, session)
    wu = await accounts.sign_in("wu@example.com")
    assert own["session_id"] not in {one["session_id"] for one in await listed(accounts, wu)}
    path = f"/v1/me/sessions/{own['session_id']}"
    refused = await accounts.call("DELETE", path, token=wu["access_token"])
    missing = await accounts.call(
        "DELETE", f"/v1/me/sessions/{wu['account_id']}", token=wu["access_token"]
    )
    assert (refused.status, missing.status) == (404, 404)
    assert (await accounts.renew(session["session_token"])).status == 201
    for method, path in (("GET", "/v1/me/sessions"), ("DELETE", "/v1/me/other-sessions")):
        assert (await accounts.call(method, path)).status == 401
        service = await accounts.service_token("web")
        assert (await accounts.call(method, path, token=service)).status == 403
