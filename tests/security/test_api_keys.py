"""An organisation's program is a caller of its own: whoever holds its key is not its maker."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.accounts.app import REACTIONS
from shared.core.clock import SystemClock
from shared.core.ids import new_id
from shared.db import acquire, transaction
from shared.http.access import Caller
from shared.http.keys import VERIFIER
from shared.messaging import audit
from tests.accounts.accounts_client import Accounts, Json, serve_accounts, serve_notifications
from tests.bookings.village import OPERATOR, pottery
from tests.bookings.world import serve_bookings
from tests.conftest import DatabaseUrl
from tests.support.wires import Wires


@pytest.fixture
async def accounts(database_url: DatabaseUrl) -> AsyncIterator[Accounts]:
    async with (
        serve_notifications() as notifications,
        serve_accounts(notifications, database_url=database_url("accounts")) as running,
    ):
        yield running


@pytest.fixture
async def key(accounts: Accounts) -> Json:
    token, organisation = await accounts.register(await accounts.sign_in("lin@example.com"))
    body = {"organisation_id": organisation, "name": "收银", "scopes": ["order.serve"]}
    made = await accounts.call("POST", "/v1/api-keys", body, token=token)
    assert made.status == 201, made.text
    return dict(made.json)


async def exchange(accounts: Accounts, key: Json) -> Json:
    answer = await accounts.call("POST", "/v1/api-key-tokens", {"api_key": key["key"]})
    assert answer.status == 201, answer.text
    return dict(answer.json)


async def test_the_audit_log_names_the_key_and_not_its_maker(accounts: Accounts, key: Json) -> None:
    token = (await exchange(accounts, key))["access_token"]
    program = await accounts.app[VERIFIER].verify(token)
    assert program.key == f"key:{key['key_id']}"
    async with transaction(accounts.database) as conn:
        await audit.record(conn, program, action="line.called_off", subject=new_id())
    wires = Wires({"accounts": accounts.database}, {"accounts": (accounts.database, REACTIONS)})
    await wires.deliver()
    async with acquire(accounts.database) as conn:
        rows = await conn.fetch("select actor, actor_kind, action from audit_entries")
    entries = {row["action"]: (row["actor"], row["actor_kind"]) for row in rows}
    assert entries["line.called_off"] == (f"key:{key['key_id']}", "key")
    assert entries["api_key.made"] == (f"account:{key['created_by']}", "person")


def test_a_program_and_its_maker_are_two_callers() -> None:
    maker, key_id = uuid4(), uuid4()
    program = Caller(account_id=maker, session_id=key_id, scopes=frozenset({"order.serve"}))
    person = Caller(account_id=maker, session_id=uuid4())
    assert (program.key, person.key) == (f"key:{key_id}", f"account:{maker}")
    assert (program.is_program, person.is_program) == (True, False)


async def test_what_a_program_calls_off_is_on_record(database_url: DatabaseUrl) -> None:
    async with serve_bookings(database_url("bookings")) as bookings:
        order = await bookings.order(pottery(adult=1), payment_method="on_site")
        line = order.json["lines"][0]["line_id"]
        token = bookings.tokens.person(organisations=[OPERATOR], scopes=["order.serve"])
        for _ in range(2):
            answer = await bookings.call(
                "POST",
                f"/v1/lines/{line}/operator-cancellations",
                {"reason": "窑炉检修"},
                token=token,
            )
            assert answer.status == 201, answer.json
        told = await bookings.fetch_rows(
            "select payload ->> 'action' as action, payload ->> 'actor' as actor,"
            " payload ->> 'actor_kind' as kind, payload ->> 'subject' as subject"
            " from outbox where topic = 'bookings.audit'"
        )
    [(action, actor, kind, subject)] = [tuple(row) for row in told]
    assert (action, kind, subject) == ("line.called_off", "key", line)
    assert re.fullmatch(r"key:[0-9a-f-]{36}", actor)


async def test_a_token_ends_with_its_key(accounts: Accounts, key: Json) -> None:
    whole = datetime.fromisoformat((await exchange(accounts, key))["expires_at"])
    assert whole - SystemClock().now() > timedelta(minutes=14)
    async with acquire(accounts.database) as conn:
        ends: datetime = await conn.fetchval(
            "update api_keys set expires_at = now() + interval '90 seconds' returning expires_at"
        )
    short = await exchange(accounts, key)
    assert datetime.fromisoformat(short["expires_at"]) == ends.replace(microsecond=0)
    verified = await accounts.app[VERIFIER].verify(short["access_token"])
    assert verified.session_id == UUID(key["key_id"])
