"""What only the office may change leaves an entry in the audit log: every route is walked."""

from collections.abc import Iterator
from importlib import import_module
from types import CodeType, FunctionType, ModuleType

import pytest

from shared.core.permissions import OFFICE_ROLES, PERMISSIONS
from shared.db import acquire
from shared.http.route import Route
from shared.messaging import audit
from tests.bookings.world import Bookings, serve_bookings
from tests.conftest import DatabaseUrl
from tests.venues.stage import Stage, district_body

SERVICES = ("accounts", "venues", "bookings", "notifications", "statistics")


def office_routes() -> Iterator[tuple[str, Route]]:
    """Yield the routes that change something, and that only the office may call."""
    for service in SERVICES:
        routes: tuple[Route, ...] = import_module(f"services.{service}.app").ROUTES
        for route in routes:
            roles = PERMISSIONS[route.access.name].roles
            if route.method != "GET" and roles <= set(OFFICE_ROLES):
                yield service, route


def names_in(code: CodeType) -> set[str]:
    """Return the names that a function's code uses, the functions inside it included."""
    inner = (const for const in code.co_consts if isinstance(const, CodeType))
    return set(code.co_names).union(*map(names_in, inner))


def leads_to_audit(function: FunctionType, seen: set[FunctionType] | None = None) -> bool:
    """Tell whether a function calls `audit.record`, by itself or through our own functions."""
    seen = set() if seen is None else seen
    if function in seen:
        return False
    seen.add(function)
    names = names_in(function.__code__)
    for name in names:
        found = function.__globals__.get(name)
        if found is audit and "record" in names:
            return True
        nexts = [found]
        if isinstance(found, ModuleType) and found.__name__.startswith("services."):
            nexts = [vars(found).get(other) for other in names]
        for one in nexts:
            is_ours = isinstance(one, FunctionType) and one.__module__.startswith("services.")
            if is_ours and isinstance(one, FunctionType) and leads_to_audit(one, seen):
                return True
    return False


@pytest.mark.parametrize(
    "route",
    [pytest.param(route, id=f"{name} {route.name}") for name, route in office_routes()],
)
def test_what_only_the_office_may_change_is_written_down(route: Route) -> None:
    assert isinstance(route.handler, FunctionType)
    assert leads_to_audit(route.handler), f"{route.method} {route.path} calls no audit.record"


def test_a_route_that_writes_nothing_down_is_found() -> None:
    routes: tuple[Route, ...] = import_module("services.venues.app").ROUTES
    reading = next(route for route in routes if route.name == "list_villages")
    assert isinstance(reading.handler, FunctionType)
    assert not leads_to_audit(reading.handler)
    assert len(list(office_routes())) > 15


async def test_a_decision_in_venues_and_its_entry_come_together(stage: Stage) -> None:
    await stage.good("POST", "/v1/districts", stage.office, district_body())
    refused = await stage.call("POST", "/v1/districts", stage.office, district_body())
    assert refused.status == 409
    async with acquire(stage.database) as conn:
        told = await conn.fetch(
            "select payload ->> 'action' as action from outbox where topic = 'venues.audit'"
        )
    assert [row["action"] for row in told] == ["district.created"]


async def test_a_decision_in_bookings_and_its_entry_come_together(
    database_url: DatabaseUrl,
) -> None:
    async with serve_bookings(database_url("bookings")) as bookings:
        await name_merchant(bookings)
        told = await bookings.fetch_rows(
            "select payload ->> 'action' as action, payload ->> 'actor_kind' as kind"
            " from outbox where topic = 'bookings.audit'"
        )
    assert [tuple(row) for row in told] == [("merchant.named", "office")]


async def name_merchant(bookings: Bookings) -> None:
    path = "/v1/organisations/018f0000-0000-7000-8000-000000000001/merchants/wechatpay"
    answer = await bookings.call("PUT", path, {"merchant": "1900000109"}, token=bookings.office)
    assert answer.status == 200, answer.json
