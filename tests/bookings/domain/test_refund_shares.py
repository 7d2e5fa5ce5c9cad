from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bookings.domain.refund_shares import MoreThanWasPaid, PaidShare, share_refund

shares = st.lists(
    st.builds(
        PaidShare,
        payment_id=st.uuids(),
        organisation_id=st.integers(1, 4).map(lambda number: UUID(int=number)),
        left_fen=st.integers(1, 10**9),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda share: share.payment_id,
)


@given(shares, st.data())
def test_the_parts_sum_to_the_refund_and_nobody_gives_more_than_it_has(
    paid: list[PaidShare], data: st.DataObject
) -> None:
    amount = data.draw(st.integers(1, sum(share.left_fen for share in paid)))
    shared = share_refund(amount, paid)
    assert sum(fen for _, fen in shared) == amount
    assert all(0 < fen <= share.left_fen for share, fen in shared)
    assert len({share for share, _ in shared}) == len(shared)


@given(shares, st.data())
def test_operators_give_in_proportion_to_what_they_have(
    paid: list[PaidShare], data: st.DataObject
) -> None:
    whole = sum(share.left_fen for share in paid)
    amount = data.draw(st.integers(1, whole))
    given_by: dict[UUID, int] = {}
    for share, fen in share_refund(amount, paid):
        given_by[share.organisation_id] = given_by.get(share.organisation_id, 0) + fen
    for organisation_id in {share.organisation_id for share in paid}:
        has = sum(s.left_fen for s in paid if s.organisation_id == organisation_id)
        assert abs(given_by.get(organisation_id, 0) - amount * has / whole) <= 1


def test_an_operators_own_payments_are_used_up_in_their_order() -> None:
    one = UUID(int=1)
    late, early = PaidShare(UUID(int=8), one, 20), PaidShare(UUID(int=7), one, 100)
    assert share_refund(30, [late, early]) == [(late, 20), (early, 10)]


def test_more_than_is_left_is_refused() -> None:
    with pytest.raises(MoreThanWasPaid) as refused:
        share_refund(11, [PaidShare(UUID(int=8), UUID(int=1), 10)])
    assert refused.value.left_fen == 10
    with pytest.raises(MoreThanWasPaid):
        share_refund(1, [])
