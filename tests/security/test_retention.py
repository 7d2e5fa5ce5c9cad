"""Nothing is kept of people for longer than its period, and the periods are told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.accounts.jobs.forget_old_data import forget_old_data
from services.bookings.jobs.forget_old_orders import forget_old_orders
from services.bookings.jobs.forget_people import forget_people
from services.notifications.jobs.delete_old_deliveries import delete_old_deliveries
from shared.core.ids import new_id
from shared.core.retention import PERIODS, Period
from shared.db import acquire
from tests.accounts.accounts_client import OFFICE_EMAIL, Json
from tests.bookings.village import pottery
from tests.conftest import MakeDatabase
from tests.security.platform import Platform, serve_platform

SECURITY = Path(__file__).parents[2] / "docs/security.md"
# All that is written down beside an order with its account's id.
RECORDS = """
with line as (
    select order_id, line_id, account_id
    from bookings.orders join bookings.order_lines using (order_id)
    where account_id = $1::text::uuid
),
reading as (
    insert into bookings.contact_reads (read_id, account_id, order_id, venue_id, reader, reason)
    select gen_random_uuid(), account_id, order_id, gen_random_uuid(), gen_random_uuid(), 'safety'
    from line
),
helping as (
    insert into bookings.assisted_orders (order_id, placed_by, role)
    select order_id, account_id, 'helper' from line
)
insert into bookings.closed_lines (closure_id, line_id, order_id, account_id)
select gen_random_uuid(), line_id, order_id, account_id from line
"""
CONTACTS = "select count(*) from bookings.orders where contact_sealed <> ''"


@pytest.fixture
async def platform(make_database: MakeDatabase) -> AsyncIterator[Platform]:
    async with serve_platform(await make_database()) as running:
        yield running


async def booked(platform: Platform, address: str) -> Json:
    session = await platform.accounts.sign_in(address)
    placed = await platform.bookings.order(
        pottery(adult=1), token=session["access_token"], payment_method="on_site"
    )
    assert placed.status == 201
    return session


async def let_days_pass(platform: Platform, address: str, days: int) -> Json:
    """Have somebody book, and as many days pass since."""
    session = await booked(platform, address)
    account = session["account_id"]
    await platform.run(
        "update bookings.orders set placed_at = placed_at - make_interval(days => $2 + 10)"
        " where account_id = $1::text::uuid",
        account,
        days,
    )
    await platform.run(
        "update bookings.order_lines set starts_at = now() - make_interval(days => $2, hours => 1),"
        " ends_at = now() - make_interval(days => $2)"
        " where order_id in (select order_id from bookings.orders"
        " where account_id = $1::text::uuid)",
        account,
        days,
    )
    return session


async def test_contacts_of_orders_go_after_half_a_year(platform: Platform) -> None:
    await let_days_pass(platform, "lin@example.com", 179)
    await let_days_pass(platform, "wu@example.com", 181)
    await booked(platform, "qian@example.com")
    await forget_old_orders(platform.clients["bookings"].app)
    assert await platform.run(CONTACTS) == 2


async def test_after_three_years_an_order_is_parted_from_its_account(platform: Platform) -> None:
    kept = (await let_days_pass(platform, "lin@example.com", 1094))["account_id"]
    gone = (await let_days_pass(platform, "wu@example.com", 1096))["account_id"]
    for _ in range(2):
        await forget_old_orders(platform.clients["bookings"].app)
    of_account = "select count(*) from bookings.orders where account_id = $1::text::uuid"
    assert await platform.run(of_account, kept) == 1
    assert await platform.run(of_account, gone) == 0
    assert await platform.run("select count(*) from bookings.orders") == 2


async def test_what_else_names_the_person_of_a_parted_order_goes_with_it(
    platform: Platform,
) -> None:
    accounts = {}
    for address, days in (("lin@example.com", 1094), ("wu@example.com", 1096)):
        accounts[days] = (await let_days_pass(platform, address, days))["account_id"]
        await platform.run(RECORDS, accounts[days])
    await forget_old_orders(platform.clients["bookings"].app)
    for table, column in (
        ("contact_reads", "account_id"),
        ("assisted_orders", "placed_by"),
        ("closed_lines", "account_id"),
    ):
        count = f"select count(*) from bookings.{table} where {column} = $1::text::uuid"  # noqa: S608
        assert await platform.run(count, accounts[1094]) == 1, table
        assert await platform.run(count, accounts[1096]) == 0, table


async def test_records_of_younger_orders_stay_whatever_the_service_asks(
    platform: Platform,
) -> None:
    account = (await let_days_pass(platform, "lin@example.com", 100))["account_id"]
    await platform.run(
        "insert into bookings.assisted_orders (order_id, placed_by, role)"
        " select order_id, account_id, 'helper' from bookings.orders"
        " where account_id = $1::text::uuid",
        account,
    )
    async with acquire(platform.bookings.database) as conn:
        await conn.execute("insert into parted_orders (order_id) select order_id from orders")
        await conn.execute("select part_records_of_orders()")
        assert await conn.fetchval("select count(*) from assisted_orders") == 1


async def test_records_about_accounts_go_after_three_years(platform: Platform) -> None:
    account = (await platform.accounts.sign_in("lin@example.com"))["account_id"]
    office = (await platform.accounts.sign_in(OFFICE_EMAIL))["account_id"]
    for days in (1094, 1096):
        for statement in (
            (
                "insert into accounts.personal_data_reads (account_id, reader, reason, read_at)"
                " values ($1::text::uuid, 'account:' || $2::text, 'safety',"
                " now() - make_interval(days => $3))"
            ),
            (
                "insert into accounts.second_factor_resets"
                " (id, account_id, reset_by, reason, reset_at)"
                " values (gen_random_uuid(), $1::text::uuid, $2::text::uuid, 'x',"
                " now() - make_interval(days => $3))"
            ),
            (
                "insert into accounts.account_closures"
                " (id, account_id, closed_by, reason, closed_at, reopened_at, reopened_by)"
                " values (gen_random_uuid(), $1::text::uuid, $2::text::uuid, 'x', now(),"
                " now() - make_interval(days => $3), $2::text::uuid)"
            ),
        ):
            await platform.run(statement, account, office, days)
    await forget_old_data(platform.clients["accounts"].app)
    async with acquire(platform.accounts.database) as conn:
        # The service itself can ask for no more.
        await conn.execute("select forget_old_records(interval '0 seconds')")
        for table in ("personal_data_reads", "second_factor_resets", "account_closures"):
            left = await conn.fetchval(f"select count(*) from {table}")  # noqa: S608
            assert left == 1, table


async def test_what_an_erased_account_still_did_is_forgotten_by_the_job(
    platform: Platform,
) -> None:
    session = await platform.accounts.sign_in("lin@example.com")
    erased = await platform.accounts.call(
        "DELETE", "/v1/me?confirmation=erase", token=session["access_token"]
    )
    assert erased.status == 204
    await platform.wires.deliver()
    # Its access token is good in bookings until the revocation gets there.
    placed = await platform.bookings.order(pottery(adult=1), token=session["access_token"])
    assert placed.status == 201
    assert await platform.run(CONTACTS) == 1
    await forget_people(platform.clients["bookings"].app)
    assert await platform.run(CONTACTS) == 0


async def test_that_a_message_went_out_is_forgotten_too(platform: Platform) -> None:
    for days in (179, 181):
        await platform.run(
            "insert into notifications.deliveries"
            " (id, order_id, account_id, kind, state, channel, sent_at, created_at)"
            " values ($1, $2, $3, 'order_confirmed', 'sent', 'email', now(),"
            " now() - make_interval(days => $4))",
            new_id(),
            new_id(),
            new_id(),
            days,
        )
    await delete_old_deliveries(platform.clients["notifications"].app)
    assert await platform.run("select count(*) from notifications.deliveries") == 1


async def test_grown_children_and_old_exports_go(platform: Platform) -> None:
    account = (await platform.accounts.sign_in("lin@example.com"))["account_id"]
    year = await platform.run("select extract(year from now())::integer")
    for birth_year in (year - 20, year - 19):
        await platform.run(
            "insert into accounts.children (child_id, guardian_id, name, birth_year)"
            " values ($1, $2::text::uuid, 'x', $3)",
            new_id(),
            account,
            birth_year,
        )
    for days in (29, 31):
        await platform.run(
            "insert into accounts.personal_data_exports (export_id, account_id, made_at)"
            " values ($1, $2::text::uuid, now() - make_interval(days => $3))",
            new_id(),
            account,
            days,
        )
    await forget_old_data(platform.clients["accounts"].app)
    assert await platform.run("select array_agg(birth_year) from accounts.children") == [year - 19]
    assert await platform.run("select count(*) from accounts.personal_data_exports") == 1


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period.what)
def test_every_period_is_told(period: Period) -> None:
    row = f"| {period.what} | {period.kept.days} days | {period.then} |"
    assert row in SECURITY.read_text(encoding="utf-8")
