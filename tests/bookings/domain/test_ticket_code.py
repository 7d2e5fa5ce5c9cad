"""Ticket codes: genuine ones verify, everything else does not."""

from datetime import date
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given
from hypothesis import strategies as st

from services.bookings.domain.ticket_code import NotGenuineError, Ticket, sign, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEYS = {"A": KEY.public_key(), "B": OTHER.public_key()}
TICKETS = st.builds(
    Ticket,
    st.uuids(),
    st.integers(1, 1000),
    st.dates(min_value=date(2026, 1, 1), max_value=date(2099, 12, 31)),
)
EXAMPLE = Ticket(UUID(int=7), 3, date(2026, 11, 28))


@given(TICKETS)
def test_a_signed_ticket_verifies_as_itself(ticket: Ticket) -> None:
    assert verify(sign(ticket, "A", KEY), KEYS) == ticket


@given(place=st.integers(0, 142), char=st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_a_code_with_any_character_changed_is_not_genuine(place: int, char: str) -> None:
    code = sign(EXAMPLE, "A", KEY)
    changed = code[:place] + char + code[place + 1 :]
    assume(changed != code)
    with pytest.raises(NotGenuineError):
        verify(changed, KEYS)


def test_a_ticket_signed_with_another_key_under_this_name_is_not_genuine() -> None:
    with pytest.raises(NotGenuineError):
        verify(sign(EXAMPLE, "A", OTHER), KEYS)


def test_a_key_that_was_retired_verifies_nothing() -> None:
    with pytest.raises(NotGenuineError):
        verify(sign(EXAMPLE, "A", KEY), {"B": OTHER.public_key()})


@given(st.text(max_size=200))
def test_anything_else_is_not_genuine(code: str) -> None:
    with pytest.raises(NotGenuineError):
        verify(code, KEYS)


def test_a_code_fits_the_alphanumeric_mode_of_a_qr_code() -> None:
    allowed = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    assert set(sign(EXAMPLE, "A", KEY)) <= allowed
