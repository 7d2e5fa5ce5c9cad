"""The audit log is append-only, whole, and shows the office its own deeds."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr, ValidationError

from services.accounts import audit_chain
from services.accounts.__main__ import main
from services.accounts.app import REACTIONS
from services.venues.app import build_app as build_venues
from services.venues.settings import VenuesSettings
from shared.contracts.audit import AuditRecorded
from shared.core.ids import new_id
from shared.db import acquire, transaction
from shared.http.access import Caller
from shared.http.keys import DATABASE
from shared.messaging import audit
from tests.accounts.accounts_client import Accounts, serve_accounts, serve_notifications
from tests.conftest import DatabaseUrl
from tests.support.databases import Clone
from tests.support.tokens import TokenMaker
from tests.support.wires import Wires
from tests.venues.stage import Stage, StandingClock

OFFICE = Caller(account_id=new_id(), roles=frozenset({"visitor", "office_director"}))
OPERATOR = Caller(account_id=new_id(), roles=frozenset({"visitor"}))
SKIP_ONE = """
insert into audit_entries
values (
    2, $1, 'venues', 'a.b', 'system', 'system', 'x', '{}', now(), now(), sha256('x'), sha256('y')
)
"""
CHANGE = "update accounts.audit_entries set details = '{\"slugs\": 2}' where position = 2"


@pytest.fixture
async def accounts(database_url: DatabaseUrl) -> AsyncIterator[Accounts]:
    async with (
        serve_notifications() as notifications,
        serve_accounts(notifications, database_url=database_url("accounts")) as running,
    ):
        yield running


@pytest.fixture
async def stage(database_url: DatabaseUrl) -> AsyncIterator[Stage]:
    clock = StandingClock()
    tokens = TokenMaker(clock)
    settings = VenuesSettings(database_url=SecretStr(database_url("venues")))
    app = build_venues(settings, "api", clock=clock, verifier=tokens.verifier())
    async with TestClient(TestServer(app)) as client:
        yield Stage(client, app[DATABASE], clock, tokens)


@pytest.fixture
def wires(accounts: Accounts, stage: Stage) -> Wires:
    return Wires(
        {"accounts": accounts.database, "venues": stage.database},
        {"accounts": (accounts.database, REACTIONS)},
    )


@dataclass
class Planting:
    """Changes what nobody may change, and asks the command about it."""

    database: Clone
    output: pytest.CaptureFixture[str]

    async def plant(self, statement: str) -> None:
        conn = await asyncpg.connect(self.database.owner_url)
        # A superuser's way around the triggers.
        await conn.execute("set session_replication_role = replica")
        await conn.execute(statement)
        await conn.close()

    async def verify(self) -> tuple[int, str]:
        status = await asyncio.to_thread(main, ["verify-audit"])
        return status, self.output.readouterr().out


@pytest.fixture
def planting(
    database: Clone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Planting:
    monkeypatch.setenv("ACCOUNTS_DATABASE_URL", database.url("accounts"))
    return Planting(database, capsys)


async def record(accounts: Accounts, caller: Caller | None, action: str, **details: int) -> str:
    subject = new_id()
    async with transaction(accounts.database) as conn:
        await audit.record(conn, caller, action=action, subject=subject, details=details)
    return str(subject)


async def test_an_entry_of_any_service_reaches_the_log_once(
    accounts: Accounts, stage: Stage, wires: Wires
) -> None:
    async with transaction(stage.database) as conn:
        await audit.record(
            conn, OFFICE, action="venue.approved", subject=new_id(), details={"edit_version": 4}
        )
    await record(accounts, OFFICE, "role.given")
    await wires.deliver()
    await wires.deliver_again()
    page = await accounts.call("GET", "/v1/audit-entries", token=await accounts.office_token())
    shown = [(one["position"], one["service"], one["action"]) for one in page.json["items"]]
    assert sorted(shown) == [(1, "accounts", "role.given"), (2, "venues", "venue.approved")]
    assert page.json["items"][0]["actor"] == OFFICE.key


async def test_an_entry_is_told_only_where_its_cause_is_committed(accounts: Accounts) -> None:
    with pytest.raises(RuntimeError):
        async with transaction(accounts.database) as conn:
            await audit.record(conn, OFFICE, action="role.given", subject=new_id())
            raise RuntimeError
    async with acquire(accounts.database) as conn:
        assert await conn.fetchval("select count(*) from outbox") == 0


@pytest.mark.parametrize(
    "details",
    [{"name": "林小姐"}, {"reason": "she asked for it"}, {"email": "lin@example.com"}],
    ids=["name", "sentence", "address"],
)
async def test_an_entry_takes_no_words(accounts: Accounts, details: dict[str, str]) -> None:
    async with transaction(accounts.database) as conn:
        with pytest.raises(ValidationError):
            await audit.record(conn, OFFICE, action="role.given", subject=new_id(), details=details)


async def test_the_office_reads_its_own_deeds_only(accounts: Accounts, wires: Wires) -> None:
    theirs = await record(accounts, OFFICE, "role.given", count=1)
    await record(accounts, OPERATOR, "member.added")
    await record(accounts, None, "licence.expired")
    await record(accounts, Caller(service="bookings"), "contact.read")
    await wires.deliver()
    office = await accounts.office_token()
    page = await accounts.call("GET", "/v1/audit-entries", token=office)
    assert [one["subject"] for one in page.json["items"]] == [theirs]
    visitor = (await accounts.sign_in("lin@example.com"))["access_token"]
    for token, status in ((None, 401), (visitor, 403)):
        assert (await accounts.call("GET", "/v1/audit-entries", token=token)).status == status


async def test_the_log_is_searched_and_paged(accounts: Accounts, wires: Wires) -> None:
    subjects = [await record(accounts, OFFICE, "venue.approved", number=n) for n in range(5)]
    await record(accounts, OFFICE, "venue.rejected")
    await wires.deliver()
    office = await accounts.office_token()

    async def found(query: str) -> list[int]:
        answer = await accounts.call("GET", f"/v1/audit-entries?{query}", token=office)
        assert answer.status == 200, answer.text
        return [one["position"] for one in answer.json["items"]]

    assert await found("action=venue.approved") == [5, 4, 3, 2, 1]
    assert await found(f"subject={subjects[2]}") == [3]
    assert len(await found(f"actor={OFFICE.person}")) == 6
    assert await found(f"actor={OPERATOR.person}") == []
    assert await found("until=2020-01-01T00:00:00Z") == []
    assert len(await found("from=2020-01-01T00:00:00Z&limit=4")) == 4
    first = await accounts.call("GET", "/v1/audit-entries?limit=4", token=office)
    assert await found(f"limit=4&cursor={first.json['next']}") == [2, 1]
    wrong = await accounts.call("GET", "/v1/audit-entries?cursor=e30", token=office)
    assert (wrong.status, wrong.code) == (422, "invalid_request")


async def test_entries_at_once_get_numbers_without_gaps(accounts: Accounts) -> None:
    async def take_in(number: int) -> None:
        wires = Wires({}, {"accounts": (accounts.database, REACTIONS)})
        event = AuditRecorded(
            entry_id=new_id(),
            action="venue.approved",
            actor="system",
            actor_kind="system",
            subject=str(number),
            details={},
        )
        async with transaction(accounts.database) as conn:
            await audit_chain.append(
                conn, event, service="venues", occurred_at=StandingClock().now()
            )
        await wires.deliver()

    await asyncio.gather(*map(take_in, range(20)))
    verdict = await audit_chain.verify(accounts.database)
    assert (verdict.entries, verdict.fault) == (20, None)


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entries set action = 'nothing.happened'",
        "delete from audit_entries",
        "truncate audit_entries",
        "delete from audit_chain",
    ],
)
async def test_the_service_itself_can_take_nothing_back(accounts: Accounts, statement: str) -> None:
    async with acquire(accounts.database) as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(statement)


async def test_the_owner_changes_nothing_by_mistake_and_skips_no_number(database: Clone) -> None:
    conn = await asyncpg.connect(database.owner_url)
    try:
        with pytest.raises(asyncpg.CheckViolationError, match="append-only"):
            await conn.execute("delete from accounts.audit_entries")
        with pytest.raises(asyncpg.CheckViolationError, match="does not follow"):
            await conn.execute("set search_path = accounts")
            await conn.execute(SKIP_ONE, new_id())
    finally:
        await conn.close()


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        (CHANGE, "entry 2 ("),
        ("delete from accounts.audit_entries where position = 2", "entry 2 is missing"),
        ("delete from accounts.audit_entries where position = 3", "the chain ends here"),
        ("update accounts.audit_entries set hash = sha256('x') where position = 2", "was changed"),
    ],
    ids=["changed", "one-missing", "last-missing", "hash-changed"],
)
async def test_the_command_finds_what_somebody_with_all_rights_changed(
    accounts: Accounts, wires: Wires, planting: Planting, planted: str, said: str
) -> None:
    for _ in range(3):
        await record(accounts, OFFICE, "venue.approved", number=1)
    await wires.deliver()
    assert await planting.verify() == (0, "The audit log is whole: 3 entries, OK.\n")
    await planting.plant(planted)
    status, output = await planting.verify()
    assert status == 1
    assert said in output
