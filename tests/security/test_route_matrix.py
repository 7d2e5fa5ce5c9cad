"""Who may call which route is what the table of permissions says: asked of the real services."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from importlib import import_module
from typing import Any, Final

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from deploy.generate.access_matrix import access_matrix
from deploy.generate.api_documents import SERVICES, routes_of_all
from shared.core.ids import new_id
from shared.core.permissions import (
    ANYONE,
    ORGANISATION_ROLES,
    PEOPLE_ROLES,
    PERMISSIONS,
    SERVICE_PREFIX,
    VISITOR,
)
from shared.http.keys import VERIFIER
from shared.http.route import Route
from tests.conftest import DatabaseUrl
from tests.support.tokens import TokenMaker

ROLES: Final = (
    ANYONE,
    *PEOPLE_ROLES,
    *(SERVICE_PREFIX + name for name in (*SERVICES, "web")),
    "emperor",
)


def allowed(route: Route, role: str) -> bool:
    """Read the table once more, in other words than the code does."""
    named = PERMISSIONS[route.access.name].roles
    is_person = role != ANYONE and not role.startswith(SERVICE_PREFIX)
    return ANYONE in named or role in named or (is_person and VISITOR in named)


def token_of(tokens: TokenMaker, role: str, **how: Any) -> dict[str, str]:
    if role == ANYONE:
        return {}
    if role.startswith(SERVICE_PREFIX):
        return TokenMaker.header(tokens.service(role.removeprefix(SERVICE_PREFIX)))
    if role in ORGANISATION_ROLES:
        return TokenMaker.header(tokens.person(organisations=[new_id()], role=role, **how))
    return TokenMaker.header(tokens.person(roles=[role], **how))


@pytest.fixture
def tokens() -> TokenMaker:
    return TokenMaker()


@pytest.fixture
async def clients(
    database_url: DatabaseUrl, tokens: TokenMaker
) -> AsyncIterator[dict[str, "TestClient[web.Request, web.Application]"]]:
    async with AsyncExitStack() as stack:
        served = {}
        for service in SERVICES:
            module = import_module(f"services.{service}.app")
            settings = import_module(f"services.{service}.settings")
            kind = getattr(settings, f"{service.capitalize()}Settings")
            app = module.build_app(
                kind(database_url=database_url(service), rate_limit_sign_in="1000000/minute"),
                "api",
            )
            app[VERIFIER] = tokens.verifier()
            served[service] = await stack.enter_async_context(TestClient(TestServer(app)))
        yield served


def _address(route: Route) -> str:
    path = route.path
    for name in route.variables:
        value = {"year": "2026", "method": "sandbox", "ordinal": "1"}.get(name, str(new_id()))
        path = "".join(
            part if not part.startswith(f"{{{name}") else value for part in _pieces(path)
        )
    return path


def _pieces(path: str) -> Iterator[str]:
    start = 0
    while (brace := path.find("{", start)) >= 0:
        end = path.index("}", brace) + 1
        yield path[start:brace]
        yield path[brace:end]
        start = end
    yield path[start:]


@pytest.mark.parametrize("service", SERVICES)
async def test_each_route_lets_in_the_roles_of_its_permission_and_nobody_else(
    clients: dict[str, Any], tokens: TokenMaker, service: str
) -> None:
    wrong = []
    routes = dict(routes_of_all())[service]
    for route in routes:
        for role in ROLES:
            headers = token_of(tokens, role)
            async with clients[service].request(
                route.method, _address(route), headers=headers
            ) as answer:
                code = (
                    (await answer.json()).get("code")
                    if answer.status in {401, 403}
                    else str(answer.status)
                )
            refusal = "not_signed_in" if role == ANYONE else "not_allowed"
            if allowed(route, role) == (code == refusal):
                wrong.append((route.method, route.path, role, code))
    assert not wrong


@pytest.mark.parametrize("service", SERVICES)
async def test_what_weighs_most_needs_a_second_factor_that_was_shown_a_moment_ago(
    clients: dict[str, Any], tokens: TokenMaker, service: str
) -> None:
    wrong = []
    for route in dict(routes_of_all())[service]:
        role = next((one for one in PEOPLE_ROLES if allowed(route, one)), ANYONE)
        act = f"{route.method} {route.path}"
        ages = {"fresh": timedelta(minutes=9), "old": timedelta(minutes=11), "none": None}
        for name, age in ages.items():
            headers = token_of(tokens, role, factor_age=age)
            async with clients[service].request(
                route.method, _address(route), headers=headers
            ) as answer:
                refused = answer.status == 403 and (await answer.json())["code"] == NEEDED
            if refused != (act in FRESH_ACTS and name != "fresh"):
                wrong.append((act, role, name, answer.status))
    assert not wrong


def test_the_documented_matrix_has_every_route() -> None:
    [(_, page)] = access_matrix()
    rows = {line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")}
    for _, routes in routes_of_all():
        for route in routes:
            assert f"{route.method} {route.path}" in rows


def test_no_route_is_open_to_everybody_by_accident() -> None:
    """What changes something without a token is named here, one by one."""
    open_changes = {
        f"{route.method} {route.path}"
        for _, routes in routes_of_all()
        for route in routes
        if not route.access.needs_token and route.method != "GET"
    }
    assert open_changes == OPEN_CHANGES


OPEN_CHANGES: Final = {
    "POST /v1/login-codes",
    "POST /v1/sessions",
    "POST /v1/sessions/renewals",
    "POST /v1/service-tokens",
    "POST /v1/api-key-tokens",
    "POST /v1/passkey-challenges",
    "POST /v1/sessions/passkeys",
    "POST /v1/quotes",
    "POST /v1/order-lookups",
    "POST /v1/payment-callbacks/{provider}",
}

NEEDED: Final = "fresh_second_factor_needed"
FRESH_ACTS: Final = {
    "POST /v1/accounts/{account_id}/deactivations",
    "POST /v1/accounts/{account_id}/reactivations",
    "POST /v1/accounts/{account_id}/second-factor-resets",
    "POST /v1/accounts/{account_id}/erasures",
    "POST /v1/office-members",
    "DELETE /v1/office-members/{account_id}",
    "POST /v1/booking-roles",
    "DELETE /v1/booking-roles/{account_id}/{role}",
    "POST /v1/organisations/{organisation_id}/members",
    "PUT /v1/organisations/{organisation_id}/members/{account_id}",
    "DELETE /v1/organisations/{organisation_id}/members/{account_id}",
    "POST /v1/organisations/{organisation_id}/members/{account_id}/contact-reads",
    "POST /v1/api-keys",
    "PUT /v1/organisations/{organisation_id}/merchants/{method}",
    "POST /v1/past-visits",
    "POST /v1/closures/{closure_id}/approvals",
    "POST /v1/closures/{closure_id}/rejections",
    "POST /v1/districts",
    "PATCH /v1/districts/{district_id}",
}
