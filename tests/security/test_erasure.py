"""Whoever asks to be forgotten is: in every service, in every table, within one round of events."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from shared.core.ids import new_id
from tests.accounts.accounts_client import Answer, Json
from tests.bookings.village import pottery
from tests.conftest import MakeDatabase
from tests.security.platform import Platform, serve_platform
from tests.security.test_export import sections_of, take_away

NAME = "钱雨桐"
PHONE = "+8613911112222"
EMAIL = "yutong.qian@example.com"
GUEST = "钱大海"
CHILD = "钱小满"
ERASE = "/v1/me?confirmation=erase"


@pytest.fixture
async def platform(make_database: MakeDatabase) -> AsyncIterator[Platform]:
    async with serve_platform(await make_database()) as running:
        yield running


async def erase(platform: Platform, session: Json) -> Answer:
    return await platform.accounts.call("DELETE", ERASE, token=session["access_token"])


async def live_with_us(platform: Platform) -> Json:
    """Sign up, say one's name, keep a child, book, wait, and read what came."""
    accounts, bookings = platform.accounts, platform.bookings
    session = await accounts.sign_in(EMAIL)
    token = session["access_token"]
    version = (await accounts.call("GET", "/v1/consent-texts")).json["items"][0]["version"]
    named = await accounts.call(
        "PATCH", "/v1/me", {"name": NAME}, token=token, headers={"If-Match": '"1"'}
    )
    assert named.status == 200, named.text
    for path, body in (
        ("/v1/me/consents", {"text": "children", "version": version, "given": True}),
        ("/v1/me/children", {"name": CHILD, "birth_year": 2020}),
    ):
        answer = await accounts.call("POST", path, body, token=token)
        assert answer.status == 201, answer.text
    contact = {"name": GUEST, "phone": PHONE}
    placed = await bookings.order(pottery(adult=1), token=token, contact=contact)
    assert placed.status == 201, placed.json
    order_id = placed.json["order_id"]
    if placed.json["state"] == "held":
        path = f"/v1/orders/{order_id}/payments"
        paid = await bookings.call(
            "POST", path, {"method": "on_site"}, token=token, key=uuid4().hex
        )
        assert paid.status in {200, 201}, paid.json
    await platform.wires.deliver()
    return session


async def let_it_be_over(platform: Platform) -> None:
    """Move all orders' days into the past."""
    await platform.run(
        "update bookings.order_lines set starts_at = now() - interval '1 day',"
        " ends_at = now() - interval '20 hours'"
    )


async def test_nothing_is_left_of_a_person_in_any_table(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    session = await live_with_us(platform)
    await let_it_be_over(platform)
    await platform.run("delete from accounts.login_code_sends")
    await platform.accounts.call("POST", "/v1/login-codes", {"email": EMAIL})
    await platform.accounts.try_code(EMAIL, "000000")
    assert (await erase(platform, session)).status == 204
    await platform.wires.deliver()
    await platform.wires.deliver_again()
    shown = capsys.readouterr()
    for text in (NAME, PHONE, EMAIL, GUEST, CHILD):
        assert text not in shown.out + shown.err
    assert await platform.rows_with(NAME, PHONE, PHONE[3:], EMAIL, GUEST, CHILD) == []
    account = session["account_id"]
    for table in (
        "accounts.contact_points",
        "accounts.sessions",
        "accounts.passkeys",
        "accounts.authenticators",
        "venues.visits",
        "venues.reviews",
    ):
        left = f"select count(*) from {table} where account_id = $1::text::uuid"  # noqa: S608
        assert await platform.run(left, account) == 0
    for table in ("children", "login_codes", "login_code_sends", "wrong_codes", "contact_notices"):
        assert await platform.run(f"select count(*) from accounts.{table}") == 0, table  # noqa: S608
    sealed = "select count(*) from bookings.orders where contact_sealed <> ''"
    assert await platform.run(sealed) == 0


async def test_the_search_for_what_is_left_finds_texts_and_bytes(platform: Platform) -> None:
    await platform.run(
        "insert into bookings.idempotency_keys (caller, key, fingerprint, status, response)"
        " values ('planted', 'a', sha256(''), 201, $1)",
        f'{{"name": "{NAME}"}}',
    )
    await platform.run(
        "insert into notifications.dead_letters"
        " (id, consumer, topic, partition, log_offset, message_value, reason, tries)"
        " values ($1, 'notifications', 'bookings.order', 0, 0, $2, 'ValueError', 5)",
        new_id(),
        f"to {EMAIL}".encode(),
    )
    assert await platform.rows_with(NAME, EMAIL) == [
        f"bookings.idempotency_keys: {NAME}",
        f"notifications.dead_letters: {EMAIL}",
    ]


async def test_what_the_law_keeps_stays_and_names_nobody(platform: Platform) -> None:
    session = await live_with_us(platform)
    await let_it_be_over(platform)
    before = await platform.run("select sum(total_fen) from bookings.orders")
    await erase(platform, session)
    await platform.wires.deliver()
    assert await platform.run("select sum(total_fen) from bookings.orders") == before
    kept = "select name is null and erased_at is not null from accounts.accounts where id = $1"
    assert await platform.run(kept, session["account_id"])
    # What was agreed to stays as proof, under the id alone.
    assert await platform.run("select count(*) from accounts.consents") == 2


async def test_an_erased_account_is_closed_at_once_and_its_address_begins_anew(
    platform: Platform,
) -> None:
    session = await platform.accounts.sign_in(EMAIL)
    assert (await erase(platform, session)).status == 204
    shown = await platform.accounts.call("GET", "/v1/me", token=session["access_token"])
    assert shown.status == 401
    assert (await platform.accounts.renew(session["session_token"])).status == 401
    # Half a minute later, when another code may be asked for.
    await platform.run("delete from accounts.login_code_sends")
    again = await platform.accounts.sign_in(EMAIL)
    assert again["account_id"] != session["account_id"]


async def test_orders_that_are_still_to_come_stand_in_the_way(platform: Platform) -> None:
    session = await live_with_us(platform)
    refused = await erase(platform, session)
    assert (refused.status, refused.code) == (409, "orders_stand")
    assert refused.json["orders"] == 1
    name = (await platform.accounts.call("GET", "/v1/me", token=session["access_token"])).json
    assert name["name"] == NAME


async def test_the_only_owner_of_an_organisation_stays(platform: Platform) -> None:
    session = await platform.accounts.sign_in(EMAIL)
    account = session["account_id"]
    organisation = new_id()
    await platform.run(
        "insert into accounts.organisations (id, name, created_by) values ($1, '嘉溪露营', $2)",
        organisation,
        account,
    )
    await platform.run(
        "insert into accounts.organisation_members"
        " (organisation_id, account_id, added_by, role, accepted_at)"
        " values ($1, $2, $2, 'owner', now())",
        organisation,
        account,
    )
    refused = await erase(platform, session)
    assert (refused.status, refused.code) == (409, "last_owner")
    other = await platform.accounts.sign_in("wang@example.com")
    await platform.run(
        "insert into accounts.organisation_members"
        " (organisation_id, account_id, added_by, role, accepted_at)"
        " values ($1, $2, $2, 'owner', now())",
        organisation,
        other["account_id"],
    )
    assert (await erase(platform, session)).status == 204


async def test_two_owners_who_leave_at_once_leave_one_behind(platform: Platform) -> None:
    sessions = [await platform.accounts.sign_in(f"{name}@example.com") for name in ("lin", "wu")]
    organisation = new_id()
    await platform.run(
        "insert into accounts.organisations (id, name, created_by) values ($1, '嘉溪露营', $2)",
        organisation,
        sessions[0]["account_id"],
    )
    for session in sessions:
        await platform.run(
            "insert into accounts.organisation_members"
            " (organisation_id, account_id, added_by, role, accepted_at)"
            " values ($1, $2, $2, 'owner', now())",
            organisation,
            session["account_id"],
        )
    answers = await asyncio.gather(*(erase(platform, session) for session in sessions))
    assert sorted(answer.status for answer in answers) == [204, 409]


async def test_only_a_fresh_sign_in_erases_and_only_with_the_word(platform: Platform) -> None:
    session = await platform.accounts.sign_in(EMAIL)
    token = session["access_token"]
    for path in ("/v1/me", "/v1/me?confirmation=yes"):
        assert (await platform.accounts.call("DELETE", path, token=token)).status == 422
    await platform.run("update accounts.sessions set created_at = now() - interval '16 minutes'")
    refused = await erase(platform, session)
    assert (refused.status, refused.code) == (403, "fresh_sign_in_needed")
    assert (await platform.accounts.call("DELETE", ERASE)).status == 401


async def test_nobody_is_erased_while_bookings_can_not_be_asked(platform: Platform) -> None:
    session = await platform.accounts.sign_in(EMAIL)
    await platform.clients["bookings"].close()
    assert (await erase(platform, session)).status == 503
    shown = await platform.accounts.call("GET", "/v1/me", token=session["access_token"])
    assert shown.status == 200


async def test_nobody_brings_an_erased_account_back(platform: Platform) -> None:
    session = await platform.accounts.sign_in(EMAIL)
    assert (await erase(platform, session)).status == 204
    office = await platform.accounts.office_token()
    for what in ("reactivations", "deactivations"):
        path = f"/v1/accounts/{session['account_id']}/{what}"
        answer = await platform.accounts.call("POST", path, {"reason": "她想回来"}, token=office)
        assert answer.status in {404, 409}


async def close(platform: Platform, session: Json, office: str) -> None:
    path = f"/v1/accounts/{session['account_id']}/deactivations"
    closed = await platform.accounts.call("POST", path, {"reason": "被盗用"}, token=office)
    assert closed.status == 201


async def test_a_closed_account_is_erased_by_a_director_when_its_person_asks(
    platform: Platform,
) -> None:
    office = await platform.accounts.office_token()
    session = await live_with_us(platform)
    path = f"/v1/accounts/{session['account_id']}/erasures"
    why = {"reason": "asked_by_person"}
    is_open = await platform.accounts.call("POST", path, why, token=office)
    assert (is_open.status, is_open.code) == (409, "account_not_closed")
    await close(platform, session, office)
    stands = await platform.accounts.call("POST", path, why, token=office)
    assert (stands.status, stands.code) == (409, "orders_stand")
    await let_it_be_over(platform)
    erased = await platform.accounts.call("POST", path, why, token=office)
    assert erased.status == 201
    await platform.wires.deliver()
    assert await platform.rows_with(NAME, PHONE, EMAIL, GUEST, CHILD) == []
    again = await platform.accounts.call("POST", path, why, token=office)
    assert (again.status, again.code) == (404, "not_found")
    recorded = (
        "select details ->> 'reason' from accounts.audit_entries where action = 'account.erased'"
    )
    assert await platform.run(recorded) == "asked_by_person"


async def test_only_a_director_erases_a_closed_account_and_only_once(platform: Platform) -> None:
    office = await platform.accounts.office_token()
    session = await platform.accounts.sign_in(EMAIL)
    await close(platform, session, office)
    path = f"/v1/accounts/{session['account_id']}/erasures"
    other = (await platform.accounts.sign_in("wang@example.com"))["access_token"]
    why = {"reason": "asked_by_law"}
    for token, status in ((None, 401), (other, 403)):
        assert (await platform.accounts.call("POST", path, why, token=token)).status == status
    said = {"reason": "她打电话来要求的"}
    assert (await platform.accounts.call("POST", path, said, token=office)).status == 422
    answers = await asyncio.gather(
        *(platform.accounts.call("POST", path, why, token=office) for _ in range(3))
    )
    assert sorted(answer.status for answer in answers) == [201, 404, 404]


async def test_who_was_a_director_a_moment_ago_erases_nobody(platform: Platform) -> None:
    office = await platform.accounts.office_token()
    session = await platform.accounts.sign_in(EMAIL)
    await close(platform, session, office)
    await platform.run("delete from accounts.office_members")
    path = f"/v1/accounts/{session['account_id']}/erasures"
    answer = await platform.accounts.call("POST", path, {"reason": "asked_by_law"}, token=office)
    assert (answer.status, answer.code) == (401, "not_signed_in")


async def test_erasing_and_deactivating_at_once_wait_for_each_other(platform: Platform) -> None:
    office = await platform.accounts.office_token()
    for name in ("lin", "wu", "wang"):
        session = await platform.accounts.sign_in(f"{name}@example.com")
        path = f"/v1/accounts/{session['account_id']}/deactivations"
        erased, closed = await asyncio.gather(
            erase(platform, session),
            platform.accounts.call("POST", path, {"reason": "被盗用"}, token=office),
        )
        assert (erased.status, closed.status) in {(204, 409), (204, 404), (404, 201), (401, 201)}


async def test_who_has_a_second_factor_shows_it_to_take_away_and_to_be_erased(
    platform: Platform,
) -> None:
    await platform.accounts.enrol(await platform.accounts.sign_in(EMAIL))
    await platform.run("delete from accounts.login_code_sends")
    session = await platform.accounts.sign_in_with_code(EMAIL)
    refused = await erase(platform, session)
    assert (refused.status, refused.code) == (403, "second_factor_needed")
    shown = await platform.accounts.show_second_factor(session)
    assert sections_of(await take_away(platform, shown))["accounts.account"][0]["email"] == EMAIL
    assert (await erase(platform, shown)).status == 204


async def test_erasing_twice_at_once_tells_once(platform: Platform) -> None:
    session = await platform.accounts.sign_in(EMAIL)
    answers = await asyncio.gather(*(erase(platform, session) for _ in range(3)))
    statuses = sorted(answer.status for answer in answers)
    assert statuses[0] == 204
    assert set(statuses[1:]) <= {401, 403, 404}
    told = "select count(*) from accounts.outbox where type = 'account.erased.v1'"
    assert await platform.run(told) == 1
