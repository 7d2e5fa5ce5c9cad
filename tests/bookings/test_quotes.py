"""Quotes: what a visitor was shown is what they pay, for some minutes."""

from uuid import uuid4

import pytest

from services.bookings.engine.quotes import open_quote, seal_quote
from services.bookings.keys import CONTACT_SEALER
from shared.contracts.terms import OfferingTerms, RefundTerms
from shared.contracts.venues import OfferingWithdrawn
from shared.core.clock import SystemClock
from tests.bookings.village import POTTERY, Json, camping, pottery
from tests.bookings.world import Bookings

ON_SITE = {"payment_method": "on_site"}


async def quote(bookings: Bookings, *lines: Json, token: str | None = None) -> Json:
    answer = await bookings.call("POST", "/v1/quotes", {"lines": list(lines)}, token=token)
    assert answer.status == 201, answer.json
    found: Json = answer.json
    return found


async def order_quote(bookings: Bookings, quote_id: str, **fields: object) -> tuple[int, Json]:
    body = {"quote_id": quote_id, "contact": {"name": "陈小溪"}, **ON_SITE, **fields}
    answer = await bookings.call(
        "POST", "/v1/orders", body, token=bookings.visitor, key=uuid4().hex
    )
    return answer.status, answer.json


async def test_a_quote_keeps_its_price_when_the_offering_becomes_dearer(
    bookings: Bookings,
) -> None:
    shown = await quote(bookings, pottery(adult=2), camping(nights=2), token=bookings.visitor)
    assert shown["total_fen"] == 2 * 12800 + 2 * 19900
    await bookings.publish_offering(POTTERY, "session", {"adult": 99900})
    status, order = await order_quote(bookings, shown["quote_id"])
    assert (status, order["total_fen"]) == (201, shown["total_fen"])
    kept = await bookings.call("GET", f"/v1/orders/{order['order_id']}", token=bookings.visitor)
    assert kept.json == order


@pytest.mark.parametrize("fault", ["foreign", "changed", "made up"])
async def test_a_quote_that_is_not_ours_for_this_visitor_is_refused(
    bookings: Bookings, fault: str
) -> None:
    token = bookings.tokens.person() if fault == "foreign" else bookings.visitor
    quote_id: str = (await quote(bookings, pottery(), token=token))["quote_id"]
    if fault == "changed":
        quote_id = quote_id[:-8] + "AAAAAAAA"
    if fault == "made up":
        quote_id = "e30"
    status, problem = await order_quote(bookings, quote_id)
    assert (status, problem["code"]) == (422, "quote_not_valid")
    assert await bookings.taken("slot") == 0


async def test_a_quote_that_was_asked_for_before_signing_in_is_good_for_whoever_has_it(
    bookings: Bookings,
) -> None:
    shown = await quote(bookings, pottery())
    assert (await order_quote(bookings, shown["quote_id"]))[0] == 201


async def test_a_stale_quote_is_refused_but_its_used_order_is_answered_again(
    bookings: Bookings,
) -> None:
    shown = await quote(bookings, pottery(), token=bookings.visitor)
    sealer = bookings.client.app[CONTACT_SEALER]
    now = SystemClock().now()
    me = (await bookings.order(camping(), **ON_SITE)).json["order_id"]
    account = await bookings.fetch("select account_id from orders where order_id = $1", me)
    opened = open_quote(shown["quote_id"], sealer, account, now)
    late = seal_quote(opened.model_copy(update={"expires_at": now}), sealer)
    status, problem = await order_quote(bookings, late)
    assert (status, problem["code"]) == (409, "quote_expired")


async def test_a_quote_for_what_is_no_longer_on_sale_is_refused(bookings: Bookings) -> None:
    shown = await quote(bookings, pottery(), token=bookings.visitor)
    await bookings.hear(OfferingWithdrawn(offering_id=POTTERY), POTTERY)
    status, problem = await order_quote(bookings, shown["quote_id"])
    assert (status, problem["code"]) == (409, "offering_not_on_sale")


async def test_a_quote_of_what_was_not_refundable_needs_the_yes_though_it_became_so(
    bookings: Bookings,
) -> None:
    terms = OfferingTerms(refunds=RefundTerms(non_refundable=True))
    await bookings.publish_offering(POTTERY, "session", {"adult": 12800}, terms)
    shown = await quote(bookings, pottery(), token=bookings.visitor)
    await bookings.publish_offering(POTTERY, "session", {"adult": 12800})
    status, problem = await order_quote(bookings, shown["quote_id"])
    assert (status, problem["code"]) == (409, "no_refund_not_accepted")
    status, _ = await order_quote(bookings, shown["quote_id"], accepts_no_refund=True)
    assert status == 201
