"""What the office does about money: it names accounts, and sends failed refunds again."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr, ValidationError

from services.bookings.payments.starting import find_payee, find_payees
from services.bookings.settings import BookingsSettings
from shared.core.secret_keys import development_key
from shared.db import acquire
from tests.bookings.payments.stage import POTTERY_FEN, TEA_FEN, Paying, tea
from tests.bookings.village import OPERATOR, pottery
from tests.bookings.world import Answer


async def name_merchant(paying: Paying, merchant: object, token: str | None = None) -> Answer:
    path = f"/v1/organisations/{OPERATOR}/merchants/wechatpay"
    body = {"merchant": merchant}
    return await paying.bookings.call("PUT", path, body, token=token or paying.bookings.office)


async def test_the_office_names_where_an_operator_is_paid(paying: Paying) -> None:
    assert (await name_merchant(paying, "1900000109")).status == 200
    answer = await name_merchant(paying, "1900000110")
    assert (answer.status, answer.json["merchant"]) == (200, "1900000110")
    await paying.publish_other_venue()
    order_id = await paying.hold(pottery(), tea())
    async with acquire(paying.bookings.database) as conn:
        payees = await find_payees(conn, UUID(order_id), "wechatpay")
        alone = await find_payee(conn, OPERATOR, "wechatpay", 5)
    # The other operator has no account there, so that this order can't be paid so.
    assert {(payee.merchant, payee.amount_fen) for payee in payees} == {
        ("1900000110", POTTERY_FEN),
        (None, TEA_FEN),
    }
    assert (alone.merchant, alone.amount_fen) == ("1900000110", 5)


async def test_only_the_office_names_accounts(paying: Paying) -> None:
    for token in (paying.bookings.visitor, paying.bookings.operator):
        assert (await name_merchant(paying, "1900000109", token)).status == 403
    for merchant in ("", "a b", "x" * 65, 1900000109, None):
        answer = await name_merchant(paying, merchant)
        assert (answer.status, answer.code) == (422, "invalid_request")
    path = f"/v1/organisations/{OPERATOR}/merchants/sandbox"
    answer = await paying.bookings.call(
        "PUT", path, {"merchant": "1"}, token=paying.bookings.office
    )
    assert answer.status == 422


async def test_a_failed_refund_is_sent_again_when_somebody_says_so(paying: Paying) -> None:
    order_id = await paying.paid()
    path = f"/v1/orders/{order_id}/cancellations"
    await paying.bookings.call("POST", path, {}, token=paying.bookings.visitor)
    [refund] = await paying.refunds(order_id)
    retry = f"/v1/refunds/{refund['refund_id']}/retries"
    answer = await paying.bookings.call("POST", retry, {}, token=paying.bookings.office)
    assert (answer.status, answer.code) == (409, "refund_not_failed")
    await paying.bookings.execute("update refunds set state = 'failed', refusals = 30")
    await paying.send_refunds()
    assert [one["state"] for one in await paying.refunds(order_id)] == ["failed"]
    answer = await paying.bookings.call("POST", retry, {}, token=paying.bookings.operator)
    assert answer.status == 403
    answer = await paying.bookings.call("POST", retry, {}, token=paying.bookings.office)
    assert (answer.status, answer.json["state"]) == (201, "requested")
    await paying.send_refunds()
    assert [one["state"] for one in await paying.refunds(order_id)] == ["accepted"]
    unknown = f"/v1/refunds/{uuid4()}/retries"
    answer = await paying.bookings.call("POST", unknown, {}, token=paying.bookings.office)
    assert answer.status == 404


KEY = {"K": SecretStr(development_key("another key").get_secret_value())}
PRODUCTION: dict[str, Any] = {
    "environment": "production",
    "service_secret": SecretStr("s" * 32),
    "trusted_proxies": "192.0.2.0/24",
    "ticket_keys": KEY,
    "ticket_key_id": "K",
    "sealing_keys": KEY,
    "sealing_key_id": "K",
}


def test_the_sandbox_is_refused_in_production() -> None:
    with pytest.raises(ValidationError, match="BOOKINGS_SANDBOX_URL takes no money"):
        BookingsSettings(**PRODUCTION)
    settings = BookingsSettings(**PRODUCTION, sandbox_url="")
    assert settings.wechatpay is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("public_url", "http://127.0.0.1:8103/"),
        ("public_url", "javascript:alert(1)"),
        ("site_url", "http://127.0.0.1:8080/"),
        ("site_url", "http://127.0.0.1:8080/path"),
        ("sandbox_url", "ftp://example.org"),
        ("wechatpay", "{}"),
    ],
)
def test_addresses_that_would_not_work_are_refused(name: str, value: str) -> None:
    given: dict[str, Any] = {name: value}
    with pytest.raises(ValidationError):
        BookingsSettings(**given)
