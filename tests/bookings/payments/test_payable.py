"""What nobody could pay is not sold, and what could not be paid in some way is not offered so."""

from typing import cast
from uuid import uuid4

import pytest

from services.bookings.errors import OrderNeverPayable
from services.bookings.keys import PROVIDERS
from services.bookings.payments.payable import check_payable
from services.bookings.payments.provider import MOST_PARTS, PaymentProvider
from tests.bookings.payments.stage import OTHER_OPERATOR, POTTERY_FEN, Paying, tea
from tests.bookings.village import OPERATOR, pottery

NAME = "insert into merchants (organisation_id, method, merchant) values ($1, 'alipay', $2)"


def only_alipay(paying: Paying) -> None:
    """Let the cashier stand for a provider that pays only those who have an account."""
    providers = cast("dict[str, PaymentProvider]", paying.app[PROVIDERS])
    providers["alipay"] = providers.pop("sandbox")


async def test_one_payment_pays_so_many_operators(paying: Paying) -> None:
    operators = [uuid4() for _ in range(MOST_PARTS + 1)]
    await check_payable(paying.app, "online", operators[1:])
    await check_payable(paying.app, "on_site", operators)
    with pytest.raises(OrderNeverPayable) as refused:
        await check_payable(paying.app, "online", operators)
    assert refused.value.params == {"reason": "operators", "most": MOST_PARTS}


async def test_all_operators_need_an_account_at_one_provider(paying: Paying) -> None:
    only_alipay(paying)
    await paying.bookings.execute(NAME, OPERATOR, "m-1")
    await check_payable(paying.app, "online", [OPERATOR])
    with pytest.raises(OrderNeverPayable) as refused:
        await check_payable(paying.app, "online", [OPERATOR, OTHER_OPERATOR])
    assert refused.value.params["reason"] == "merchants"
    await paying.bookings.execute(NAME, OTHER_OPERATOR, "m-2")
    await check_payable(paying.app, "online", [OPERATOR, OTHER_OPERATOR])


async def test_only_ways_that_pay_all_operators_are_accepted(paying: Paying) -> None:
    await paying.publish_other_venue()
    alone, together = await paying.hold(), await paying.hold(pottery(), tea())
    only_alipay(paying)
    await paying.bookings.execute(NAME, OPERATOR, "m-1")
    refused = await paying.pay(together, "alipay")
    assert (refused.status, refused.code) == (409, "payment_method_not_accepted")
    assert refused.json["accepted"] == ["on_site"]
    refused = await paying.pay(alone, "sandbox")
    assert refused.json["accepted"] == ["on_site", "alipay"]
    payment = (await paying.pay(alone, "alipay")).json["payment"]
    assert (payment["method"], payment["amount_fen"]) == ("alipay", POTTERY_FEN)
