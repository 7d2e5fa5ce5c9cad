from typing import get_args

import pytest

from services.bookings.domain.arrived_money import Verdict, verdict_on, verdict_on_change
from services.bookings.domain.states import OrderState


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("held", "honoured"),
        ("expired", "if_places_left"),
        ("cancelled", "too_late"),
        ("confirmed", "paid_twice"),
        ("completed", "paid_twice"),
        ("no_show", "paid_twice"),
    ],
)
def test_the_right_money_pays_where_the_order_waits_for_it(
    state: OrderState, verdict: Verdict
) -> None:
    found = verdict_on(state, is_exact=True, is_its_price=True, was_paid_before=False)
    assert found == verdict


@pytest.mark.parametrize("state", get_args(OrderState))
def test_a_second_payment_never_pays(state: OrderState) -> None:
    found = verdict_on(state, is_exact=True, is_its_price=True, was_paid_before=True)
    assert found == "paid_twice"


@pytest.mark.parametrize("state", get_args(OrderState))
def test_another_amount_never_pays(state: OrderState) -> None:
    for is_exact, is_its_price in ((False, True), (True, False), (False, False)):
        found = verdict_on(
            state, is_exact=is_exact, is_its_price=is_its_price, was_paid_before=False
        )
        assert found not in ("honoured", "if_places_left")


@pytest.mark.parametrize(
    ("due_fen", "amount_fen", "is_exact", "was_paid_before", "verdict"),
    [
        (500, 500, True, False, "honoured"),
        (500, 500, False, False, "wrong_amount"),
        (600, 500, True, False, "wrong_amount"),
        (None, 500, True, False, "too_late"),
        (None, 500, True, True, "paid_twice"),
    ],
)
def test_money_for_a_change(
    due_fen: int | None,
    amount_fen: int,
    is_exact: bool,  # noqa: FBT001 - a column of the table above
    was_paid_before: bool,  # noqa: FBT001 - the same
    verdict: Verdict,
) -> None:
    found = verdict_on_change(
        due_fen, amount_fen, is_exact=is_exact, was_paid_before=was_paid_before
    )
    assert found == verdict
