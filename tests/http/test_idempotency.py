"""Idempotency: sent twice, done once, answered alike."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.db import Database, acquire
from shared.http.idempotency import sweep_keys
from shared.http.keys import DATABASE
from tests.http.conftest import Client, Serve
from tests.http.example.app import example_app
from tests.http.example.routes import WORKSHOP, Workshop
from tests.support.tokens import TokenMaker

Connect = Callable[[str], Awaitable[Database]]


@pytest.fixture
async def database(connect: Connect) -> Database:
    return await connect("bookings")


@pytest.fixture
async def lending(serve: Serve, tokens: TokenMaker, database: Database) -> Client:
    app = example_app(verifier=tokens.verifier())
    app[DATABASE] = database
    return await serve(app)


@pytest.fixture
def workshop(lending: Client) -> Workshop:
    assert lending.app is not None
    return lending.app[WORKSHOP]


@pytest.fixture
def mine(tokens: TokenMaker) -> dict[str, str]:
    return TokenMaker.header(tokens.person()) | {"Idempotency-Key": "key-1"}


async def lend(
    client: Client, loan: object, headers: dict[str, str]
) -> tuple[int, str, str | None]:
    async with client.post("/v1/loans", json=loan, headers=headers) as answer:
        return answer.status, await answer.text(), answer.headers.get("Idempotency-Replayed")


async def code_of(client: Client, loan: object, headers: dict[str, str]) -> tuple[int, str]:
    status, text, _ = await lend(client, loan, headers)
    return status, json.loads(text)["code"]


async def test_a_request_sent_again_gets_the_same_answer_and_is_done_once(
    lending: Client, workshop: Workshop, loan: dict[str, Any], mine: dict[str, str]
) -> None:
    first = await lend(lending, loan, mine)
    again = await lend(lending, loan, mine)
    assert first == (201, '{"name":"little one","day":"2026-10-01","cups":1}', None)
    assert again == (*first[:2], "true")
    assert len(workshop.lent) == 1


async def test_spaces_and_the_order_of_members_make_no_other_request(
    lending: Client, workshop: Workshop, loan: dict[str, Any], mine: dict[str, str]
) -> None:
    await lend(lending, loan, mine)
    reordered = json.dumps(dict(reversed(loan.items())), indent=3).encode()
    headers = mine | {"Content-Type": "application/json"}
    async with lending.post("/v1/loans", data=reordered, headers=headers) as answer:
        assert (answer.status, answer.headers["Idempotency-Replayed"]) == (201, "true")
    assert len(workshop.lent) == 1


async def test_a_key_with_another_body_is_refused(
    lending: Client, workshop: Workshop, loan: dict[str, Any], mine: dict[str, str]
) -> None:
    await lend(lending, loan, mine)
    answer = await code_of(lending, loan | {"name": "other"}, mine)
    assert answer == (422, "idempotency_key_reused")
    assert len(workshop.lent) == 1


async def test_keys_of_different_callers_never_meet(
    lending: Client,
    workshop: Workshop,
    tokens: TokenMaker,
    loan: dict[str, Any],
    mine: dict[str, str],
) -> None:
    await lend(lending, loan, mine)
    theirs = mine | TokenMaker.header(tokens.person())
    assert await lend(lending, loan | {"name": "other"}, theirs) == (
        201,
        '{"name":"other","day":"2026-10-01","cups":1}',
        None,
    )
    assert len(workshop.lent) == 2


async def test_of_many_at_once_one_is_done_and_the_others_hear_of_it(
    lending: Client, workshop: Workshop, loan: dict[str, Any], mine: dict[str, str]
) -> None:
    workshop.may_finish.clear()
    first = asyncio.create_task(lend(lending, loan, mine))
    await workshop.entered.wait()
    meanwhile = await asyncio.gather(*(code_of(lending, loan, mine) for _ in range(5)))
    assert set(meanwhile) == {(409, "request_in_flight")}
    workshop.may_finish.set()
    assert (await first)[0] == 201
    assert (await lend(lending, loan, mine))[2] == "true"
    assert len(workshop.lent) == 1


async def test_a_burst_is_done_once_whoever_wins(
    lending: Client, workshop: Workshop, loan: dict[str, Any], mine: dict[str, str]
) -> None:
    answers = await asyncio.gather(*(lend(lending, loan, mine) for _ in range(20)))
    assert {status for status, _, _ in answers} <= {201, 409}
    assert sum(replayed is None and status == 201 for status, _, replayed in answers) == 1
    assert len(workshop.lent) == 1


async def test_a_request_that_was_refused_may_be_sent_again(
    lending: Client, workshop: Workshop, loan: dict[str, Any], mine: dict[str, str]
) -> None:
    assert await code_of(lending, loan | {"name": "busy"}, mine) == (409, "kettle_busy")
    assert (await lend(lending, loan, mine))[0] == 201
    assert len(workshop.lent) == 1


async def test_a_route_that_needs_a_key_says_so(
    lending: Client, loan: dict[str, Any], tokens: TokenMaker
) -> None:
    headers = TokenMaker.header(tokens.person())
    assert await code_of(lending, loan, headers) == (400, "idempotency_key_required")


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 65, "ключ"])
async def test_a_key_of_another_form_is_refused(
    lending: Client, loan: dict[str, Any], mine: dict[str, str], key: str
) -> None:
    answer = await code_of(lending, loan, mine | {"Idempotency-Key": key})
    assert answer == (422, "invalid_request")


async def test_a_key_may_be_optional(client: Client, tokens: TokenMaker) -> None:
    headers = TokenMaker.header(tokens.person())
    async with client.post("/v1/wishes", headers=headers | {"Idempotency-Key": "k"}) as answer:
        assert (answer.status, await answer.json()) == (202, {"name": "k"})
    async with client.post("/v1/wishes", headers=headers) as answer:
        assert (await answer.json())["name"].startswith("account:")


async def test_keys_are_kept_for_two_days(database: Database) -> None:
    insert = """
        insert into idempotency_keys (caller, key, fingerprint, status, created_at)
        values ('account:1', $1, sha256(''), 201, now() - $2::interval)
    """
    async with acquire(database) as conn:
        await conn.execute(insert, "younger", timedelta(hours=47))
        await conn.execute(insert, "older", timedelta(hours=49))
        await sweep_keys(conn)
        kept = await conn.fetch("select key from idempotency_keys")
    assert [row["key"] for row in kept] == ["younger"]
