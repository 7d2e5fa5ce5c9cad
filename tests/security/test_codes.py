"""One-time codes as they arrive in real letters: few tries, minutes, once, for one contact."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Final

import pytest

from deploy.local.postgres import EmbeddedPostgres
from services.accounts.keys import CODES
from shared.core.ids import new_id
from tests.accounts.accounts_client import AGREED, Answer, Json, contact
from tests.security.platform import Platform, serve_platform
from tests.support.databases import clone

REFUSED: Final = (422, "login_code_not_accepted")
NEWEST: Final = "select {} from accounts.login_codes order by id desc limit 1"
SEND_AGAIN: Final = (
    "update accounts.login_code_sends set next_send_at = next_send_at - interval '31 seconds'"
)
A_DAY_LATER: Final = (
    "update accounts.login_code_sends"
    " set next_send_at = now(), window_started_at = window_started_at - interval '1 day'"
)


@pytest.fixture(scope="module")
async def platform(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[Platform]:
    async with clone(postgres, template) as database, serve_platform(database) as running:
        yield running


def somebody() -> str:
    return f"{new_id().hex}@example.com"


async def begin(platform: Platform) -> Json:
    """Have a code sent to somebody new; return what signs in by it."""
    address = somebody()
    answer = await platform.accounts.call("POST", "/v1/login-codes", contact(address))
    assert answer.status == 202, answer.text
    code = platform.accounts.notifications.code_for(address)
    return {**contact(address), "code": code, "attempt": answer.json["attempt"], **AGREED}


async def sign_in(platform: Platform, body: Json, **other: str) -> Answer:
    return await platform.accounts.call("POST", "/v1/sessions", {**body, **other})


def others(code: str, number: int) -> list[str]:
    return [f"{(int(code) + step) % 10**6:06d}" for step in range(1, number + 1)]


def is_refused(answer: Answer) -> bool:
    return (answer.status, answer.json.get("code")) == REFUSED


async def test_five_wrong_tries_end_a_code(platform: Platform) -> None:
    body = await begin(platform)
    for wrong in others(body["code"], 5):
        assert is_refused(await sign_in(platform, body, code=wrong))
    assert is_refused(await sign_in(platform, body))


async def test_twenty_wrong_tries_at_once_count_as_twenty(platform: Platform) -> None:
    body = await begin(platform)
    wrong = others(body["code"], 20)
    answers = await asyncio.gather(*(sign_in(platform, body, code=one) for one in wrong))
    assert all(map(is_refused, answers))
    assert await platform.run(NEWEST.format("tries")) == 5
    assert is_refused(await sign_in(platform, body))


async def test_of_twenty_right_tries_at_once_one_signs_in(platform: Platform) -> None:
    body = await begin(platform)
    before = await platform.run("select count(*) from accounts.sessions")
    answers = await asyncio.gather(*(sign_in(platform, body) for _ in range(20)))
    assert sorted(answer.status for answer in answers) == [201] + [422] * 19
    assert await platform.run("select count(*) from accounts.sessions") == before + 1
    assert is_refused(await sign_in(platform, body))


async def test_a_code_ends_after_five_minutes(platform: Platform) -> None:
    late = (
        "update accounts.login_codes set sent_at = sent_at - make_interval(secs => $1),"
        " expires_at = expires_at - make_interval(secs => $1)"
    )
    in_time, too_late = await begin(platform), await begin(platform)
    await platform.run(late, 290.0)
    assert (await sign_in(platform, in_time)).status == 201
    await platform.run(late, 10.0)
    assert is_refused(await sign_in(platform, too_late))


async def test_a_code_is_for_its_contact_attempt_and_purpose(platform: Platform) -> None:
    lin, wu = await begin(platform), await begin(platform)
    # Nothing of one sign-in serves another: contact, code and attempt belong together.
    for mixed in (
        {**lin, "email": wu["email"]},
        {**lin, "attempt": wu["attempt"]},
        {**wu, "attempt": lin["attempt"], "code": lin["code"]},
    ):
        assert is_refused(await sign_in(platform, mixed))
    session = (await sign_in(platform, lin)).json
    # It signs in; it is no second factor.
    for path in ("/v1/sessions/second-factors", "/v1/me/second-factors/totp/confirmations"):
        field = "totp" if path.endswith("second-factors") else "code"
        answer = await platform.accounts.call(
            "POST", path, {field: wu["code"]}, token=session["access_token"]
        )
        assert answer.status in {409, 422}
    assert (await sign_in(platform, wu)).status == 201


async def test_a_code_is_kept_as_a_keyed_hash_that_is_its_own(platform: Platform) -> None:
    body = await begin(platform)
    row = await platform.run(NEWEST.format("login_codes::text"))
    code = body["code"].encode()
    for name in ("md5", "sha1", "sha256", "sha512", "blake2b", "sha3_256"):
        assert hashlib.new(name, code).hexdigest() not in row
    assert f",{body['code']}," not in row
    assert body["attempt"] not in row
    # Bound to this sending: the same digits for somebody else have another hash.
    hashes = {
        platform.accounts.app[CODES].hash(
            body["code"], code_id=code_id, contact_index=b"i" * 32, purpose="login"
        )
        for code_id in (new_id(), new_id())
    }
    assert len(hashes) == 2


async def test_one_contact_gets_one_code_in_half_a_minute_and_twenty_a_day(
    platform: Platform,
) -> None:
    lin = somebody()
    answers = await asyncio.gather(
        *(platform.accounts.call("POST", "/v1/login-codes", contact(lin)) for _ in range(10))
    )
    assert sorted(answer.status for answer in answers) == [202] + [429] * 9
    for _ in range(19):
        await platform.run(SEND_AGAIN)
        assert (await platform.accounts.call("POST", "/v1/login-codes", contact(lin))).status == 202
    await platform.run(SEND_AGAIN)
    refused = await platform.accounts.call("POST", "/v1/login-codes", contact(lin))
    assert (refused.status, refused.code) == (429, "too_many_requests")
    assert 80_000 < int(refused.headers["Retry-After"]) <= 86_400
    assert [one for one in platform.sink.mailboxes if one == lin] == [lin] * 20
    # Another spelling of it is no other contact; another person is.
    shouted = await platform.accounts.call("POST", "/v1/login-codes", contact(lin.upper()))
    assert shouted.status == 429
    assert (
        await platform.accounts.call("POST", "/v1/login-codes", contact(somebody()))
    ).status == 202
    await platform.run(A_DAY_LATER)
    assert (await platform.accounts.call("POST", "/v1/login-codes", contact(lin))).status == 202
