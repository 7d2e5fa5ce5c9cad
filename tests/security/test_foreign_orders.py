"""An operator learns nothing of others' orders, money and guests, not even that there are any."""

import re
from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import uuid4

import pytest

from deploy.local.postgres import EmbeddedPostgres
from tests.bookings.life.stage import Life, line_of
from tests.bookings.village import NEXT_WEEK, OPERATOR, VENUE, Json, pottery
from tests.security.platform import Platform, serve_platform
from tests.support.databases import clone
from tests.support.tokens import TokenMaker

REQUEST_ID: Final = re.compile(rb'"request_id":"[^"]*"')
MONTH: Final = f"{NEXT_WEEK:%Y-%m}"
CHANGE: Final = {"tickets": {"adult": 1}}
# What an operator may ask of an order, by the word for what stands in the path.
OF_ORDERS: Final[tuple[tuple[str, str, Any], ...]] = (
    ("GET", "/v1/orders/{order}", None),
    ("GET", "/v1/orders/{order}/payments", None),
    ("GET", "/v1/orders/{order}/tickets", None),
    ("GET", "/v1/orders/{order}/tickets.ics", None),
    ("GET", "/v1/orders/{order}/cancellations", None),
    ("GET", "/v1/orders/{order}/cancellation-preview", None),
    ("POST", "/v1/orders/{order}/cancellations", {}),
    ("POST", "/v1/orders/{order}/payments", {"method": "on_site"}),
    ("POST", "/v1/orders/{order}/change-previews", CHANGE),
    ("POST", "/v1/orders/{order}/changes", CHANGE),
    ("POST", "/v1/orders/{order}/cash-receipts", {"amount_fen": 100}),
    ("POST", "/v1/lines/{line}/operator-cancellations", {"reason": "x"}),
    ("POST", "/v1/check-ins", {"ordinal": 1}),
    ("DELETE", "/v1/check-ins/{line}/1", None),
)
OF_VENUES: Final[tuple[tuple[str, str, Any], ...]] = (
    ("GET", "/v1/venues/{venue}/orders?code={code}", None),
    ("GET", "/v1/venues/{venue}/orders?last_four=0042", None),
    ("GET", f"/v1/venues/{{venue}}/arrivals?date={NEXT_WEEK}", None),
    ("GET", "/v1/venues/{venue}/inside", None),
    ("GET", f"/v1/venues/{{venue}}/scan-conflicts?day={NEXT_WEEK}", None),
    ("GET", "/v1/venues/{venue}/waitlist", None),
    ("POST", "/v1/venues/{venue}/contact-reads", {"reason": "safety"}),
    ("GET", f"/v1/organisations/{{organisation}}/statement?month={MONTH}", None),
    ("GET", f"/v1/organisations/{{organisation}}/statement.csv?month={MONTH}", None),
    ("GET", f"/v1/organisations/{{organisation}}/statement/orders?month={MONTH}", None),
)


@pytest.fixture(scope="module")
async def platform(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[Platform]:
    async with clone(postgres, template) as database, serve_platform(database) as running:
        yield running


async def ask(platform: Platform, token: str, asked: tuple[str, str, Any], ids: Json) -> bytes:
    """Return an answer's status, headers and bytes, without what is each request's own."""
    method, path, body = asked
    if isinstance(body, dict):
        body = {**body, **_within(path, ids)}
    headers = {**TokenMaker.header(token), "Idempotency-Key": uuid4().hex}
    async with platform.clients["bookings"].request(
        method, path.format(**ids), json=body, headers=headers
    ) as answer:
        own = {"x-request-id", "date", "content-length"}
        named = sorted(one for one in answer.headers.items() if one[0].lower() not in own)
        said = REQUEST_ID.sub(b"", await answer.read())
        whole = b"\n".join((str(answer.status).encode(), str(named).encode(), said))
    for value in ids.values():
        whole = whole.replace(str(value).encode(), b"<id>")
    return whole


def _within(path: str, ids: Json) -> Json:
    """Return the ids that a body has beside its path's."""
    if path.endswith(("/changes", "/change-previews", "/cash-receipts", "/check-ins")):
        return {"line_id": ids["line"]}
    if path.endswith("/contact-reads"):
        return {"line_id": ids["line"]}
    return {}


async def test_foreign_orders_and_refunds_answer_byte_for_byte_as_missing_ones(
    platform: Platform,
) -> None:
    life = Life(platform.bookings)
    contact = {"name": "陈小溪", "phone": "13800000042"}
    bought = await life.paid(pottery(), contact=contact)
    given_back = await life.paid(pottery(adult=1), contact=contact)
    assert (await life.cancel(given_back["order_id"])).status == 201
    assert await platform.run("select count(*) from bookings.refunds") == 1
    rival = platform.tokens.person(organisations=[uuid4()])
    # Only who bought sees what they bought: for the venue's own people too it is not there.
    for token, asked_for in ((rival, OF_ORDERS), (platform.bookings.operator, OF_ORDERS[:10])):
        for order in (bought, given_back):
            theirs = {"order": order["order_id"], "line": line_of(order)}
            for asked in asked_for:
                await _look_alike(platform, token, asked, theirs)
    theirs = {
        "venue": str(VENUE),
        "organisation": str(OPERATOR),
        "code": bought["code"],
        "line": line_of(bought),
    }
    for asked in OF_VENUES:
        await _look_alike(platform, rival, asked, theirs)


async def _look_alike(
    platform: Platform, token: str, asked: tuple[str, str, Any], theirs: Json
) -> None:
    missing = {name: str(uuid4()) for name in theirs} | {"code": "0000-0001"}
    answers = [await ask(platform, token, asked, ids) for ids in (theirs, missing)]
    assert answers[0].startswith(b"404"), (asked, answers[0])
    assert answers[0] == answers[1], asked


async def test_refunds_and_merchants_are_no_operators_business(platform: Platform) -> None:
    order = await Life(platform.bookings).paid(pottery())
    await Life(platform.bookings).cancel(order["order_id"])
    refund = await platform.run("select refund_id::text from bookings.refunds limit 1")
    for refund_id in (refund, str(uuid4())):
        answer = await platform.bookings.call(
            "POST", f"/v1/refunds/{refund_id}/retries", {}, token=platform.bookings.operator
        )
        assert (answer.status, answer.code) == (403, "not_allowed")


async def test_the_office_sees_no_order_of_anybody(platform: Platform) -> None:
    order = await Life(platform.bookings).paid(pottery())
    theirs = {"order": order["order_id"], "line": line_of(order)}
    for asked in OF_ORDERS[:10]:
        await _look_alike(platform, platform.bookings.office, asked, theirs)
